"""The demo site's own payment provider: no money, yet every event is signed and delivered.

It keeps nothing itself. What it would have to know stands in the purchase and in the payer.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args
from uuid import uuid4

from foundation.settings import Settings
from points.payments.bills.orders import BillOrder
from points.payments.provider import (
    CURRENCY,
    Event,
    Intent,
    Order,
    ProviderName,
    RefundLine,
    What,
)
from points.payments.purchases import Purchase
from points.payments.ways import USUAL, Ways
from points.payments.wire import gateway
from points.payments.wire.demo_bank import DemoBank

Deliver: TypeAlias = Callable[[bytes, str], Awaitable[object]]
"""Hands a raw body and its signature to the site's webhook."""

Act = Literal[
    "card_ok", "card_declined", "card_3ds", "bank_ok", "bank_refuse",
    "konbini", "konbini_paid", "konbini_expired",
]  # fmt: skip
ACTS: tuple[Act, ...] = get_args(Act)

CARD: dict[str, Any] = {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
CARD_PAGE = "/demo/card"
KONBINI = {"type": "konbini", "konbini": {"store": {"chain": "familymart"}}}


class DemoGateway:
    """Takes pretended money on a demo site, and on no other."""

    name: Final[ProviderName] = "demo"
    livemode = False
    site = None

    def __init__(self, settings: Settings, deliver: Deliver) -> None:
        if not settings.demo:
            raise ValueError("the demo payment provider serves demo sites only")
        self._secret = f"whsec_{secrets.token_urlsafe(24)}"
        self._deliver = deliver
        self.transfers = DemoBank(self._send)

    async def ways(self) -> Ways:
        """Cards and convenience stores, as most sites have them."""
        return USUAL

    async def new_customer(self, user_id: int, key: str) -> str:
        """Make a member known."""
        return f"cus_demo_{user_id}"

    async def begin(self, order: Order) -> Intent:
        """Begin a payment; a saved card is charged, and the event sent, before this returns."""
        intent = _intent_id(order.purchase_id, order.what)
        if order.saved_card:
            facts = _facts(order.purchase_id, order.price_yen, order.reference, order.what)
            await self._send("payment_intent.succeeded", _paid(facts), f"evt_{intent}_saved")
            await self._send("charge.succeeded", _charge(facts, CARD), f"evt_{intent}_charge")
        status = "succeeded" if order.saved_card else "requires_payment_method"
        return _as_intent(intent, order.price_yen, status)

    async def intent(self, intent_id: str) -> Intent:
        """Look a payment up."""
        return _as_intent(intent_id, 0, "requires_payment_method")

    async def cancel(self, intent_id: str) -> Intent:
        """Call a payment off."""
        return _as_intent(intent_id, 0, "canceled")

    async def card_page(self, customer: str, key: str, back: str) -> str:
        """Lead to the demo's own page, where a card is saved by a press."""
        return CARD_PAGE

    async def keep_card(self, customer: str) -> None:
        """Save a customer's card."""
        await self._send("payment_method.attached", _kept(customer))

    async def forget(self, card: str) -> None:
        """Nothing is kept."""

    async def act(self, bought: Purchase, act: Act, customer: str | None) -> None:
        """Do what a button of the demo's pay page says, and send the events that follow.

        With a `customer`, a card that pays is kept for the next time.
        """
        await self._act(_facts(bought.id, bought.price_yen, bought.reference), act, customer)

    async def pay_bills(self, order: BillOrder, act: Act, customer: str | None) -> None:
        """Do the same for an order of bills."""
        await self._act(_facts(order.id, order.yen, order.reference, "bill"), act, customer)

    async def _act(self, facts: dict[str, Any], act: Act, customer: str | None) -> None:
        if act in ("card_ok", "bank_ok", "konbini_paid"):
            way = KONBINI if act == "konbini_paid" else CARD
            if customer and way is CARD:
                await self._send("payment_method.attached", _kept(customer))
            await self._send("payment_intent.succeeded", _paid(facts))
            await self._send("charge.succeeded", _charge(facts, way))
        elif act in ("card_declined", "bank_refuse", "konbini_expired"):
            await self._send("payment_intent.payment_failed", _failed(facts, act))
        else:
            await self._send("payment_intent.requires_action", _waits(facts, act))

    def read_event(self, body: bytes, signature: str | None) -> Event:
        """Check the signature as for any other event, and return it."""
        return gateway.read_event(body, signature, self._secret)

    async def intents(self, since: datetime, until: datetime) -> Sequence[Intent]:
        """The demo keeps no list."""
        return []

    async def refunds(self, since: datetime, until: datetime) -> Sequence[RefundLine]:
        """The demo keeps no list."""
        return []

    async def close(self) -> None:
        """There is nothing to close."""

    async def send(self, kind: str, subject: dict[str, Any]) -> None:
        """Sign an event and deliver it; for refunds and disputes of the demo."""
        await self._send(kind, subject)

    async def _send(self, kind: str, subject: dict[str, Any], event_id: str | None = None) -> None:
        event = {
            "id": event_id or f"evt_demo_{uuid4().hex}",
            "object": "event",
            "type": kind,
            "livemode": False,
            "data": {"object": subject},
        }
        body = json.dumps(event).encode()
        await self._deliver(body, gateway.sign(body, self._secret))


def _intent_id(number: int, what: What) -> str:
    return f"pi_demo_{number}" if what == "purchase" else f"pi_demo_bill_{number}"


def _as_intent(intent: str, price_yen: int, status: str) -> Intent:
    received = price_yen if status == "succeeded" else 0
    return Intent(intent, status, price_yen, received, CURRENCY, False, None)


def _facts(number: int, price_yen: int, reference: str, what: What = "purchase") -> dict[str, Any]:
    return {
        "id": _intent_id(number, what),
        "object": "payment_intent",
        "amount": price_yen,
        "amount_received": 0,
        "currency": CURRENCY,
        "livemode": False,
        "metadata": {what: reference},
    }


def _paid(facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {"status": "succeeded", "amount_received": facts["amount"]}


def _failed(facts: dict[str, Any], act: Act) -> dict[str, Any]:
    way = KONBINI if act == "konbini_expired" else CARD
    return facts | {
        "status": "requires_payment_method",
        "last_payment_error": {"code": act, "payment_method": way},
    }


def _waits(facts: dict[str, Any], act: Act) -> dict[str, Any]:
    kind = "konbini_display_details" if act == "konbini" else "use_stripe_sdk"
    return facts | {"status": "requires_action", "next_action": {"type": kind}}


def _charge(facts: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"ch_{facts['id']}",
        "object": "charge",
        "payment_intent": facts["id"],
        "amount": facts["amount"],
        "currency": CURRENCY,
        "livemode": False,
        "metadata": facts["metadata"],
        "payment_method_details": way,
    }


def _kept(customer: str) -> dict[str, Any]:
    # Everybody presses the same button; each stands for a card of their own.
    card = CARD["card"] | {"fingerprint": f"demo_{customer}"}
    return {
        "id": "pm_demo_visa",
        "object": "payment_method",
        "customer": customer,
        "type": "card",
        "card": card,
    }
