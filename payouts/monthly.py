"""The monthly way: what each cast is owed of talks up to a closing day, whatever the sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import LONGEST_TO_PAY, Settings
from payouts import book
from payouts.book import Book
from payouts.rules import PayPeriod, period_of
from payouts.tables import payouts
from points.rules import SITE_ZONE, add_months, end_of_day


@dataclass(frozen=True)
class Month:
    """A month of the monthly way. It can be gathered from `from_day` on, as its talks mature."""

    period: PayPeriod
    from_day: date

    @property
    def until(self) -> datetime:
        """The moment from which talks belong to the next month."""
        return end_of_day(self.period.last)


def month_of(settings: Settings, month: date) -> Month:
    """Return what the month that closes in `month` pays."""
    period = period_of(month, settings.payout_close_day, settings.payout_pay_day)
    return Month(period, period.last + timedelta(days=settings.claim_days + 1))


async def open_month(tx: Tx, settings: Settings) -> Month:
    """Return the latest month that can be gathered today."""
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    month = month_of(settings, today)
    while month.from_day > today:
        month = month_of(settings, month.period.month - timedelta(days=1))
    return month


async def next_period(tx: Tx, settings: Settings) -> PayPeriod | None:
    """Return the period of which the pay day comes next; None where casts ask themselves."""
    if settings.payout_way != "monthly":
        return None
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    # No period is paid more than two months after the month in which it closes.
    month = add_months(today.replace(day=1), -2)
    while (period := month_of(settings, month).period).pay_on < today:
        month = add_months(month, 1)
    return period


async def must_be_open(tx: Tx, settings: Settings, month: date) -> Month:
    """Return a month that can be gathered. Raises UserError `payout_month_early`."""
    found = month_of(settings, month)
    if (await clock(tx)).astimezone(SITE_ZONE).date() < found.from_day:
        raise UserError(
            "payout_month_early",
            N_("この月の報酬は、申し立ての期限が過ぎる%(day)sから振込できます。"),
            day=found.from_day.isoformat(),
        )
    return found


async def owed(
    tx: Tx, settings: Settings, month: Month, user_ids: Sequence[int] | None = None
) -> list[Book]:
    """Return the books of those who are owed something of talks up to the month's end.

    Whoever is in a run of this month already, or was paid by one, is not among them.
    """
    done = sa.select(payouts.c.user_id).where(
        payouts.c.month == month.period.month, payouts.c.state.in_(("in_run", "paid"))
    )
    had = set((await tx.execute(done)).scalars())
    found = await book.books(tx, settings, user_ids, month.until)
    return [one for one in found if owes(one) > 0 and one.user_id not in had]


def owes(found: Book) -> int:
    """Return what a month owes of a book up to its end: also what waits in a request.

    Requests that were made before the site paid by the month are carried by the next run.
    """
    return found.due + found.requested


def is_too_early(settings: Settings, first_at: datetime | None, period: PayPeriod) -> bool:
    """Say whether a first payout waits for the next month: never beyond 60 days after a talk."""
    if first_at is None:
        return False
    first = first_at.astimezone(SITE_ZONE).date()
    later = month_of(settings, period.month + timedelta(days=31)).period.pay_on
    waits = period.pay_on < first + timedelta(days=settings.payout_first_days)
    return waits and (later - first).days <= LONGEST_TO_PAY
