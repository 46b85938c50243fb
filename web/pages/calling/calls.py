"""A call by telephone: the page before it, which says all, the press, and what becomes of it."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from points import ledger
from rooms.calling import asking, gateways, leaving, rules, views
from rooms.calling.views import CallView
from rooms.lobby import directory
from rooms.talk import free_time, readings
from signaling.push import PUSH
from web.http.forms import optional_integer
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.points import paying
from web.pages.points.paying import REFUSED_TAB, pays_of
from web.pages.telephone.own_telephone import must_have_number, own_telephone

# Told on the page on which it was pressed; what leads elsewhere is told as everywhere.
HERE = (
    "telephone_away", "telephone_busy", "telephone_needed", "points_short", "own_limit_reached",
    "receivable_open",
    "rate_changed", "calls_too_many", "room_busy", "room_closed", "room_turn", "room_rung",
    "room_reserved", "cap_out_of_bounds", *REFUSED_TAB, "own_standby_open", "own_reservation_due",
    "already_in_talk",
)  # fmt: skip


async def show_ask(request: Request) -> Response:
    """Show what happens, what it costs, by which line, how it is paid and when it ends."""
    async with visit(request) as v:
        return await _ask_page(v, id_in_path(request, "room_id"))


async def ask(request: Request) -> Response:
    """Have both be rung; whoever presses twice comes to the same call."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    try:
        async with member_transaction(request) as (tx, user):
            await must_have_number(tx, user.id)
            call_id = await asking.ask(
                tx,
                request.app[SETTINGS],
                room_id,
                user.id,
                seen_rate=optional_integer(form.get("rate", ""), 1),
                spend_cap_minutes=optional_integer(form.get("spend_cap", ""), 1, 1440),
                pays=pays_of(form),
            )
    except UserError as error:
        if error.code == "already_in_call":
            return redirect(f"/calls/{error.params['call_id']}")
        if error.code not in HERE:
            raise
        async with visit(request) as v:
            return await _ask_page(v, room_id, error)
    await request.app[PUSH].room_states([room_id])
    return redirect(f"/calls/{call_id}")


async def _ask_page(v: Visit, room_id: int, refusal: UserError | None = None) -> Response:
    user = v.member()
    detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
    card = detail.card
    if not card.by_telephone or card.cast_id == user.id:
        return redirect(f"/rooms/{room_id}")
    rate = rules.price(card.rate, v.settings.telephone_line_fee)
    points = await ledger.points_of(v.tx, user.id)
    needed = rate * v.settings.entry_minutes
    free = v.settings.telephone_free
    return v.page(
        "call_ask.html",
        200 if refusal is None else refusal.status,
        room=detail,
        rate=rate,
        ways=await paying.choice(v, needed, takes_tab=card.takes_tab),
        free_ms=await free_time.free_ms(v.tx, v.settings, user.id, card.cast_id) if free else 0,
        points=points,
        telephone=await own_telephone(v.tx, user.id),
        next=v.request.path,
        why_not=await gateways.why_not(v.tx, v.settings),
        refusal=_told(v.request, refusal) if refusal else None,
    )


async def show(request: Request) -> Response:
    """Show a call to one of its two people; once it is over, the way to its account."""
    async with visit(request) as v:
        call = await views.one(v.tx, id_in_path(request, "call_id"), v.member().id)
        return v.page("call.html", call=call, meter=await _meter(v, call), live_talk=None)


async def _meter(v: Visit, call: CallView) -> dict[str, Any] | None:
    if call.talk_id is None or call.is_over:
        return None
    found = await readings.read(v.tx, v.settings, [call.talk_id])
    return found[call.talk_id].for_side(call.side)


async def stop(request: Request) -> Response:
    """Hang up, as either of the two."""
    call_id = id_in_path(request, "call_id")
    async with member_transaction(request) as (tx, user):
        await leaving.ask_to_stop(tx, request.app[SETTINGS], call_id, user.id)
    return redirect(f"/calls/{call_id}")


def _told(request: Request, refusal: UserError) -> dict[str, Any]:
    text = translate(reader_locale(request), refusal.text, **refusal.params)
    return {"code": refusal.code, "text": text, "help": help_for(request, refusal)}
