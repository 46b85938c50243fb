"""What a bank rejected: it is the cast's again, once, with all that had been kept of it."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from payouts import refusals, words
from payouts.runs.locking import own_payout
from payouts.tables import payouts
from points import ledger
from record.acts import log_act, reason_of


async def reject(
    tx: Tx, settings: Settings, payout_id: int, actor_id: int, why: str, run_id: int | None = None
) -> bool:
    """Note that the bank rejected a payout of a closed run (this one), and tell its cast.

    Returns False for one that was noted before. Raises UserError `payout_unknown` (404),
    `payout_not_paid`, `own_payout` (403), `reason_needed` (400).
    """
    reason = reason_of(why)
    found = await locks.lock_row(
        tx,
        sa.select(payouts.c.id, payouts.c.user_id, payouts.c.state, payouts.c.gross)
        .add_columns(payouts.c.run_id)
        .where(payouts.c.id == payout_id),
    )
    if found is None or run_id not in (None, found.run_id):
        raise refusals.payout_unknown()
    if found.user_id == actor_id:
        raise own_payout()
    if found.state == "rejected":
        return False
    if found.state != "paid":
        raise UserError(
            "payout_not_paid", N_("振込を完了にしてから、できなかったものを記録してください。")
        )
    await tx.execute(
        sa.update(payouts)
        .where(payouts.c.id == payout_id)
        .values(state="rejected", rejected_at=sa.func.clock_timestamp(), why=reason)
    )
    await ledger.return_payout(
        tx, payout_id, found.user_id, found.gross, reason=reason, actor_id=actor_id
    )
    await log_act(tx, actor_id, "payout.reject", f"payout:{payout_id}", reason=reason)
    await words.rejected(tx, settings, found.user_id, payout_id, found.gross, reason)
    return True
