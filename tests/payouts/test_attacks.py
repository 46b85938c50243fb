"""Who wants more money, or somebody else's: casts, a caller with them, finance staff alone."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts import going, requests
from payouts.banks import naming
from payouts.desk import held, stops, verdicts
from payouts.rules import next_bank_day
from payouts.runs import agreeing, dissolving, files, gathering, rejecting
from payouts.runs.reversals import Returned
from people.accounts.tables import users
from points import ledger
from rooms.care import withdrawal
from tests.payouts.payday import Payday
from tests.points.till import file_papers
from tests.world import HASH

OPEN = {"talk_seller": "cast", "payout": "request", "payout_second_yen": 9000}


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings.model_copy(update=OPEN))


async def ban(day: Payday, cast: int) -> None:
    async with day.database.transaction() as tx:
        mine = sa.update(users).where(users.c.id == cast)
        await tx.execute(mine.values(banned_at=sa.func.clock_timestamp()))


async def stop(day: Payday, actor: int, cast: int) -> None:
    async with day.database.transaction() as tx:
        await stops.stop(tx, day.settings, actor, cast, "確認中")


async def leave(day: Payday, cast: int, gives_up: int | None = None) -> None:
    async with day.database.transaction() as tx:
        await withdrawal.withdraw(tx, day.settings, cast, HASH, gives_up)


async def ask_leaving(day: Payday, cast: int, amount: int) -> int:
    async with day.database.transaction() as tx:
        return await requests.ask(tx, day.settings, cast, amount, leaving=True)


async def test_who_says_to_leave_and_stays_gets_small_sums_once(day: Payday) -> None:
    cast = await day.payable(minutes=2)
    await ask_leaving(day, cast, 2000)
    maker = await day.staff()
    run = await day.gather(maker)
    await day.agreed(run, maker)
    await day.close(run, maker)
    await day.earn(cast, 3)
    await day.pass_days(20)
    with pytest.raises(UserError) as again:
        await ask_leaving(day, cast, 3000)
    assert again.value.code == "payout_left_lately"
    await day.top_up()
    await day.earn(cast, 3)
    await day.pass_days(20)
    await day.ask(cast, 6000)
    assert await day.payouts(cast) == [("paid", 2000), ("requested", 6000)]


async def test_asking_and_calling_off_again_and_again_ends_for_the_day(day: Payday) -> None:
    cast = await day.payable()
    for _ in range(requests.MOST_CALLED_OFF):
        payout = await day.ask(cast, 5000)
        async with day.database.transaction() as tx:
            await requests.call_off(tx, cast, payout)
    with pytest.raises(UserError) as often:
        await day.ask(cast, 5000)
    assert often.value.code == "payout_asked_often"
    await day.pass_days(1)
    assert await day.ask(cast, 5000)


async def test_a_ban_holds_what_was_asked_for_and_two_decide_about_it(day: Payday) -> None:
    cast = await day.payable()
    await day.ask(cast, 10_000)
    await ban(day, cast)
    one, two = await day.staff(), await day.staff()
    async with day.database.transaction() as tx:
        await verdicts.propose(tx, day.settings, one, cast, "keep", "規約違反")
    assert await day.payouts(cast) == [("called_off", 10_000)]
    async with day.database.transaction() as tx:
        waiting = (await held.desk_of(tx, day.settings, cast)).waiting
    assert waiting
    assert waiting.amount == 10_000
    async with day.database.transaction() as tx:
        await verdicts.agree(tx, day.settings, two, waiting.id)
    book = await day.book(cast)
    assert (book.given_up, book.due) == (10_000, 0)
    await day.prove()


async def test_a_run_dissolved_during_a_verdict_leaves_nothing_twice(day: Payday) -> None:
    cast = await day.payable()
    await day.ask(cast, 6000)
    one, two = await day.staff(), await day.staff()
    run = await day.gather(one)
    await ban(day, cast)
    async with day.database.transaction() as tx:
        await verdicts.propose(tx, day.settings, one, cast, "keep", "規約違反")
    async with day.database.transaction() as tx:
        await dissolving.dissolve(tx, run, one, "やり直し")
    async with day.database.transaction() as tx:
        waiting = (await held.desk_of(tx, day.settings, cast)).waiting
        assert waiting
        await verdicts.agree(tx, day.settings, two, waiting.id)
    book = await day.book(cast)
    # As much as was proposed; the rest is held on, for a proposal of its own.
    assert (book.given_up, book.requested, book.held) == (4000, 0, 6000)
    await day.prove()


@pytest.mark.parametrize("how", ["stop", "ban"])
async def test_who_is_stopped_in_a_draft_is_not_paid_by_it(day: Payday, how: str) -> None:
    cast, maker, second = await day.payable(), await day.staff(), await day.staff()
    await day.ask(cast, 10_000)
    run = await day.gather(maker)
    await (stop(day, maker, cast) if how == "stop" else ban(day, cast))
    with pytest.raises(UserError) as refused:
        await day.agreed(run, maker, second)
    assert refused.value.code == "payout_run_stopped"
    async with day.database.transaction() as tx:
        await dissolving.dissolve(tx, run, maker, "保留")
    with pytest.raises(UserError) as empty:
        await day.gather(maker)
    assert empty.value.code == "payout_run_empty"
    assert (await day.book(cast)).paid == 0


async def test_who_is_stopped_stays_out_until_the_bank_is_told(day: Payday) -> None:
    cast, maker, second = await day.payable(), await day.staff(), await day.staff()
    await day.ask(cast, 10_000)
    run = await day.gather(maker)
    async with day.database.transaction() as tx:
        await agreeing.send_on(tx, day.settings, run, maker)
    await stop(day, maker, cast)
    with pytest.raises(UserError) as unagreed:
        async with day.database.transaction() as tx:
            await agreeing.agree(tx, run, second)
    assert unagreed.value.code == "payout_run_stopped"
    async with day.database.transaction() as tx:
        await stops.lift(tx, day.settings, maker, cast, "済み")
        await agreeing.agree(tx, run, second)
    await stop(day, maker, cast)
    with pytest.raises(UserError) as unfiled:
        await day.close(run, maker)
    assert unfiled.value.code == "payout_run_stopped"


async def test_a_run_is_for_a_near_day_since_the_bank_reads_no_year(day: Payday) -> None:
    await day.ask(await day.payable(), 5000)
    maker = await day.staff()
    far = next_bank_day(await day.bank_day() + timedelta(days=365))
    with pytest.raises(UserError) as refused:
        async with day.database.transaction() as tx:
            await gathering.gather(tx, day.settings, maker, "far", "request", far)
    assert refused.value.code == "payout_day_far"


async def test_a_closed_runs_file_says_that_an_account_was_erased(day: Payday) -> None:
    cast = await day.payable()
    payout = await day.paid(cast, 6000)
    await leave(day, cast, 10_000)
    maker = await day.staff()
    async with day.database.transaction() as tx:
        run = await tx.scalar(sa.text("SELECT run_id FROM payouts WHERE id = :id"), {"id": payout})
        with pytest.raises(UserError) as refused:
            await files.bank_rows(tx, day.settings, run, maker)
    assert refused.value.code == "accounts_erased"


async def test_money_is_given_up_once_by_who_leaves_twice_at_once(day: Payday) -> None:
    cast = await day.payable()
    await asyncio.gather(leave(day, cast, 10_000), leave(day, cast, 10_000))
    book = await day.book(cast)
    assert (book.given_up, book.due) == (10_000, 0)
    await day.prove()


async def test_asking_and_leaving_at_once_spends_no_yen_twice(day: Payday) -> None:
    cast = await day.payable()
    done = await asyncio.gather(
        day.ask(cast, 10_000), leave(day, cast, 10_000), return_exceptions=True
    )
    book = await day.book(cast)
    assert sorted((book.given_up, book.requested)) == [0, 10_000]
    assert sum(isinstance(one, UserError) for one in done) == 1
    await day.prove()


async def test_what_a_bank_rejects_after_all_was_given_up_is_booked_back_once(day: Payday) -> None:
    cast = await day.payable()
    payout = await day.paid(cast, 6000)
    await leave(day, cast, 4000)
    maker, second = await day.staff(), await day.staff()
    for new in (True, False):
        assert await day.reject(payout, maker, second) is new
    book = await day.book(cast)
    assert (book.given_up, book.paid, book.due) == (4000, 0, 6000)
    await day.prove()


async def test_a_talk_that_goes_back_after_all_was_paid_and_left_is_nobodys_gain(
    day: Payday,
) -> None:
    cast = await day.cast()
    await day.account(cast)
    talk = await day.earn(cast, 10)
    await day.pass_days(40)
    await day.paid(cast, 10_000)
    async with day.database.transaction() as tx:
        await ledger.return_points(tx, talk, None, reason="遅刻", actor_id=day.caller)
        await file_papers(tx)
        assert (await going.due_of(tx, day.settings, cast)).rest == 0
    await leave(day, cast)
    book = await day.book(cast)
    assert (book.payable, book.given_up) == (-10_000, 0)
    await day.prove()


async def test_an_account_under_a_payout_is_erased_by_nobody(day: Payday) -> None:
    cast = await day.payable()
    await day.ask(cast, 5000)
    with pytest.raises(UserError) as refused:
        async with day.database.transaction() as tx:
            await naming.erase(tx, cast)
    assert refused.value.code == "payout_open"


async def test_a_payout_of_another_run_is_not_noted_here(day: Payday) -> None:
    payout, maker = await day.paid(await day.payable(), 6000), await day.staff()
    await day.paid(await day.payable("みお"), 6000)
    async with day.database.transaction() as tx:
        other = int(await tx.scalar(sa.text("SELECT max(id) FROM payout_runs")) or 0)
    with pytest.raises(UserError) as refused:
        async with day.database.transaction() as tx:
            await rejecting.propose(tx, other, maker, [Returned(payout, "口座なし")], "口座なし")
    assert refused.value.code == "payout_unknown"
