"""The timetable: what is done every so often, by any number of processes, once each time.

Every line is a domain verb that may run twice or be cut off without harm; the table of last runs
only spares the others the work.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
import structlog

from foundation.database import Database, Tx
from foundation.settings import Settings
from scheduler import errands
from signaling.push import Push

log = structlog.get_logger(__name__)

# Also a line of once a day is looked at this often: the site may have been down at its time.
LONGEST_NAP_SECONDS = 60.0
# A run that has not ended after this long belonged to a process that is gone.
LONGEST_RUN_SECONDS = 900

MINUTE, HOUR, DAY = 60, 3600, 86_400

Errand: TypeAlias = Callable[[Settings, Database], Awaitable[None]]


@dataclass(frozen=True)
class Line:
    """One line of the timetable: a name, its verb, and the seconds from one run to the next."""

    name: str
    errand: Errand
    every_seconds: int


TIMETABLE: tuple[Line, ...] = (
    Line("send mail", errands.send_mail, 5),
    Line("expire points", errands.expire_points, MINUTE),
    Line("remind of expiry", errands.remind_of_expiry, HOUR),
    Line("sweep sessions", errands.sweep_sessions, HOUR),
    Line("retry payment events", errands.retry_payment_events, MINUTE),
    Line("reconcile payments", errands.reconcile_payments, DAY),
    Line("prove the books", errands.prove_the_books, DAY),
)

# Takes the run for this process, or finds that another has it or that it isn't time yet.
_TAKE = sa.text("""
INSERT INTO timetable_runs AS r (name, began_at) VALUES (:name, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET began_at = clock_timestamp(), ended_at = NULL, error = NULL
WHERE r.began_at <= clock_timestamp() - :every * interval '1 s'
  AND (r.ended_at IS NOT NULL OR r.began_at <= clock_timestamp() - :longest * interval '1 s')
RETURNING began_at
""")

# Only the run that was taken is ended, not a later one of another process.
_END = sa.text("""
UPDATE timetable_runs SET ended_at = clock_timestamp(), error = :error
WHERE name = :name AND began_at = :began_at
""")


async def run(settings: Settings, database: Database, _: Push) -> None:
    """Keep to the timetable until cancelled; a long line holds up no other."""
    async with asyncio.TaskGroup() as lines:
        for line in TIMETABLE:
            lines.create_task(_keep(settings, database, line))


async def _keep(settings: Settings, database: Database, line: Line) -> None:
    while True:
        try:
            await run_if_due(settings, database, line)
        except Exception:
            # The database is away: the next look tries again.
            log.exception("timetable.unreadable", line=line.name)
        await asyncio.sleep(min(line.every_seconds, LONGEST_NAP_SECONDS))


async def run_if_due(settings: Settings, database: Database, line: Line) -> bool:
    """Run a line if its time has come and no other process has it; return whether it ran."""
    async with database.transaction() as tx:
        began_at = await _take(tx, line)
    if began_at is None:
        return False
    error = None
    try:
        async with asyncio.timeout(LONGEST_RUN_SECONDS):
            await line.errand(settings, database)
    except Exception as problem:
        log.exception("timetable.failed", line=line.name)
        error = (repr(problem) or "failed")[:500]
    async with database.transaction() as tx:
        await tx.execute(_END, {"name": line.name, "began_at": began_at, "error": error})
    return True


async def _take(tx: Tx, line: Line) -> object | None:
    taken: object | None = await tx.scalar(
        _TAKE,
        {"name": line.name, "every": line.every_seconds, "longest": LONGEST_RUN_SECONDS},
    )
    return taken
