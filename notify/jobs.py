"""Jobs: work for later, written down in the transaction that gave cause for it.

The scheduler runs them; here they are made, healed and swept. The tables are procrastinate's.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx

# The notification's channel is "procrastinate_queue_v1#" and the name; PostgreSQL takes 63 bytes.
LONGEST_NAME = 40
# After waits of 1, 2, 4, … minutes (an hour at most) a job is given up within a day.
MOST_TRIES = 24
LONGEST_WAIT = timedelta(hours=1)
# A worker beats every 10 s, and ends every run after LONGEST_RUN_SECONDS.
SILENT_SECONDS = 30
LONGEST_RUN_SECONDS = 900


class LaterError(Exception):
    """The job is not done, and is to be tried again at `at`, by the database's clock."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"again at {at}")
        self.at = at


# Each name is a queue of its own: a process takes only the jobs that its code knows, so that one
# of an older version leaves new ones to the others.
_DEFER = sa.text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at)
VALUES (:name, :name, :key, :arguments, :at)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
""").bindparams(sa.bindparam("arguments", type_=sa.JSON))


async def defer(
    tx: Tx, name: str, *, key: str | None = None, at: datetime | None = None, **arguments: object
) -> None:
    """Have the task `name` run with these arguments after this transaction, not before `at`.

    `at` is for what comes soon: every look for work passes all that waits, so what lies far ahead
    is for a line of the timetable to find. While a job with the same `key` waits, no other is
    added. Tasks may run twice: what a worker had in hand when it died is done again.
    """
    assert len(name) <= LONGEST_NAME
    await tx.execute(_DEFER, {"name": name, "key": key, "arguments": arguments, "at": at})


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries that failed."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_WAIT)


# One at a time: of two with one key, the second must see that the first waits again.
_HEAL = sa.text("""
WITH stalled AS (
  SELECT id, queueing_lock, attempts FROM procrastinate_jobs j
  WHERE status = 'doing' AND (
    NOT EXISTS (SELECT FROM procrastinate_workers w WHERE w.id = j.worker_id
      AND w.last_heartbeat > clock_timestamp() - :silent * interval '1 s')
    OR NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id
      AND e.type = 'started' AND e.at > clock_timestamp() - :longest * interval '1 s'))
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE procrastinate_jobs j SET attempts = j.attempts + 1, scheduled_at = clock_timestamp(),
  abort_requested = false,
  status = CASE WHEN s.attempts < :most AND NOT EXISTS (
    SELECT FROM procrastinate_jobs o WHERE o.status = 'todo' AND o.queueing_lock = s.queueing_lock)
    THEN 'todo' ELSE 'failed' END::procrastinate_job_status
FROM stalled s WHERE j.id = s.id
RETURNING j.id
""")


_LATE = sa.text("""
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(j.scheduled_at, e.at))), 0)
FROM procrastinate_jobs j
LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= clock_timestamp())
""")


async def late_seconds(tx: Tx) -> float:
    """Return for how long the oldest job waits that could run; 0 where none waits."""
    return max(0.0, float(await tx.scalar(_LATE) or 0))


async def heal(tx: Tx) -> int:
    """Have one job run again whose worker is gone or has lost it; return how many there were.

    Given up is one that has had all its tries, and one of whose key another waits already.
    """
    bounds = {
        "silent": SILENT_SECONDS,
        "longest": LONGEST_RUN_SECONDS + 60,
        "most": MOST_TRIES,
    }
    healed = [row.id for row in await tx.execute(_HEAL, bounds)]
    locks.note(tx, "procrastinate_jobs", healed, waited=False)
    return len(healed)


_SWEEP = sa.text("""
DELETE FROM procrastinate_jobs WHERE id IN (
  SELECT id FROM procrastinate_jobs j WHERE status NOT IN ('todo', 'doing') AND NOT EXISTS (
    SELECT FROM procrastinate_events e WHERE e.job_id = j.id
      AND e.at > clock_timestamp() - :days * interval '1 day')
  ORDER BY id LIMIT :most)
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` jobs that were given up longer ago; return how many."""
    return (await tx.execute(_SWEEP, {"days": days, "most": most})).rowcount
