"""Reminders of reservations, an hour and five minutes before, to both people.

One that comes late is dropped: a reminder of what is nearly over, or has been told already, is
worse than none.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from rooms.booking.notices import tell
from rooms.booking.rows import ReservationRow

AT_ONCE = 100
HOUR_MINUTES, SOON_MINUTES = 60, 5
# An hour's reminder that is later than this has lost its sense.
LATE_MINUTES = 15

# The one of five minutes before takes the place of the one before it.
_DUE = sa.text("""
SELECT r.*, moment, CASE WHEN starts_at <= moment + :soon * interval '1 minute'
  THEN 2 ELSE 1 END AS reminder
FROM reservations r, clock_timestamp() AS moment
WHERE state IN ('booked', 'running') AND starts_at <= moment + :hour * interval '1 minute'
  AND (reminded < 1 OR reminded < 2 AND starts_at <= moment + :soon * interval '1 minute')
ORDER BY starts_at LIMIT :most FOR NO KEY UPDATE OF r SKIP LOCKED
""")

_DONE = sa.text("""
UPDATE reservations r SET reminded = d.reminder
FROM unnest(CAST(:ids AS bigint[]), CAST(:reminders AS int[])) AS d (id, reminder)
WHERE r.id = d.id
""")


@dataclass(frozen=True)
class ReminderDue(ReservationRow):
    """A reservation of which to remind now, at `moment`: by the first reminder or the second."""

    moment: datetime
    reminder: int


async def remind(tx: Tx, settings: Settings) -> int:
    """Remind of up to `AT_ONCE` reservations; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    bounds = {"hour": HOUR_MINUTES, "soon": SOON_MINUTES, "most": AT_ONCE}
    rows = typed_all(ReminderDue, (await tx.execute(_DUE, bounds)).mappings())
    for row in rows:
        left = (row.starts_at - row.moment).total_seconds() / 60
        if row.state != "booked" or left <= 0:
            continue
        if row.reminder == 2:
            await tell(tx, settings, row, "soon")
        elif left >= HOUR_MINUTES - LATE_MINUTES:
            await tell(tx, settings, row, "hour")
    await tx.execute(
        _DONE, {"ids": [row.id for row in rows], "reminders": [row.reminder for row in rows]}
    )
    return len(rows)
