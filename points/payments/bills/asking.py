"""Asking the provider to charge an order of bills, as `points.payments.checkout` does for points.

Short transactions with the question between; cut off anywhere, the same question is asked again
under the same key. Whoever pays the same bills anew has what was begun before called off first, so
that no bill is paid twice from two pages.
"""

import structlog

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.language import N_
from points.payments import payers
from points.payments.bills import orders, starting
from points.payments.bills.orders import BillOrder
from points.payments.provider import (
    Intent,
    Order,
    PayerGoneError,
    Provider,
    ProviderRefusedError,
)
from points.payments.troubles import attended

log = structlog.get_logger(__name__)

# As the table has it.
MOST_ATTEMPTS = 9
# The payer has done their part, and an event will tell what came of it.
SENT = ("succeeded", "processing")


async def open_order(database: Database, provider: Provider, order: BillOrder) -> Intent:
    """Begin the payment of an order, or find the one begun before.

    Raises UserError `bills_changed` where the bills have been paid meanwhile, `bill_being_paid`
    where another order of them was; and ProviderError, after which the same call finds what may
    have begun.
    """
    async with attended(database):
        if order.state in orders.LIVE:
            await _be_the_only_one(database, provider, order)
        intent = await _found_or_begun(database, provider, order)
    async with database.transaction() as tx:
        if not await orders.note_intent(tx, order.id, intent.id):
            raise RuntimeError(f"order {order.id} of bills is known by another payment")
        if intent.problem is not None and intent.status not in SENT:
            await orders.note_state(tx, order.id, "failed", intent.problem[:100])
    return intent


async def _be_the_only_one(database: Database, provider: Provider, order: BillOrder) -> None:
    async with database.transaction() as tx:
        others, owed = await orders.rivals(tx, order), await orders.is_owed(tx, order)
    for other in others:
        await _call_off(database, provider, other)
    if not owed:
        await _call_off(database, provider, order)
        raise starting.bills_changed()


async def _call_off(database: Database, provider: Provider, order: BillOrder) -> None:
    """Call an order off at the provider. Where its answer was lost it is asked for first."""
    intent = await _found_or_begun(database, provider, order)
    if intent.status not in SENT:
        intent = await provider.cancel(intent.id)
    async with database.transaction() as tx:
        await orders.note_intent(tx, order.id, intent.id)
        if intent.status == "canceled":
            await orders.note_state(tx, order.id, "canceled", order.problem)
    if intent.status in SENT:
        raise UserError(
            "bill_being_paid",
            N_("このご請求のお支払いは、別の画面で済んでいます。少し待ってお確かめください。"),
        )


async def _found_or_begun(database: Database, provider: Provider, order: BillOrder) -> Intent:
    """Look the payment up, or ask for it; a card or customer that is gone is left out once."""
    if order.intent is not None:
        return await provider.intent(order.intent)
    asked = await _with_customer(database, provider, order)
    for _ in range(MOST_ATTEMPTS):
        try:
            return await provider.begin(_question(asked))
        except PayerGoneError as gone:
            if asked.attempt >= MOST_ATTEMPTS:
                raise
            log.warning("bills.mended", order=order.id, why=gone.why)
            async with database.transaction() as tx:
                asked = await _without(tx, asked, gone)
            if order.by_itself:
                raise
            asked = await _with_customer(database, provider, asked)
    raise ProviderRefusedError("payer", f"order {order.id} of bills was refused again and again")


async def _without(tx: Tx, order: BillOrder, gone: PayerGoneError) -> BillOrder:
    """Forget what the provider no longer knows, and ask without."""
    if gone.what == "customer" and order.customer is not None:
        await payers.forget_customer(tx, order.user_id, order.provider, order.customer)
    elif order.saved_card is not None:
        await payers.forget_card(tx, order.saved_card, order.user_id)
    if order.by_itself:
        await orders.note_state(tx, order.id, "failed", "card_gone")
        return order
    customer = None if gone.what == "customer" else order.customer
    return await orders.change_way(
        tx, order, saved_card=None, customer=customer, attempt=order.attempt + 1
    )


async def _with_customer(database: Database, provider: Provider, order: BillOrder) -> BillOrder:
    """Write down the customer that an order needs, where a card is to be kept."""
    if not order.save_card or order.customer is not None:
        return order
    customer = await customer_of(database, provider, order.user_id, f"{_key(order)}:customer")
    async with database.transaction() as tx:
        return await orders.change_way(tx, order, customer=customer)


async def customer_of(database: Database, provider: Provider, user_id: int, key: str) -> str:
    """Return what the provider calls a member; one it doesn't know is made known to it."""
    async with database.transaction() as tx:
        known = await payers.customer_of(tx, user_id, provider.name)
    if known is not None:
        return known
    made = await provider.new_customer(user_id, key)
    async with database.transaction() as tx:
        await payers.note_customer(tx, user_id, provider.name, made)
        return await payers.customer_of(tx, user_id, provider.name) or made


def _question(order: BillOrder) -> Order:
    with_card = order.saved_card is not None or order.save_card
    return Order(
        purchase_id=order.id,
        reference=order.reference,
        key=_key(order),
        price_yen=order.yen,
        customer=order.customer if with_card else None,
        saved_card=order.saved_card,
        save_card=order.save_card,
        methods=("card",),
        site=order.site,
        what="bill",
        absent=order.by_itself or order.save_card,
    )


def _key(order: BillOrder) -> str:
    again = f":{order.attempt}" if order.attempt else ""
    return f"hitotoki:bill:{order.reference}{again}"
