"""What a payment provider is to this site, and what passes between the two. Amounts are yen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from foundation.errors import UserError
from foundation.language import N_
from points.payments.bills.bank import Transfers
from points.payments.ways import USUAL, Method, Ways

CURRENCY = "jpy"

Event: TypeAlias = dict[str, Any]
"""An event in the form that Stripe gives it: id, type, livemode, data.object."""

ProviderName = Literal["stripe", "demo"]


What = Literal["purchase", "bill"]


@dataclass(frozen=True)
class Order:
    """A purchase, or bills, as the provider is asked to charge them; `purchase_id` is our number.

    `reference` is written beside the payment, under the name of `what` it is for, and finds it
    again; `site` beside it tells it from those of other shops on the account. `key` makes it
    happen once there. `saved_card` is charged at once; without it, the payer chooses one of the
    `methods` on a page or panel of the provider's. `absent`: nobody is there who could answer
    their bank, and a card is kept to be charged like that.
    """

    purchase_id: int
    reference: str
    key: str
    price_yen: int
    customer: str | None
    saved_card: str | None
    save_card: bool
    methods: tuple[Method, ...] = USUAL.methods
    site: str | None = None
    what: What = "purchase"
    absent: bool = False


@dataclass(frozen=True)
class Intent:
    """A payment as the provider sees it. `reference` (of a purchase), `bill` (of bills) and `site`
    are what it was told to keep beside it, `voucher` the provider's page with the number to pay
    with at a convenience store, `problem` why a card was refused."""

    id: str
    status: str
    amount: int
    received: int
    currency: str
    livemode: bool
    reference: str | None
    client_secret: str | None = None
    voucher: str | None = None
    site: str | None = None
    bill: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class RefundLine:
    """A refund in the provider's list."""

    id: str
    intent: str | None
    amount: int
    status: str


class Provider(Protocol):
    """Takes the money. Stripe, or the demo site's own. Verbs that ask it raise ProviderError."""

    @property
    def name(self) -> ProviderName:
        """Its name in our books."""
        ...

    @property
    def livemode(self) -> bool:
        """Whether its money is real."""
        ...

    @property
    def site(self) -> str | None:
        """What is written beside our payments, to tell them from those of other shops."""
        ...

    async def ways(self) -> Ways:
        """Ask which ways to pay the account has."""
        ...

    async def new_customer(self, user_id: int, key: str) -> str:
        """Make a member known to the provider, so that it can keep a card; return its id."""
        ...

    async def begin(self, order: Order) -> Intent:
        """Begin a payment; the same order again returns the same payment.

        Raises PayerGoneError and MethodsRefusedError: then nothing has begun.
        """
        ...

    async def intent(self, intent_id: str) -> Intent:
        """Look a payment up."""
        ...

    async def cancel(self, intent_id: str) -> Intent:
        """Call a payment off, unless it was made; return how it stands."""
        ...

    async def card_page(self, customer: str, key: str, back: str) -> str:
        """Return the address of a page of the provider's at which a customer lets it keep a card,
        and from which they come back to `back`; the same for the same key.

        Raises PayerGoneError.
        """
        ...

    async def forget(self, card: str) -> None:
        """Let the provider forget a saved card."""
        ...

    @property
    def transfers(self) -> Transfers:
        """What it does with money that payers send by their bank."""
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
    """A webhook's body was not signed by the provider, or not lately; or it can't be an event."""


Problem = Literal["silent", "busy", "key", "permission", "request", "repeated", "methods", "payer"]


class ProviderError(UserError):
    """The provider did not do what it was asked: words for the person, and for staff what the
    `problem` is and `why`, in the provider's own words."""

    problem: Problem
    why: str


class ProviderSilentError(ProviderError):
    """The provider gave no usable answer: what was asked may or may not have happened there."""

    def __init__(self, why: str = "", *, busy: bool = False) -> None:
        super().__init__(
            "provider_silent",
            N_("決済サービスから返事がありません。少し待ってから、もう一度お試しください。"),
            status=503,
        )
        self.problem, self.why = "busy" if busy else "silent", why


class ProviderRefusedError(ProviderError):
    """The provider refuses what it is asked, and would again; it did nothing."""

    def __init__(self, problem: Problem, why: str) -> None:
        super().__init__(
            "provider_refused",
            N_(
                "ただいまお支払いの手続きができません。運営に知らせました。"
                "料金はかかっていません。時間をおいて、もう一度お試しください。"
            ),
        )
        self.problem, self.why = problem, why


class RepeatedError(ProviderError):
    """The same key came with another question: the first one may have happened."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "provider_repeated",
            N_("この購入の手続きは、前の操作で始まっています。購入履歴で状態をお確かめください。"),
        )
        self.problem, self.why = "repeated", why


class MethodsRefusedError(ProviderRefusedError):
    """The account does not take these methods, or not at this price."""

    def __init__(self, methods: frozenset[Method], why: str) -> None:
        super().__init__("methods", why)
        self.methods = methods


class PayerGoneError(ProviderRefusedError):
    """The provider does not know what it once made for us: it was deleted there, or it is of the
    other mode or of another account."""

    def __init__(self, what: Literal["customer", "card", "payment"], why: str) -> None:
        super().__init__("payer", why)
        self.what = what


class CardRefusedError(UserError):
    """A card was refused before there was a payment. No matter for staff."""

    def __init__(self) -> None:
        super().__init__(
            "card_refused",
            N_("このカードはお使いになれませんでした。別のカードか方法でお試しください。"),
        )
