"""What a bank rejected: by the word of two it is the cast's again, once, with all kept of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from payouts import refusals, words
from payouts.runs import reversals
from payouts.runs.locking import LockedRun, lock
from payouts.runs.reversals import Returned, ReversalLine
from payouts.tables import payouts
from payouts.tables.runs import RUN_STATES
from points import ledger
from record.acts import log_act, reason_of


async def propose(
    tx: Tx, run_id: int, actor_id: int, returned: Sequence[Returned], reason: str
) -> int:
    """Propose to a second person that the bank rejected these payouts of a closed run.

    Returns how many are new: what was noted before, or waits already, is passed over. Raises
    UserError `payout_run_unknown` (404), `payout_unknown` (404), `payout_not_paid`, `own_payout`
    (403), `reason_needed` (400).
    """
    why = reason_of(reason)
    run = await lock(tx, run_id, actor_id, *RUN_STATES)
    if run.state != "closed":
        raise UserError(
            "payout_not_paid", N_("振込を完了にしてから、できなかったものを記録してください。")
        )
    new, total = await _new(
        tx, run, [Returned(one.payout_id, reason_of(one.why)) for one in returned]
    )
    if new:
        await reversals.propose(tx, run, "rejection", total, new, why, actor_id)
    return len(new)


async def _new(tx: Tx, run: LockedRun, returned: Sequence[Returned]) -> tuple[list[Returned], int]:
    """Return those that are paid, each once, and what the bank was to transfer of them."""
    asked = {one.payout_id: one for one in returned}
    query = sa.select(payouts.c.id, payouts.c.state, payouts.c.net).where(
        payouts.c.run_id == run.id, payouts.c.id.in_(asked)
    )
    known = {row.id: row for row in await tx.execute(query)}
    if asked.keys() - known.keys():
        raise refusals.payout_unknown()
    waits = await reversals.spoken_for(tx, run.id)
    new = [asked[key] for key in sorted(asked) if known[key].state == "paid" and key not in waits]
    return new, sum(known[one.payout_id].net for one in new)


async def carry_out(
    tx: Tx, settings: Settings, actor_id: int, proposed_by: int, lines: Sequence[ReversalLine]
) -> None:
    """Book what two have said was rejected back to its casts, who are told."""
    mine = payouts.c.id.in_([line.payout_id for line in lines])
    query = sa.select(payouts.c.id, payouts.c.state, payouts.c.gross).where(mine)
    gross = {row.id: row.gross for row in await locks.lock(tx, query) if row.state == "paid"}
    for line in lines:
        if line.payout_id in gross:
            await _carry_out(tx, settings, actor_id, proposed_by, line, gross[line.payout_id])


async def _carry_out(
    tx: Tx, settings: Settings, actor_id: int, proposed_by: int, line: ReversalLine, gross: int
) -> None:
    rejected = {"state": "rejected", "rejected_at": sa.func.clock_timestamp(), "why": line.why}
    await tx.execute(sa.update(payouts).where(payouts.c.id == line.payout_id).values(**rejected))
    await ledger.return_payout(
        tx, line.payout_id, line.user_id, gross, reason=line.why, actor_id=actor_id
    )
    subject, by = f"payout:{line.payout_id}", {"proposed_by": proposed_by}
    await log_act(tx, actor_id, "payout.reject", subject, reason=line.why, **by)
    await words.rejected(tx, settings, line.user_id, line.payout_id, gross, line.why)
