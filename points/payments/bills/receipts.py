"""What one paid of bills, and the paper for it: 領収書, by the same rules as for points.

It is drawn from the payment each time. Only whom it is addressed to is kept, and how often it was
issued. It carries no tax lines: those stand in the month's statement of what was used
(`points.usage`), so that no tax is shown twice.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from foundation.settings import Settings
from points.payments.bills.tables import tab_receipts
from points.receipts import addressee_of, may_issue

MOST_SHOWN = 100


@dataclass(frozen=True)
class BillPayment:
    """A payment of bills as its payer knows it. `kept_yen` is without what they have back."""

    id: int
    provider: str
    kind: str
    yen: int
    kept_yen: int
    free_yen: int
    received_at: datetime
    addressee: str | None
    issues: int


@dataclass(frozen=True)
class BillReceipt:
    """One issue of the receipt of a payment of bills; `issue` counts from 1, yen include tax."""

    payment: BillPayment
    addressee: str
    issue: int
    issued_at: datetime

    @property
    def again(self) -> bool:
        """Whether this is a re-issue, which says so on its face (再発行)."""
        return self.issue > 1

    @property
    def number(self) -> str:
        """What the issuer finds it by; T tells it from those for points."""
        return f"T{self.payment.id:07}-{self.issue}"


_PAYMENTS = """
SELECT p.id, p.provider, p.kind, p.yen, p.yen - p.taken_back AS kept_yen,
  p.yen - p.taken_back - p.placed AS free_yen, p.received_at, r.addressee,
  coalesce(r.issues, 0) AS issues
FROM tab_payments p LEFT JOIN tab_receipts r ON r.payment_id = p.id
WHERE p.user_id = :user
"""
_ALL = sa.text(f"{_PAYMENTS} ORDER BY p.id DESC LIMIT {MOST_SHOWN}")
_ONE = sa.text(f"{_PAYMENTS} AND p.id = :payment")


async def payments_of(tx: Tx, user_id: int) -> list[BillPayment]:
    """Return what a member paid, the latest first."""
    return typed_all(BillPayment, (await tx.execute(_ALL, {"user": user_id})).mappings())


async def payment_of(tx: Tx, user_id: int, payment_id: int) -> BillPayment:
    """Return one payment of a member. Raises UserError `bill_payment_unknown` (404)."""
    values = {"user": user_id, "payment": payment_id}
    found = typed_all(BillPayment, (await tx.execute(_ONE, values)).mappings())
    if not found:
        raise UserError("bill_payment_unknown", N_("このお支払いは見つかりません。"), status=404)
    return found[0]


async def issue(
    tx: Tx, settings: Settings, user_id: int, payment_id: int, number: int, addressee: str
) -> BillReceipt:
    """Issue a receipt: `number` is 1 for the first, and one more for each re-issue.

    The addressee counts with the first issue and stays; the latest number again counts nothing.
    Raises UserError: `issuer_unset`, `not_paid`, `receipt_issued_meanwhile`, and what
    `addressee_of` does.
    """
    await payment_of(tx, user_id, payment_id)
    made = insert(tab_receipts).values(payment_id=payment_id, user_id=user_id)
    await tx.execute(made.on_conflict_do_nothing())
    await locks.lock(
        tx, sa.select(tab_receipts.c.payment_id).where(tab_receipts.c.payment_id == payment_id)
    )
    payment = await payment_of(tx, user_id, payment_id)
    may_issue(settings, kept=payment.kept_yen > 0, issues=payment.issues, number=number)
    name = payment.addressee or addressee_of(addressee)
    if number > payment.issues:
        mine = tab_receipts.c.payment_id == payment_id
        await tx.execute(sa.update(tab_receipts).where(mine).values(addressee=name, issues=number))
    return BillReceipt(payment, name, number, await clock(tx))
