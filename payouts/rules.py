"""Pure decisions about payouts: what is withheld, when is paid. Amounts are yen."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import jpholiday

from points.rules import add_months

Category = Literal["none", "individual", "non_resident", "company"]

# Income tax with the surtax for reconstruction, in ten-thousandths (所得税法 第204条・第205条,
# 第212条・第213条, 復興財源確保法 第28条): 10.21 % up to a million of one payment, 20.42 % above.
LOW_RATE, HIGH_RATE = 1021, 2042
LOW_UP_TO = 1_000_000


def withheld(category: Category, gross: int) -> int:
    """Return the yen of tax that are withheld from one payment, fractions dropped."""
    if category == "individual":
        low, high = min(gross, LOW_UP_TO), max(gross - LOW_UP_TO, 0)
        return (low * LOW_RATE + high * HIGH_RATE) // 10_000
    return gross * HIGH_RATE // 10_000 if category == "non_resident" else 0


@dataclass(frozen=True)
class PayPeriod:
    """What the monthly way pays at once: talks that ended from `first` to `last`, on `pay_on`.

    All three are days in Asia/Tokyo. `month` is the first day of the month in which it closes.
    """

    month: date
    first: date
    last: date
    pay_on: date


def period_of(month: date, close_day: int, pay_day: int) -> PayPeriod:
    """Return the period that closes in a month. `pay_on` is the bank's last day up to `pay_day`."""
    month = month.replace(day=1)
    before, after = add_months(month, -1), add_months(month, 1)
    pay_on = last_bank_day(_day(after, pay_day))
    return PayPeriod(
        month, _day(before, close_day) + timedelta(days=1), _day(month, close_day), pay_on
    )


def last_bank_day(day: date) -> date:
    """Return the day itself where banks are open on it, else the last one before it."""
    while not is_bank_day(day):
        day -= timedelta(days=1)
    return day


def next_bank_day(day: date) -> date:
    """Return the day itself where banks are open on it, else the next one."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def is_bank_day(day: date) -> bool:
    """Say whether banks in Japan are open on a day (銀行法施行令 第5条)."""
    new_year = (day.month, day.day) in ((12, 31), (1, 1), (1, 2), (1, 3))
    return day.weekday() < 5 and not new_year and not jpholiday.is_holiday(day)


def _day(month: date, day: int) -> date:
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))
