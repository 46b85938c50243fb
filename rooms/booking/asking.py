"""Asking a cast for a reservation: up to three wished times, whose points are held from then on."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.written import written
from points import rules as prices
from points.rules import Pays
from record.site import doors
from rooms.booking import rules
from rooms.booking.may_book import must_be_bookable, must_be_length, open_room, pay
from rooms.booking.notices import tell
from rooms.booking.requests import Request, call_off, locked, request, row_of
from rooms.booking.rules import Period
from rooms.booking.timetable import RoomBooking
from rooms.ground import refusals
from rooms.ground.request_tables import request_wishes, reservation_requests
from rooms.lobby import by_medium
from rooms.lobby.by_medium import Medium


async def ask(
    tx: Tx,
    settings: Settings,
    room_id: int,
    caller_id: int,
    starts: Sequence[datetime],
    minutes: int,
    message: str = "",
    *,
    seen_rate: int | None = None,
    pays: Pays = "points",
    medium: Medium = "browser",
) -> Request:
    """Ask a cast for one of these times; the points are held, and the cast is told.

    `seen_rate` is the rate that the caller was shown, the line's part within it where they are to
    talk by telephone (`medium`); at another one nothing is held. `pays` says
    of which wallet.

    Raises UserError `wishes_wrong`, `text_too_long` (400), `request_exists`, `rate_changed`,
    `room_without_telephone`, `telephone_needed`, and what `keep` and `confirm` of
    `rooms.booking.reservations` raise.
    """
    said = written(message, rules.MOST_MESSAGE)
    _must_be_wishes(starts)
    await doors.must_be_open(tx, "reservations")
    room = await open_room(tx, room_id, caller_id, "request")
    must_be_length(room, minutes)
    rate = room.rate + by_medium.line_fee(settings, medium)
    refusals.must_be_rate_shown(rate, seen_rate)
    await by_medium.must_be_taken(tx, settings, room_id, medium)
    await by_medium.must_be_rung(tx, caller_id, medium)
    await _must_be_first(tx, room_id, caller_id)
    length = timedelta(minutes=minutes)
    wanted = [Period(start, start + length) for start in starts]
    await must_be_bookable(tx, settings, room, caller_id, *wanted)
    key = f"request:{secrets.token_hex(16)}"
    held = await pay(tx, settings, room, caller_id, rate * minutes, key, pays)
    told = {"message": said, "hold_id": held, "medium": medium}
    made = await _insert(tx, settings, room, caller_id, starts, minutes, rate=rate, **told)
    row = await row_of(tx, made)
    await tell(tx, settings, row, "asked")
    await tell(tx, settings, row, "asked_cast")
    return await request(tx, made, caller_id)


def _must_be_wishes(starts: Sequence[datetime]) -> None:
    if not 1 <= len(starts) <= rules.MOST_WISHES or len(set(starts)) < len(starts):
        raise UserError(
            "wishes_wrong", N_("ご希望の時間を、1つから3つまでお選びください。"), status=400
        )


async def _must_be_first(tx: Tx, room_id: int, caller_id: int) -> None:
    found = await tx.scalar(
        sa.select(reservation_requests.c.id).where(
            reservation_requests.c.room_id == room_id,
            reservation_requests.c.caller_id == caller_id,
            reservation_requests.c.state == "open",
        )
    )
    if found is not None:
        raise UserError("request_exists", N_("このルームへのリクエストは、お返事を待っています。"))


async def _insert(
    tx: Tx,
    settings: Settings,
    room: RoomBooking,
    caller_id: int,
    starts: Sequence[datetime],
    minutes: int,
    rate: int,
    **values: object,
) -> int:
    """Write a request with its wished times; return its id."""
    row = {
        "room_id": room.room_id,
        "cast_id": room.cast_id,
        "caller_id": caller_id,
        "minutes": minutes,
        "rate": rate,
        "line_fee": rate - room.rate,
        "share": prices.share_of(room.rate, settings.fee_percent),
        "points": rate * minutes,
        "lapses_at": max(starts),
    }
    made = await tx.scalar(
        insert(reservation_requests).values(row | values).returning(reservation_requests.c.id)
    )
    assert made is not None
    wishes = [
        {"request_id": made, "place": place, "starts_at": start}
        for place, start in enumerate(starts, 1)
    ]
    await tx.execute(sa.insert(request_wishes), wishes)
    return int(made)


async def withdraw(tx: Tx, settings: Settings, request_id: int, caller_id: int) -> Request:
    """Take a request back as its caller, as long as it is open; all points go back.

    Raises UserError `request_unknown` (404) or `request_answered`.
    """
    row = await locked(tx, request_id, caller_id, "caller")
    await call_off(tx, row, "withdrawn")
    await tell(tx, settings, row, "withdrawn_cast")
    return await request(tx, request_id, caller_id)
