"""Saving a card before one pays anything: at the provider's own page, for a first limit."""

from aiohttp.web import HTTPNotFound, Request, Response

from points.payments.bills import keeping
from points.payments.purchases import LONGEST_PRESS
from points.payments.wire.demo import DemoGateway
from web.http.forms import needed, one_line
from web.http.keys import DATABASE, FORM, PAYMENTS
from web.http.paths import origin, redirect
from web.http.visit import member_transaction, visit
from web.pages.tab.overview import must_be_here
from web.pages.tab.paying import must_not_be_too_often, seller

BACK = "/tab/limit"


async def save(request: Request) -> Response:
    """Lead to the provider's page where a card is saved, and nothing is charged."""
    provider = seller(request)
    press = one_line(needed(request[FORM], "press"), LONGEST_PRESS)
    async with visit(request) as v:
        user = v.member()
        must_be_here(v)
    await must_not_be_too_often(request, user.id)
    back = f"{origin(request)}{BACK}"
    page = await keeping.card_page(request.app[DATABASE], provider, user.id, press, back)
    # The provider's own address, which its gateway has looked at.
    return Response(status=303, headers={"Location": page})


async def show_demo(request: Request) -> Response:
    """Show the demo's page where a card is saved."""
    _demo(request)
    async with visit(request) as v:
        v.member()
        return v.page("demo_card.html")


async def save_demo(request: Request) -> Response:
    """Save the demo's card: its provider tells it by a signed event."""
    provider = _demo(request)
    async with member_transaction(request) as (_, user):
        user_id = user.id
    customer = await provider.new_customer(user_id, "")
    await provider.keep_card(customer)
    return redirect(f"{BACK}?card=sent")


def _demo(request: Request) -> DemoGateway:
    provider = request.app[PAYMENTS]
    if not isinstance(provider, DemoGateway):
        raise HTTPNotFound
    return provider
