"""What a payment provider is to this site, and what passes between the two. Amounts are yen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from foundation.errors import UserError
from foundation.language import N_

CURRENCY = "jpy"

Event: TypeAlias = dict[str, Any]
"""An event in the form that Stripe gives it: id, type, livemode, data.object."""

ProviderName = Literal["stripe", "demo"]


@dataclass(frozen=True)
class Order:
    """A purchase as the provider is asked to charge it.

    `reference` is written beside the payment, and finds the purchase again. `key` makes it happen
    once there. `saved_card` is charged at once; without it, the payer
    chooses how to pay on a page or panel of the provider's.
    """

    purchase_id: int
    reference: str
    key: str
    price_yen: int
    customer: str | None
    saved_card: str | None
    save_card: bool


@dataclass(frozen=True)
class Intent:
    """A payment as the provider sees it. `reference` is what it was told to keep beside it,
    `voucher` the provider's page with the number to pay with at a convenience store."""

    id: str
    status: str
    amount: int
    received: int
    currency: str
    livemode: bool
    reference: str | None
    client_secret: str | None = None
    voucher: str | None = None


@dataclass(frozen=True)
class RefundLine:
    """A refund in the provider's list."""

    id: str
    intent: str | None
    amount: int
    status: str


class Provider(Protocol):
    """Takes the money. Stripe, or the demo site's own."""

    @property
    def name(self) -> ProviderName:
        """Its name in our books."""
        ...

    @property
    def livemode(self) -> bool:
        """Whether its money is real."""
        ...

    async def new_customer(self, user_id: int, key: str) -> str:
        """Make a member known to the provider, so that it can keep a card; return its id."""
        ...

    async def begin(self, order: Order) -> Intent:
        """Begin a payment; the same order again returns the same payment."""
        ...

    async def intent(self, intent_id: str) -> Intent:
        """Look a payment up."""
        ...

    async def forget(self, card: str) -> None:
        """Let the provider forget a saved card."""
        ...

    def read_event(self, body: bytes, signature: str | None) -> Event:
        """Return the event of a webhook's raw body. Raises SignatureError."""
        ...

    async def intents(self, since: datetime, until: datetime) -> Sequence[Intent]:
        """Return every payment begun in a stretch of time."""
        ...

    async def refunds(self, since: datetime, until: datetime) -> Sequence[RefundLine]:
        """Return every refund made in a stretch of time."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class SignatureError(Exception):
    """A webhook's body was not signed by the provider, or not lately."""


class ProviderSilentError(UserError):
    """The provider gave no usable answer: what was asked may or may not have happened there."""

    def __init__(self) -> None:
        super().__init__(
            "provider_silent",
            N_("決済サービスから返事がありません。少し待ってから、もう一度お試しください。"),
            status=503,
        )
