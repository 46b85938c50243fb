"""What a payment provider does with money that payers send by their bank. Amounts are yen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class TransferAccount:
    """A bank account of the provider's, made for one payer: what is sent to it is theirs."""

    bank: str
    bank_code: str
    branch: str
    branch_code: str
    kind: str
    number: str
    holder: str


MoveKind = Literal["arrived", "reversed", "returned", "return_canceled", "refunded"]


@dataclass(frozen=True)
class BankMove:
    """Yen that moved between a payer's bank and their account at the provider, under its name.

    `arrived` were sent by the payer, `reversed` were taken back by their bank. `returned` went back
    to them from the account, unless that was `return_canceled`: what nobody took over, or what was
    `refunded` into the account of a payment.
    """

    id: str
    yen: int
    at: datetime
    kind: MoveKind = "arrived"


@dataclass(frozen=True)
class TakenOver:
    """Whether yen were taken over to the site (`done`), by which payment, and how that stands."""

    intent: str
    done: bool
    status: str


class Transfers(Protocol):
    """Takes what payers send by their bank. Its verbs raise ProviderError."""

    async def account(self, customer: str, key: str) -> TransferAccount:
        """Return the account to which a customer sends; the same each time."""
        ...

    async def moved(self, customer: str) -> Sequence[BankMove]:
        """Return what came to a customer's account and left it again, the latest first; so much as
        one asks for at once."""
        ...

    async def take(self, customer: str, yen: int, reference: str) -> TakenOver:
        """Take yen that lie in a customer's account over to the site: once for each reference."""
        ...
