"""Reservations: a slot is kept, confirmed and paid, or it lapses."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import DbRow, typed_all, typed_locked
from foundation.settings import Settings
from foundation.text.written import written
from people.accounts import locking
from people.meeting import blocks
from points import rules as prices
from points.rules import Pays
from record import faults
from record.faults import Work
from record.site import doors
from rooms.booking import kept_slots, rules, timetable
from rooms.booking.may_book import (
    must_be_able_to_pay,
    must_be_bookable,
    must_be_length,
    open_room,
    pay,
)
from rooms.booking.notices import tell
from rooms.booking.rows import ReservationRow, is_of
from rooms.booking.rules import Period
from rooms.booking.timetable import RoomBooking
from rooms.booking.views import Reservation, reservation
from rooms.ground import kept_times, refusals
from rooms.ground.booking_tables import reservations
from rooms.ground.live import Side
from rooms.lobby import by_medium
from rooms.lobby.by_medium import Medium

LAPSED_AT_ONCE = 500


async def keep(
    tx: Tx,
    settings: Settings,
    room_id: int,
    caller_id: int,
    starts_at: datetime,
    minutes: int,
    medium: Medium = "browser",
) -> Reservation:
    """Keep a slot for a caller while they confirm, for `keep_minutes`; an earlier one is let go.

    The price is the one of this moment. Raises UserError `room_unknown` (404), `own_room`,
    `not_confirmed` (403), `booking_closed`, `length_out_of_bounds` (400), `own_overlap`,
    `slot_taken`, `kept_before` (once per time and person), `room_without_telephone`, and of `pay`
    what keeps from paying.
    """
    await doors.must_be_open(tx, "reservations")
    room = await open_room(tx, room_id, caller_id, "direct")
    await by_medium.must_be_taken(tx, settings, room_id, medium)
    must_be_length(room, minutes)
    await _let_go(tx, caller_id, room.cast_id)
    wanted = Period(starts_at, starts_at + timedelta(minutes=minutes))
    await must_be_bookable(tx, settings, room, caller_id, wanted)
    points = (room.rate + by_medium.line_fee(settings, medium)) * minutes
    await must_be_able_to_pay(tx, settings, caller_id, points, takes_tab=room.takes_tab)
    kept_until = await kept_slots.kept_until(tx, settings, room.cast_id, caller_id, wanted)
    made = await insert_reservation(
        tx, settings, room, caller_id, wanted, medium, state="kept", kept_until=kept_until
    )
    return await reservation(tx, settings, made, caller_id)


async def insert_reservation(
    tx: Tx,
    settings: Settings,
    room: RoomBooking,
    caller_id: int,
    wanted: Period,
    medium: Medium = "browser",
    **values: object,
) -> int:
    """Write a reservation and return its id. Raises UserError `slot_taken`.

    The exclusion constraints have the last word on who gets the time.
    """
    minutes = int((wanted.ends_at - wanted.starts_at).total_seconds()) // 60
    fee = by_medium.line_fee(settings, medium)
    row = {
        "room_id": room.room_id,
        "cast_id": room.cast_id,
        "caller_id": caller_id,
        "starts_at": wanted.starts_at,
        "ends_at": wanted.ends_at,
        "minutes": minutes,
        "medium": medium,
        "line_fee": fee,
        "rate": room.rate + fee,
        "share": prices.share_of(room.rate, settings.fee_percent),
        "points": (room.rate + fee) * minutes,
        "ring_at": wanted.starts_at if medium == "telephone" else None,
        "cancel_until": rules.cancel_until(wanted.starts_at, settings.cancel_hours),
    }
    made = await tx.scalar(
        insert(reservations)
        .values(row | values)
        .on_conflict_do_nothing()
        .returning(reservations.c.id)
    )
    if made is None:
        raise refusals.slot_taken()
    return int(made)


async def _let_go(tx: Tx, caller_id: int, cast_id: int) -> None:
    """What the caller kept before, and what nobody confirmed in time, stands in nobody's way."""
    overdue = kept_slots.is_overdue([caller_id, cast_id])
    await kept_slots.let_go(tx, (reservations.c.caller_id == caller_id) | overdue)


async def confirm(
    tx: Tx,
    settings: Settings,
    reservation_id: int,
    caller_id: int,
    message: str = "",
    pays: Pays = "points",
) -> Reservation:
    """Book a kept slot: its points are held, and both are told. A second time changes nothing.

    `pays` says of which wallet. Raises UserError `text_too_long` (400), `reservation_unknown`
    (404), `keep_lapsed`, `telephone_needed`, and those of `pay`.
    """
    said = written(message, rules.MOST_MESSAGE)
    row = await locked(tx, reservation_id, caller_id, "caller")
    if row.state not in ("kept", "lapsed"):
        return await reservation(tx, settings, reservation_id, caller_id)
    now = await clock(tx)
    blocked = await blocks.hidden(tx, caller_id, row.cast_id)
    late = row.kept_until is None or row.kept_until <= now or row.starts_at <= now
    if row.state == "lapsed" or late or blocked:
        raise UserError(
            "keep_lapsed", N_("確認の時間が過ぎました。もう一度、時間をお選びください。")
        )
    await by_medium.must_be_rung(tx, caller_id, row.medium)
    key, room = f"reservation:{row.id}", await timetable.booking_of(tx, row.room_id)
    held = await pay(tx, settings, room, caller_id, row.points, key, pays)
    until = rules.cancel_until(
        row.starts_at, settings.cancel_hours, now, settings.cancel_grace_minutes
    )
    booked = {"state": "booked", "hold_id": held, "booked_at": now, "message": said}
    await change(tx, row.id, cancel_until=until, **booked)
    await tell_of_booking(tx, settings, row.id)
    return await reservation(tx, settings, reservation_id, caller_id)


async def tell_of_booking(tx: Tx, settings: Settings, reservation_id: int) -> None:
    """Tell both of a reservation that was just booked, and let the cast's talk end in time."""
    row = await row_of(tx, reservation_id)
    await kept_times.bound_talks(tx, row.cast_id)
    await tell(tx, settings, row, "booked")
    await tell(tx, settings, row, "booked_cast")


async def let_go(tx: Tx, reservation_id: int, caller_id: int) -> None:
    """Give a kept slot back; one that isn't kept (any more) is left alone."""
    await kept_slots.let_go(
        tx, (reservations.c.id == reservation_id) & (reservations.c.caller_id == caller_id)
    )


async def locked(tx: Tx, reservation_id: int, user_id: int, side: Side) -> ReservationRow:
    """Lock the people of a reservation, then its row, and return the row.

    Raises UserError `reservation_unknown` (404) where the user isn't on this side of it.
    """
    row = await row_of(tx, reservation_id)
    if not is_of(row, side, user_id):
        raise refusals.reservation_unknown()
    await locking.lock_people(tx, row.caller_id, row.cast_id)
    rows = await locks.lock(tx, sa.select(reservations).where(reservations.c.id == reservation_id))
    return _known(typed_locked(ReservationRow, rows))


async def row_of(tx: Tx, reservation_id: int) -> ReservationRow:
    """Return a reservation's row. Raises UserError `reservation_unknown` (404)."""
    found = await tx.execute(sa.select(reservations).where(reservations.c.id == reservation_id))
    return _known(typed_all(ReservationRow, found.mappings()))


def _known(found: list[ReservationRow]) -> ReservationRow:
    if not found:
        raise refusals.reservation_unknown()
    return found[0]


async def change(tx: Tx, reservation_id: int, **values: object) -> None:
    """Write what became of a reservation, whose row the caller has locked."""
    await tx.execute(
        sa.update(reservations).where(reservations.c.id == reservation_id).values(**values)
    )
    locks.note(tx, reservations, [reservation_id])


LAPSE = Work("lapse_keep", "reservation")
FORGET = Work("forget_keep", "reservation")


async def lapse(tx: Tx) -> int:
    """Let go of the slots that nobody confirmed in time; return how many were looked at.

    What nobody has confirmed a day later is of no use to anybody, and deleted.
    """
    now = sa.func.clock_timestamp()
    late = await _some(tx, LAPSE, "kept", reservations.c.kept_until <= now)
    await faults.together(tx, LAPSE, late, lambda rows: _end_all(tx, rows))
    day_ago = now - sa.text("interval '1 day'")
    old = await _some(tx, FORGET, "lapsed", reservations.c.kept_until <= day_ago, to_delete=True)
    await faults.together(tx, FORGET, old, lambda rows: _delete_all(tx, rows))
    return len(late) + len(old)


async def _some(
    tx: Tx, work: Work, state: str, when: sa.ColumnElement[bool], *, to_delete: bool = False
) -> Sequence[DbRow]:
    due = sa.text(work.is_due("reservations.id"))
    query = (
        sa.select(reservations.c.id)
        .where(reservations.c.state == state, when, due)
        .order_by(reservations.c.kept_until)
        .limit(LAPSED_AT_ONCE)
    )
    return await locks.lock(tx, query, skip_locked=True, to_delete=to_delete)


async def _end_all(tx: Tx, rows: Sequence[DbRow]) -> None:
    these = reservations.c.id.in_([row.id for row in rows])
    await tx.execute(sa.update(reservations).where(these).values(state="lapsed"))


async def _delete_all(tx: Tx, rows: Sequence[DbRow]) -> None:
    these = reservations.c.id.in_([row.id for row in rows])
    await tx.execute(sa.delete(reservations).where(these))
