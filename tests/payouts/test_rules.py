"""What is withheld, and on which days is paid."""

from datetime import date

import pytest

from payouts import rules


@pytest.mark.parametrize(
    ("category", "gross", "tax"),
    [
        ("none", 1_000_000, 0), ("company", 5_000_000, 0), ("individual", 5_000, 510),
        ("individual", 1_000_000, 102_100), ("individual", 1_000_001, 102_100),
        ("individual", 1_000_005, 102_101), ("individual", 1_500_000, 204_200),
        ("non_resident", 5_000, 1_021), ("individual", 9, 0), ("individual", 10, 1),
    ],
)  # fmt: skip
def test_tax_is_withheld_by_category(category: rules.Category, gross: int, tax: int) -> None:
    assert rules.withheld(category, gross) == tax


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 11, 30), True), (date(2026, 11, 29), False), (date(2026, 11, 23), False),
        (date(2026, 12, 31), False), (date(2027, 1, 3), False), (date(2027, 1, 4), True),
        (date(2027, 3, 22), False), (date(2026, 5, 6), False), (date(2026, 9, 22), False),
    ],
)  # fmt: skip
def test_banks_are_closed_on_weekends_holidays_and_at_new_year(day: date, open_: bool) -> None:
    assert rules.is_bank_day(day) is open_


@pytest.mark.parametrize(
    ("month", "close", "pay", "first", "last", "pay_on"),
    [
        (date(2026, 11, 1), 31, 25, date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 25)),
        (date(2028, 2, 1), 31, 25, date(2028, 2, 1), date(2028, 2, 29), date(2028, 3, 24)),
        (date(2027, 2, 1), 31, 31, date(2027, 2, 1), date(2027, 2, 28), date(2027, 3, 31)),
        (date(2027, 3, 1), 30, 25, date(2027, 3, 1), date(2027, 3, 30), date(2027, 4, 23)),
        (date(2026, 12, 1), 20, 10, date(2026, 11, 21), date(2026, 12, 20), date(2027, 1, 8)),
        (date(2026, 11, 1), 31, 31, date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 30)),
    ],
)
def test_a_period_ends_with_its_closing_day_and_is_paid_on_a_day_of_the_bank(
    month: date, close: int, pay: int, first: date, last: date, pay_on: date
) -> None:
    assert rules.period_of(month, close, pay) == rules.PayPeriod(month, first, last, pay_on)


def test_periods_follow_each_other_without_a_gap() -> None:
    for close in (1, 15, 28, 29, 30, 31):
        last = None
        for number in range(60):
            month = date(2026 + number // 12, number % 12 + 1, 1)
            period = rules.period_of(month, close, 25)
            assert last is None or (period.first - last).days == 1
            assert period.first <= period.last < period.pay_on
            last = period.last
