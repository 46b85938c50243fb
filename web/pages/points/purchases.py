"""Buying points: the packs, the last look before one orders, the payment, and what came of it."""

from typing import Any

from aiohttp.web import Request, Response, json_response

from foundation.database import clock
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_, translate
from foundation.numbers import integer
from points import ledger, limits
from points.payments import payers, purchases
from points.payments.checkout import open_payment
from points.payments.provider import Provider
from points.payments.purchases import LONGEST_PRESS, Purchase
from points.rules import expiry_of
from web.http.errors import wants_json
from web.http.forms import flag, needed, one_line
from web.http.keys import (
    DATABASE,
    FORM,
    PAYMENTS,
    RATE_LIMITS,
    SETTINGS,
)
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    allow_stripe,
    member_transaction,
    reader_locale,
    visit,
)

HOUR_SECONDS = 3600
# The payer has done their part, and the webhook will tell what came of it.
SENT = ("succeeded", "processing")


async def packs(request: Request) -> Response:
    """Show what can be bought, with its price and until when it is good."""
    async with visit(request) as v:
        return v.page("buy.html", packs=await purchases.offered(v.tx), **await _terms(v))


async def top_up(request: Request) -> Response:
    """Show all packs, with all that must be known before one orders, for one tap of a saved card.

    Who has saved no card sees the packs.
    """
    async with visit(request) as v:
        terms = await _terms(v)
        if terms["card"] is None:
            return redirect("/points/buy")
        return v.page("top_up.html", packs=await purchases.offered(v.tx), **terms)


async def confirm(request: Request) -> Response:
    """Show the last page before an order, with what the law wants to stand there."""
    pack_id = id_in_path(request, "pack_id")
    async with visit(request) as v:
        terms = await _terms(v)
        return v.page("buy_confirm.html", pack=await purchases.pack(v.tx, pack_id), **terms)


async def order(request: Request) -> Response:
    """Order a pack. Its price is the one in our table; the form only says what was shown."""
    form, provider = request[FORM], _seller(request)
    with_card = needed(form, "pay_with") == "saved"
    async with member_transaction(request) as (tx, user):
        await _must_not_be_too_often(request, user.id)
        bought = await purchases.start(
            tx,
            user.id,
            integer(needed(form, "pack"), 1),
            one_line(needed(form, "press"), LONGEST_PRESS),
            shown=form.get(f"shown_{form['pack']}", form.get("shown", "")),
            provider=provider.name,
            save_card=not with_card and flag(form.get("save_card", "0")),
            with_saved_card=with_card,
        )
    intent = await open_payment(request.app[DATABASE], provider, bought)
    at_once = with_card and intent.status in SENT
    return redirect(_address(bought) + ("" if at_once else "/pay"))


async def pay(request: Request) -> Response:
    """Show the payment of an order: the provider's own form, within our page."""
    provider = _seller(request)
    async with visit(request) as v:
        bought = await purchases.find(v.tx, id_in_path(request, "purchase_id"), v.member().id)
    if bought.state in ("paid", "canceled"):
        return redirect(_address(bought))
    if bought.provider != provider.name:
        raise UserError("provider_gone", N_("この支払い方法は、いま使えません。"), status=410)
    intent = await open_payment(request.app[DATABASE], provider, bought)
    if provider.name == "demo":
        return redirect(f"/demo/pay/{bought.id}")
    if intent.status in SENT:
        return redirect(f"{_address(bought)}?sent=1")
    async with visit(request) as v:
        allow_stripe(request)
        return v.page("pay.html", bought=bought, intent=intent, **await _terms(v))


async def bought(request: Request) -> Response:
    """Show what came of an order; a script asks the same while it waits.

    With `sent`, a payment was made just now: an earlier failure is not the last word.
    """
    if "redirect_status" in request.query:
        return _back_from_stripe(request)
    async with visit(request) as v:
        found = await purchases.find(v.tx, id_in_path(request, "purchase_id"), v.member().id)
        if wants_json(request):
            return json_response({"state": found.state, "method": found.method})
        points = await ledger.spendable(v.tx, found.user_id)
        expires = expiry_of(found.paid_at or await clock(v.tx), v.settings.lot_months)
        sent = "sent" in request.query and found.state == "failed"
        waiting = found.state == "created" or sent
        return v.page(
            "bought.html", bought=found, waiting=waiting, spendable=points, expires_at=expires
        )


def _back_from_stripe(request: Request) -> Response:
    """Lead on without what Stripe wrote into the address: the payment's secret is in it."""
    refused = request.query["redirect_status"] == "failed"
    return redirect(request.path + ("" if refused else "?sent=1"))


async def forget_card(request: Request) -> Response:
    """Forget the saved card, here and at the provider."""
    provider = _seller(request)
    async with member_transaction(request) as (tx, user):
        card = await payers.card_of(tx, user.id, provider.name)
        if card is not None:
            await payers.forget_card(tx, card.id, user.id)
    if card is not None:
        await provider.forget(card.id)
    return redirect("/points/buy")


async def _terms(v: Visit) -> dict[str, Any]:
    """What every page before a purchase shows."""
    user, provider = v.member(), v.request.app[PAYMENTS]
    now = await clock(v.tx)
    if provider is None:
        refusal: UserError | None = _nothing_sold()
    else:
        refusal = await _refusal(v)
    return {
        "press": new_token(),
        "expires_at": expiry_of(now, v.settings.lot_months),
        "card": await payers.card_of(v.tx, user.id, provider.name) if provider else None,
        "refusal": _told(v.request, refusal) if refusal else None,
    }


async def _refusal(v: Visit) -> UserError | None:
    """What would be said to the smallest order, told beforehand."""
    if v.member().confirmed_at is None:
        return purchases.not_confirmed()
    try:
        await limits.check_purchase(v.tx, v.member().id, 1)
    except UserError as refusal:
        return refusal
    return None


def _told(request: Request, refusal: UserError) -> str:
    """Return a refusal in the reader's words."""
    return translate(reader_locale(request), refusal.text, **refusal.params)


def _nothing_sold() -> UserError:
    return UserError("nothing_sold", N_("いまはポイントを販売していません。"), status=503)


def _seller(request: Request) -> Provider:
    provider = request.app[PAYMENTS]
    if provider is None:
        raise _nothing_sold()
    return provider


async def _must_not_be_too_often(request: Request, user_id: int) -> None:
    most = request.app[SETTINGS].purchase_tries
    if not await request.app[RATE_LIMITS].hit(f"purchase {user_id}", most, HOUR_SECONDS):
        raise UserError(
            "too_many_purchases",
            N_("購入の操作が多すぎます。しばらくたってからお試しください。"),
            status=429,
        )


def _address(bought: Purchase) -> str:
    return f"/points/purchases/{bought.id}"
