"""A claim as its cast sees it: what is claimed, and the one answer they may give."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from rooms.day import hearing
from rooms.ground.day_tables import ANSWER_CHARACTERS
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit

# What the person can put right in the form itself.
IN_FORM = ("answer_needed", "answer_too_long")
SHOWN_TEXT = 4000


async def show_claim(request: Request) -> Response:
    """Show a claim about the cast's talk or reservation, and the form to answer it."""
    async with visit(request) as v:
        return await _page(v, id_in_path(request, "claim_id"), Filled(reader_locale(request)))


async def answer_claim(request: Request) -> Response:
    """Keep what the cast says to a claim; staff read it beside the claim."""
    claim_id, text = id_in_path(request, "claim_id"), needed(request[FORM], "text")
    try:
        async with member_transaction(request) as (tx, user):
            await hearing.answer(tx, claim_id, user.id, text)
    except UserError as error:
        if error.code not in IN_FORM:
            raise
        async with visit(request) as v:
            filled = Filled(reader_locale(request), {"text": text[:SHOWN_TEXT]})
            filled.errors["text"] = translate(filled.locale, error.text, **error.params)
            return await _page(v, claim_id, filled, status=422)
    return redirect(f"/console/claims/{claim_id}?said=1")


async def _page(v: Visit, claim_id: int, filled: Filled, status: int = 200) -> Response:
    return v.page(
        "hearing.html",
        status,
        hearing=await hearing.of_claim(v.tx, claim_id, v.member().id),
        form={"values": filled.values, "errors": filled.errors},
        most=ANSWER_CHARACTERS,
        said="said" in v.request.query,
    )
