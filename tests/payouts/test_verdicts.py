"""A banned cast's money is held until two members of staff have decided, once, with reasons."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts.desk import held, verdicts
from payouts.desk.held import Decision, VerdictDesk
from payouts.tables import payouts
from people.accounts.tables import users
from points import ledger
from tests.payouts.payday import Payday
from tests.world import new_user


class Court(Payday):
    """Two members of staff, and a banned cast who earned 6,000 yen that have matured."""

    judges: tuple[int, int] = (0, 0)
    cast_id: int = 0

    async def ban(self) -> None:
        async with self.database.transaction() as tx:
            self.judges = (await new_user(tx, "経理"), await new_user(tx, "管理"))
        self.cast_id = await self.cast()
        await self.earn(self.cast_id, 6)
        await self.pass_days(15)
        await self.shut_out(sa.func.clock_timestamp())

    async def shut_out(self, at: sa.ColumnElement[object] | None) -> None:
        async with self.database.transaction() as tx:
            mine = sa.update(users).where(users.c.id == self.cast_id)
            await tx.execute(mine.values(banned_at=at))

    async def propose(self, verdict: Decision, by: int = 0, reason: str = "規約違反") -> int:
        async with self.database.transaction() as tx:
            await verdicts.propose(
                tx, self.settings, self.judges[by], self.cast_id, verdict, reason
            )
        waiting = (await self.desk()).waiting
        assert waiting is not None
        return waiting.id

    async def agree(self, verdict_id: int, by: int = 1) -> None:
        async with self.database.transaction() as tx:
            await verdicts.agree(tx, self.settings, self.judges[by], verdict_id)

    async def desk(self) -> VerdictDesk:
        async with self.database.transaction() as tx:
            return await held.desk_of(tx, self.settings, self.cast_id)

    async def asked(self) -> list[tuple[int, str]]:
        async with self.database.transaction() as tx:
            found = await tx.execute(sa.select(payouts.c.gross, payouts.c.state))
        return [(row.gross, row.state) for row in found]

    async def acts(self) -> list[str]:
        async with self.database.transaction() as tx:
            return list(await tx.scalars(sa.text("SELECT act FROM staff_acts ORDER BY id")))


@pytest.fixture
async def court(database: Database, owner_database: Database, settings: Settings) -> Court:
    changed = {"talk_seller": "cast", "payout": "request", "payout_bank_fee": 330}
    made = Court(database, owner_database, settings.model_copy(update=changed))
    async with database.transaction() as tx:
        made.caller = await new_user(tx, "けんじ", points=5_000_000)
    await made.ban()
    return made


async def test_until_somebody_decides_it_is_held(court: Court) -> None:
    book = await court.book(court.cast_id)
    assert (book.held, book.payable) == (6000, 0)


async def test_one_alone_decides_nothing(court: Court) -> None:
    verdict = await court.propose("keep")
    with pytest.raises(UserError, match="own_verdict"):
        await court.agree(verdict, by=0)
    assert (await court.book(court.cast_id)).held == 6000
    await court.agree(verdict)
    book = await court.book(court.cast_id)
    assert (book.given_up, book.held) == (6000, 0)
    assert await court.acts() == ["payout.propose_keep", "payout.keep"]
    await court.prove()


async def test_it_is_decided_once_also_by_two_at_once(court: Court) -> None:
    verdict = await court.propose("keep")
    outcomes = await asyncio.gather(
        *(court.agree(verdict) for _ in range(3)), return_exceptions=True
    )
    assert sum(one is None for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, UserError)} == {"verdict_decided"}
    assert (await court.book(court.cast_id)).given_up == 6000
    await court.prove()


async def test_what_is_to_be_paid_is_asked_for_by_the_verdict(court: Court) -> None:
    await court.agree(await court.propose("pay"))
    assert await court.asked() == [(6000, "requested")]
    book = await court.book(court.cast_id)
    assert (book.requested, book.held, book.stopped) == (6000, 0, False)
    await court.prove()


async def test_what_matures_after_the_verdict_staff_ask_for(court: Court) -> None:
    await court.shut_out(None)
    await court.top_up()
    await court.earn(court.cast_id, 3)
    await court.shut_out(sa.func.clock_timestamp())
    await court.agree(await court.propose("pay"))
    assert await court.asked() == [(6000, "requested")]
    await court.pass_days(15)
    async with court.database.transaction() as tx:
        await verdicts.ask_for(tx, court.settings, court.judges[0], court.cast_id)
    assert await court.asked() == [(6000, "requested"), (3000, "requested")]
    with pytest.raises(UserError, match="nothing_payable"):
        async with court.database.transaction() as tx:
            await verdicts.ask_for(tx, court.settings, court.judges[0], court.cast_id)


async def test_by_the_month_the_run_takes_it(court: Court) -> None:
    court.settings = court.settings.model_copy(update={"payout": "monthly"})
    await court.agree(await court.propose("pay"))
    assert await court.asked() == []
    assert (await court.book(court.cast_id)).payable == 6000


async def test_what_went_back_meanwhile_is_not_kept_too(court: Court) -> None:
    verdict = await court.propose("keep")
    async with court.database.transaction() as tx:
        talk = await tx.scalar(sa.text("SELECT max(id) FROM talks"))
        await ledger.return_points(
            tx, int(talk or 0), 2500, reason="試験", actor_id=court.judges[0]
        )
    await court.agree(verdict)
    book = await court.book(court.cast_id)
    assert (book.given_up, book.due) == (4000, 0)


async def test_sent_back_it_is_held_on_and_may_be_proposed_again(court: Court) -> None:
    verdict = await court.propose("keep")
    with pytest.raises(UserError, match="verdict_waits"):
        await court.propose("pay", by=1)
    async with court.database.transaction() as tx:
        await verdicts.send_back(tx, court.judges[1], verdict, "もう一度、確かめてください")
    assert (await court.book(court.cast_id)).held == 6000
    with pytest.raises(UserError, match="verdict_decided"):
        await court.agree(verdict)
    await court.agree(await court.propose("pay", by=1), by=0)
    assert (await court.book(court.cast_id)).requested == 6000


async def test_nobody_decides_about_their_own(court: Court) -> None:
    court.judges = (court.cast_id, court.judges[1])
    with pytest.raises(UserError, match="own_money"):
        await court.propose("pay")


async def test_only_a_banned_casts_money_is_decided(court: Court) -> None:
    verdict = await court.propose("keep")
    await court.shut_out(None)
    with pytest.raises(UserError, match="not_banned"):
        await court.agree(verdict)
    assert (await court.book(court.cast_id)).payable == 6000
    async with court.database.transaction() as tx:
        await verdicts.send_back(tx, court.judges[1], verdict, "解除のため")
    with pytest.raises(UserError, match="not_banned"):
        await court.propose("keep")


async def test_a_verdict_of_before_a_new_ban_frees_nothing(court: Court) -> None:
    await court.agree(await court.propose("pay"))
    await court.shut_out(None)
    await court.top_up()
    await court.earn(court.cast_id, 2)
    await court.pass_days(20)
    await court.shut_out(sa.func.clock_timestamp())
    assert (await court.book(court.cast_id)).held == 2000


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
async def test_a_reason_is_given(court: Court, reason: str) -> None:
    with pytest.raises(UserError):
        await court.propose("keep", reason=reason)
    assert (await court.desk()).verdicts == []
