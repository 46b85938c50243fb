"""The payouts of a cast as they see them: a list, and each alone. Amounts are yen."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed, typed_all
from payouts import refusals

# Why a payout was called off, where nobody of the staff wrote it.
BY_THE_CAST = "called off by the cast"


@dataclass(frozen=True)
class OwnPayout:
    """A payout as its cast sees it. `pay_on` is the day of its run; `why` as it is kept.

    `bank`, `branch` and `tail` (the number's last three digits) say to which account.
    """

    id: int
    way: str
    state: str
    gross: int
    bank_fee: int
    withheld: int
    net: int
    category: str | None
    requested_at: datetime
    requested_on: date
    month: date | None
    pay_on: date | None
    paid_at: datetime | None
    rejected_at: datetime | None
    called_off_at: datetime | None
    why: str | None
    bank: str | None
    branch: str | None
    tail: str | None

    @property
    def by_the_cast(self) -> bool:
        """Whether the cast called it off themselves."""
        return self.why == BY_THE_CAST


_OWN = """
SELECT p.id, p.way, p.state, p.gross, p.bank_fee, p.withheld, p.net, p.category, p.requested_at,
  p.requested_on, p.month, r.pay_on, p.paid_at, p.rejected_at, p.called_off_at, p.why,
  a.bank, a.branch, a.tail
FROM payouts p LEFT JOIN payout_runs r ON r.id = p.run_id
LEFT JOIN bank_accounts a ON a.id = p.account_id
WHERE p.user_id = :user
"""
_PAGE = sa.text(f"""{_OWN} AND (CAST(:state AS text) IS NULL OR p.state = :state)
ORDER BY p.id DESC OFFSET :skip LIMIT :size""")
_ONE = sa.text(f"{_OWN} AND p.id = :payout")


async def own(
    tx: Tx, user_id: int, number: int, size: int, state: str | None = None
) -> Page[OwnPayout]:
    """Return a page of a cast's payouts, the latest first; only those in a `state` where given."""
    bounds = {"user": user_id, "state": state, "skip": offset(number, size), "size": size + 1}
    found = await tx.execute(_PAGE, bounds)
    return Page.of(typed_all(OwnPayout, found.mappings()), number, size)


async def one(tx: Tx, user_id: int, payout_id: int) -> OwnPayout:
    """Return a payout of a cast. Raises UserError `payout_unknown` (404) for another's."""
    row = (await tx.execute(_ONE, {"user": user_id, "payout": payout_id})).mappings().one_or_none()
    if row is None:
        raise refusals.payout_unknown()
    return typed(OwnPayout, row)
