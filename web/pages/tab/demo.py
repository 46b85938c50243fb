"""The demo site's pages where a card company and a bank would stand. They move no money."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import clock
from foundation.errors import ProtocolError, UserError
from foundation.language import N_
from foundation.numbers import integer
from points.payments import payers
from points.payments.bills import accounts, orders, shown
from points.payments.wire.demo import Act, DemoGateway
from web.http.forms import needed
from web.http.keys import FORM, PAYMENTS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit

STEPS: dict[str, tuple[Act, ...]] = {
    "choose": ("card_ok", "card_declined", "card_3ds"),
    "bank": ("bank_ok", "bank_refuse"),
}
MOST_YEN = 1_000_000


async def show_card(request: Request) -> Response:
    """Show what one may do with the demo's card."""
    step = request.query.get("step", "choose")
    async with visit(request) as v:
        order = await orders.find(v.tx, id_in_path(request, "order_id"), v.member().id)
        if order.state in ("paid", "canceled"):
            return redirect(f"/tab/orders/{order.id}")
        acts = STEPS.get(step, STEPS["choose"])
        return v.page("demo_bills.html", order=order, step=step, acts=acts)


async def act(request: Request) -> Response:
    """Do what was pressed: the demo's provider sends its signed event to our webhook."""
    provider, pressed = _demo(request), needed(request[FORM], "act")
    known = next((one for acts in STEPS.values() for one in acts if one == pressed), None)
    if known is None:
        raise ProtocolError("act_unknown")
    async with member_transaction(request) as (tx, user):
        order = await orders.find(tx, id_in_path(request, "order_id"), user.id)
        kept = await payers.customer_of(tx, user.id, "demo") if order.save_card else None
    if order.state == "canceled":
        return redirect(f"/tab/orders/{order.id}")
    # Not within the transaction: the event is handled in its own, as one from outside.
    await provider.pay_bills(order, known, kept)
    if known == "card_3ds":
        return redirect(f"/demo/bills/{order.id}?step=bank")
    return redirect(f"/tab/orders/{order.id}")


async def show_bank(request: Request) -> Response:
    """Show the demo's bank, where one sends a sum to one's account."""
    async with visit(request) as v:
        account = await accounts.account_of(v.tx, v.member().id, "demo")
        if account is None:
            return redirect("/tab/transfer")
        bills, _ = await shown.bills_of(v.tx, v.member().id)
        owed = sum(one.bill.owed for one in bills)
        return v.page("demo_bank.html", account=account, owed=owed)


async def send(request: Request) -> Response:
    """Send a sum: the demo's bank tells it by a signed event."""
    provider, text = _demo(request), needed(request[FORM], "yen").strip()
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MOST_YEN:
        raise UserError(
            "yen_out_of_bounds",
            N_("金額は1円から%(most)s円までの数字で入力してください。"),
            status=400,
            most=f"{MOST_YEN:,}",
        )
    async with member_transaction(request) as (tx, user):
        customer = await accounts.customer_in(tx, user.id, "demo")
        now = int((await clock(tx)).timestamp())
    if customer is None:
        return redirect("/tab/transfer")
    await provider.transfers.send(customer, integer(text, 1, MOST_YEN), now)
    return redirect("/tab/transfer")


def _demo(request: Request) -> DemoGateway:
    provider = request.app[PAYMENTS]
    if not isinstance(provider, DemoGateway):
        raise HTTPNotFound
    return provider
