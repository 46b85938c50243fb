"""Requests for a reservation: up to three wished times, of which the cast accepts one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from foundation.numbers import integer
from people.meeting import blocks
from rooms.booking import (
    answering,
    asking,
    requests,
    rules,
    slots,
    timetable,
)
from rooms.lobby import by_medium, directory
from rooms.ratings import standing
from signaling.push import PUSH
from web.http.forms import Filled, needed, optional_integer
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.booking.slots import by_day, lengths, read_start
from web.pages.points import paying
from web.pages.points.paying import REFUSED_TAB, pays_of
from web.pages.telephone.own_telephone import medium_shown, own_telephone

WISHES = ("first", "second", "third")
SHOWN_TEXT = 2000
WORDS_WRONG = ("words_needed", "text_too_long")
# Where in the form a refusal belongs; what isn't named stands above it.
FIELDS = {
    "text_too_long": "message",
    "wishes_wrong": "first",
    "start_malformed": "first",
    "slot_taken": "first",
    "own_overlap": "first",
}
ABOVE = (
    "points_short", "request_exists", "own_limit_reached", "receivable_open", "booking_closed",
    "length_out_of_bounds", "rate_changed", "room_without_telephone", "telephone_needed",
    *REFUSED_TAB,
)  # fmt: skip


async def show_ask(request: Request) -> Response:
    """Show the form: first how long, then when, with the price of it."""
    room_id = id_in_path(request, "room_id")
    text = request.query.get("minutes", "")
    minutes = integer(text, 1, rules.LONGEST) if text else None
    filled = Filled(reader_locale(request), {"medium": request.query.get("medium", "browser")})
    async with visit(request) as v:
        return await _form(v, room_id, minutes, filled)


async def ask(request: Request) -> Response:
    """Ask the cast for one of the wished times; the points are set aside at once."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    minutes = integer(needed(form, "minutes"), 1, rules.LONGEST)
    message, seen_rate = needed(form, "message"), optional_integer(form.get("rate", ""), 1)
    pays, medium = pays_of(form), by_medium.medium_of(form.get("medium", "browser"))
    try:
        starts = _wishes(form)
        async with member_transaction(request) as (tx, user):
            made = await asking.ask(
                tx,
                request.app[SETTINGS],
                room_id,
                user.id,
                starts,
                minutes,
                message,
                seen_rate=seen_rate,
                pays=pays,
                medium=medium,
            )
    except UserError as error:
        if error.code not in (*FIELDS, *ABOVE):
            raise
        values = {name: form.get(name, "")[:40] for name in WISHES}
        values |= {"message": message[:SHOWN_TEXT], "pays": pays, "medium": medium}
        filled = Filled(reader_locale(request), values)
        async with visit(request) as v:
            return await _form(v, room_id, minutes, filled, error)
    await request.app[PUSH].rings([made.other_id])
    return redirect(f"/requests/{made.id}?done=asked")


async def show_request(request: Request) -> Response:
    """Show one request to the caller or to the cast."""
    async with visit(request) as v:
        return await _page(v, Filled(reader_locale(request)))


async def accept(request: Request) -> Response:
    """Accept one of the wished times: it becomes a reservation."""
    request_id = id_in_path(request, "request_id")
    place = integer(request[FORM].get("place", ""), 1, rules.MOST_WISHES)
    async with member_transaction(request) as (tx, user):
        made = await answering.accept(tx, request.app[SETTINGS], request_id, user.id, place)
    await request.app[PUSH].rings([user.id])
    return redirect(f"/reservations/{made.id}?done=accepted")


async def refuse(request: Request) -> Response:
    """Refuse a request with words; its points go back at once."""
    request_id, words = id_in_path(request, "request_id"), needed(request[FORM], "words")
    try:
        async with member_transaction(request) as (tx, user):
            await answering.refuse(tx, request.app[SETTINGS], request_id, user.id, words)
    except UserError as error:
        if error.code not in WORDS_WRONG:
            raise
        filled = Filled(reader_locale(request), {"words": words[:SHOWN_TEXT]})
        filled.errors["words"] = translate(filled.locale, error.text, **error.params)
        async with visit(request) as v:
            return await _page(v, filled, 422)
    await request.app[PUSH].rings([user.id])
    return redirect(f"/requests/{request_id}?done=refused")


async def withdraw(request: Request) -> Response:
    """Take one's request back; its points go back at once."""
    request_id = id_in_path(request, "request_id")
    async with member_transaction(request) as (tx, user):
        gone = await asking.withdraw(tx, request.app[SETTINGS], request_id, user.id)
    await request.app[PUSH].rings([gone.other_id])
    return redirect(f"/requests/{request_id}?done=withdrawn")


def _wishes(form: Mapping[str, str]) -> list[datetime]:
    return [read_start(text) for name in WISHES if (text := form.get(name, ""))]


async def _form(
    v: Visit,
    room_id: int,
    minutes: int | None,
    filled: Filled,
    refusal: UserError | None = None,
) -> Response:
    user = v.member()
    detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
    booking = await timetable.booking_of(v.tx, room_id)
    if booking.booking == "direct":
        # What was typed is not lost to another page.
        if refusal is not None:
            raise refusal
        return redirect(f"/rooms/{room_id}/book")
    free = await slots.free_slots(v.tx, v.settings, room_id, user.id)
    offered = lengths(booking.shortest, booking.longest)
    longest = max((slot.longest for slot in free), default=0)
    medium, taken = await medium_shown(v, room_id, filled.values)
    rate = booking.rate + by_medium.line_fee(v.settings, medium)
    above = None if refusal is None else _place(v.request, filled, refusal)
    asked = filled.values.get("pays", "")
    return v.page(
        "request_form.html",
        refusal.status if refusal else 200,
        room=detail,
        booking=booking,
        medium=medium,
        calls_taken=taken,
        rate=rate,
        telephone=await own_telephone(v.tx, user.id),
        next=f"/rooms/{room_id}/request?medium={medium}&minutes={minutes or ''}",
        lengths=[one for one in offered if one <= longest],
        minutes=minutes if minutes in offered else None,
        days=by_day(free, v.zone, minutes or 0),
        wishes=WISHES,
        ways=await paying.choice(
            v, (minutes or 0) * rate, takes_tab=booking.takes_tab, asked=asked
        ),
        form=filled,
        most=rules.MOST_MESSAGE,
        refusal=above,
    )


def _place(request: Request, filled: Filled, refusal: UserError) -> dict[str, Any] | None:
    """Note a refusal beside its field, or return it to stand above the form."""
    text = translate(filled.locale, refusal.text, **refusal.params)
    field = FIELDS.get(refusal.code)
    if field is None:
        return {"code": refusal.code, "text": text, "help": help_for(request, refusal)}
    filled.errors[field] = text
    return None


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    request_id = id_in_path(v.request, "request_id")
    found = await requests.request(v.tx, request_id, v.member().id)
    return v.page(
        "request.html",
        status,
        asked=found,
        form=filled,
        apart=await blocks.blocked_between(v.tx, v.member().id, found.other_id),
        standing=await standing.seen_by(v.tx, found.side, found.other_id),
        most=rules.MOST_WORDS,
        done=v.request.query.get("done"),
    )
