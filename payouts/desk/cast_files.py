"""What finance staff see of one cast's money: whose account it is, what was paid, what they object.

The names are sealed at rest; that somebody of the staff read them is written down.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_one
from foundation.settings import Settings
from payouts import book
from payouts.banks import accounts
from payouts.banks.accounts import BankAccount
from payouts.book import Book
from payouts.rules import Category
from people.desk import identity, staff_views

MOST_SHOWN = 50


@dataclass(frozen=True)
class PaidCast:
    """A cast as finance staff see them; `registration` is their number for qualified invoices."""

    id: int
    nickname: str
    category: Category
    registration: str | None
    company: str | None
    banned: bool
    withdrawn: bool


@dataclass(frozen=True)
class CastPayout:
    """One payout of a cast, with what they object to it. Amounts in yen."""

    id: int
    state: str
    way: str
    gross: int
    withheld: int
    net: int
    requested_at: datetime
    month: date | None
    run_id: int | None
    why: str | None
    objection: str | None
    objected_at: datetime | None
    answer: str | None


@dataclass(frozen=True)
class CastFile:
    """All of it. What can't be unsealed is None, and `unreadable` says so."""

    cast: PaidCast
    book: Book
    legal_name: str | None
    account: BankAccount | None
    holder_kind: str | None
    unreadable: bool
    payouts: list[CastPayout]


_CAST = sa.text("""
SELECT u.id, u.nickname, coalesce(p.category, 'none') AS category, p.registration, p.company,
  u.banned_at IS NOT NULL AS banned, u.withdrawn_at IS NOT NULL AS withdrawn
FROM users u LEFT JOIN payout_profiles p ON p.user_id = u.id WHERE u.id = :user
  AND (u.is_cast OR EXISTS (SELECT FROM wallets w WHERE w.user_id = u.id AND w.kind = 'earnings'))
""")
_PAYOUTS = """
SELECT p.id, p.user_id, u.nickname, p.state, p.way, p.gross, p.withheld, p.net, p.requested_at,
  p.month, p.run_id, p.why, o.text AS objection, o.at AS objected_at, o.answer
FROM payouts p JOIN users u ON u.id = p.user_id LEFT JOIN payout_objections o ON o.payout_id = p.id
"""
_OF_CAST = sa.text(f"{_PAYOUTS} WHERE p.user_id = :user ORDER BY p.id DESC LIMIT {MOST_SHOWN}")


async def must_be_cast(tx: Tx, user_id: int) -> PaidCast:
    """Return who sells talks, or once earned. Raises UserError `cast_unknown` (404) for others."""
    cast = typed_one(PaidCast, (await tx.execute(_CAST, {"user": user_id})).mappings())
    if cast is None:
        raise UserError("cast_unknown", N_("このキャストは見つかりません。"), status=404)
    return cast


async def read(tx: Tx, settings: Settings, user_id: int, viewer_id: int) -> CastFile:
    """Return a cast's file; that it was read is noted. Raises UserError `cast_unknown` (404)."""
    cast = await must_be_cast(tx, user_id)
    await staff_views.note(tx, viewer_id, f"account:{user_id}")
    unreadable, account, name = False, None, None
    known = await accounts.current(tx, user_id)
    try:
        name = await identity.legal_name(tx, settings, user_id)
        if known is not None:
            account = (await accounts.opened(tx, settings, [known.id])).get(known.id)
    except UserError:
        unreadable = True
    found = await tx.execute(_OF_CAST, {"user": user_id})
    return CastFile(
        cast,
        await book.book_of(tx, settings, user_id),
        name,
        account,
        known.holder_kind if known else None,
        unreadable,
        typed_all(CastPayout, found.mappings()),
    )
