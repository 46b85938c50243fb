"""Closing a run once the bank has done it: all of it is paid in one transaction, or nothing is."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from payouts.runs import reversals
from payouts.runs.agreeing import summary, tell
from payouts.runs.locking import lock
from payouts.tables import payout_runs, payouts
from points import ledger
from points.ledger import Leaving
from points.rules import SITE_ZONE
from record.acts import log_act


async def close(tx: Tx, run_id: int, actor_id: int) -> None:
    """Book that everything of a run has left its casts' earnings; who is paid is told by a job.

    Raises UserError `payout_run_moved` (it was closed or dissolved before), `payout_not_filed`,
    `payout_day_ahead`, `own_payout` (403), `payout_dissolution_waits`.
    """
    run = await lock(tx, run_id, actor_id, "agreed")
    await reversals.must_not_dissolve(tx, run_id)
    if run.filed_at is None:
        raise UserError("payout_not_filed", N_("先に、銀行に渡すファイルを受け取ってください。"))
    if (await clock(tx)).astimezone(SITE_ZONE).date() < run.pay_on:
        raise UserError(
            "payout_day_ahead",
            N_("振込日（%(day)s）になり、銀行の処理を確かめてから完了にしてください。"),
            day=run.pay_on.isoformat(),
        )
    rows = await locks.lock(
        tx,
        sa.select(payouts.c.id, payouts.c.user_id, payouts.c.gross).where(
            payouts.c.run_id == run_id, payouts.c.state == "in_run"
        ),
    )
    await ledger.pay_out_many(tx, [Leaving(row.id, row.user_id, row.gross) for row in rows])
    now = sa.func.clock_timestamp()
    await tx.execute(
        sa.update(payouts)
        .where(payouts.c.run_id == run_id, payouts.c.state == "in_run")
        .values(state="paid", paid_at=now)
    )
    ended = {"state": "closed", "ended_by": actor_id, "ended_at": now}
    await tx.execute(sa.update(payout_runs).where(payout_runs.c.id == run_id).values(**ended))
    await log_act(tx, actor_id, "payout.close", f"run:{run_id}", reason=summary(run))
    await tell(tx, run_id, "paid")
