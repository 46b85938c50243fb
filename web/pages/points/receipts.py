"""What one bought, and the receipts for it."""

from aiohttp.web import Request, Response

from foundation.errors import ProtocolError
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from points import receipts
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import id_in_path
from web.http.visit import Visit, reader_locale, visit

PAGE_LINES = 20
MOST_ISSUES = 1000


async def purchases(request: Request) -> Response:
    """Show the member's purchases, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        bought = await receipts.purchases_of(v.tx, v.member().id, number, PAGE_LINES)
        count = await receipts.number_of(v.tx, v.member().id)
        return v.page("purchases.html", bought=bought, count=count)


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
            return await _ask(
                v, filled, filled.take(v.request[FORM], "addressee", receipts.addressee_of)
            )
        if step == "issue":
            return await _issue(v)
    raise ProtocolError("step_unknown")


async def _ask(v: Visit, filled: Filled, check: str | None) -> Response:
    purchase_id = id_in_path(v.request, "purchase_id")
    bought = await receipts.purchase_of(v.tx, v.member().id, purchase_id)
    return v.page(
        "receipt_issue.html",
        422 if filled.errors else 200,
        bought=bought,
        can_issue=receipts.can_issue(v.settings),
        form=filled,
        check=check,
    )


async def _issue(v: Visit) -> Response:
    issued = await receipts.issue(
        v.tx,
        v.settings,
        v.member().id,
        id_in_path(v.request, "purchase_id"),
        integer(needed(v.request[FORM], "issue"), 1, MOST_ISSUES),
        needed(v.request[FORM], "addressee"),
    )
    return v.page("receipt.html", receipt=issued)
