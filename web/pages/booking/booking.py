"""Booking a time in a room: picking it from what is free, and the last look before it is booked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import clock
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from rooms.booking import (
    reservations,
    rules,
    slots,
    timetable,
    views,
)
from rooms.booking.timetable import RoomBooking
from rooms.booking.views import Reservation
from rooms.lobby import by_medium, directory
from web.http.forms import Filled, needed
from web.http.help import help_for
from web.http.keys import FORM, RATE_LIMITS, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.booking.slots import (
    by_day,
    end_of,
    lengths,
    read_start,
    start_text,
)
from web.pages.points import paying
from web.pages.points.paying import REFUSED_TAB, pays_of
from web.pages.telephone.own_telephone import own_telephone

# What the page itself can put right: it shows again what is free, or takes another message.
IN_CHOICE = (
    "slot_taken", "own_overlap", "length_out_of_bounds", "booking_closed", "start_malformed",
    "room_without_telephone", *REFUSED_TAB,
)  # fmt: skip
IN_CONFIRM = (
    "text_too_long", "points_short", "own_limit_reached", "receivable_open", "keep_lapsed",
    "telephone_needed", *REFUSED_TAB,
)  # fmt: skip
SHOWN_TEXT = 2000
MOST_KEEPS, HOUR_SECONDS = 60, 3600


@dataclass(frozen=True)
class Length:
    """A length on offer: minutes, when it ends, what it costs in points."""

    minutes: int
    ends_at: datetime
    points: int


async def choose_time(request: Request) -> Response:
    """Show what is free in a room: first its starts, then how long one may stay from one."""
    room_id = id_in_path(request, "room_id")
    text = request.query.get("start", "")
    start = read_start(text) if text else None
    async with visit(request) as v:
        return await _choice(v, room_id, start)


async def keep_time(request: Request) -> Response:
    """Keep the chosen time for its caller, who then looks at it once more."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    typed, medium = needed(form, "start"), by_medium.medium_of(form.get("medium", "browser"))
    try:
        start = read_start(typed)
        minutes = integer(form.get("minutes", ""), 1, rules.LONGEST)
        async with member_transaction(request) as (tx, user):
            await _must_not_be_too_often(request, user.id)
            kept = await reservations.keep(
                tx, request.app[SETTINGS], room_id, user.id, start, minutes, medium
            )
    except UserError as error:
        if error.code not in IN_CHOICE and not error.code.startswith("number_"):
            raise
        async with visit(request) as v:
            return await _choice(v, room_id, _maybe_start(typed), error)
    return redirect(f"/reservations/{kept.id}/confirm")


async def show_confirm(request: Request) -> Response:
    """Show the last page before points are set aside: price, rules, and how long the time stays."""
    reservation_id = id_in_path(request, "reservation_id")
    async with visit(request) as v:
        kept = await _own(v, reservation_id)
        if kept.state != "kept":
            return redirect(f"/reservations/{reservation_id}")
        return await _last_look(v, kept, Filled(reader_locale(request)))


async def confirm(request: Request) -> Response:
    """Book the kept time; its points are set aside with it."""
    reservation_id, form = id_in_path(request, "reservation_id"), request[FORM]
    message, pays = needed(form, "message"), pays_of(form)
    try:
        async with member_transaction(request) as (tx, user):
            settings = request.app[SETTINGS]
            await reservations.confirm(tx, settings, reservation_id, user.id, message, pays)
    except UserError as error:
        if error.code not in IN_CONFIRM:
            raise
        filled = Filled(reader_locale(request), {"message": message[:SHOWN_TEXT], "pays": pays})
        async with visit(request) as v:
            kept = await _own(v, reservation_id)
            return await _last_look(v, kept, filled, error)
    return redirect(f"/reservations/{reservation_id}?done=booked")


async def let_go(request: Request) -> Response:
    """Let a kept time go, and look at what else is free."""
    reservation_id = id_in_path(request, "reservation_id")
    async with member_transaction(request) as (tx, user):
        settings = request.app[SETTINGS]
        kept = await views.reservation(tx, settings, reservation_id, user.id)
        await reservations.let_go(tx, reservation_id, user.id)
    return redirect(f"/rooms/{kept.room_id}/book")


async def _must_not_be_too_often(request: Request, user_id: int) -> None:
    """Nobody keeps one time after the other from those who would book them."""
    if not await request.app[RATE_LIMITS].hit(f"keep {user_id}", MOST_KEEPS, HOUR_SECONDS):
        raise UserError(
            "too_many_keeps",
            N_("予約の操作が多すぎます。しばらくたってからお試しください。"),
            status=429,
        )


async def _own(v: Visit, reservation_id: int) -> Reservation:
    """Only who keeps a time sees it; to the cast it isn't there yet."""
    user_id = v.member().id
    kept = await views.reservation(v.tx, v.settings, reservation_id, user_id)
    if kept.side != "caller":
        raise HTTPNotFound
    return kept


async def _choice(
    v: Visit, room_id: int, start: datetime | None, refusal: UserError | None = None
) -> Response:
    user = v.member()
    detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
    booking = await timetable.booking_of(v.tx, room_id)
    if booking.booking == "request":
        return redirect(f"/rooms/{room_id}/request")
    free = await slots.free_slots(v.tx, v.settings, room_id, user.id)
    slot = next((slot for slot in free if slot.starts_at == start), None)
    return v.page(
        "book.html",
        refusal.status if refusal else 200,
        room=detail,
        booking=booking,
        calls_taken=await by_medium.is_taken(v.tx, v.settings, room_id),
        days=by_day(free, v.zone),
        chosen=start_text(start) if start and slot else None,
        start=start if slot else None,
        lost=start is not None and slot is None and refusal is None,
        lengths=_lengths(booking, slot.starts_at, slot.longest) if slot else [],
        refusal=_told(v.request, refusal) if refusal else None,
    )


def _lengths(booking: RoomBooking, start: datetime, longest: int) -> list[Length]:
    most = min(booking.longest, longest)
    return [
        Length(minutes, end_of(start, minutes), minutes * booking.rate)
        for minutes in lengths(booking.shortest, most)
    ]


async def _last_look(
    v: Visit, kept: Reservation, filled: Filled, refusal: UserError | None = None
) -> Response:
    now = await clock(v.tx)
    left = (kept.kept_until - now) if kept.kept_until and kept.state == "kept" else timedelta()
    room = await timetable.booking_of(v.tx, kept.room_id)
    asked = filled.values.get("pays", "")
    ways = await paying.choice(v, kept.points, takes_tab=room.takes_tab, asked=asked)
    told = _told(v.request, refusal) if refusal else None
    if told and told["code"] == "text_too_long":
        filled.errors["message"] = told["text"]
        told = None
    return v.page(
        "book_confirm.html",
        refusal.status if refusal else 200,
        kept=kept,
        left_seconds=max(0, int(left.total_seconds())),
        ways=ways,
        telephone=await own_telephone(v.tx, v.member().id),
        next=f"/reservations/{kept.id}/confirm",
        too_late=kept.cancel_until < now,
        form=filled,
        most=rules.MOST_MESSAGE,
        refusal=told,
    )


def _told(request: Request, error: UserError) -> dict[str, Any]:
    text = translate(reader_locale(request), error.text, **error.params)
    return {"code": error.code, "text": text, "help": help_for(request, error)}


def _maybe_start(text: str) -> datetime | None:
    try:
        return read_start(text)
    except UserError:
        return None
