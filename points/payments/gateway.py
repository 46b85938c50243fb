"""Stripe. The only file that knows its SDK."""

import json
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import stripe
import structlog

from foundation.settings import Settings
from points.payments.provider import (
    CURRENCY,
    Event,
    Intent,
    Order,
    ProviderName,
    ProviderSilentError,
    RefundLine,
    SignatureError,
)

log = structlog.get_logger(__name__)

R = TypeVar("R")

# A repeated question carries the same idempotency key, so Stripe acts on it once.
RETRIES = 2
TOLERANCE_SECONDS = 300
PAGE = 100
MOST_LISTED = 100_000


class StripeGateway:
    """Payments through Stripe's PaymentIntents, by card and at convenience stores."""

    name: Final[ProviderName] = "stripe"

    def __init__(self, settings: Settings) -> None:
        assert settings.stripe_secret_key
        assert settings.stripe_webhook_secret
        self.livemode = settings.stripe_live
        self._secret = settings.stripe_webhook_secret.get_secret_value()
        self._konbini_days = settings.konbini_days
        self._http = stripe.AIOHTTPClient(timeout=settings.stripe_seconds)
        self._client = stripe.StripeClient(
            settings.stripe_secret_key.get_secret_value(),
            base_addresses={"api": settings.stripe_api_base},
            http_client=self._http,
            max_network_retries=RETRIES,
        )

    async def new_customer(self, user_id: int, key: str) -> str:
        """Make a member known to Stripe. It is told no name and no address, only our number."""
        made = await _answered(
            self._client.v1.customers.create_async(
                {"metadata": {"user": str(user_id)}}, {"idempotency_key": key}
            )
        )
        return str(made.id)

    async def begin(self, order: Order) -> Intent:
        """Create the PaymentIntent of an order; with a saved card, confirm it at once.

        A card that is refused gives an intent that still waits for a way to pay.
        """
        try:
            made = await _answered(
                self._client.v1.payment_intents.create_async(
                    self._params(order),  # type: ignore[arg-type]
                    {"idempotency_key": order.key},
                )
            )
        except stripe.CardError as refusal:
            return _intent(_body(refusal)["error"]["payment_intent"])
        return _intent(made.to_dict())

    def _params(self, order: Order) -> dict[str, Any]:
        params: dict[str, Any] = {
            "amount": order.price_yen,
            "currency": CURRENCY,
            "metadata": {"purchase": order.reference},
        }
        if order.customer:
            params["customer"] = order.customer
        if order.saved_card:
            # Whoever taps is present: Stripe may ask their bank, in the page, over the talk.
            return params | {
                "payment_method_types": ["card"],
                "payment_method": order.saved_card,
                "confirm": True,
                "use_stripe_sdk": True,
            }
        options: dict[str, Any] = {"konbini": {"expires_after_days": self._konbini_days}}
        if order.save_card:
            options["card"] = {"setup_future_usage": "on_session"}
        return params | {
            "payment_method_types": ["card", "konbini"],
            "payment_method_options": options,
        }

    async def intent(self, intent_id: str) -> Intent:
        """Look a PaymentIntent up."""
        found = await _answered(self._client.v1.payment_intents.retrieve_async(intent_id))
        return _intent(found.to_dict())

    async def forget(self, card: str) -> None:
        """Detach a saved card from its customer; one that is gone already stays gone."""
        try:
            await _answered(self._client.v1.payment_methods.detach_async(card))
        except stripe.InvalidRequestError:
            log.info("stripe.card_gone", card=card)

    def read_event(self, body: bytes, signature: str | None) -> Event:
        """Check the signature over the raw body, and return the event."""
        return read_event(body, signature, self._secret)

    async def intents(self, since: datetime, until: datetime) -> Sequence[Intent]:
        """Return every PaymentIntent created from `since` until before `until`."""
        pages = await _answered(
            self._client.v1.payment_intents.list_async(
                {"created": {"gte": _second(since), "lt": _second(until)}, "limit": PAGE}
            )
        )
        return [_intent(found) for found in await _answered(_all(pages))]

    async def refunds(self, since: datetime, until: datetime) -> Sequence[RefundLine]:
        """Return every refund created from `since` until before `until`."""
        pages = await _answered(
            self._client.v1.refunds.list_async(
                {"created": {"gte": _second(since), "lt": _second(until)}, "limit": PAGE}
            )
        )
        return [
            RefundLine(
                str(found["id"]),
                found.get("payment_intent"),
                int(found["amount"]),
                str(found.get("status")),
            )
            for found in await _answered(_all(pages))
        ]

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def read_event(body: bytes, signature: str | None, secret: str) -> Event:
    """Return the event of a raw body that was signed with `secret` in the last five minutes.

    Raises SignatureError for anything else, however it is malformed.
    """
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
        raise SignatureError(str(error)[:200]) from error
    if not isinstance(event, dict) or not all(_is_text(event.get(k)) for k in ("id", "type")):
        raise SignatureError("no event")
    return event


def sign(body: bytes, secret: str) -> str:
    """Return the signature header that Stripe would send with a body."""
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret)
    return str(header)


async def _answered(question: Awaitable[R]) -> R:
    """Return an answer of Stripe's. Raises ProviderSilentError where there is none to act on."""
    try:
        return await question
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except Exception as error:
        # Down, too slow, too busy, or a key that is no good. The SDK's client also lets errors of
        # the connection through as they are, so they can't all be named.
        log.error("stripe.silent", error=repr(error)[:300])
        raise ProviderSilentError from error


async def _all(pages: Any) -> list[dict[str, Any]]:
    found = []
    async for item in pages.auto_paging_iter():
        found.append(item.to_dict())
        if len(found) > MOST_LISTED:
            raise ValueError("more than can be compared at once: choose a shorter stretch of time")
    return found


def _intent(found: Mapping[str, Any]) -> Intent:
    return Intent(
        id=str(found["id"]),
        status=str(found["status"]),
        amount=int(found["amount"]),
        received=int(found.get("amount_received") or 0),
        currency=str(found["currency"]),
        livemode=bool(found["livemode"]),
        reference=(found.get("metadata") or {}).get("purchase"),
        client_secret=found.get("client_secret"),
        voucher=_voucher(found.get("next_action") or {}),
    )


def _voucher(action: Mapping[str, Any]) -> str | None:
    page = (action.get("konbini_display_details") or {}).get("hosted_voucher_url")
    return page if isinstance(page, str) and page.startswith("https://") else None


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _body(error: stripe.StripeError) -> dict[str, Any]:
    body = error.json_body
    return body if isinstance(body, dict) else {}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200
