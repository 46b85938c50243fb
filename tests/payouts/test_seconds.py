"""Who may agree to what another proposed is told so, once a day, and nobody else."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.tables import mails, notices
from payouts.desk import seconds
from payouts.runs import rejecting
from payouts.runs.reversals import Returned
from payouts.tables import payouts
from people.accounts.accounts import StaffRole
from people.accounts.tables import users
from points.tab import write_offs
from tests.payouts.payday import Payday
from tests.points.tab.scene import Guest
from tests.world import new_user


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update={"payout": "request", "talk_seller": "cast"})
    return await Payday.of(database, owner_database, said)


async def member(day: Payday, role: StaffRole | None) -> int:
    async with day.database.transaction() as tx:
        made = await new_user(tx, "スタッフ")
        await tx.execute(sa.update(users).where(users.c.id == made).values(staff_role=role))
    return made


async def write_off(day: Payday, by: int) -> int:
    """A bill of a member's that somebody proposes to give up."""
    guest = await Guest.of(day.database)
    await guest.talked(3)
    (bill,) = await guest.bills()
    made = await guest.do(write_offs.propose, bill.id, "gone", actor_id=by, press=f"p{bill.id}")
    return int(made.id)


async def tell(day: Payday) -> int:
    async with day.database.transaction() as tx:
        return await seconds.tell(tx, day.settings, 100)


async def told(day: Payday, user: int) -> list[tuple[str, str | None]]:
    query = sa.select(notices.c.title, notices.c.link).where(
        notices.c.user_id == user, notices.c.kind == "staff"
    )
    async with day.database.transaction() as tx:
        return [tuple(row) for row in await tx.execute(query.order_by(notices.c.id))]


TITLE = "2人目の確認を待っている提案があります（%d件）"


async def test_those_who_may_agree_are_told_once_a_day(day: Payday) -> None:
    one, two = await member(day, "finance"), await member(day, "administrator")
    others = [await member(day, "support"), await member(day, None)]
    assert await tell(day) == 0
    first = await write_off(day, one)
    assert await tell(day) == 1
    assert await told(day, two) == [(TITLE % 1, "/staff/tab")]
    assert await told(day, one) == []
    # Another of the same day is counted on their pages.
    await write_off(day, one)
    assert await tell(day) == 0
    await write_off(day, two)
    assert await tell(day) == 1
    assert await told(day, one) == [(TITLE % 1, "/staff/tab")]
    for user in others:
        assert await told(day, user) == []
    async with day.database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mails)) == 2
    # The next day, what still waits is told again, and what was decided is not.
    async with day.database.transaction() as tx:
        await write_offs.agree(tx, first, actor_id=two)
    async with day.owner.transaction() as tx:
        await tx.execute(sa.update(notices).values(key=notices.c.key + "-before"))
    assert await tell(day) == 2
    assert (await told(day, two))[1:] == [(TITLE % 1, "/staff/tab")]


async def test_what_the_bank_may_have_moved_is_told_with_its_own_page(day: Payday) -> None:
    cast = await day.payable(minutes=6)
    payout = await day.paid(cast, 6000)
    one, two = await member(day, "finance"), await member(day, "finance")
    async with day.database.transaction() as tx:
        run = int(await tx.scalar(sa.select(payouts.c.run_id)) or 0)
        await rejecting.propose(tx, run, one, [Returned(payout, "口座なし")], "口座なし")
    await tell(day)
    assert await told(day, two) == [(TITLE % 1, "/staff/payouts")]
    async with day.owner.transaction() as tx:
        await tx.execute(sa.update(notices).values(key=notices.c.key + "-before"))
    await write_off(day, one)
    await tell(day)
    assert (await told(day, two))[1:] == [(TITLE % 2, "/staff")]
