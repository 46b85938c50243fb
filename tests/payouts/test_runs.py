"""From a request to the bank and back: each step once, by who may, and never more than there is."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from payouts import words
from payouts.desk import stops
from payouts.runs import (
    agreeing,
    candidates,
    closing,
    dissolving,
    files,
    gathering,
    rejecting,
    reversals,
    reversing,
    telling,
)  # fmt: skip
from payouts.runs.reversals import Returned
from points import ledger
from record.tables import staff_acts
from rooms.care import claims, decisions
from tests.payouts.payday import Payday
from tests.points.till import file_papers


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(
        database, owner_database, settings.model_copy(update={"payout": "request"})
    )


async def run_of(day: Payday, run: int) -> sa.RowMapping:
    async with day.database.transaction() as tx:
        found = await tx.execute(sa.text("SELECT * FROM payout_runs WHERE id = :id"), {"id": run})
        return found.mappings().one()


async def left(day: Payday, actor: int) -> dict[int, str | None]:
    async with day.database.transaction() as tx:
        found = await candidates.waiting(tx, day.settings, actor, "request", None)
    return {one.user_id: one.left for one in found}


async def give_back(day: Payday, talk: int) -> None:
    async with day.database.transaction() as tx:
        await ledger.return_points(tx, talk, None, reason="遅刻", actor_id=day.caller)
        await file_papers(tx)


async def test_a_request_is_gathered_agreed_to_paid_and_told(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    payout = await day.ask(cast, 8000)
    run = await day.gather(actor)
    assert (await run_of(day, run)).total == 8000 - 330
    assert (await day.book(cast)).in_run == 8000
    await day.agreed(run, actor)
    await day.prove()
    await day.close(run, actor)
    found = await day.book(cast)
    assert (found.in_run, found.paid, found.payable) == (0, 8000, 2000)
    for _ in range(2):
        await telling.tell(day.database, day.settings, run, "paid")
    async with day.database.transaction() as tx:
        keys = (
            await tx.execute(sa.select(notices.c.key).where(notices.c.user_id == cast))
        ).scalars()
        assert list(keys).count(f"payout:{payout}:paid") == 1
        acts = (await tx.execute(sa.select(staff_acts.c.act).order_by(staff_acts.c.id))).scalars()
        assert list(acts) == ["payout.gather", "payout.check", "payout.file", "payout.close"]
    await day.prove()


async def test_two_gather_at_once_and_each_request_is_in_one_run(day: Payday) -> None:
    casts = [await day.payable(f"さくら{n}") for n in range(3)]
    for cast in casts:
        await day.ask(cast, 6000)
    one, other = await day.staff(), await day.staff()
    done = await asyncio.gather(day.gather(one), day.gather(other), return_exceptions=True)
    assert len([result for result in done if isinstance(result, UserError)]) == 1
    assert [await day.payouts(cast) for cast in casts] == [[("in_run", 6000)]] * 3
    await day.prove()


async def test_the_same_press_is_one_run(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    pay_on = await day.bank_day()

    async def press() -> int:
        async with day.database.transaction() as tx:
            made = await gathering.gather(tx, day.settings, actor, "same", "request", pay_on)
        assert made.run_id
        return made.run_id

    first, second = await asyncio.gather(press(), press())
    assert first == second == await press()


async def test_the_bank_pays_on_its_own_days_alone(day: Payday) -> None:
    actor, closed = await day.staff(), await day.bank_day()
    async with day.database.transaction() as tx:
        past = closed - timedelta(days=8)
        with pytest.raises(UserError, match="payout_day_past"):
            await gathering.gather(tx, day.settings, actor, "a", "request", past)
        while closed.weekday() != 6:
            closed += timedelta(days=1)
        with pytest.raises(UserError, match="payout_day_closed"):
            await gathering.gather(tx, day.settings, actor, "b", "request", closed)


async def test_who_is_stopped_or_without_account_stays_out_and_is_named(day: Payday) -> None:
    stopped, without, paid = [await day.payable(name) for name in ("あおい", "みお", "ゆい")]
    actor = await day.staff()
    for cast in (stopped, without, paid):
        await day.ask(cast, 6000)
    async with day.database.transaction() as tx:
        await stops.stop(tx, day.settings, actor, stopped, "調査中です")
    async with day.owner.transaction() as tx:
        gone = sa.text("UPDATE bank_accounts SET sealed = NULL, mark = NULL WHERE user_id = :cast")
        await tx.execute(gone, {"cast": without})
    assert await left(day, actor) == {stopped: "stopped", without: "no_account", paid: None}
    await day.gather(actor)
    assert await day.payouts(stopped) == [("requested", 6000)]
    assert await day.payouts(without) == [("requested", 6000)]
    assert await day.payouts(paid) == [("in_run", 6000)]
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gather(actor)
    await day.prove()


async def test_a_return_of_the_talk_calls_its_request_off(day: Payday) -> None:
    cast, actor = await day.cast(), await day.staff()
    await day.account(cast)
    talk = await day.earn(cast, 8)
    await day.pass_days(40)
    await day.ask(cast, 8000)
    await give_back(day, talk)
    assert await left(day, actor) == {cast: "minus"}
    other = await day.payable("みお")
    await day.ask(other, 5000)
    await day.gather(actor)
    assert await day.payouts(cast) == [("called_off", 8000)]
    found = await day.book(cast)
    assert (found.requested, found.payable) == (0, 0)
    await day.prove()


async def test_a_claim_decided_while_its_casts_request_is_gathered_takes_nothing_of_it(
    day: Payday,
) -> None:
    actor, other, cast = await day.staff(), await day.staff(), await day.cast()
    await day.account(cast)
    await day.earn(cast, 8)
    talk = await day.earn(cast, 6)
    async with day.database.transaction() as tx:
        said = (talk, day.caller, "other", "遅刻されました")
        claimed = await claims.file_claim(tx, day.settings, *said)
    await day.pass_days(40)
    assert (await day.book(cast)).payable == 8000
    await day.ask(cast, 8000)

    async def decide() -> None:
        async with day.database.transaction() as tx:
            said = (claimed, other, 2500, "遅刻")
            await decisions.return_points(tx, day.settings, *said)

    run, _ = await asyncio.gather(day.gather(actor), decide())
    found = await day.book(cast)
    assert (found.in_run, found.returned, found.payable) == (8000, 2000, 4000)
    await day.prove()
    await day.agreed(run, actor)
    await day.close(run, actor)
    assert (await day.book(cast)).paid == 8000
    await day.prove()


async def test_a_return_of_the_talk_while_its_request_is_gathered_is_a_minus_or_calls_it_off(
    day: Payday,
) -> None:
    cast, actor = await day.cast(), await day.staff()
    await day.account(cast)
    talk = await day.earn(cast, 8)
    await day.pass_days(40)
    await day.ask(cast, 8000)
    other = await day.payable("みお")
    await day.ask(other, 5000)
    await asyncio.gather(day.gather(actor), give_back(day, talk))
    found = await day.book(cast)
    assert (await day.payouts(cast), found.payable) in (
        ([("in_run", 8000)], -8000),
        ([("called_off", 8000)], 0),
    )
    assert await day.payouts(other) == [("in_run", 5000)]
    await day.prove()


async def test_a_return_while_it_is_paid_is_a_minus_that_later_earnings_cover(day: Payday) -> None:
    cast, actor = await day.cast(), await day.staff()
    await day.account(cast)
    talk = await day.earn(cast, 8)
    await day.pass_days(40)
    await day.ask(cast, 8000)
    run = await day.gather(actor)
    await give_back(day, talk)
    await day.agreed(run, actor)
    await day.close(run, actor)
    assert (await day.book(cast)).payable == -8000
    await day.prove()


async def test_a_new_account_counts_for_what_is_gathered_after_it(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    await day.account(cast, number="7654321")
    run = await day.gather(actor)
    await day.account(cast, number="1111111")
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        rows = await files.bank_rows(tx, day.settings, run, actor)
    assert [row.account.number for row in rows] == ["7654321"]


async def test_many_yen_need_a_second_person_who_is_another(day: Payday) -> None:
    settings = day.settings.model_copy(update={"payout_second_yen": 5000})
    day.settings = settings
    cast, maker, second = await day.payable(), await day.staff(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(maker)
    await day.agreed(run, maker)
    assert (await run_of(day, run)).state == "waiting_second"
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="payout_run_moved"):
            await files.bank_rows(tx, settings, run, maker)
        with pytest.raises(UserError, match="payout_second_same"):
            await agreeing.agree(tx, run, maker)
        await agreeing.agree(tx, run, second)
    found = await run_of(day, run)
    assert (found.state, found.second_by) == ("agreed", second)


async def test_exactly_the_sum_needs_no_second_person(day: Payday) -> None:
    day.settings = day.settings.model_copy(update={"payout_second_yen": 5670})
    cast, maker = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(maker)
    await day.agreed(run, maker)
    assert (await run_of(day, run)).state == "agreed"


async def test_who_is_paid_by_it_neither_makes_nor_agrees_to_nor_closes_a_run(day: Payday) -> None:
    own, other = await day.payable("経理"), await day.payable("みお")
    actor = await day.staff()
    await day.ask(own, 6000)
    await day.ask(other, 6000)
    run = await day.gather(own)
    assert await day.payouts(own) == [("requested", 6000)]
    second = await day.gather(actor)
    assert await day.payouts(own) == [("in_run", 6000)]
    async with day.database.transaction() as tx:
        for verb in (
            agreeing.send_on(tx, day.settings, second, own),
            dissolving.dissolve(tx, second, own, "やり直し"),
        ):
            with pytest.raises(UserError, match="own_payout"):
                await verb
    await day.agreed(second, actor)
    with pytest.raises(UserError, match="own_payout"):
        await day.close(second, own)
    await day.agreed(run, own)
    await day.close(run, own)
    await day.prove()


async def test_a_run_is_closed_once_by_two_people_at_once(day: Payday) -> None:
    cast, actor, other = await day.payable(), await day.staff(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    done = await asyncio.gather(
        day.close(run, actor), day.close(run, other), return_exceptions=True
    )
    assert len([result for result in done if isinstance(result, UserError)]) == 1
    assert (await day.book(cast)).paid == 6000
    await day.prove()


async def test_a_close_that_is_cut_off_has_done_nothing(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        await files.bank_rows(tx, day.settings, run, actor)
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE payout_runs SET pay_on = now()::date - 1"))

    async def killed() -> None:
        async with day.database.transaction() as tx:
            await closing.close(tx, run, actor)
            await tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(sa.exc.DBAPIError):
        await killed()
    assert (await day.book(cast)).in_run == 6000
    await day.prove()
    await day.close(run, actor)
    assert (await day.book(cast)).paid == 6000
    await day.prove()


async def test_a_run_is_closed_on_its_day_and_with_its_file(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="payout_not_filed"):
            await closing.close(tx, run, actor)
        await files.bank_rows(tx, day.settings, run, actor)
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE payout_runs SET pay_on = now()::date + 3"))
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="payout_day_ahead"):
            await closing.close(tx, run, actor)


async def test_what_the_bank_rejects_is_payable_again_once(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    one, other = await day.staff(), await day.staff()
    payout = await day.paid(cast, 8000)

    async def propose() -> int:
        async with day.database.transaction() as tx:
            run = await tx.scalar(sa.text("SELECT run_id FROM payouts"))
            returned = [Returned(payout, "名義が違う")]
            return await rejecting.propose(tx, int(run or 0), actor, returned, "名義が違う")

    assert sorted(await asyncio.gather(propose(), propose())) == [0, 1]
    assert (await day.book(cast)).paid == 8000
    async with day.database.transaction() as tx:
        (waiting,) = await reversals.waiting(tx)

    async def agree(who: int) -> None:
        async with day.database.transaction() as tx:
            await reversing.agree(tx, day.settings, waiting.id, who)

    done = await asyncio.gather(agree(one), agree(other), return_exceptions=True)
    assert [error.code for error in done if isinstance(error, UserError)] == [
        "payout_reversal_decided"
    ]
    assert await propose() == 0
    found = await day.book(cast)
    assert (found.paid, found.payable) == (0, 10_000)
    await day.prove()


async def test_nobody_rejects_what_is_not_paid_or_their_own(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    payout = await day.ask(cast, 6000)
    run = await day.gather(actor)

    async def reject(tx: Tx, who: int) -> None:
        await rejecting.propose(tx, run, who, [Returned(payout, "名義が違う")], "名義が違う")

    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="payout_not_paid"):
            await reject(tx, actor)
        with pytest.raises(UserError, match="own_payout"):
            await reject(tx, cast)


async def test_a_dissolved_run_lets_its_requests_wait_again(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        await dissolving.dissolve(tx, run, actor, "振込日を変えます")
    assert await day.payouts(cast) == [("requested", 6000)]
    await day.prove()
    with pytest.raises(UserError, match="payout_run_moved"):
        await day.close(run, actor)
    again = await day.gather(actor)
    await day.agreed(again, actor)
    await day.close(again, actor)
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="payout_run_moved"):
            await dissolving.dissolve(tx, again, actor, "もう一度")
    await day.prove()


async def test_what_was_called_off_stays_so_when_nothing_is_left_to_pay(day: Payday) -> None:
    cast, actor = await day.cast(), await day.staff()
    await day.account(cast)
    talk = await day.earn(cast, 8)
    await day.pass_days(40)
    await day.ask(cast, 8000)
    await give_back(day, talk)
    made = await day.gathered(actor)
    assert (made.run_id, made.called_off) == (None, 1)
    assert await day.payouts(cast) == [("called_off", 8000)]
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gathered(actor)
    await day.prove()


async def test_a_telling_that_is_killed_again_and_again_tells_everybody_once(
    day: Payday, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        await day.top_up()
        await day.ask(await day.payable(f"さくら{n}"), 6000)
    actor = await day.staff()
    run = await day.gather(actor)
    await day.agreed(run, actor)
    await day.close(run, actor)
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    monkeypatch.setattr(telling, "_PART", telling._PART.limit(2))
    tells, real = 0, words.paid

    async def killed(tx: Tx, *args: Any) -> None:
        nonlocal tells
        await real(tx, *args)
        tells += 1
        if tells in (2, 5, 7):
            await tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(words, "paid", killed)
    for _ in range(3):
        with pytest.raises(sa.exc.DBAPIError):
            await telling.tell(day.database, day.settings, run, "paid")
    for _ in range(2):
        await telling.tell(day.database, day.settings, run, "paid")
    async with day.database.transaction() as tx:
        keys = [str(key) for key in await tx.scalars(sa.select(notices.c.key))]
        ids = list(await tx.scalars(sa.text("SELECT id FROM payouts")))
    assert sorted(key for key in keys if key.endswith(":paid")) == sorted(
        f"payout:{payout}:paid" for payout in ids
    )


async def test_the_applications_role_changes_nothing_of_what_was_settled(day: Payday) -> None:
    cast = await day.payable()
    payout = await day.paid(cast, 6000)
    for statement in (
        "UPDATE payouts SET gross = 1 WHERE id = :id",
        "UPDATE payouts SET bank_fee = 0 WHERE id = :id",
        "UPDATE payouts SET state = 'in_run', paid_at = NULL WHERE id = :id",
        "DELETE FROM payouts WHERE id = :id",
        "UPDATE payout_runs SET made_by = made_by WHERE id > 0 AND :id > 0",
        "UPDATE transfers SET amount = 1 WHERE :id > 0",
    ):
        with pytest.raises(sa.exc.DBAPIError):
            async with day.database.transaction() as tx:
                await tx.execute(sa.text(statement), {"id": payout})
    await day.prove()
