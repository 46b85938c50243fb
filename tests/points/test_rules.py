"""Rules of money, as properties."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points import rules

MOMENTS = st.integers(1_600_000_000, 4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@pytest.mark.parametrize(
    ("paid", "last_day"),
    [
        (date(2025, 11, 30), date(2026, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 1, 31), date(2026, 4, 30)),
        (date(2026, 5, 15), date(2026, 8, 15)),
        (date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_points_expire_three_calendar_months_later_at_the_end_of_the_day_in_tokyo(
    paid: date, last_day: date
) -> None:
    noon = datetime(paid.year, paid.month, paid.day, 12, tzinfo=rules.SITE_ZONE)
    expires = rules.expiry_of(noon, 3)
    assert (expires - timedelta(microseconds=1)).astimezone(rules.SITE_ZONE).date() == last_day
    assert expires.astimezone(rules.SITE_ZONE).date() == last_day + timedelta(days=1)


def test_the_day_of_payment_is_tokyos() -> None:
    late = datetime(2026, 4, 30, 15, 0, tzinfo=UTC)
    assert rules.expiry_of(late, 3) == datetime(2026, 8, 1, 15, 0, tzinfo=UTC)


@given(MOMENTS, st.integers(1, 5))
def test_no_point_lives_six_months(paid: datetime, months: int) -> None:
    expires = rules.expiry_of(paid, months)
    day = paid.astimezone(rules.SITE_ZONE).date()
    assert paid < expires <= rules.end_of_day(rules.add_months(day, 6))


@given(MOMENTS, MOMENTS)
def test_what_was_paid_earlier_expires_no_later(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert rules.expiry_of(earlier, 3) <= rules.expiry_of(later, 3)


@given(st.integers(1, 10_000), st.integers(0, 100))
def test_share_and_fee_make_up_the_rate(rate: int, percent: int) -> None:
    share = rules.share_of(rate, percent)
    assert 0 <= share <= rate
    assert share * 100 <= rate * (100 - percent) < (share + 1) * 100


@given(st.integers(0, 10**9), st.integers(1, 10_000))
def test_affordable_minutes_are_all_that_can_be_paid(spendable: int, rate: int) -> None:
    minutes = rules.affordable_minutes(spendable, rate)
    assert minutes * rate <= spendable < (minutes + 1) * rate
