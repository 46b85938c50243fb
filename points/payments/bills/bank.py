"""What a payment provider does with money that payers send by their bank. Amounts are yen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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


@dataclass(frozen=True)
class Arrived:
    """Yen that a payer sent to their account, under the provider's name for it."""

    id: str
    yen: int
    at: datetime


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

    async def arrived(self, customer: str) -> Sequence[Arrived]:
        """Return what a customer has sent, the latest first; so much as one asks for at once."""
        ...

    async def take(self, customer: str, yen: int, reference: str) -> TakenOver:
        """Take yen that lie in a customer's account over to the site: once for each reference."""
        ...
