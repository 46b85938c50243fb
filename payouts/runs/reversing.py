"""Deciding, as a second person, what the first one proposed to let go back to casts."""

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from payouts.runs import dissolving, rejecting, reversals
from payouts.runs.locking import LockedRun, lock
from payouts.runs.reversals import Reversal
from payouts.tables.runs import RUN_STATES
from record.acts import log_act, reason_of


async def agree(tx: Tx, settings: Settings, reversal_id: int, actor_id: int) -> Reversal:
    """Carry out what another one proposed: it is done now, once, and its casts are told.

    Raises UserError `payout_reversal_unknown` (404), `payout_reversal_decided`,
    `payout_second_same` (403), `own_payout` (403), `payout_run_moved`.
    """
    run, found = await _locked(tx, reversal_id, actor_id)
    if found.proposed_by == actor_id:
        raise UserError(
            "payout_second_same",
            N_("ご自分の提案には、ほかのスタッフの同意がいります。"),
            status=403,
        )
    # First what two have said, then what follows of it: the database asks in this order.
    await reversals.note_outcome(tx, found.id, "done", actor_id)
    if found.kind == "dissolution":
        await dissolving.carry_out(tx, run, actor_id, found.reason)
    else:
        returned = await reversals.lines(tx, [found.id])
        await rejecting.carry_out(tx, settings, actor_id, found.proposed_by, returned)
    return found


async def send_back(tx: Tx, reversal_id: int, actor_id: int, reason: str) -> Reversal:
    """Send a proposal back, also one's own: nothing moves. Raises as `agree` does."""
    why = reason_of(reason)
    _, found = await _locked(tx, reversal_id, actor_id)
    await reversals.note_outcome(tx, found.id, "sent_back", actor_id, why)
    known = {"reversal": found.id, "kind": found.kind}
    await log_act(tx, actor_id, "payout.keep_run", f"run:{found.run_id}", reason=why, **known)
    return found


async def _locked(tx: Tx, reversal_id: int, actor_id: int) -> tuple[LockedRun, Reversal]:
    run = await lock(tx, await reversals.run_of(tx, reversal_id), actor_id, *RUN_STATES)
    return run, await reversals.lock(tx, reversal_id)
