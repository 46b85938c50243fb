"""Pure decisions about money: no clock, no database."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

SITE_ZONE = ZoneInfo("Asia/Tokyo")

# By points that were bought before, or on the tab, which is paid afterwards.
Pays = Literal["points", "tab"]

# The most points that may be moved at once: far above any purchase, far below a bigint.
MOST_POINTS = 10_000_000

# Months after which no point may live: with that, the points need no deposit by the law on
# prepaid means of payment (資金決済法 第4条第2号).
LONGEST_MONTHS = 6
# When credit of a tab ends: never, as a moment that every reader of dates can read.
CREDIT_END = datetime(9999, 1, 1, tzinfo=UTC)
# Days that points are good for when they come back after their lot had run out.
RENEWED_DAYS = 7


@dataclass(frozen=True)
class Use:
    """What one lot paid of one minute; from `latest` on its points may not live any more."""

    minute: int
    lot_id: int
    amount: int
    latest: datetime


@dataclass(frozen=True)
class Store:
    """What a lot still holds."""

    lot_id: int
    remaining: int


def expiry_of(paid_at: datetime, months: int) -> datetime:
    """Return when points bought at `paid_at` expire: after `months` calendar months, clamped to
    the month's end (30 November → end of February), at the end of that day in Asia/Tokyo.

    The instant is the first moment at which the points can no longer be spent, in UTC.
    """
    day = add_months(paid_at.astimezone(SITE_ZONE).date(), months)
    return end_of_day(day)


def latest_of(paid_at: datetime) -> datetime:
    """Return the first instant at which points paid at `paid_at` may not live any more: the
    beginning of the same day six months later (or of that month's last day) in Asia/Tokyo.
    """
    day = add_months(paid_at.astimezone(SITE_ZONE).date(), LONGEST_MONTHS)
    return end_of_day(day - timedelta(days=1))


def renewed_until(returned_at: datetime, latest: datetime) -> datetime:
    """Return when points expire that come back after their lot had run out: at the end of the
    seventh day after the return, yet never later than `latest`.
    """
    day = returned_at.astimezone(SITE_ZONE).date() + timedelta(days=RENEWED_DAYS)
    return min(end_of_day(day), latest)


def day_began(now: datetime) -> datetime:
    """Return the first instant of the day in Asia/Tokyo, in UTC."""
    return end_of_day(now.astimezone(SITE_ZONE).date() - timedelta(days=1))


def month_began(now: datetime) -> datetime:
    """Return the first instant of the calendar month in Asia/Tokyo, in UTC."""
    first = now.astimezone(SITE_ZONE).date().replace(day=1)
    return end_of_day(first - timedelta(days=1))


def month_bounds(first: date) -> tuple[datetime, datetime]:
    """Return the first instant of a month in Asia/Tokyo, by its first day, and of the next."""
    day = timedelta(days=1)
    return end_of_day(first - day), end_of_day(add_months(first, 1) - day)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of_day(day: date) -> datetime:
    """Return the first instant after a day in Asia/Tokyo, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), SITE_ZONE)
    return midnight.astimezone(ZoneInfo("UTC"))


def share_of(rate: int, fee_percent: int) -> int:
    """Return the cast's points of a minute at `rate`; the site's fee is rounded up to a point."""
    return rate * (100 - fee_percent) // 100


def share_earned(share: int, points: int, given: int, gift_share: int) -> int:
    """Return what a cast earns of a `share` of `points`, of which `given` had been given, not
    bought: of those only `gift_share` percent, rounded down. `charge_minutes` counts alike.
    """
    return share * (100 * points - (100 - gift_share) * given) // (100 * points)


def entry_points(rate: int, entry_minutes: int) -> int:
    """Return the points one must hold to enter a room at `rate` points a minute."""
    return rate * entry_minutes


def affordable_minutes(spendable: int, rate: int) -> int:
    """Return how many whole minutes at `rate` a balance pays for."""
    return max(spendable, 0) // rate


def is_amount(points: int) -> bool:
    """Say whether a number of points may be moved at once: whole, positive and within bounds."""
    return type(points) is int and 1 <= points <= MOST_POINTS


def given_back(uses: Iterable[Use], points: int | None, now: datetime) -> list[Use]:
    """Choose what goes back to which lot: in the order of `uses`, up to `points` (all for None).

    What was paid by points that may not live any more stays where it is.
    """
    back = []
    missing = points
    for use in uses:
        if use.latest <= now:
            continue
        amount = use.amount if missing is None else min(use.amount, missing)
        if amount == 0:
            break
        if missing is not None:
            missing -= amount
        back.append(Use(use.minute, use.lot_id, amount, use.latest))
    return back


def share_given_back(gross: int, share: int, back: int) -> int:
    """Return the cast's part of `back` points returned of a minute of `gross` points."""
    return back * share // gross


def drawn(stores: Sequence[Store], points: int) -> list[Store]:
    """Choose what each lot gives, in their order, so that it makes up `points` or all they hold."""
    parts = []
    for store in stores:
        amount = min(store.remaining, points)
        if amount > 0:
            parts.append(Store(store.lot_id, amount))
            points -= amount
    return parts
