"""Answering a request: the cast accepts one of its times or refuses, or its last time passes."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.written import needed_words
from record import faults
from record.faults import Work
from rooms.booking import rules, timetable
from rooms.booking.may_book import must_not_overlap
from rooms.booking.notices import tell
from rooms.booking.requests import Request, call_off, change, locked, request
from rooms.booking.reservations import insert_reservation, tell_of_booking
from rooms.booking.rows import RequestRow
from rooms.booking.rules import Period
from rooms.booking.views import Reservation, reservation
from rooms.ground.request_tables import request_wishes, reservation_requests
from rooms.lobby import by_medium


async def accept(
    tx: Tx, settings: Settings, request_id: int, cast_id: int, place: int
) -> Reservation:
    """Accept one of the wished times as the cast: it is booked, and both are told.

    Raises UserError `request_unknown` (404), `request_answered`, `wish_past`, `own_overlap`,
    `slot_taken`, or `telephone_needed` where a call was asked for.
    """
    row = await locked(tx, request_id, cast_id, "cast", making_room=True)
    await by_medium.must_be_rung(tx, cast_id, row.medium)
    now = await clock(tx)
    start = await _wished(tx, request_id, place, now)
    await _free_for_both(tx, row, start)
    room = await timetable.booking_of(tx, row.room_id)
    made = await insert_reservation(
        tx,
        settings,
        room,
        row.caller_id,
        Period(start, start + timedelta(minutes=row.minutes)),
        row.medium,
        state="booked",
        hold_id=row.hold_id,
        booked_at=now,
        message=row.message,
        rate=row.rate,
        line_fee=row.line_fee,
        share=row.share,
        points=row.points,
        cancel_until=rules.cancel_until(
            start, settings.cancel_hours, now, settings.cancel_grace_minutes
        ),
    )
    await change(tx, request_id, state="accepted", answered_at=now, reservation_id=made)
    await tell_of_booking(tx, settings, made)
    return await reservation(tx, settings, made, cast_id)


async def _wished(tx: Tx, request_id: int, place: int, now: datetime) -> datetime:
    start: datetime | None = await tx.scalar(
        sa.select(request_wishes.c.starts_at).where(
            request_wishes.c.request_id == request_id, request_wishes.c.place == place
        )
    )
    if start is None or start <= now:
        raise UserError("wish_past", N_("この時間はすでに過ぎています。"))
    return start


async def _free_for_both(tx: Tx, row: RequestRow, start: datetime) -> None:
    """Refuse a time at which either person is taken, on whichever side."""
    people = [row.caller_id, row.cast_id]
    await must_not_overlap(tx, people, Period(start, start + timedelta(minutes=row.minutes)))


async def refuse(tx: Tx, settings: Settings, request_id: int, cast_id: int, words: str) -> Request:
    """Refuse a request as the cast, with a word; all points go back.

    Raises UserError `words_needed`, `text_too_long` (400), `request_unknown` (404) or
    `request_answered`.
    """
    said = needed_words(words, rules.MOST_WORDS)
    row = await locked(tx, request_id, cast_id, "cast")
    back = await call_off(tx, row, "refused", words=said)
    await tell(tx, settings, row, "refused", back=back, words=said)
    return await request(tx, request_id, cast_id)


LAPSE = Work("lapse_request", "request")


async def lapse(tx: Tx, settings: Settings) -> int:
    """Give the points of one request back whose times are all past; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    query = (
        sa.select(reservation_requests)
        .where(
            reservation_requests.c.state == "open",
            reservation_requests.c.lapses_at <= sa.func.clock_timestamp(),
            sa.text(LAPSE.is_due("reservation_requests.id")),
        )
        .order_by(reservation_requests.c.lapses_at)
        .limit(1)
    )
    return await faults.each_locked(
        tx, LAPSE, RequestRow, query, lambda row: _lapse(tx, settings, row)
    )


async def _lapse(tx: Tx, settings: Settings, row: RequestRow) -> None:
    back = await call_off(tx, row, "lapsed")
    await tell(tx, settings, row, "lapsed", back=back)
