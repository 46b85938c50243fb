"""Dissolving a run: by one person while the bank can't know of it, from then on by two."""

from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from payouts.runs import reversals
from payouts.runs.locking import LockedRun, lock, run_moved
from payouts.tables import payout_runs, payouts
from record.acts import log_act, reason_of

NOW = sa.func.clock_timestamp()
_OPEN = ("draft", "waiting_second", "agreed")


async def dissolve(
    tx: Tx, run_id: int, actor_id: int, reason: str
) -> Literal["dissolved", "dissolution"]:
    """Dissolve a run that isn't closed, or propose it to a second person once its file was taken.

    Returns what was done. Raises UserError `reason_needed` (400), `payout_run_unknown` (404),
    `payout_run_moved`, `own_payout` (403), `payout_dissolution_waits`.
    """
    why = reason_of(reason)
    run = await lock(tx, run_id, actor_id, *_OPEN)
    if run.filed_at is None:
        await carry_out(tx, run, actor_id, why)
        return "dissolved"
    await reversals.must_not_dissolve(tx, run_id)
    await reversals.propose(tx, run, "dissolution", run.total, [], why, actor_id)
    return "dissolution"


async def carry_out(tx: Tx, run: LockedRun, actor_id: int, why: str) -> None:
    """Dissolve a locked run: requests wait again, what a month owes is open again."""
    if run.state not in _OPEN:
        raise run_moved()
    await locks.lock(tx, sa.select(payouts.c.id).where(payouts.c.run_id == run.id))
    free: dict[str, object] = dict.fromkeys(
        ("run_id", "account_id", "category", "registration", "seller", "tax_percent")
    )
    after: dict[str, object] = {"state": "requested", "withheld": 0}
    if run.way == "monthly":
        after = {"state": "called_off", "called_off_at": NOW, "why": why}
    await tx.execute(sa.update(payouts).where(payouts.c.run_id == run.id).values(**(free | after)))
    ended = {"state": "dissolved", "ended_by": actor_id, "ended_at": NOW, "payouts": 0, "total": 0}
    await tx.execute(sa.update(payout_runs).where(payout_runs.c.id == run.id).values(**ended))
    known = {"payouts": run.payouts, "total": run.total, "filed": run.filed_at is not None}
    await log_act(tx, actor_id, "payout.dissolve", f"run:{run.id}", reason=why, **known)
