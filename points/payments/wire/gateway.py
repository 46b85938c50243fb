"""Stripe. The only file that knows its SDK."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

import stripe
import structlog

from foundation.places import Places
from foundation.settings import Settings
from foundation.threads import CrowdedError
from points.payments.provider import (
    CURRENCY,
    CardRefusedError,
    Event,
    Intent,
    MethodsRefusedError,
    Order,
    ProviderError,
    ProviderName,
    ProviderRefusedError,
    ProviderSilentError,
    RefundLine,
    RepeatedError,
    SignatureError,
)
from points.payments.ways import Ways
from points.payments.wire import answers
from points.payments.wire.answers import LONGEST_WHY
from points.payments.wire.event_bodies import event_of
from points.payments.wire.transfers import StripeTransfers
from points.payments.wire.trial import StripeTrial

log = structlog.get_logger(__name__)

R = TypeVar("R")
T = TypeVar("T")

# A repeated question carries the same idempotency key, so Stripe acts on it once.
RETRIES = 2
TOLERANCE_SECONDS = 300
PAGE = 100
MOST_LISTED = 100_000
# A method that was refused is not offered for so long, though the account says that it is on.
REFUSED_SECONDS = 3600


class StripeGateway:
    """Payments through Stripe's PaymentIntents, in the ways that the account has."""

    name: Final[ProviderName] = "stripe"

    def __init__(self, settings: Settings) -> None:
        assert settings.stripe_secret_key
        assert settings.stripe_webhook_secret
        self.livemode = settings.stripe_live
        self.site = settings.public_url
        self._secret = settings.stripe_webhook_secret.get_secret_value()
        self._konbini_days = settings.konbini_days
        self._refused: dict[str, float] = {}
        self._http = _Questions(settings)
        self._client = stripe.StripeClient(
            settings.stripe_secret_key.get_secret_value(),
            base_addresses={"api": settings.stripe_api_base},
            http_client=self._http,
            max_network_retries=RETRIES,
        )
        self.transfers = StripeTransfers(self._client, answered, self.site)
        self.trial = StripeTrial(self._client, answered)

    async def ways(self) -> Ways:
        """Ask which ways to pay are switched on; those refused in the last hour are left out."""
        pages = await answered(
            self._client.v1.payment_method_configurations.list_async({"limit": PAGE})
        )
        found = _read(answers.ways, await answered(_all(pages)))
        since = time.monotonic() - REFUSED_SECONDS
        return found.without(frozenset(m for m, at in self._refused.items() if at > since))

    async def new_customer(self, user_id: int, key: str) -> str:
        """Make a member known to Stripe. It is told no name and no address, only our number."""
        made = await answered(
            self._client.v1.customers.create_async(
                {"metadata": {"user": str(user_id)}}, {"idempotency_key": key}
            )
        )
        return str(made.id)

    async def begin(self, order: Order) -> Intent:
        """Create the PaymentIntent of an order; with a saved card, confirm it at once.

        A card that is refused gives an intent that still waits for a way to pay. Raises
        CardRefusedError where there is no such intent, and what is wrong with a part of the order.
        """
        asked = self._client.v1.payment_intents.create_async(
            self._params(order),  # type: ignore[arg-type]
            {"idempotency_key": order.key},
        )
        try:
            made = await answered(asked, order)
        except stripe.CardError as refusal:
            found = answers.refused_intent(refusal.json_body)
            if found is None:
                raise CardRefusedError from refusal
            return replace(_read(answers.intent, found), problem=refusal.code)
        except MethodsRefusedError as refusal:
            self._refused.update(dict.fromkeys(refusal.methods, time.monotonic()))
            raise
        return _read(answers.intent, made.to_dict())

    def _params(self, order: Order) -> dict[str, Any]:
        mark: dict[str, str] = {order.what: order.reference}
        mark |= {"site": order.site} if order.site else {}
        params: dict[str, Any] = {
            "amount": order.price_yen,
            "currency": CURRENCY,
            "metadata": mark,
        }
        if order.customer:
            params["customer"] = order.customer
        if order.saved_card:
            # Whoever taps is present: Stripe may ask their bank, in the page, over the talk.
            there = {"off_session": True} if order.absent else {"use_stripe_sdk": True}
            return params | {
                "payment_method_types": ["card"],
                "payment_method": order.saved_card,
                "confirm": True,
                **there,
            }
        params["payment_method_types"] = list(order.methods)
        options = self._options(order)
        return params | ({"payment_method_options": options} if options else {})

    def _options(self, order: Order) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if "konbini" in order.methods:
            options["konbini"] = {"expires_after_days": self._konbini_days}
        if order.save_card and "card" in order.methods:
            usage = "off_session" if order.absent else "on_session"
            options["card"] = {"setup_future_usage": usage}
        return options

    async def intent(self, intent_id: str) -> Intent:
        """Look a PaymentIntent up."""
        found = await answered(self._client.v1.payment_intents.retrieve_async(intent_id))
        return _read(answers.intent, found.to_dict())

    async def cancel(self, intent_id: str) -> Intent:
        """Cancel a PaymentIntent; one that was paid, or cancelled before, stays as it is."""
        try:
            asked = self._client.v1.payment_intents.cancel_async(
                intent_id, {}, {"idempotency_key": f"cancel:{intent_id}"}
            )
            return _read(answers.intent, (await answered(asked)).to_dict())
        except ProviderRefusedError as refusal:
            if refusal.problem != "request":
                raise
            return await self.intent(intent_id)

    async def card_page(self, customer: str, key: str, back: str) -> str:
        """Ask for a page of Stripe's own at which a customer saves a card; nothing is charged."""
        params: dict[str, Any] = {
            "mode": "setup",
            "customer": customer,
            "payment_method_types": ["card"],
            "success_url": f"{back}?card=sent",
            "cancel_url": back,
        }
        asked = self._client.v1.checkout.sessions.create_async(
            params,  # type: ignore[arg-type]
            {"idempotency_key": key},
        )
        return _read(answers.page, (await answered(asked)).to_dict())

    async def forget(self, card: str) -> None:
        """Detach a saved card from its customer; one that is gone already stays gone."""
        try:
            await answered(self._client.v1.payment_methods.detach_async(card))
        except ProviderRefusedError as refusal:
            if refusal.problem not in ("payer", "request"):
                raise
            log.info("stripe.card_gone", card=card)

    def read_event(self, body: bytes, signature: str | None) -> Event:
        """Check the signature over the raw body, and return the event."""
        return read_event(body, signature, self._secret)

    async def intents(self, since: datetime, until: datetime) -> Sequence[Intent]:
        """Return every PaymentIntent created from `since` until before `until`."""
        pages = await answered(
            self._client.v1.payment_intents.list_async(
                {"created": {"gte": _second(since), "lt": _second(until)}, "limit": PAGE}
            )
        )
        return [_read(answers.intent, found) for found in await answered(_all(pages))]

    async def refunds(self, since: datetime, until: datetime) -> Sequence[RefundLine]:
        """Return every refund created from `since` until before `until`."""
        pages = await answered(
            self._client.v1.refunds.list_async(
                {"created": {"gte": _second(since), "lt": _second(until)}, "limit": PAGE}
            )
        )
        return [_read(answers.refund, found) for found in await answered(_all(pages))]

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def read_event(body: bytes, signature: str | None, secret: str) -> Event:
    """Return the event of a raw body that was signed with `secret` in the last five minutes.

    Raises SignatureError for anything else, however it is malformed.
    """
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        return event_of(body)
    except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
        raise SignatureError(str(error)[:200]) from error


def sign(body: bytes, secret: str) -> str:
    """Return the signature header that Stripe would send with a body."""
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret)
    return str(header)


class _Questions(stripe.AIOHTTPClient):
    """Asks Stripe, so many questions at once and no more: who waits for it keeps nobody else."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(timeout=settings.stripe_seconds)
        self._places = Places(settings.stripe_at_once)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[Any, int, Any]:
        """Ask once. Raises APIConnectionError where too many wait for an answer already."""
        try:
            async with self._places.place():
                return await super().request_async(method, url, headers, post_data)
        except CrowdedError as error:
            raise stripe.APIConnectionError("too many questions") from error  # type: ignore[no-untyped-call]


async def answered(question: Awaitable[R], order: Order | None = None) -> R:
    """Return an answer of Stripe's. Raises ProviderError, and for a card CardRefusedError; of an
    order Stripe's own error, since the payment stands in it."""
    try:
        return await question
    except ProviderError:
        raise
    except stripe.CardError as error:
        if order is not None:
            raise
        raise CardRefusedError from error
    except Exception as error:
        problem = _problem(error, order)
        log.error("stripe.unanswered", problem=problem.problem, why=problem.why)
        raise problem from error


def _problem(error: Exception, order: Order | None) -> ProviderError:
    why = (str(error) or repr(error))[:LONGEST_WHY]
    if isinstance(error, stripe.RateLimitError):
        return ProviderSilentError(why, busy=True)
    if isinstance(error, stripe.IdempotencyError):
        return RepeatedError(why)
    if isinstance(error, stripe.InvalidRequestError):
        return answers.refusal(error.code, error.param, why, order)
    if isinstance(error, stripe.AuthenticationError):
        return ProviderRefusedError("key", why)
    if isinstance(error, stripe.PermissionError):
        return ProviderRefusedError("permission", why)
    # Down or too slow. Errors of the connection also come as they are, too many to be named.
    return ProviderSilentError(why)


def _read(reader: Callable[[T], R], told: T) -> R:
    """Read an answer; one that says nothing usable is none."""
    try:
        return reader(told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProviderSilentError(f"unreadable: {error!r}"[:LONGEST_WHY]) from error


async def _all(pages: Any) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    async for item in pages.auto_paging_iter():
        found.append(item.to_dict())
        if len(found) > MOST_LISTED:
            why = f"more than {MOST_LISTED} to compare at once: choose a shorter stretch of time"
            raise ProviderRefusedError("request", why)
    return found


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
