"""Time that passes for a reservation, and what the timetable does when it has."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.outbox import Mail
from scheduler.errands import Tools

Errand = Callable[[Tools], Awaitable[None]]

TRIES = 600


async def until(owner: Database, reservation: int, moment: str, left: float = 0) -> None:
    """Let time pass for a reservation and its talk, until so many seconds before a moment of it.

    `moment` is a column of its row. Signs of life stay as fresh as they are: whoever is there has
    been there all the time.
    """
    async with owner.transaction() as tx:
        of_row = sa.text(f"SELECT {moment} - clock_timestamp() FROM reservations WHERE id = :id")
        ahead = await tx.scalar(of_row, {"id": reservation})
        assert ahead is not None
        shift = {"id": reservation, "seconds": ahead.total_seconds() - left}
        for statement in (_SHIFT_RESERVATION, _SHIFT_TALK, _SHIFT_SPANS):
            await tx.execute(statement, shift)


_SHIFT_RESERVATION = sa.text("""
UPDATE reservations SET starts_at = starts_at - shift, ends_at = ends_at - shift,
  created_at = created_at - shift, kept_until = kept_until - shift,
  booked_at = booked_at - shift, cancel_until = cancel_until - shift,
  began_at = began_at - shift, caller_came_at = caller_came_at - shift,
  cast_came_at = cast_came_at - shift, cast_last_at = cast_last_at - shift,
  judged_at = judged_at - shift, return_due_at = return_due_at - shift
FROM (SELECT :seconds * interval '1 s' AS shift) s WHERE id = :id
""")
_SHIFT_TALK = sa.text("""
UPDATE talks SET entered_at = entered_at - shift, running_since = running_since - shift,
  due_at = due_at - shift, must_end_at = must_end_at - shift
FROM (SELECT :seconds * interval '1 s' AS shift) s WHERE reservation_id = :id AND ended_at IS NULL
""")
_SHIFT_SPANS = sa.text("""
UPDATE talk_spans SET began_at = began_at - shift, ended_at = ended_at - shift
FROM (SELECT :seconds * interval '1 s' AS shift) s
WHERE talk_id IN (SELECT id FROM talks WHERE reservation_id = :id AND ended_at IS NULL)
""")


async def fact(database: Database, reservation: int, what: str) -> object:
    """What stands in a reservation's row: a column, or a condition over its columns."""
    async with database.transaction() as tx:
        found = sa.text(f"SELECT {what} FROM reservations WHERE id = :id")
        return await tx.scalar(found, {"id": reservation})


async def come_true(database: Database, reservation: int, what: str) -> None:
    """Wait until a condition over a reservation's columns holds."""
    for _ in range(TRIES):
        if await fact(database, reservation, what):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what} never held")


async def run_errand(database: Database, folder: Path, errand: Errand) -> None:
    """Run one line of the timetable now, as any of a site's processes does."""
    await errand(Tools(Settings(data=folder, demo=True), database, _keep))


async def _keep(mail: Mail) -> None:
    """A demo site sends nothing."""
