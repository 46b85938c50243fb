"""Trying the webhook: a payment is begun and cancelled at once, of which Stripe sends an event.

Nobody pays anything, also where the keys move real money.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from points.payments.provider import CURRENCY, Event

# A name in the payment's metadata, by which its event is known.
MARK = "trial"
EVENT = "payment_intent.canceled"
# Any amount that Stripe takes.
YEN = 100

Ask = Callable[[Awaitable[Any]], Awaitable[Any]]
"""Waits for an answer; raises ProviderError where there is none."""


class StripeTrial:
    """Has Stripe send an event. Stripe's client is handed in."""

    def __init__(self, client: Any, ask: Ask) -> None:
        self._client = client
        self._ask = ask

    async def begin(self, token: str) -> None:
        """Begin a payment that is marked with a token, and cancel it. Raises ProviderError."""
        params = {
            "amount": YEN,
            "currency": CURRENCY,
            "payment_method_types": ["card"],
            "metadata": {MARK: token},
        }
        made = await self._ask(
            self._client.v1.payment_intents.create_async(
                params, {"idempotency_key": f"trial:{token}"}
            )
        )
        await self._ask(
            self._client.v1.payment_intents.cancel_async(
                str(made.id), {}, {"idempotency_key": f"trial-end:{token}"}
            )
        )


def token_of(event: Event) -> str | None:
    """Return the token of an event that was had sent to try the webhook; None for any other."""
    subject = event["data"]["object"]
    mark = subject.get("metadata") if event["type"] == EVENT else None
    told = mark.get(MARK) if isinstance(mark, dict) else None
    return told if isinstance(told, str) else None
