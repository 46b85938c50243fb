"""What a user bought, and the paper for it: 領収書.

A receipt is drawn from the purchase each time. Only whom it is addressed to is kept, since that
is entered once, and how often it was issued, since every issue after the first is marked.

Buying points is no supply yet, so a receipt carries no tax: that stands in the statement of what
they were used for (`points.usage`). One that was issued with tax lines before keeps them.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, count, offset
from foundation.settings import Settings
from points.tables import lots, purchases, refunds

LONGEST_ADDRESSEE = 60
_SHOWN = (purchases.c.state == "paid") | (purchases.c.method == "konbini")

# Characters that would turn the direction of what is printed beside them.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Bought:
    """One purchase as its buyer knows it. `refunded_yen` was paid back; amounts include tax."""

    id: int
    points: int
    bonus: int
    price_yen: int
    provider: str
    method: str | None
    state: str
    created_at: datetime
    paid_at: datetime | None
    expires_at: datetime | None
    refunded_yen: int
    addressee: str | None
    receipt_issues: int
    receipt_with_tax: bool

    @property
    def has_receipt(self) -> bool:
        """Whether there is anything to write a receipt for."""
        return self.paid_at is not None and self.refunded_yen < self.price_yen


@dataclass(frozen=True)
class Receipt:
    """One issue of a purchase's receipt. `issue` counts from 1; amounts in yen, tax included.

    `tax_yen` is the consumption tax within `total_yen`, at `tax_percent`, rounded down once; None
    on a receipt that carries none.
    """

    bought: Bought
    addressee: str
    issue: int
    issued_at: datetime
    total_yen: int
    tax_percent: int
    tax_yen: int | None

    @property
    def again(self) -> bool:
        """Whether this is a re-issue, which says so on its face (再発行)."""
        return self.issue > 1

    @property
    def number(self) -> str:
        """What the issuer finds it by."""
        return f"{self.bought.id:08}-{self.issue}"


async def purchases_of(tx: Tx, user_id: int, number: int, size: int) -> Page[Bought]:
    """Return a page of a user's purchases, the latest first.

    An attempt by card that failed was no purchase and is left out; a payment at a convenience
    store is shown while it is awaited, and when it was let go.
    """
    rows = await tx.execute(
        _bought(user_id)
        .where(_SHOWN)
        .order_by(purchases.c.id.desc())
        .limit(size + 1)
        .offset(offset(number, size))
    )
    return Page.of([Bought(**row) for row in rows.mappings()], number, size)


async def number_of(tx: Tx, user_id: int) -> int:
    """Return how many purchases stand on those pages; beyond 99 the figure stays there."""
    return await count(tx, sa.select(purchases.c.id).where(purchases.c.user_id == user_id, _SHOWN))


async def purchase_of(tx: Tx, user_id: int, purchase_id: int) -> Bought:
    """Return one purchase of a user. Raises UserError `purchase_unknown` (404) for another's."""
    row = (await tx.execute(_bought(user_id).where(purchases.c.id == purchase_id))).mappings()
    return _known(row.one_or_none())


async def issue(
    tx: Tx, settings: Settings, user_id: int, purchase_id: int, number: int, addressee: str
) -> Receipt:
    """Issue a receipt: `number` is 1 for the first, and one more for each re-issue.

    The addressee counts with the first issue and stays. The latest number once more is the same
    press again (a lost answer, a reload) and counts nothing. Raises UserError.
    """
    await _lock(tx, user_id, purchase_id)
    bought = await purchase_of(tx, user_id, purchase_id)
    kept, issues = bought.has_receipt, bought.receipt_issues
    may_issue(settings, kept=kept, issues=issues, number=number)
    name = bought.addressee or addressee_of(addressee)
    if number > bought.receipt_issues:
        await tx.execute(
            sa.update(purchases)
            .where(purchases.c.id == purchase_id)
            .values(addressee=name, receipt_issues=number)
        )
    return _receipt(settings, bought, name, number, await clock(tx))


async def _lock(tx: Tx, user_id: int, purchase_id: int) -> None:
    own = sa.and_(purchases.c.id == purchase_id, purchases.c.user_id == user_id)
    await locks.lock(tx, sa.select(purchases.c.id).where(own))


def can_issue(settings: Settings) -> bool:
    """Say whether the site has what stands on a receipt. A demo site issues samples."""
    return settings.demo or bool(settings.issuer_name and settings.issuer_address)


def addressee_of(text: str) -> str:
    """Return whom a receipt is for, spaces tidied. Raises UserError `addressee_malformed`."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= LONGEST_ADDRESSEE:
        raise UserError(
            "addressee_malformed",
            N_("宛名は1〜%(most)s文字で入力してください。"),
            status=400,
            most=LONGEST_ADDRESSEE,
        )
    if _TURNING.search(name) or any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in name):
        raise UserError(
            "addressee_malformed", N_("宛名に使えない文字が含まれています。"), status=400
        )
    return name


def tax_within(yen: int, percent: int) -> int:
    """Return the tax that a price holds, rounded down (once a paper, as the tax law asks)."""
    return yen * percent // (100 + percent)


def _bought(user_id: int) -> sa.Select[Any]:
    paid_back = (
        sa.select(sa.func.coalesce(sa.func.sum(refunds.c.amount_yen), 0))
        .where(refunds.c.purchase_id == purchases.c.id, refunds.c.state == "made")
        .scalar_subquery()
    )
    return (
        sa.select(
            purchases.c.id,
            purchases.c.points,
            purchases.c.bonus,
            purchases.c.price_yen,
            purchases.c.provider,
            purchases.c.method,
            purchases.c.state,
            purchases.c.created_at,
            purchases.c.paid_at,
            lots.c.expires_at,
            paid_back.cast(sa.BigInteger).label("refunded_yen"),
            purchases.c.addressee,
            purchases.c.receipt_issues,
            purchases.c.receipt_with_tax,
        )
        .select_from(purchases.outerjoin(lots, lots.c.id == purchases.c.paid_lot))
        .where(purchases.c.user_id == user_id)
    )


def _known(row: sa.RowMapping | None) -> Bought:
    if row is None:
        raise UserError("purchase_unknown", N_("この購入は見つかりません。"), status=404)
    return Bought(**row)


def may_issue(settings: Settings, *, kept: bool, issues: int, number: int) -> None:
    """Refuse an issue of a receipt: of what was not paid or went back, or not the next `number`.

    Raises UserError `issuer_unset`, `not_paid`, `receipt_issued_meanwhile`.
    """
    if not can_issue(settings):
        raise UserError(
            "issuer_unset", N_("領収書はまだ発行できません。準備が整うまでお待ちください。")
        )
    if not kept:
        raise UserError("not_paid", N_("お支払いが済んでいないか、返金された購入です。"))
    if number not in (issues, issues + 1) or number < 1:
        raise UserError(
            "receipt_issued_meanwhile", N_("この領収書は、別の画面で発行されています。")
        )


def _receipt(
    settings: Settings, bought: Bought, addressee: str, number: int, now: datetime
) -> Receipt:
    total = bought.price_yen - bought.refunded_yen
    return Receipt(
        bought=bought,
        addressee=addressee,
        issue=number,
        issued_at=now,
        total_yen=total,
        tax_percent=settings.tax_percent,
        tax_yen=tax_within(total, settings.tax_percent) if bought.receipt_with_tax else None,
    )
