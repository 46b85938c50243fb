"""A claim about a reservation: its points asked back."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from rooms.booking import views
from rooms.booking.judging_rules import VERDICTS
from rooms.care import claim_rules, claims, complaint_words
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.rooms.claims import IN_FORM, filled_wrong


async def show_claim(request: Request) -> Response:
    """Show the form; a reservation that has its claim shows that instead."""
    reservation_id = id_in_path(request, "reservation_id")
    async with visit(request) as v:
        return await _form(v, reservation_id, Filled(reader_locale(request)))


async def send_claim(request: Request) -> Response:
    """File the claim, and go back to the reservation, which shows it."""
    reservation_id, form = id_in_path(request, "reservation_id"), request[FORM]
    kind, text = form.get("kind", ""), needed(form, "text")
    try:
        async with member_transaction(request) as (tx, user):
            await claims.file_reservation_claim(
                tx, request.app[SETTINGS], reservation_id, user.id, kind, text
            )
    except UserError as error:
        if error.code not in IN_FORM:
            raise
        async with visit(request) as v:
            return await _form(v, reservation_id, filled_wrong(request, error, kind, text), 422)
    return redirect(f"/reservations/{reservation_id}")


async def _form(v: Visit, reservation_id: int, filled: Filled, status: int = 200) -> Response:
    user = v.member()
    found = await views.reservation(v.tx, v.settings, reservation_id, user.id)
    if found.side != "caller":
        raise HTTPNotFound
    # After a verdict there is something that a claim could ask back.
    if found.state not in VERDICTS or await claims.claim_of_reservation(v.tx, reservation_id):
        return redirect(f"/reservations/{reservation_id}")
    term = await claim_rules.term(v.tx, v.settings, found.ends_at)
    if term.is_over:
        return redirect(f"/reservations/{reservation_id}")
    return v.page(
        "reservation_claim.html",
        status,
        reservation=found,
        form=filled,
        most=complaint_words.MOST_TEXT,
        term=term,
    )
