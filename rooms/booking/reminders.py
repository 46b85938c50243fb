"""Reminders of reservations, an hour and five minutes before, to both people.

One that comes late is dropped: a reminder of what is nearly over, or has been told already, is
worse than none.
"""

from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.row_types import typed_locked
from foundation.settings import Settings
from record import faults
from record.faults import Work
from rooms.booking.notices import tell
from rooms.booking.reservations import change
from rooms.booking.rows import ReservationRow
from rooms.ground.booking_tables import reservations

AT_ONCE = 100
HOUR_MINUTES, SOON_MINUTES = 60, 5
# An hour's reminder that is later than this has lost its sense.
LATE_MINUTES = 15

REMIND = Work("remind_reservation", "reservation")
# The one of five minutes before takes the place of the one before it.
_DUE = sa.text(f"""
state IN ('booked', 'running') AND starts_at <= clock_timestamp() + :hour * interval '1 minute'
  AND (reminded < 1
    OR reminded < 2 AND starts_at <= clock_timestamp() + :soon * interval '1 minute')
  AND {REMIND.is_due("reservations.id")}
""")


async def remind(tx: Tx, settings: Settings) -> int:
    """Remind of up to `AT_ONCE` reservations; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    query = sa.select(reservations).where(_DUE).order_by(reservations.c.starts_at).limit(AT_ONCE)
    bounds = {"hour": HOUR_MINUTES, "soon": SOON_MINUTES}
    rows = typed_locked(ReservationRow, await locks.lock(tx, query, bounds, skip_locked=True))
    now = await clock(tx)
    await faults.each(tx, REMIND, rows, lambda row: _remind(tx, settings, row, now))
    return len(rows)


async def _remind(tx: Tx, settings: Settings, row: ReservationRow, now: datetime) -> None:
    left = (row.starts_at - now).total_seconds() / 60
    soon = left <= SOON_MINUTES
    if row.state == "booked" and left > 0:
        if soon:
            await tell(tx, settings, row, "soon")
        elif left >= HOUR_MINUTES - LATE_MINUTES:
            await tell(tx, settings, row, "hour")
    await change(tx, row.id, reminded=2 if soon else 1)
