"""What the bank may have moved goes back by the word of two, never by that of one alone."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from payouts.desk import waiting as desk_waiting
from payouts.runs import closing, dissolving, files, rejecting, reversals, reversing
from payouts.runs.reversals import Returned, Reversal
from points import audit
from tests.payouts.payday import Payday


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, said)


async def filed(day: Payday, *casts: int) -> tuple[int, int]:
    """A run of these casts of which the bank may know, and who made it."""
    actor = await day.staff()
    for cast in casts:
        await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        await files.bank_rows(tx, day.settings, run, actor)
    return run, actor


async def dissolve(day: Payday, run: int, actor: int) -> str:
    async with day.database.transaction() as tx:
        return await dissolving.dissolve(tx, run, actor, "銀行で取り消しました")


async def waiting(day: Payday, run: int) -> list[Reversal]:
    async with day.database.transaction() as tx:
        return await reversals.waiting(tx, run)


async def refused(day: Payday, reversal: Reversal, actor: int) -> str:
    with pytest.raises(UserError) as found:
        async with day.database.transaction() as tx:
            await reversing.agree(tx, day.settings, reversal.id, actor)
    return found.value.code


async def test_a_run_that_the_bank_may_know_is_dissolved_by_two(day: Payday) -> None:
    cast = await day.payable()
    run, actor = await filed(day, cast)
    assert await dissolve(day, run, actor) == "dissolution"
    assert await day.payouts(cast) == [("in_run", 6000)]
    (one,) = await waiting(day, run)
    assert (one.payouts, one.total, one.proposed_by) == (1, 5670, actor)
    assert await refused(day, one, actor) == "payout_second_same"
    assert await day.payouts(cast) == [("in_run", 6000)]
    with pytest.raises(UserError, match="payout_dissolution_waits"):
        await dissolve(day, run, await day.staff())
    async with day.database.transaction() as tx:
        assert await desk_waiting.count_waiting(tx) == 2
        await reversing.agree(tx, day.settings, one.id, await day.staff())
        assert await desk_waiting.count_waiting(tx) == 0
    assert await day.payouts(cast) == [("requested", 6000)]
    assert await refused(day, one, await day.staff()) == "payout_reversal_decided"
    await day.prove()


async def test_one_alone_can_not_have_it_paid_twice(day: Payday) -> None:
    """Whose file went to the bank dissolves the run and gathers it again, all by themselves."""
    cast = await day.payable()
    run, actor = await filed(day, cast)
    await dissolve(day, run, actor)
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gather(actor)
    (one,) = await waiting(day, run)
    async with day.database.transaction() as tx:
        await reversing.send_back(tx, one.id, actor, "間違えました")
    await day.close(run, actor)
    async with day.database.transaction() as tx:
        payout = int(await tx.scalar(sa.text("SELECT id FROM payouts")) or 0)
        await rejecting.propose(tx, run, actor, [Returned(payout, "口座なし")], "口座なし")
    (other,) = await waiting(day, run)
    assert await refused(day, other, actor) == "payout_second_same"
    assert (await day.book(cast)).paid == 6000
    await day.prove()


async def test_while_it_is_to_be_dissolved_nobody_goes_on_with_a_run(day: Payday) -> None:
    run, actor = await filed(day, await day.payable())
    await dissolve(day, run, actor)
    for go_on in (files.bank_rows, files.bank_file):
        with pytest.raises(UserError, match="payout_dissolution_waits"):
            async with day.database.transaction() as tx:
                await go_on(tx, day.settings, run, actor)
    with pytest.raises(UserError, match="payout_dissolution_waits"):
        async with day.database.transaction() as tx:
            await closing.close(tx, run, actor)
    (one,) = await waiting(day, run)
    async with day.database.transaction() as tx:
        await reversing.send_back(tx, one.id, await day.staff(), "銀行はもう処理しました")
    await day.close(run, actor)
    async with day.database.transaction() as tx:
        (kept,) = await reversals.decided(tx, run)
    assert (kept.state, kept.answer) == ("sent_back", "銀行はもう処理しました")
    await day.prove()


async def test_who_is_paid_by_a_run_neither_proposes_nor_agrees_nor_sends_back(day: Payday) -> None:
    own, other = await day.payable("経理"), await day.payable("みお")
    run, actor = await filed(day, own, other)
    with pytest.raises(UserError, match="own_payout"):
        await dissolve(day, run, own)
    await dissolve(day, run, actor)
    (one,) = await waiting(day, run)
    assert await refused(day, one, own) == "own_payout"
    with pytest.raises(UserError, match="own_payout"):
        async with day.database.transaction() as tx:
            await reversing.send_back(tx, one.id, own, "やめます")


async def test_a_whole_file_is_one_proposal_and_its_casts_are_told_once_agreed(day: Payday) -> None:
    casts = [await day.payable(f"さくら{n}") for n in range(3)]
    run, actor = await filed(day, *casts)
    await day.close(run, actor)
    async with day.database.transaction() as tx:
        ids = list(await tx.scalars(sa.text("SELECT id FROM payouts ORDER BY id")))
        said = [Returned(ids[0], "口座なし"), Returned(ids[2], "名義相違")]
        assert await rejecting.propose(tx, run, actor, said, "銀行の結果") == 2
    (one,) = await waiting(day, run)
    async with day.database.transaction() as tx:
        lines = await reversals.lines(tx, [one.id])
    assert [(line.user_id, line.why) for line in lines] == [
        (casts[0], "口座なし"),
        (casts[2], "名義相違"),
    ]
    assert await told(day, casts[0], "rejected") == 0
    assert await day.agreed_to(run, await day.staff())
    assert [await told(day, cast, "rejected") for cast in casts] == [1, 0, 1]
    assert [(await day.book(cast)).paid for cast in casts] == [0, 6000, 0]
    await day.prove()


async def told(day: Payday, cast: int, what: str) -> int:
    async with day.database.transaction() as tx:
        keys = await tx.scalars(sa.select(notices.c.key).where(notices.c.user_id == cast))
        return sum(str(key).endswith(f":{what}") for key in keys)


async def test_two_agree_at_once_and_it_goes_back_once(day: Payday) -> None:
    cast = await day.payable()
    run, actor = await filed(day, cast)
    await dissolve(day, run, actor)
    (one,) = await waiting(day, run)
    seconds = [await day.staff(), await day.staff()]

    async def agree(second: int) -> None:
        async with day.database.transaction() as tx:
            await reversing.agree(tx, day.settings, one.id, second)

    done = await asyncio.gather(*map(agree, seconds), return_exceptions=True)
    assert [error.code for error in done if isinstance(error, UserError)] == [
        "payout_reversal_decided"
    ]
    assert await day.payouts(cast) == [("requested", 6000)]
    await day.prove()


ALONE = (
    "UPDATE payouts SET state = 'rejected', rejected_at = now(), why = 'x' WHERE state = 'paid'",
    "UPDATE payouts SET state = 'requested', run_id = NULL WHERE state = 'in_run'",
    """UPDATE payout_runs SET state = 'dissolved', ended_by = made_by, ended_at = now()
    WHERE state = 'agreed'""",
    "UPDATE payout_runs SET filed_at = NULL WHERE state = 'agreed'",
    "UPDATE payout_reversals SET state = 'done', decided_by = proposed_by, decided_at = now()",
    "UPDATE payout_reversals SET proposed_by = decided_by",
    "UPDATE payout_reversal_lines SET payout_id = 1",
    "DELETE FROM payout_reversals",
)


@pytest.mark.parametrize("statement", ALONE)
async def test_the_database_believes_no_one_alone(day: Payday, statement: str) -> None:
    payout = await day.paid(await day.payable(), 6000)
    run, actor = await filed(day, await day.payable("みお"))
    await dissolve(day, run, actor)
    async with day.database.transaction() as tx:
        closed = await tx.scalar(sa.text("SELECT min(id) FROM payout_runs"))
        await rejecting.propose(tx, int(closed or 0), actor, [Returned(payout, "x")], "x")

    async def alone() -> None:
        async with day.database.transaction() as tx:
            await tx.execute(sa.text(statement))

    with pytest.raises(sa.exc.DBAPIError):
        await alone()
    await day.prove()


async def test_the_audit_finds_what_went_back_by_one_alone(day: Payday) -> None:
    await day.paid(await day.payable(), 6000)
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(
            sa.text("UPDATE payouts SET state = 'rejected', rejected_at = now(), why = 'x'")
        )
    async with day.database.transaction() as tx:
        broken = {proof.name for proof in await audit.prove(tx) if proof.broken}
    assert "what the bank may have moved went back by the word of two" in broken
