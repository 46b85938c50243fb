"""What came of an order of points."""

from aiohttp.web import Request, Response, json_response

from foundation.database import clock
from points import ledger
from points.payments import purchases, wishes
from points.payments.purchases import Purchase
from points.rules import expiry_of
from web.http.errors import wants_json
from web.http.paths import Aim, id_in_path, redirect
from web.http.visit import visit


async def bought(request: Request) -> Response:
    """Show what came of an order; a script asks the same while it waits.

    With `sent`, a payment was made just now: an earlier failure is not the last word. With
    `refused`, a page of a bank or wallet led back without one, and the event may be on its way.
    """
    if "redirect_status" in request.query:
        return _back_from_stripe(request)
    async with visit(request) as v:
        found = await purchases.find(v.tx, id_in_path(request, "purchase_id"), v.member().id)
        if wants_json(request):
            return json_response({"state": found.state, "method": found.method})
        points = await ledger.spendable(v.tx, found.user_id)
        expires = expiry_of(found.paid_at or await clock(v.tx), v.settings.lot_months)
        wish = await wishes.of(v.tx, found.id)
        aim = Aim(wish.back, wish.need)
        return v.page(
            "bought.html",
            bought=found,
            outcome=_outcome(request, found),
            spendable=points,
            expires_at=expires,
            aim=aim,
            short=aim.short(points),
        )


def _outcome(request: Request, found: Purchase) -> str:
    """What the page says: `waiting`, or the state of the purchase."""
    if found.state == "failed" and "sent" in request.query:
        return "waiting"
    if found.state == "created" and found.method != "konbini" and "refused" in request.query:
        return "failed"
    return "waiting" if found.state == "created" else found.state


def _back_from_stripe(request: Request) -> Response:
    """Lead on without what Stripe wrote into the address: the payment's secret is in it."""
    refused = request.query["redirect_status"] == "failed"
    return redirect(request.path + ("?refused=1" if refused else "?sent=1"))
