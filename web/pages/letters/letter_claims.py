"""A claim about a letter: its points asked back."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from rooms.care import claim_rules, claims, complaint_words
from rooms.care.letters import letter_claims
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.rooms.claims import IN_FORM, filled_wrong
from writing.letters import refusals, views


async def show_claim(request: Request) -> Response:
    """Show the form; a letter that has its claim shows that instead."""
    async with visit(request) as v:
        return await _form(v, Filled(reader_locale(request)))


async def send_claim(request: Request) -> Response:
    """File the claim, and go back to the letter, which shows it."""
    letter_id, form = id_in_path(request, "letter_id"), request[FORM]
    kind, text = form.get("kind", ""), needed(form, "text")
    try:
        async with member_transaction(request) as (tx, user):
            await letter_claims.file_letter_claim(
                tx, request.app[SETTINGS], letter_id, user.id, kind, text
            )
    except UserError as error:
        if error.code not in IN_FORM:
            raise
        async with visit(request) as v:
            return await _form(v, filled_wrong(request, error, kind, text), 422)
    return redirect(f"/letters/{letter_id}")


async def _form(v: Visit, filled: Filled, status: int = 200) -> Response:
    letter_id = id_in_path(v.request, "letter_id")
    found = await views.letter(v.tx, letter_id, v.member().id)
    if found.side != "caller":
        raise refusals.letter_unknown()
    if found.ended_at is None or found.state != "answered":
        return redirect(f"/letters/{letter_id}")
    term = await claim_rules.term(v.tx, v.settings, found.ended_at)
    if term.is_over or await claims.claim_of_letter(v.tx, letter_id):
        return redirect(f"/letters/{letter_id}")
    return v.page(
        "letter_claim.html",
        status,
        letter=found,
        form=filled,
        kinds=claim_rules.LETTER_KINDS,
        most=complaint_words.MOST_TEXT,
        term=term,
    )
