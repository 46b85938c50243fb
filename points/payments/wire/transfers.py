"""Money that payers send by their bank, as Stripe takes it in Japan: a virtual account for each.

What arrives lies in the customer's cash balance at first. It is told by an event of its own, and
taken over to the site by a payment of exactly so much, which succeeds at once: so a part, too much
and what is late are all the same. Stripe's client is handed in.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from points.payments.bills.bank import BankMove, MoveKind, TakenOver, TransferAccount
from points.payments.provider import (
    CURRENCY,
    ProviderSilentError,
)
from points.payments.wire import answers

PAGE = 100
WAY = {"type": "jp_bank_transfer"}
# What of an account's movements is between it and its owner's bank, and whether yen come by it.
KINDS: dict[str, tuple[MoveKind, int]] = {
    "funded": ("arrived", 1),
    "funding_reversed": ("reversed", -1),
    "return_initiated": ("returned", -1),
    "return_canceled": ("return_canceled", 1),
    "refunded_from_payment": ("refunded", 1),
}

Ask = Callable[[Awaitable[Any]], Awaitable[Any]]
"""Waits for an answer; raises ProviderError where there is none."""


class StripeTransfers:
    """What Stripe does with bank transfers."""

    def __init__(self, client: Any, ask: Ask, site: str | None) -> None:
        self._client = client
        self._ask = ask
        self._site = site

    async def account(self, customer: str, key: str) -> TransferAccount:
        """Ask for the account to which a customer sends; Stripe makes it with the first question.

        Raises ProviderError, also for an answer without such an account.
        """
        params = {"currency": CURRENCY, "funding_type": "bank_transfer", "bank_transfer": WAY}
        made = await self._ask(
            self._client.v1.customers.funding_instructions.create_async(
                customer, params, {"idempotency_key": key}
            )
        )
        try:
            return account_of(made.to_dict())
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProviderSilentError(f"unreadable account: {error!r}"[:300]) from error

    async def moved(self, customer: str) -> Sequence[BankMove]:
        """Return what came to a customer's cash balance and left it lately, the latest first."""
        asked = self._client.v1.customers.cash_balance_transactions.list_async(
            customer, {"limit": PAGE}
        )
        page = (await self._ask(asked)).to_dict()
        try:
            return [one for one in map(moved_of, page["data"]) if one is not None]
        except (KeyError, TypeError, ValueError) as error:
            raise ProviderSilentError(f"unreadable transfers: {error!r}"[:300]) from error

    async def take(self, customer: str, yen: int, reference: str) -> TakenOver:
        """Pay the site from a customer's cash balance."""
        mark = {"transfer": reference} | ({"site": self._site} if self._site else {})
        params = {
            "amount": yen,
            "currency": CURRENCY,
            "customer": customer,
            "payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": {
                "customer_balance": {"funding_type": "bank_transfer", "bank_transfer": WAY}
            },
            "confirm": True,
            "metadata": mark,
        }
        asked = self._client.v1.payment_intents.create_async(
            params, {"idempotency_key": f"hitotoki:transfer:{reference}:{yen}"}
        )
        intent = answers.intent((await self._ask(asked)).to_dict())
        return TakenOver(intent.id, intent.status == "succeeded", intent.status)


def account_of(found: Mapping[str, Any]) -> TransferAccount:
    """Read an account. Raises KeyError, TypeError or ValueError where there is none."""
    addresses = found["bank_transfer"]["financial_addresses"]
    told: Mapping[str, Any] = next(
        (one["zengin"] for one in addresses if one.get("type") == "zengin"), {}
    )
    names = {
        "bank": "bank_name",
        "bank_code": "bank_code",
        "branch": "branch_name",
        "branch_code": "branch_code",
        "kind": "account_type",
        "number": "account_number",
        "holder": "account_holder_name",
    }
    return TransferAccount(**{ours: str(told[theirs])[:200] for ours, theirs in names.items()})


def moved_of(found: Mapping[str, Any]) -> BankMove | None:
    """Read a movement of a cash balance; None where it is none in yen between it and a bank.

    Raises KeyError, TypeError or ValueError for what can't be read.
    """
    kind, yen = KINDS.get(str(found.get("type"))), found.get("net_amount")
    if kind is None or found.get("currency") != CURRENCY:
        return None
    if type(yen) is not int or yen * kind[1] <= 0:
        raise ValueError(f"{yen!r} yen {kind[0]}")
    at = datetime.fromtimestamp(int(found["created"]), tz=UTC)
    return BankMove(str(found["id"]), abs(yen), at, kind[0])
