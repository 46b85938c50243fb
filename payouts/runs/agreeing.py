"""Before the bank hears of a run: it is checked, and agreed to by a second person."""

from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from notify import jobs
from payouts import book
from payouts.runs.locking import LockedRun, lock
from payouts.tables import payout_runs, payouts
from record.acts import log_act

NOW = sa.func.clock_timestamp()
# Tells each cast of a run where it stands (`payouts.runs.telling`).
TELL = "tell_of_run"


async def send_on(
    tx: Tx, settings: Settings, run_id: int, actor_id: int
) -> Literal["agreed", "waiting_second"]:
    """Send a checked draft on: to a second person where it is of many yen. Returns its state.

    Raises UserError `payout_run_stopped` where a cast in it is stopped by now, and as `lock` does.
    """
    run = await lock(tx, run_id, actor_id, "draft")
    await must_not_be_stopped(tx, run_id)
    await log_act(tx, actor_id, "payout.check", f"run:{run_id}", reason=summary(run))
    if run.total > settings.payout_second_yen:
        await _note(tx, run_id, state="waiting_second")
        return "waiting_second"
    await _note(tx, run_id, state="agreed")
    await tell(tx, run_id, "in_run")
    return "agreed"


async def must_not_be_stopped(tx: Tx, run_id: int) -> None:
    """Refuse a run in which somebody was stopped or banned since: `payout_run_stopped`.

    Dissolved and gathered again, it leaves them out.
    """
    within = sa.select(payouts.c.user_id).where(payouts.c.run_id == run_id)
    ids = list(await tx.scalars(within.distinct()))
    if await book.any_stopped(tx, ids):
        raise UserError(
            "payout_run_stopped",
            N_("振込を保留したキャストが入っています。この振込を解消して、まとめ直してください。"),
        )


async def agree(tx: Tx, run_id: int, actor_id: int) -> None:
    """Agree to a run of many yen, as somebody who did not make it.

    Raises UserError `payout_second_same` (403), and as `send_on` does.
    """
    run = await lock(tx, run_id, actor_id, "waiting_second")
    if run.made_by == actor_id:
        raise UserError(
            "payout_second_same",
            N_("ご自分がまとめた振込には、ほかのスタッフの同意がいります。"),
            status=403,
        )
    await must_not_be_stopped(tx, run_id)
    await _note(tx, run_id, state="agreed", second_by=actor_id, second_at=NOW)
    await log_act(tx, actor_id, "payout.agree", f"run:{run_id}", reason=summary(run))
    await tell(tx, run_id, "in_run")


async def tell(tx: Tx, run_id: int, state: str) -> None:
    """Have each cast of a run told that their payout is `in_run`, or `paid`."""
    await jobs.defer(tx, TELL, key=f"{TELL}:{run_id}:{state}", run_id=run_id, state=state)


def summary(run: LockedRun) -> str:
    """Return what a run comes to, for the log of acts."""
    return f"{run.payouts} / ¥{run.total:,}"


async def _note(tx: Tx, run_id: int, **values: object) -> None:
    await tx.execute(sa.update(payout_runs).where(payout_runs.c.id == run_id).values(**values))
