"""Asking the provider to charge a purchase: short transactions with the question between.

Cut off anywhere, it can be asked again: the purchase and how it is to be charged are committed
first, and the question carries a key made of nothing else. Where the provider refuses a part of the
question (a customer or card that it does not know, a method that the account has not), nothing has
begun there: that part is changed, and it is asked once more under another key.
"""

from dataclasses import replace

import structlog

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.language import N_
from points.payments import payers, purchases, troubles, wishes
from points.payments.provider import (
    Intent,
    MethodsRefusedError,
    Order,
    PayerGoneError,
    Provider,
    ProviderRefusedError,
)
from points.payments.purchases import Purchase
from points.payments.wishes import MOST_ATTEMPTS, PayWish

log = structlog.get_logger(__name__)


async def open_payment(database: Database, provider: Provider, purchase: Purchase) -> Intent:
    """Begin the payment of a purchase, or find the one begun before.

    Raises ProviderSilentError: then it may have begun, and the same call finds it. Raises the other
    ProviderErrors once staff were told; `payment_gone` for a payment that the provider doesn't
    know; `no_method` where it takes none; and UserError where the buyer's own limits have come to
    forbid it.
    """
    async with database.transaction() as tx:
        await purchases.must_be_payable(tx, purchase)
    async with troubles.attended(database):
        if purchase.intent is not None:
            return await _look_up(database, provider, purchase.intent)
        intent = await _begin(database, provider, purchase)
    async with database.transaction() as tx:
        if not await purchases.note_intent(tx, purchase.id, intent.id):
            raise RuntimeError(f"purchase {purchase.id} is known by another payment")
    return intent


async def _look_up(database: Database, provider: Provider, intent: str) -> Intent:
    try:
        return await provider.intent(intent)
    except PayerGoneError as refusal:
        async with database.transaction() as tx:
            await troubles.tell(tx, refusal)
        raise UserError(
            "payment_gone",
            N_("このお支払いの手続きは続けられません。もう一度はじめからお申し込みください。"),
            status=410,
        ) from refusal


async def _begin(database: Database, provider: Provider, purchase: Purchase) -> Intent:
    """Ask, and ask again without what is in the way: a customer or card is made anew or left out
    once, and each method."""
    mended: set[str] = set()
    while True:
        wish = await _settled_wish(database, provider, purchase)
        try:
            return await provider.begin(_order(purchase, wish))
        except (PayerGoneError, MethodsRefusedError) as refusal:
            in_the_way = _in_the_way(refusal)
            if in_the_way & mended or wish.attempt >= MOST_ATTEMPTS:
                raise
            mended |= in_the_way
            async with database.transaction() as tx:
                left = await _mend(tx, purchase, wish, refusal)
            if not left:
                raise purchases.no_method() from refusal


def _in_the_way(refusal: PayerGoneError | MethodsRefusedError) -> set[str]:
    return {refusal.what} if isinstance(refusal, PayerGoneError) else set(refusal.methods)


async def _mend(
    tx: Tx, purchase: Purchase, wish: PayWish, refusal: PayerGoneError | MethodsRefusedError
) -> bool:
    """Change what was refused; False where nothing is left to ask for."""
    now = replace(wish, attempt=wish.attempt + 1)
    if isinstance(refusal, MethodsRefusedError):
        await troubles.tell(tx, refusal)
        now = replace(now, methods=tuple(m for m in wish.methods if m not in refusal.methods))
        if "card" not in now.methods:
            now = replace(now, save_card=False, saved_card=None)
    else:
        await _forget(tx, purchase, wish, refusal)
        now = replace(now, saved_card=None)
        if refusal.what == "customer":
            now = replace(now, customer=None)
    log.warning("payments.mended", purchase=purchase.id, attempt=now.attempt, why=refusal.why)
    if now.methods:
        await wishes.change(tx, purchase.id, wish, now)
    return bool(now.methods)


async def _forget(tx: Tx, purchase: Purchase, wish: PayWish, gone: PayerGoneError) -> None:
    if gone.what == "customer" and wish.customer is not None:
        await payers.forget_customer(tx, purchase.user_id, purchase.provider, wish.customer)
    elif wish.saved_card is not None:
        await payers.forget_card(tx, wish.saved_card, purchase.user_id)


async def _settled_wish(database: Database, provider: Provider, purchase: Purchase) -> PayWish:
    """Return how a purchase is to be charged, with the customer that it needs written down.

    A customer made in the meantime must not change the question.
    """
    async with database.transaction() as tx:
        wish = await wishes.of(tx, purchase.id)
        if not wish.with_card or wish.customer is not None:
            return wish
        customer = await payers.customer_of(tx, purchase.user_id, provider.name)
    if customer is None:
        customer = await _introduce(database, provider, purchase, wish)
    async with database.transaction() as tx:
        await wishes.change(tx, purchase.id, wish, replace(wish, customer=customer))
        return await wishes.of(tx, purchase.id)


async def _introduce(
    database: Database, provider: Provider, purchase: Purchase, wish: PayWish
) -> str:
    customer = await provider.new_customer(purchase.user_id, f"{_key(purchase, wish)}:customer")
    async with database.transaction() as tx:
        await payers.note_customer(tx, purchase.user_id, provider.name, customer)
        noted = await payers.customer_of(tx, purchase.user_id, provider.name)
    if noted is None:
        raise ProviderRefusedError("payer", f"{customer} was forgotten at once")
    return noted


def _order(purchase: Purchase, wish: PayWish) -> Order:
    return Order(
        purchase_id=purchase.id,
        reference=purchase.reference,
        key=_key(purchase, wish),
        price_yen=purchase.price_yen,
        customer=wish.customer if wish.with_card else None,
        saved_card=wish.saved_card,
        save_card=wish.save_card,
        methods=wish.methods,
        site=wish.site,
        absent=wish.absent,
    )


def _key(purchase: Purchase, wish: PayWish) -> str:
    again = f":{wish.attempt}" if wish.attempt else ""
    return f"hitotoki:{purchase.reference}{again}"
