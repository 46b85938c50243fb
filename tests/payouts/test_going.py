"""Who leaves is paid first, or gives up by their own word; then nothing tells their account."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts import going
from payouts.going import Going
from payouts.tables import bank_accounts, payouts
from people.accounts.tables import users
from points import ledger
from rooms.care import withdrawal
from tests.payouts.payday import Payday
from tests.world import HASH

FEE = 330
ACCOUNT = """
INSERT INTO bank_accounts (user_id, sealed, mark, bank, branch, tail, holder_kind, effective_at)
VALUES (:user, 'sealed', sha256('mark'), '甲銀行', '本店', '567', 'person',
  clock_timestamp() + interval '1 second')
"""


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    """A site on which casts ask for their payouts."""
    changed = {"talk_seller": "cast", "payout": "request", "payout_bank_fee": FEE}
    return await Payday.of(database, owner_database, settings.model_copy(update=changed))


async def due(day: Payday, cast: int) -> Going:
    async with day.database.transaction() as tx:
        return await going.due_of(tx, day.settings, cast)


async def leave(day: Payday, cast: int, gives_up: int | None = None) -> None:
    async with day.database.transaction() as tx:
        await withdrawal.withdraw(tx, day.settings, cast, HASH, gives_up)


async def has_gone(day: Payday, cast: int) -> bool:
    async with day.database.transaction() as tx:
        gone = sa.select(users.c.withdrawn_at.is_not(None)).where(users.c.id == cast)
        return bool(await tx.scalar(gone))


async def ask(day: Payday, cast: int, yen: int) -> int:
    async with day.database.transaction() as tx:
        made = await tx.scalar(
            sa.insert(payouts)
            .values(user_id=cast, way="request", gross=yen, bank_fee=FEE,
                    requested_on=sa.func.current_date())
            .returning(payouts.c.id)
        )  # fmt: skip
    return int(made or 0)


async def test_money_is_not_left_behind_by_silence(day: Payday) -> None:
    cast = await day.cast()
    await day.earn(cast, 6)
    await day.pass_days(15)
    await day.top_up()
    await day.earn(cast, 2)
    assert (await due(day, cast)).rest == 8000
    with pytest.raises(UserError, match="money_due"):
        await leave(day, cast)
    assert not await has_gone(day, cast)
    assert (await day.book(cast)).given_up == 0
    await leave(day, cast, 8000)
    assert await has_gone(day, cast)
    assert (await day.book(cast)).given_up == 8000
    await day.prove()


async def test_what_came_meanwhile_is_asked_about_again(day: Payday) -> None:
    cast = await day.cast()
    await day.earn(cast, 2)
    seen = (await due(day, cast)).rest
    await day.earn(cast, 1)
    with pytest.raises(UserError, match="money_changed"):
        await leave(day, cast, seen)
    await leave(day, cast, 3000)
    await day.prove()


async def test_what_went_back_meanwhile_is_not_given_up_twice(day: Payday) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 3)
    async with day.database.transaction() as tx:
        await ledger.return_points(tx, talk, 1250, reason="試験", actor_id=cast)
    await leave(day, cast, 3000)
    book = await day.book(cast)
    assert (book.given_up, book.due + book.maturing) == (2000, 0)


async def test_a_payout_under_way_comes_to_its_end_first(day: Payday) -> None:
    cast = await day.cast()
    await day.earn(cast, 6)
    await day.pass_days(15)
    payout = await ask(day, cast, 6000)
    assert (await due(day, cast)).under_way == 6000
    for gives_up in (None, 6000):
        with pytest.raises(UserError, match="payout_under_way"):
            await leave(day, cast, gives_up)
    async with day.database.transaction() as tx:
        await tx.execute(
            sa.update(payouts)
            .where(payouts.c.id == payout)
            .values(state="called_off", called_off_at=sa.func.clock_timestamp(), why="x")
        )
    with pytest.raises(UserError, match="money_due"):
        await leave(day, cast)
    await leave(day, cast, 6000)
    await day.prove()


async def test_a_minus_is_never_collected(day: Payday) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 3)
    async with day.database.transaction() as tx:
        await ledger.give_up_earnings(tx, cast, 2000, key="test", reason="x")
        await ledger.return_points(tx, talk, 3750, reason="試験", actor_id=cast)
    assert (await due(day, cast)).rest == 0
    await leave(day, cast)
    assert (await day.book(cast)).payable == -2000


async def test_who_never_earned_just_goes(day: Payday) -> None:
    cast = await day.cast()
    await leave(day, cast)
    assert await has_gone(day, cast)


@pytest.mark.parametrize(("minutes", "can"), [(0, False), (1, True)])
async def test_whoever_leaves_may_ask_for_what_is_more_than_the_fee(
    day: Payday, minutes: int, can: bool
) -> None:
    cast = await day.cast()
    if minutes:
        await day.earn(cast, minutes)
    await day.pass_days(15)
    assert (await due(day, cast)).can_ask is can


async def test_the_account_is_erased_and_its_bank_stays_for_the_books(day: Payday) -> None:
    cast = await day.cast()
    async with day.database.transaction() as tx:
        await tx.execute(sa.text(ACCOUNT), {"user": cast})
    await leave(day, cast)
    async with day.database.transaction() as tx:
        row = (await tx.execute(sa.select(bank_accounts))).one()
    assert (row.sealed, row.mark, row.tail) == (None, None, "567")
