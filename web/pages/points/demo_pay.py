"""The demo site's pay page: it stands where a bank's would, and moves no money."""

from collections.abc import Collection

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from foundation.errors import ProtocolError
from points.payments import payers, purchases, wishes
from points.payments.purchases import Purchase
from points.payments.ways import Method
from points.payments.wire.demo import ACTS, Act, DemoGateway
from web.http.forms import needed
from web.http.keys import FORM, PAYMENTS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit

# What one may press at each step, and where it leads.
STEPS: dict[str, tuple[Act, ...]] = {
    "choose": ("card_ok", "card_declined", "card_3ds", "konbini"),
    "bank": ("bank_ok", "bank_refuse"),
    "konbini": ("konbini_paid", "konbini_expired"),
}
LEADS_TO = {"card_3ds": "bank", "konbini": "konbini"}


async def demo_pay(request: Request) -> Response:
    """Show the demo's ways to pay."""
    step = request.query.get("step", "choose")
    async with visit(request) as v:
        bought = await purchases.find(v.tx, id_in_path(request, "purchase_id"), v.member().id)
        if bought.state == "paid":
            return redirect(f"/points/purchases/{bought.id}")
        methods = (await wishes.of(v.tx, bought.id)).methods
        acts = [act for act in STEPS.get(step, STEPS["choose"]) if _fits(act, methods)]
        return v.page("demo_pay.html", bought=bought, step=step, acts=acts)


def _fits(act: Act, methods: Collection[Method]) -> bool:
    return act != "konbini" or "konbini" in methods


async def demo_act(request: Request) -> Response:
    """Do what was pressed: the demo's provider sends its signed event to our webhook."""
    provider, act = request.app[PAYMENTS], needed(request[FORM], "act")
    if act not in ACTS:
        raise ProtocolError("act_unknown")
    if not isinstance(provider, DemoGateway):
        raise HTTPNotFound
    async with member_transaction(request) as (tx, user):
        bought = await purchases.find(tx, id_in_path(request, "purchase_id"), user.id)
        customer = await _customer(tx, bought)
    # Not within the transaction: the event is handled in its own, as one from outside.
    await provider.act(bought, act, customer)
    if act in LEADS_TO:
        return redirect(f"/demo/pay/{bought.id}?step={LEADS_TO[act]}")
    return redirect(f"/points/purchases/{bought.id}")


async def _customer(tx: Tx, bought: Purchase) -> str | None:
    if not (await wishes.of(tx, bought.id)).save_card:
        return None
    return await payers.customer_of(tx, bought.user_id, "demo")
