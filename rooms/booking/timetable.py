"""A room's timetable as its cast edits it: the week, exceptions, and how it takes reservations.

An edit never touches a reservation that stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from record import sweeps
from rooms.booking import rules
from rooms.booking.rules import Booking, DayChange, Hour
from rooms.ground import refusals
from rooms.ground.tables import BOOKINGS, room_hours, rooms
from rooms.ground.timetable_tables import hour_exceptions

MOST_HOURS = 70
MOST_CHANGES = 200
# How far ahead a day may be changed.
MOST_DAYS_AHEAD = 366


@dataclass(frozen=True)
class RoomBooking:
    """How a room takes reservations; lengths in minutes, `rate` in points a minute."""

    room_id: int
    cast_id: int
    title: str
    published: bool
    rate: int
    booking: Booking
    shortest: int
    longest: int
    takes_tab: bool = False


async def booking_of(tx: Tx, room_id: int) -> RoomBooking:
    """Return how a room takes reservations. Raises UserError `room_unknown` (404)."""
    found = await tx.execute(
        sa.select(
            rooms.c.id.label("room_id"),
            rooms.c.cast_id,
            rooms.c.title,
            rooms.c.published,
            rooms.c.rate,
            rooms.c.booking,
            rooms.c.booking_shortest.label("shortest"),
            rooms.c.booking_longest.label("longest"),
            rooms.c.takes_tab,
        ).where(rooms.c.id == room_id)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise refusals.room_unknown()
    return RoomBooking(**row)


async def set_booking(
    tx: Tx, room_id: int, cast_id: int, *, booking: str, shortest: int, longest: int
) -> None:
    """Choose whether and how one's room takes reservations, and how many minutes one may have.

    Raises UserError `room_unknown`, `booking_unknown` or `length_out_of_bounds` (400).
    """
    if booking not in BOOKINGS:
        raise UserError("booking_unknown", N_("予約の受け方を選んでください。"), status=400)
    if not rules.are_bounds(shortest, longest):
        raise refusals.lengths_out_of_bounds()
    await _lock_own(tx, room_id, cast_id)
    await tx.execute(
        sa.update(rooms)
        .where(rooms.c.id == room_id)
        .values(booking=booking, booking_shortest=shortest, booking_longest=longest)
    )


async def hours_of(tx: Tx, room_id: int) -> list[Hour]:
    """Return the hours of a room's week, Monday first."""
    rows = await tx.execute(
        sa.select(room_hours.c.weekday, room_hours.c.starts, room_hours.c.ends)
        .where(room_hours.c.room_id == room_id)
        .order_by(room_hours.c.weekday, room_hours.c.starts)
        .limit(MOST_HOURS)
    )
    return [Hour(*row) for row in rows]


async def set_hours(tx: Tx, room_id: int, cast_id: int, hours: Sequence[Hour]) -> None:
    """Replace the hours of one's room's week.

    Raises UserError `room_unknown`, `hours_too_many` or `hours_wrong` (400).
    """
    if len(hours) > MOST_HOURS:
        raise UserError("hours_too_many", N_("受付時間が多すぎます。"), status=400)
    starts = {(hour.weekday, hour.starts) for hour in hours}
    if len(starts) < len(hours) or not all(rules.is_hour(hour) for hour in hours):
        raise _wrong()
    await _lock_own(tx, room_id, cast_id)
    await tx.execute(sa.delete(room_hours).where(room_hours.c.room_id == room_id))
    if hours:
        values = [
            {"room_id": room_id, "weekday": h.weekday, "starts": h.starts, "ends": h.ends}
            for h in hours
        ]
        await tx.execute(sa.insert(room_hours), values)


async def changes_of(tx: Tx, settings: Settings, room_id: int) -> list[DayChange]:
    """Return what differs from the week, from yesterday on, the first day first."""
    return await changes_from(tx, room_id, await _today(tx, settings) - timedelta(days=1))


async def changes_from(tx: Tx, room_id: int, day: date) -> list[DayChange]:
    """Return what differs from the week, from a day on."""
    rows = await tx.execute(
        sa.select(
            hour_exceptions.c.id,
            hour_exceptions.c.day,
            hour_exceptions.c.kind,
            hour_exceptions.c.starts,
            hour_exceptions.c.ends,
        )
        .where(hour_exceptions.c.room_id == room_id, hour_exceptions.c.day >= day)
        .order_by(hour_exceptions.c.day, hour_exceptions.c.kind, hour_exceptions.c.starts)
        .limit(MOST_CHANGES)
    )
    return [DayChange(*row) for row in rows]


async def day_off(tx: Tx, settings: Settings, room_id: int, cast_id: int, day: date) -> None:
    """Let the week's hours that begin on a day not count; again, nothing changes.

    Raises UserError `room_unknown`, `day_past` (400) or `changes_too_many`.
    """
    await _change(tx, settings, room_id, cast_id, day, {"kind": "off"})


async def add_extra(
    tx: Tx, settings: Settings, room_id: int, cast_id: int, day: date, starts: time, ends: time
) -> None:
    """Add a stretch on a day; one that begins at the same time is replaced.

    Raises UserError `room_unknown`, `day_past`, `hours_wrong` (400) or `changes_too_many`.
    """
    if not rules.are_times(starts, ends):
        raise _wrong()
    await _change(
        tx, settings, room_id, cast_id, day, {"kind": "extra", "starts": starts, "ends": ends}
    )


async def remove_change(tx: Tx, room_id: int, cast_id: int, change_id: int) -> None:
    """Take an exception back; one that isn't there (any more) is left alone."""
    await _lock_own(tx, room_id, cast_id)
    await tx.execute(
        sa.delete(hour_exceptions).where(
            hour_exceptions.c.id == change_id, hour_exceptions.c.room_id == room_id
        )
    )


async def _change(
    tx: Tx, settings: Settings, room_id: int, cast_id: int, day: date, values: dict[str, object]
) -> None:
    today = await _today(tx, settings)
    if not today <= day <= today + timedelta(days=MOST_DAYS_AHEAD):
        raise UserError("day_past", N_("今日から1年先までの日を選んでください。"), status=400)
    await _lock_own(tx, room_id, cast_id)
    await _make_place(tx, room_id, today)
    made = insert(hour_exceptions).values(room_id=room_id, day=day, **values)
    if values["kind"] == "off":
        await tx.execute(made.on_conflict_do_nothing())
        return
    await tx.execute(
        made.on_conflict_do_update(
            index_elements=["room_id", "day", "starts"],
            index_where=hour_exceptions.c.kind == sa.literal_column("'extra'"),
            set_={"ends": values["ends"]},
        )
    )


async def _make_place(tx: Tx, room_id: int, today: date) -> None:
    # What lies in the past is of no use to anybody.
    past = hour_exceptions.c.day < today - timedelta(days=7)
    await tx.execute(sa.delete(hour_exceptions).where(hour_exceptions.c.room_id == room_id, past))
    if len(await changes_from(tx, room_id, date.min)) >= MOST_CHANGES:
        raise UserError("changes_too_many", N_("変更が多すぎます。"), status=400)


async def _lock_own(tx: Tx, room_id: int, cast_id: int) -> None:
    """Lock one's own room, so that two edits of it happen one after the other."""
    own = sa.and_(rooms.c.id == room_id, rooms.c.cast_id == cast_id)
    if await locks.lock_row(tx, sa.select(rooms.c.id).where(own)) is None:
        raise refusals.room_unknown()


async def _today(tx: Tx, settings: Settings) -> date:
    now: datetime = await clock(tx)
    return now.astimezone(ZoneInfo(settings.site_zone)).date()


def _wrong() -> UserError:
    return UserError(
        "hours_wrong", N_("受付時間は、5分刻みの開始と終了で入力してください。"), status=400
    )


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` changes of days that are over; return how many were looked at."""
    over = hour_exceptions.c.day < sa.func.current_date() - days
    return await sweeps.sweep(tx, hour_exceptions.c.id, hour_exceptions.c.id, over, most)
