"""「お支払い手続き」: which bills, the last look before one pays, the card, and what came of it."""

import re

from aiohttp.web import Request, Response, json_response

from foundation.errors import ProtocolError, UserError
from foundation.ids import new_token
from foundation.language import N_
from foundation.numbers import integer
from points.payments import payers
from points.payments.bills import asking, by_itself, orders, shown, starting
from points.payments.bills.orders import LEAST_YEN, MOST_BILLS, BillOrder
from points.payments.bills.shown import ShownBill
from points.payments.bills.starting import PayBy
from points.payments.provider import Provider
from points.payments.purchases import LONGEST_PRESS
from web.http.errors import wants_json
from web.http.forms import flag, needed, one_line
from web.http.headers import allow_stripe
from web.http.keys import DATABASE, FORM, PAYMENTS, RATE_LIMITS, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, visit
from web.pages.points.purchases import provider_gone

HOUR_SECONDS = 3600
_NUMBERS = re.compile(r"(?a:[1-9]\d{0,17}(,[1-9]\d{0,17})*)")


async def check(request: Request) -> Response:
    """Show the bills that were chosen, their sum, and the ways to pay it."""
    chosen = {integer(number, 1) for number in request.query.getall("bill", [])[:MOST_BILLS]}
    async with visit(request) as v:
        bills = await _chosen(v, chosen)
        if not bills:
            return redirect("/tab")
        provider = seller(request)
        total = sum(one.bill.owed for one in bills)
        return v.page(
            "tab_pay.html",
            bills=bills,
            total=total,
            press=new_token(),
            card=await payers.card_of(v.tx, v.member().id, provider.name),
            by_card=total >= LEAST_YEN,
            least=LEAST_YEN,
            by_itself=await by_itself.wants(v.tx, v.member().id),
        )


async def _chosen(v: Visit, chosen: set[int]) -> list[ShownBill]:
    """The bills that are owed, of those named, or all of them where none is."""
    found, _ = await shown.bills_of(v.tx, v.member().id)
    owed = [one for one in found if one.bill.owed]
    return [one for one in owed if one.bill.id in chosen] if chosen else owed


async def order(request: Request) -> Response:
    """Pay bills by a card; what was shown of them must still be owed."""
    form, provider = request[FORM], seller(request)
    with_card = needed(form, "pay_with") == "saved"
    keep = not with_card and flag(form.get("save_card", "0"))
    by = PayBy(provider.name, provider.site, saved_card=with_card, save_card=keep)
    async with member_transaction(request) as (tx, user):
        await must_not_be_too_often(request, user.id)
        made = await starting.start(
            tx,
            user.id,
            _numbers(needed(form, "bills")),
            one_line(needed(form, "press"), LONGEST_PRESS),
            shown=integer(needed(form, "shown"), 1),
            by=by,
        )
        if keep and flag(form.get("by_itself", "0")):
            await by_itself.choose(tx, user.id, wanted=True)
    intent = await asking.open_order(request.app[DATABASE], provider, made)
    if with_card and intent.status in asking.SENT:
        return redirect(f"{_address(made)}?sent=1")
    return redirect(f"{_address(made)}/pay")


def _numbers(text: str) -> list[int]:
    if len(text) > MOST_BILLS * 19 or not _NUMBERS.fullmatch(text):
        raise ProtocolError("bills_malformed")
    return [int(number) for number in text.split(",")][:MOST_BILLS]


async def must_not_be_too_often(request: Request, user_id: int) -> None:
    """Refuse who asks the provider again and again. Raises UserError `too_many_payments` (429)."""
    most = request.app[SETTINGS].purchase_tries
    if not await request.app[RATE_LIMITS].hit(f"bills {user_id}", most, HOUR_SECONDS):
        raise UserError(
            "too_many_payments",
            N_("お支払いの操作が多すぎます。しばらくたってからお試しください。"),
            status=429,
        )


async def pay(request: Request) -> Response:
    """Show the provider's own form for an order, within our page."""
    provider = seller(request)
    async with visit(request) as v:
        found = await orders.find(v.tx, id_in_path(request, "order_id"), v.member().id)
    if found.state in ("paid", "canceled"):
        return redirect(_address(found))
    if found.provider != provider.name:
        raise provider_gone()
    intent = await asking.open_order(request.app[DATABASE], provider, found)
    if provider.name == "demo":
        return redirect(f"/demo/bills/{found.id}")
    if intent.status in asking.SENT:
        return redirect(f"{_address(found)}?sent=1")
    async with visit(request) as v:
        allow_stripe(request)
        return v.page("tab_card.html", order=found, intent=intent)


async def paid(request: Request) -> Response:
    """Show what came of an order; a script asks the same while it waits."""
    if "redirect_status" in request.query:
        refused = request.query["redirect_status"] == "failed"
        return redirect(request.path + ("" if refused else "?sent=1"))
    async with visit(request) as v:
        found = await orders.find(v.tx, id_in_path(request, "order_id"), v.member().id)
        if wants_json(request):
            return json_response({"state": found.state, "method": ""})
        waiting = found.state == "created" or (found.state == "failed" and "sent" in request.query)
        return v.page("tab_paid.html", order=found, waiting=waiting)


def seller(request: Request) -> Provider:
    """Return the payment provider. Raises UserError (503) where the site has none."""
    provider = request.app[PAYMENTS]
    if provider is None:
        raise UserError("no_payments", N_("いまはお支払いの手続きができません。"), status=503)
    return provider


def _address(order: BillOrder) -> str:
    return f"/tab/orders/{order.id}"
