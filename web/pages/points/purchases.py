"""Buying points: the packs, the last look before one orders, and the payment."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.database import clock
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_, translate
from foundation.numbers import integer
from points import ledger, limits
from points.payments import payers, purchases, wishes
from points.payments.checkout import open_payment
from points.payments.provider import Provider
from points.payments.purchases import LONGEST_PRESS, Purchase
from points.payments.troubles import attended
from points.payments.ways import LEAST, Ways
from points.payments.wishes import Occasion
from points.rules import expiry_of
from rooms.ground.live import live_talk
from web.http.forms import flag, needed, one_line
from web.http.headers import allow_stripe
from web.http.keys import (
    DATABASE,
    FORM,
    OFFER,
    PAYMENTS,
    RATE_LIMITS,
    SETTINGS,
)
from web.http.paths import aim_in, id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)

HOUR_SECONDS = 3600
# The payer has done their part, and the webhook will tell what came of it.
SENT = ("succeeded", "processing")


async def packs(request: Request) -> Response:
    """Show what can be bought, with its price and until when it is good."""
    await _ways(request)
    async with visit(request) as v:
        return v.page("buy.html", packs=await purchases.offered(v.tx), **await _terms(v))


async def top_up(request: Request) -> Response:
    """Show the packs, with all that must be known before one orders, for one tap of a saved card.

    Who has saved no card sees the packs; likewise where no price can be paid by card.
    """
    ways = await _ways(request)
    async with visit(request) as v:
        terms = await _terms(v)
        offered = await purchases.offered(v.tx)
        by_card = [pack for pack in offered if "card" in ways.for_price(pack.price_yen)]
        if terms["card"] is None or not by_card:
            return redirect(f"/points/buy{terms['aim'].query}")
        return v.page("top_up.html", packs=by_card, **terms)


async def confirm(request: Request) -> Response:
    """Show the last page before an order, with what the law wants to stand there."""
    pack_id = id_in_path(request, "pack_id")
    ways = await _ways(request)
    async with visit(request) as v:
        terms = await _terms(v)
        pack = await purchases.pack(v.tx, pack_id)
        methods = ways.for_price(pack.price_yen, staying=v.live_talk is not None)
        if not methods and terms["refusal"] is None:
            terms["refusal"] = _told(request, purchases.no_method())
        if "card" not in methods:
            terms["card"] = None
        return v.page("buy_confirm.html", pack=pack, methods=methods, **terms)


async def order(request: Request) -> Response:
    """Order a pack. Its price is the one in our table; the form only says what was shown."""
    form, provider = request[FORM], _seller(request)
    with_card = needed(form, "pay_with") == "saved"
    ways, aim = await _ways(request), aim_in(form)
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
            occasion=Occasion(
                ways,
                await live_talk(tx, user.id) is not None,
                provider.site,
                aim.back,
                aim.need,
            ),
        )
    intent = await open_payment(request.app[DATABASE], provider, bought)
    if with_card and intent.status in SENT:
        return redirect(_address(bought))
    return redirect(f"{_address(bought)}/pay{await _lost_card(request, bought, with_card)}")


async def _lost_card(request: Request, bought: Purchase, with_card: bool) -> str:
    """What the next page must say of a saved card that the provider no longer knows."""
    async with request.app[DATABASE].transaction() as tx:
        wish = await wishes.of(tx, bought.id)
    return "?gone=card" if with_card and wish.saved_card is None else ""


async def pay(request: Request) -> Response:
    """Show the payment of an order: the provider's own form, within our page."""
    provider = _seller(request)
    async with visit(request) as v:
        bought = await purchases.find(v.tx, id_in_path(request, "purchase_id"), v.member().id)
    if bought.state in ("paid", "canceled"):
        return redirect(_address(bought))
    if bought.provider != provider.name:
        raise provider_gone()
    intent = await open_payment(request.app[DATABASE], provider, bought)
    if provider.name == "demo":
        return redirect(f"/demo/pay/{bought.id}")
    if intent.status in SENT:
        return redirect(f"{_address(bought)}?sent=1")
    ways = await _ways(request)
    async with visit(request) as v:
        allow_stripe(request)
        methods = (await wishes.of(v.tx, bought.id)).methods
        return v.page(
            "pay.html",
            bought=bought,
            intent=intent,
            methods=methods,
            shown_wallets=ways.wallets if "card" in methods else (),
            lost_card=request.query.get("gone") == "card",
            **await _terms(v),
        )


async def forget_card(request: Request) -> Response:
    """Forget the saved card, at the provider and then here: what is said to be gone is gone."""
    provider, database = _seller(request), request.app[DATABASE]
    async with member_transaction(request) as (tx, user):
        card = await payers.card_of(tx, user.id, provider.name)
    if card is not None:
        async with attended(database):
            await provider.forget(card.id)
        async with database.transaction() as tx:
            await payers.forget_card(tx, card.id, user.id)
    return redirect("/points/buy")


async def _terms(v: Visit) -> dict[str, Any]:
    """What every page before a purchase shows."""
    user, provider = v.member(), v.request.app[PAYMENTS]
    now = await clock(v.tx)
    if provider is None:
        refusal: UserError | None = _nothing_sold()
    else:
        refusal = await _refusal(v)
    aim = aim_in(v.request.query)
    return {
        "aim": aim,
        "short": aim.short(await ledger.spendable(v.tx, user.id)),
        "wallets": offer.known.wallets if (offer := v.request.app[OFFER]) else (),
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


async def _ways(request: Request) -> Ways:
    """The ways to pay of this moment. Not within a transaction: the provider may be asked."""
    offer = request.app[OFFER]
    return await offer.now() if offer is not None else LEAST


def _told(request: Request, refusal: UserError) -> str:
    """Return a refusal in the reader's words."""
    return translate(reader_locale(request), refusal.text, **refusal.params)


def provider_gone() -> UserError:
    """Return the refusal of what was begun with a provider that the site no longer has."""
    return UserError("provider_gone", N_("この支払い方法は、いま使えません。"), status=410)


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
