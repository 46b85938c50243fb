"""Asking the provider to charge a purchase: two short transactions with the question between.

Cut off anywhere, it can be asked again: the purchase and how it is to be charged are committed
first, and the question carries a key made of nothing else.
"""

from typing import Any

import sqlalchemy as sa

from foundation.database import Database, Tx
from points.payments import payers, purchases
from points.payments.provider import Intent, Order, Provider
from points.payments.purchases import Purchase
from points.payments.tables import checkouts


async def open_payment(database: Database, provider: Provider, purchase: Purchase) -> Intent:
    """Begin the payment of a purchase, or find the one begun before.

    Raises ProviderSilentError: then it may have begun, and the same call finds it. Raises UserError
    where the buyer's own limits have come to forbid it.
    """
    async with database.transaction() as tx:
        await purchases.must_be_payable(tx, purchase)
    if purchase.intent is not None:
        return await provider.intent(purchase.intent)
    async with database.transaction() as tx:
        wish = await _wish(tx, purchase.id)
        customer = await payers.customer_of(tx, purchase.user_id, provider.name)
    if customer is None and wish.save_card:
        customer = await _introduce(database, provider, purchase)
    intent = await provider.begin(_order(purchase, wish, customer))
    async with database.transaction() as tx:
        if not await purchases.note_intent(tx, purchase.id, intent.id):
            raise RuntimeError(f"purchase {purchase.id} is known by another payment")
    return intent


async def wants_card_kept(tx: Tx, purchase_id: int) -> bool:
    """Say whether the payer asked for their card to be kept for the next time."""
    return bool((await _wish(tx, purchase_id)).save_card)


async def _wish(tx: Tx, purchase_id: int) -> Any:
    return (
        await tx.execute(sa.select(checkouts).where(checkouts.c.purchase_id == purchase_id))
    ).one()


async def _introduce(database: Database, provider: Provider, purchase: Purchase) -> str:
    customer = await provider.new_customer(purchase.user_id, f"{_key(purchase)}:customer")
    async with database.transaction() as tx:
        await payers.note_customer(tx, purchase.user_id, provider.name, customer)
        noted = await payers.customer_of(tx, purchase.user_id, provider.name)
    assert noted
    return noted


def _order(purchase: Purchase, wish: Any, customer: str | None) -> Order:
    with_card = wish.saved_card is not None or wish.save_card
    return Order(
        purchase_id=purchase.id,
        reference=purchase.reference,
        key=_key(purchase),
        price_yen=purchase.price_yen,
        # Said only where it matters: a customer made in the meantime must not change the question.
        customer=customer if with_card else None,
        saved_card=wish.saved_card,
        save_card=wish.save_card,
    )


def _key(purchase: Purchase) -> str:
    return f"hitotoki:{purchase.reference}"
