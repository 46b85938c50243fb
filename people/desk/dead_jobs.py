"""Jobs that were given up, as staff have them run again or let them be; each act is logged."""

from foundation.database import Tx
from notify import dead_jobs
from record.acts import log_act, reason_of


async def again(tx: Tx, job_id: int, actor_id: int) -> None:
    """Have a job run again. Raises UserError `job_unknown` (404)."""
    name = await dead_jobs.again(tx, job_id)
    await log_act(tx, actor_id, "job.again", f"job:{job_id}", reason=name)


async def drop(tx: Tx, job_id: int, actor_id: int, reason: str) -> None:
    """Let a job be, for a reason. Raises UserError `job_unknown` (404), `reason_needed` (400)."""
    why = reason_of(reason)
    name = await dead_jobs.drop(tx, job_id)
    await log_act(tx, actor_id, "job.drop", f"job:{job_id}", reason=why, job=name)
