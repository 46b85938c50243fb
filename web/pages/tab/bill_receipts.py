"""Receipts of what was paid of bills."""

from aiohttp.web import Request, Response

from foundation.errors import ProtocolError
from foundation.numbers import integer
from points.payments.bills import receipts
from points.receipts import addressee_of, can_issue
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import id_in_path
from web.http.visit import Visit, reader_locale, visit

MOST_ISSUES = 1000


async def ask_receipt(request: Request) -> Response:
    """Ask whom the receipt is for; where that is known, offer a re-issue."""
    async with visit(request) as v:
        return await _ask(v, Filled(reader_locale(request)), None)


async def receipt(request: Request) -> Response:
    """Let the addressee be looked at once more (`check`), then issue the receipt (`issue`)."""
    step = needed(request[FORM], "step")
    async with visit(request) as v:
        if step == "check":
            filled = Filled(reader_locale(request))
            return await _ask(v, filled, filled.take(request[FORM], "addressee", addressee_of))
        if step == "issue":
            return await _issue(v)
    raise ProtocolError("step_unknown")


async def _ask(v: Visit, filled: Filled, check: str | None) -> Response:
    payment_id = id_in_path(v.request, "payment_id")
    return v.page(
        "tab_receipt_issue.html",
        422 if filled.errors else 200,
        payment=await receipts.payment_of(v.tx, v.member().id, payment_id),
        can_issue=can_issue(v.settings),
        form=filled,
        check=check,
    )


async def _issue(v: Visit) -> Response:
    issued = await receipts.issue(
        v.tx,
        v.settings,
        v.member().id,
        id_in_path(v.request, "payment_id"),
        integer(needed(v.request[FORM], "issue"), 1, MOST_ISSUES),
        needed(v.request[FORM], "addressee"),
    )
    return v.page("tab_receipt.html", receipt=issued)
