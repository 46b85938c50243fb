"""A claim of the caller's: points of a talk asked back."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from points import ledger
from rooms.care import claim_rules, claims, complaint_words
from rooms.talk.past import history
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)

SHOWN_TEXT = 2000
# What the person can put right in the form itself.
IN_FORM = ("claim_kind_unknown", "claim_text_needed", "claim_text_too_long")


async def show_claim(request: Request) -> Response:
    """Show the form; a talk that has its claim shows that instead."""
    talk_id = id_in_path(request, "talk_id")
    async with visit(request) as v:
        account = await history.account(v.tx, talk_id, v.member().id)
        if account.ended_at is None or await claims.claim_of_talk(v.tx, talk_id):
            return redirect(f"/talks/{talk_id}")
        if (await claim_rules.term(v.tx, v.settings, account.ended_at)).is_over:
            return redirect(f"/talks/{talk_id}")
        return await _form(v, talk_id, Filled(reader_locale(request)))


async def send_claim(request: Request) -> Response:
    """File the claim, and go back to the talk, which shows it."""
    talk_id, form = id_in_path(request, "talk_id"), request[FORM]
    kind, text = form.get("kind", ""), needed(form, "text")
    try:
        async with member_transaction(request) as (tx, user):
            await claims.file_claim(tx, request.app[SETTINGS], talk_id, user.id, kind, text)
    except UserError as error:
        if error.code not in IN_FORM:
            raise
        async with visit(request) as v:
            return await _form(v, talk_id, filled_wrong(request, error, kind, text), status=422)
    return redirect(f"/talks/{talk_id}")


def filled_wrong(request: Request, error: UserError, kind: str, text: str) -> Filled:
    """Return a claim's form as it was filled in, with what is wrong beside its field."""
    filled = Filled(reader_locale(request), {"kind": kind, "text": text[:SHOWN_TEXT]})
    field = "kind" if error.code == "claim_kind_unknown" else "text"
    filled.errors[field] = translate(filled.locale, error.text, **error.params)
    return filled


async def _form(v: Visit, talk_id: int, filled: Filled, status: int = 200) -> Response:
    account = await history.account(v.tx, talk_id, v.member().id)
    left = await ledger.returnable(v.tx, talk_id) if account.side == "caller" else 0
    assert account.ended_at is not None
    return v.page(
        "claim.html",
        status,
        account=account,
        left=left,
        form=filled,
        most=complaint_words.MOST_TEXT,
        term=await claim_rules.term(v.tx, v.settings, account.ended_at),
    )
