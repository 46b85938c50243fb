"""Pure decisions about money: no clock, no database."""

import calendar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SITE_ZONE = ZoneInfo("Asia/Tokyo")

# The most points that may be moved at once: far above any purchase, far below a bigint.
MOST_POINTS = 10_000_000


def expiry_of(paid_at: datetime, months: int) -> datetime:
    """Return when points bought at `paid_at` expire: after `months` calendar months, clamped to
    the month's end (30 November → end of February), at the end of that day in Asia/Tokyo.

    The instant is the first moment at which the points can no longer be spent, in UTC.
    """
    day = add_months(paid_at.astimezone(SITE_ZONE).date(), months)
    return end_of_day(day)


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


def entry_points(rate: int, entry_minutes: int) -> int:
    """Return the points one must hold to enter a room at `rate` points a minute."""
    return rate * entry_minutes


def affordable_minutes(spendable: int, rate: int) -> int:
    """Return how many whole minutes at `rate` a balance pays for."""
    return max(spendable, 0) // rate


def is_amount(points: int) -> bool:
    """Say whether a number of points may be moved at once."""
    return 1 <= points <= MOST_POINTS
