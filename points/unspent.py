"""What is unspent at the ends of half-years, as the Payment Services Act counts it (資金決済法).

Its base dates are 31 March and 30 September, in Asia/Tokyo. Points that end within six months of
their purchase are left out of that law; the report shows that, and what it would be about.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from points import books, rules
from points.books import Moved

# Three years; the books are read once for all of them.
MOST = 6
# Above so many yen at a base date a deposit would be due, were it not for the six months.
DEPOSIT_FROM = 10_000_000

_FIRST = sa.text("SELECT min(created_at) FROM lots")


@dataclass(frozen=True)
class HalfYear:
    """A half-year and its books, in points (`sold_yen` in yen); the running one up to today.

    `paid` is unspent at its end of what was bought, `held` what waits in reservations then, `given`
    what is unspent of bonuses and gifts. `spent` is what talks and reservations took, less what was
    given back.
    """

    first: date
    last: date
    over: bool
    sold: int
    sold_yen: int
    spent: int
    expired: int
    taken_back: int
    paid: int
    held: int
    given: int

    @property
    def counted(self) -> int:
        """What the law would count: what was bought and not used, set aside or not."""
        return self.paid + self.held


def half_year_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the half-year of a day."""
    if 4 <= day.month <= 9:
        return date(day.year, 4, 1), date(day.year, 9, 30)
    year = day.year if day.month >= 10 else day.year - 1
    return date(year, 10, 1), date(year + 1, 3, 31)


async def by_half_year(tx: Tx) -> list[HalfYear]:
    """Return the half-years of the site, the running one first, `MOST` at most."""
    today = (await clock(tx)).astimezone(rules.SITE_ZONE).date()
    begun = await tx.scalar(_FIRST)
    first_day = begun.astimezone(rules.SITE_ZONE).date() if begun else today
    spans = _spans(today, first_day)
    moved = await books.moved_since(tx, spans[-1][0])
    now = await books.totals(tx)
    paid, held, given = now.paid, now.held, now.given
    lines = []
    for first, last in spans:
        days = [one for day, one in moved.items() if first <= day <= last]
        lines.append(_line(first, last, last < today, days, (paid, held, given)))
        # What there was the evening before is what there is now, less what the time between moved.
        paid -= sum(one.paid_moved for one in days)
        held -= sum(one.held - one.reserved for one in days)
        given -= sum(one.given_moved for one in days)
    return lines


def _spans(today: date, first_day: date) -> list[tuple[date, date]]:
    spans = [half_year_of(today)]
    while len(spans) < MOST and spans[-1][0] > first_day:
        spans.append(half_year_of(spans[-1][0] - timedelta(days=1)))
    return spans


def _line(
    first: date, last: date, over: bool, days: list[Moved], left: tuple[int, int, int]
) -> HalfYear:
    paid, held, given = left
    return HalfYear(
        first,
        last,
        over,
        sold=sum(one.sold for one in days),
        sold_yen=sum(one.sold_yen for one in days),
        spent=sum(one.spent + one.reserved - one.returned for one in days),
        expired=sum(one.expired for one in days),
        taken_back=sum(one.taken_back for one in days),
        paid=paid,
        held=held,
        given=given,
    )
