"""Jobs that were given up, and those that are late, as staff see to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset

# A job that could have run for so long is shown beside those that were given up.
LATE_MINUTES = 10


@dataclass(frozen=True)
class DeadJob:
    """One job: which work it is (`name`), of what, how often it was tried and when last."""

    id: int
    name: str
    arguments: dict[str, Any]
    tries: int
    given_up: bool
    at: datetime | None


_JOBS = """
SELECT j.id, j.task_name AS name, j.args AS arguments, j.attempts AS tries,
  j.status = 'failed' AS given_up, (SELECT max(e.at) FROM procrastinate_events e
    WHERE e.job_id = j.id) AS at
FROM procrastinate_jobs j
WHERE j.status = 'failed' OR j.status = 'todo'
  AND j.scheduled_at < clock_timestamp() - :late * interval '1 min'
"""
_LISTED = sa.text(f"{_JOBS} ORDER BY j.status = 'todo', j.id DESC OFFSET :skip LIMIT :most")
_COUNT = sa.text("""
SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE status = 'failed' LIMIT 100) j""")
_LOCK = sa.text("""
SELECT j.task_name, j.queueing_lock IS NOT NULL AND EXISTS (SELECT FROM procrastinate_jobs o
    WHERE o.status = 'todo' AND o.queueing_lock = j.queueing_lock) AS waits_again
FROM procrastinate_jobs j WHERE j.id = :id AND j.status = 'failed' FOR UPDATE OF j
""")
_AGAIN = sa.text("""
UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = clock_timestamp(),
  worker_id = NULL WHERE id = :id""")
_DROP = sa.text("DELETE FROM procrastinate_jobs WHERE id = :id")


async def listed(tx: Tx, number: int, size: int) -> Page[DeadJob]:
    """Return a page of the jobs that were given up, then of those that are late."""
    values = {"late": LATE_MINUTES, "skip": offset(number, size), "most": size + 1}
    rows = (await tx.execute(_LISTED, values)).mappings()
    return Page.of([DeadJob(**row) for row in rows], number, size)


async def count(tx: Tx) -> int:
    """Return how many jobs were given up; beyond 99 the figure stays there."""
    return int(await tx.scalar(_COUNT) or 0)


async def again(tx: Tx, job_id: int) -> str:
    """Have a job that was given up run again from the beginning; return its name.

    Where another of the same key waits already, that one does the work, and this one goes. Raises
    UserError `job_unknown` (404), also where it is not given up any more.
    """
    name, waits_again = await _lock(tx, job_id)
    await tx.execute(_DROP if waits_again else _AGAIN, {"id": job_id})
    return name


async def drop(tx: Tx, job_id: int) -> str:
    """Take away a job that was given up; return its name. Raises as `again` does."""
    name, _ = await _lock(tx, job_id)
    await tx.execute(_DROP, {"id": job_id})
    return name


async def _lock(tx: Tx, job_id: int) -> tuple[str, bool]:
    row = (await tx.execute(_LOCK, {"id": job_id})).one_or_none()
    if row is None:
        raise UserError("job_unknown", N_("この処理は見つかりません。"), status=404)
    locks.note(tx, "procrastinate_jobs", [job_id])
    return str(row.task_name), bool(row.waits_again)
