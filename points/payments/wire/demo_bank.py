"""The demo's bank: everybody has an account to send to; what they send is told by an event."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

from points.payments.bills.bank import BankMove, TakenOver, TransferAccount
from points.payments.provider import CURRENCY


class DemoBank:
    """Bank transfers of pretended money. It keeps nothing."""

    def __init__(self, send: Callable[[str, dict[str, Any], str | None], Awaitable[None]]) -> None:
        self._send = send

    async def account(self, customer: str, key: str) -> TransferAccount:
        """Return the account of a customer, by the number of the member in its name."""
        number = int(customer.rsplit("_", 1)[1])
        return TransferAccount(
            bank="デモ銀行",
            bank_code="9999",
            branch="見本支店",
            branch_code="001",
            kind="futsu",
            number=f"{7_000_000 + number % 1_000_000}",
            holder="デモ）ヒトトキ",
        )

    async def moved(self, customer: str) -> Sequence[BankMove]:
        """The demo keeps no list."""
        return []

    async def take(self, customer: str, yen: int, reference: str) -> TakenOver:
        """Take yen over; the event is sent before this returns."""
        intent = f"pi_demo_transfer_{reference}"
        facts = {
            "id": intent,
            "object": "payment_intent",
            "amount": yen,
            "amount_received": yen,
            "currency": CURRENCY,
            "livemode": False,
            "metadata": {"transfer": reference},
            "status": "succeeded",
        }
        await self._send("payment_intent.succeeded", facts, f"evt_{intent}")
        return TakenOver(intent, True, "succeeded")

    async def send(self, customer: str, yen: int, at: int) -> None:
        """Let somebody send yen to their account, at a moment in seconds."""
        moved = {
            "id": f"ccsbtxn_demo_{uuid4().hex}",
            "object": "customer_cash_balance_transaction",
            "type": "funded",
            "net_amount": yen,
            "currency": CURRENCY,
            "customer": customer,
            "created": at,
            "livemode": False,
        }
        await self._send("customer_cash_balance_transaction.created", moved, None)
