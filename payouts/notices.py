"""The papers about what was paid: 支払通知書 of each payout, and 支払明細書 of a year.

Both are drawn from the books each time. Amounts are yen, days those of Asia/Tokyo.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.row_types import typed, typed_all
from foundation.settings import Settings
from payouts import refusals, rules
from payouts.tables import payouts
from people.desk import identity
from points import receipts
from points.rules import SITE_ZONE

# A notice counts as confirmed by its cast where nothing is heard within an agreed time
# (消費税法基本通達 11-6-6, インボイスQ&A 問86). No law says how long; the notice itself does.
OBJECTION_DAYS = 14


@dataclass(frozen=True)
class PaidPayout:
    """A payout that was paid, as the tables have it, with what its cast objected to its notice.

    `before_at` is when the request before it was made; None for the first, and of the monthly way.
    """

    id: int
    state: str
    way: str
    seller: str
    gross: int
    bank_fee: int
    withheld: int
    net: int
    category: str
    tax_percent: int
    registration: str | None
    nickname: str
    company: str | None
    month: date | None
    requested_at: datetime
    before_at: datetime | None
    pay_on: date
    paid_at: datetime
    bank: str
    branch: str
    tail: str
    objection: str | None
    objected_at: datetime | None
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class PaymentNotice(PaidPayout):
    """支払通知書. Where `seller` is the site, it serves as 仕入明細書 of what it bought.

    `first` to `last` are the days of the talks that it pays; `tax` is the consumption tax within
    `gross`, rounded down. `until`: objections are heard till then. `name` is the cast's own, or
    None where it isn't known; `objected_at` when they objected.
    """

    tax: int
    name: str | None
    first: date
    last: date
    until: datetime
    can_object: bool

    @property
    def number(self) -> str:
        """What the site finds it by."""
        return f"P{self.id:08}"

    @property
    def payee(self) -> str:
        """Whom it is for, as far as it is known."""
        return self.company or self.name or self.nickname


# A request pays what had matured; the one before it paid what had matured till then.
_NOTICE = sa.text("""
SELECT p.id, p.state, p.way, p.seller, p.gross, p.bank_fee, p.withheld, p.net, p.category,
  p.tax_percent, p.registration, u.nickname, f.company, p.month, p.requested_at, r.pay_on,
  p.paid_at, a.bank, a.branch, a.tail, o.text AS objection, o.at AS objected_at, o.answer,
  o.answered_at,
  (SELECT max(b.requested_at) FROM payouts b WHERE b.user_id = p.user_id AND b.id < p.id
    AND b.way = 'request' AND b.state IN ('in_run', 'paid')) AS before_at
FROM payouts p JOIN users u ON u.id = p.user_id JOIN payout_runs r ON r.id = p.run_id
JOIN bank_accounts a ON a.id = p.account_id
LEFT JOIN payout_profiles f ON f.user_id = p.user_id AND p.category = 'company'
LEFT JOIN payout_objections o ON o.payout_id = p.id
WHERE p.user_id = :user AND p.id = :payout AND p.paid_at IS NOT NULL
""")
_FIRST = sa.text("""
SELECT least(
  (SELECT min(c.at) FROM charges c JOIN wallets w ON w.id = c.cast_wallet
    WHERE w.user_id = :user AND w.kind = 'earnings'),
  (SELECT min(t.at) FROM transfers t JOIN wallets w ON w.id = t.credit_wallet
    WHERE w.user_id = :user AND w.kind = 'earnings' AND t.kind = 'reserved'))
""")


async def notice(tx: Tx, settings: Settings, user_id: int, payout_id: int) -> PaymentNotice:
    """Return the notice of a payout that was paid. Raises UserError (404) where there is none."""
    found = await tx.execute(_NOTICE, {"user": user_id, "payout": payout_id})
    row = found.mappings().one_or_none()
    if row is None:
        await _must_be_theirs(tx, user_id, payout_id)
        raise refusals.not_paid()
    paid = typed(PaidPayout, row)
    first, last = await _period(tx, settings, user_id, paid)
    until = paid.paid_at + timedelta(days=OBJECTION_DAYS)
    return PaymentNotice(
        **vars(paid),
        tax=receipts.tax_within(paid.gross, paid.tax_percent),
        name=await _legal_name(tx, settings, user_id),
        first=first,
        last=last,
        until=until,
        can_object=(paid.state == "paid" and paid.objected_at is None and await clock(tx) < until),
    )


async def _must_be_theirs(tx: Tx, user_id: int, payout_id: int) -> None:
    own = sa.select(payouts.c.id).where(payouts.c.id == payout_id, payouts.c.user_id == user_id)
    if await tx.scalar(own) is None:
        raise refusals.payout_unknown()


async def _period(tx: Tx, settings: Settings, user_id: int, paid: PaidPayout) -> tuple[date, date]:
    """The days of the talks that a payout pays, from the first one after the payout before."""
    if paid.month is not None:
        period = rules.period_of(paid.month, settings.payout_close_day, settings.payout_pay_day)
        return period.first, period.last
    last = _ripe_on(settings, paid.requested_at)
    if paid.before_at is not None:
        return min(_ripe_on(settings, paid.before_at) + timedelta(days=1), last), last
    begun = await tx.scalar(_FIRST, {"user": user_id})
    return min(begun.astimezone(SITE_ZONE).date(), last) if begun else last, last


def _ripe_on(settings: Settings, moment: datetime) -> date:
    return (moment - timedelta(days=settings.claim_days)).astimezone(SITE_ZONE).date()


async def _legal_name(tx: Tx, settings: Settings, user_id: int) -> str | None:
    """The name by which the cast's identity was checked, while it is kept and can be read."""
    try:
        return await identity.legal_name(tx, settings, user_id)
    except UserError:
        return None


@dataclass(frozen=True)
class PaidMonth:
    """What was paid in a month (by its first day): how often, and the sums."""

    month: date
    payouts: int
    gross: int
    bank_fee: int
    withheld: int
    net: int


@dataclass(frozen=True)
class YearStatement:
    """支払明細書: what was paid in a year, month by month; what banks sent back isn't in it."""

    year: int
    months: list[PaidMonth]
    name: str | None

    def total(self, part: str) -> int:
        """The year's sum of one of the figures."""
        return sum(int(getattr(one, part)) for one in self.months)


_YEAR = sa.text("""
SELECT date_trunc('month', paid_at AT TIME ZONE 'Asia/Tokyo')::date AS month,
  count(*)::integer AS payouts, sum(gross)::bigint AS gross, sum(bank_fee)::bigint AS bank_fee,
  sum(withheld)::bigint AS withheld, sum(net)::bigint AS net
FROM payouts WHERE user_id = :user AND state = 'paid'
  AND date_part('year', paid_at AT TIME ZONE 'Asia/Tokyo') = :year
GROUP BY 1 ORDER BY 1
""")
_YEARS = sa.text("""
SELECT DISTINCT date_part('year', paid_at AT TIME ZONE 'Asia/Tokyo')::integer AS year
FROM payouts WHERE user_id = :user AND state = 'paid' ORDER BY 1 DESC
""")


async def of_year(tx: Tx, settings: Settings, user_id: int, year: int) -> YearStatement:
    """Return what a cast was paid in a year, by the day on which its run was closed."""
    found = await tx.execute(_YEAR, {"user": user_id, "year": year})
    months = typed_all(PaidMonth, found.mappings())
    return YearStatement(year, months, await _legal_name(tx, settings, user_id))


async def years(tx: Tx, user_id: int) -> list[int]:
    """Return the years in which a cast was paid, the latest first."""
    return [int(row.year) for row in await tx.execute(_YEARS, {"user": user_id})]
