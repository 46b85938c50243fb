"""Reservations: one's list, one reservation for either of its sides, and calling it off."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.database import clock
from foundation.errors import UserError
from foundation.language import translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting import blocks
from rooms.booking import (
    calling_off,
    cancelling,
    requests,
    rules,
    views,
)
from rooms.booking.judging_rules import VERDICTS
from rooms.booking.views import Reservation
from rooms.calling import promised
from rooms.care import claim_rules, claims
from rooms.ground.live import Side
from rooms.ratings import standing
from signaling.push import PUSH
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.telephone.own_telephone import own_telephone

PAST_SIZE = 10
SHOWN_TEXT = 2000
WORDS_WRONG = ("words_needed", "text_too_long")


async def show_reservations(request: Request) -> Response:
    """Show what is to come, what waits for an answer, and what is over."""
    async with visit(request) as v:
        user = v.member()
        side: Side = "cast" if user.is_cast and request.query.get("side") == "cast" else "caller"
        return v.page("reservations.html", **await lists(v, side))


async def lists(v: Visit, side: Side) -> dict[str, Any]:
    """Return one side's reservations and requests, as the list shows them."""
    user_id, settings = v.member().id, v.settings
    number, asked = [
        integer(v.request.query.get(name, "1"), 1, LAST_PAGE) for name in ("page", "asked")
    ]
    return {
        "side": side,
        "ahead": await views.ahead(v.tx, user_id),
        "coming": await views.coming(v.tx, settings, user_id, side),
        "open_requests": await requests.open_requests(v.tx, user_id, side),
        "answered": await requests.answered(v.tx, user_id, side, asked, PAST_SIZE),
        "past": await views.past(v.tx, settings, user_id, side, number, PAST_SIZE),
        "past_count": await views.number_past(v.tx, user_id, side),
    }


async def show_reservation(request: Request) -> Response:
    """Show one reservation to the caller or to the cast."""
    async with visit(request) as v:
        found = await _found(v)
        if found.state == "kept":
            return redirect(f"/reservations/{found.id}/confirm")
        now, by_call = await clock(v.tx), found.medium == "telephone"
        return v.page(
            "reservation.html",
            reservation=found,
            claim=await claims.claim_of_reservation(v.tx, found.id),
            term=await claim_rules.term(v.tx, v.settings, found.ends_at),
            opened=now >= found.opens_at,
            begun=now >= found.starts_at,
            over=now >= found.runs_until,
            judged=found.state in VERDICTS,
            apart=await blocks.blocked_between(v.tx, v.member().id, found.other_id),
            telephone=await own_telephone(v.tx, v.member().id) if by_call else None,
            standing=await standing.seen_by(v.tx, found.side, found.other_id),
            done=request.query.get("done"),
        )


async def show_cancel(request: Request) -> Response:
    """Ask the caller once more; after the limit there is nothing to press."""
    async with visit(request) as v:
        found = await _found(v)
        if found.side != "caller" or found.state != "booked":
            return redirect(f"/reservations/{found.id}")
        return v.page("reservation_cancel.html", reservation=found)


async def cancel(request: Request) -> Response:
    """Call a reservation off; its points go back at once."""
    reservation_id = id_in_path(request, "reservation_id")
    async with member_transaction(request) as (tx, user):
        await cancelling.cancel(tx, request.app[SETTINGS], reservation_id, user.id)
    return redirect(f"/reservations/{reservation_id}?done=cancelled")


async def call_off(request: Request) -> Response:
    """Call a reservation off too late to have all back; its time can be sold again."""
    reservation_id = id_in_path(request, "reservation_id")
    async with member_transaction(request) as (tx, user):
        gone = await calling_off.call_off(tx, request.app[SETTINGS], reservation_id, user.id)
    # Within its last minutes it had kept the room from everybody else.
    await request.app[PUSH].room_states([gone.room_id])
    return redirect(f"/reservations/{reservation_id}?done=called_off")


async def ring(request: Request) -> Response:
    """Have both be rung anew after a talk by telephone that broke off."""
    reservation_id = id_in_path(request, "reservation_id")
    async with member_transaction(request) as (tx, user):
        await promised.again(tx, request.app[SETTINGS], reservation_id, user.id)
    return redirect(f"/reservations/{reservation_id}")


async def show_decline(request: Request) -> Response:
    """Ask the cast for a word to the caller, before the reservation is declined."""
    async with visit(request) as v:
        found = await _found(v)
        if found.side != "cast" or not found.may_decline:
            return redirect(f"/reservations/{found.id}")
        return _decline_page(v, found, Filled(reader_locale(request)))


async def decline(request: Request) -> Response:
    """Decline a reservation of one's own room; its points go back at once."""
    reservation_id, words = id_in_path(request, "reservation_id"), needed(request[FORM], "words")
    try:
        async with member_transaction(request) as (tx, user):
            declined = await cancelling.decline(
                tx, request.app[SETTINGS], reservation_id, user.id, words
            )
    except UserError as error:
        if error.code not in WORDS_WRONG:
            raise
        async with visit(request) as v:
            filled = Filled(reader_locale(request), {"words": words[:SHOWN_TEXT]})
            filled.errors["words"] = translate(filled.locale, error.text, **error.params)
            return _decline_page(v, await _found(v), filled, 422)
    # Within its last minutes it had kept the room from everybody else.
    await request.app[PUSH].room_states([declined.room_id])
    return redirect(f"/reservations/{reservation_id}?done=declined")


async def _found(v: Visit) -> Reservation:
    reservation_id = id_in_path(v.request, "reservation_id")
    return await views.reservation(v.tx, v.settings, reservation_id, v.member().id)


def _decline_page(v: Visit, found: Reservation, filled: Filled, status: int = 200) -> Response:
    return v.page(
        "reservation_decline.html",
        status,
        reservation=found,
        form=filled,
        most=rules.MOST_WORDS,
    )
