"""What of a room's timetable is free: the slots that can be booked, the days as people see them.

Times are UTC; a reservation that stands takes its time, whatever the timetable says by now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from people.meeting import blocks
from rooms.booking import rules, timetable
from rooms.booking.rules import Period, Slot
from rooms.booking.timetable import RoomBooking

DAY = timedelta(days=1)
MOST_DAYS = 31


@dataclass(frozen=True)
class DayPart:
    """A part of a day: `free` to be booked some time, `taken` by a reservation, or `past`."""

    starts_at: datetime
    ends_at: datetime
    kind: Literal["free", "taken", "past"]


@dataclass(frozen=True)
class Day:
    """A day of the reader's zone."""

    day: date
    stretches: list[DayPart]


async def free_slots(tx: Tx, settings: Settings, room_id: int, viewer_id: int | None) -> list[Slot]:
    """Return the beginnings that a viewer may book in a room now, with their most minutes.

    Nothing where the room takes no reservations, for its own cast, and between two people of whom
    one blocks the other. Raises UserError `room_unknown` (404).
    """
    room = await timetable.booking_of(tx, room_id)
    if room.booking == "none" or not room.published or viewer_id == room.cast_id:
        return []
    if await blocks.hidden(tx, viewer_id, room.cast_id):
        return []
    window = await window_now(tx, settings)
    left = await free_time(tx, settings, room, viewer_id, window)
    return rules.slots(left, window, room.shortest, room.longest)


async def window_now(tx: Tx, settings: Settings) -> Period:
    """Return the beginnings that can be booked at this moment, by the database's clock."""
    now = await clock(tx)
    return rules.bookable(now, settings.booking_opens_hours, settings.booking_lead_minutes)


async def free_time(
    tx: Tx, settings: Settings, room: RoomBooking, viewer_id: int | None, window: Period
) -> list[Period]:
    """Return when a room is free for a viewer, as far as what begins in a window may last."""
    until = window.ends_at + timedelta(minutes=rules.LONGEST)
    opened = await openings(tx, settings, room.room_id, window.starts_at, until)
    taken = await _taken(tx, room.cast_id, window.starts_at, until, viewer_id)
    return rules.free(opened, taken)


async def openings(
    tx: Tx, settings: Settings, room_id: int, since: datetime, until: datetime
) -> list[Period]:
    """Return when a room's timetable has its cast there, whether booked or not."""
    zone = ZoneInfo(settings.site_zone)
    hours = await timetable.hours_of(tx, room_id)
    first = since.astimezone(zone).date() - DAY
    changes = await timetable.changes_from(tx, room_id, first)
    return rules.openings(hours, changes, zone, since, until)


# What the cast or the viewer has reserved, on either side. A slot that is kept counts for others as
# long as it is, and never for the one who keeps it, who may choose again.
_TAKEN = sa.text("""
SELECT r.starts_at, r.ends_at FROM (
  SELECT * FROM reservations WHERE cast_id = ANY (CAST(:people AS bigint[]))
    AND state IN ('kept', 'booked', 'running')
    AND starts_at > CAST(:since AS timestamptz) - interval '2 hours' AND starts_at < :until
  UNION ALL
  SELECT * FROM reservations WHERE caller_id = ANY (CAST(:people AS bigint[]))
    AND state IN ('kept', 'booked', 'running')
    AND starts_at > CAST(:since AS timestamptz) - interval '2 hours' AND starts_at < :until
) r
WHERE r.ends_at > :since AND (r.state <> 'kept' OR (r.kept_until > clock_timestamp()
  AND r.caller_id IS DISTINCT FROM CAST(:viewer AS bigint)))
""")


async def _taken(
    tx: Tx, cast_id: int, since: datetime, until: datetime, viewer_id: int | None
) -> list[Period]:
    people = [cast_id] if viewer_id is None else [cast_id, viewer_id]
    rows = await tx.execute(
        _TAKEN, {"people": people, "since": since, "until": until, "viewer": viewer_id}
    )
    return [Period(row.starts_at, row.ends_at) for row in rows]


async def days(
    tx: Tx,
    settings: Settings,
    room_id: int,
    viewer_id: int | None,
    zone: str,
    *,
    count: int = 7,
) -> list[Day]:
    """Return the coming days of a room, as midnights in the reader's zone part them.

    Each has its stretches in order; of what is taken nobody learns by whom, and what its cast or
    its reader has elsewhere is not in it. Raises UserError `room_unknown` (404).
    """
    room = await timetable.booking_of(tx, room_id)
    return await days_of_cast(tx, settings, room.cast_id, [room_id], viewer_id, zone, count=count)


async def days_of_cast(
    tx: Tx,
    settings: Settings,
    cast_id: int,
    room_ids: Sequence[int],
    viewer_id: int | None,
    zone: str,
    *,
    count: int = 7,
) -> list[Day]:
    """Return the same of several rooms of one cast: when the cast is there in any of them."""
    local, now = ZoneInfo(zone), await clock(tx)
    today = now.astimezone(local).date()
    bounds = [_midnight(today + number * DAY, local) for number in range(_few(count) + 1)]
    opened: list[Period] = []
    for room_id in room_ids:
        opened += await openings(tx, settings, room_id, bounds[0], bounds[-1])
    taken, elsewhere = await _shown_as_taken(tx, cast_id, bounds[0], bounds[-1], viewer_id)
    parts = _parts(rules.free(rules.merged(opened), elsewhere), taken, now)
    return [
        Day(today + number * DAY, _cut(parts, bounds[number], bounds[number + 1]))
        for number in range(len(bounds) - 1)
    ]


_OF_CAST = sa.text("""
SELECT starts_at, ends_at, cast_id = :cast AS as_cast FROM reservations
WHERE :cast IN (cast_id, caller_id) AND state IN ('kept', 'booked', 'running')
  AND starts_at > CAST(:since AS timestamptz) - interval '2 hours' AND starts_at < :until
  AND ends_at > :since AND (state <> 'kept' OR (kept_until > clock_timestamp()
    AND caller_id IS DISTINCT FROM CAST(:viewer AS bigint)))
""")


async def _shown_as_taken(
    tx: Tx, cast_id: int, since: datetime, until: datetime, viewer_id: int | None
) -> tuple[list[Period], list[Period]]:
    """Return what is booked with a cast, and when the cast is somebody's caller: that is nobody's
    business, so they are just not there then.
    """
    rows = await tx.execute(
        _OF_CAST, {"cast": cast_id, "since": since, "until": until, "viewer": viewer_id}
    )
    times: dict[bool, list[Period]] = {True: [], False: []}
    for row in rows:
        times[row.as_cast].append(Period(row.starts_at, row.ends_at))
    return rules.merged(times[True]), rules.merged(times[False])


def _few(count: int) -> int:
    return min(max(count, 1), MOST_DAYS)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _parts(opened: Sequence[Period], taken: Sequence[Period], now: datetime) -> list[DayPart]:
    """What is open and not taken, split at this moment, with what is taken, in order."""
    parts = [DayPart(one.starts_at, one.ends_at, "taken") for one in taken]
    for one in rules.free(opened, taken):
        turn = min(max(now, one.starts_at), one.ends_at)
        if one.starts_at < turn:
            parts.append(DayPart(one.starts_at, turn, "past"))
        if turn < one.ends_at:
            parts.append(DayPart(turn, one.ends_at, "free"))
    return sorted(parts, key=lambda part: part.starts_at)


def _cut(parts: Sequence[DayPart], begins: datetime, ends: datetime) -> list[DayPart]:
    return [
        DayPart(max(part.starts_at, begins), min(part.ends_at, ends), part.kind)
        for part in parts
        if part.starts_at < ends and begins < part.ends_at
    ]
