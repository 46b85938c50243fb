"""Rules of money, as properties."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points import rules
from points.rules import Store, Use

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


@given(MOMENTS)
def test_no_point_may_live_to_the_same_day_six_months_later(paid: datetime) -> None:
    latest = rules.latest_of(paid)
    day = rules.add_months(paid.astimezone(rules.SITE_ZONE).date(), 6)
    assert latest.astimezone(rules.SITE_ZONE).date() == day
    assert all(rules.expiry_of(paid, months) <= latest for months in range(1, 6))


@given(MOMENTS, MOMENTS)
def test_what_comes_back_late_is_good_to_the_end_of_the_seventh_day(
    paid: datetime, returned: datetime
) -> None:
    latest = rules.latest_of(paid)
    until = rules.renewed_until(returned, latest)
    last = (until - timedelta(microseconds=1)).astimezone(rules.SITE_ZONE).date()
    assert until <= latest
    assert until == latest or last == returned.astimezone(rules.SITE_ZONE).date() + timedelta(7)


@given(MOMENTS)
def test_a_day_and_a_month_begin_at_tokyos_midnight(now: datetime) -> None:
    day, month = rules.day_began(now), rules.month_began(now)
    assert month <= day <= now < day + timedelta(days=1)
    assert month.astimezone(rules.SITE_ZONE).day == 1


NOW = datetime(2026, 4, 1, tzinfo=UTC)
USES = st.lists(
    st.builds(
        Use,
        minute=st.integers(1, 50),
        lot_id=st.integers(1, 9),
        amount=st.integers(1, 300),
        latest=st.sampled_from([NOW - timedelta(1), NOW, NOW + timedelta(1)]),
    ),
    max_size=20,
)


@given(USES, st.none() | st.integers(1, 3000))
def test_what_goes_back_is_what_was_asked_for_or_all_that_may_live(
    uses: list[Use], points: int | None
) -> None:
    back = rules.given_back(uses, points, NOW)
    living = [use for use in uses if use.latest > NOW]
    most = sum(use.amount for use in living)
    assert sum(use.amount for use in back) == (most if points is None else min(points, most))
    assert back[:-1] == living[: max(len(back) - 1, 0)]
    assert all(0 < part.amount <= use.amount for part, use in zip(back, living, strict=False))


@given(st.integers(1, 10_000), st.integers(0, 100), st.data())
def test_neither_share_nor_fee_goes_back_beyond_what_it_was(
    rate: int, percent: int, data: st.DataObject
) -> None:
    share = rules.share_of(rate, percent)
    back = data.draw(st.integers(1, rate))
    returned = rules.share_given_back(rate, share, back)
    assert 0 <= returned <= share
    assert 0 <= back - returned <= rate - share


@given(st.lists(st.builds(Store, st.integers(1, 9), st.integers(0, 500))), st.integers(0, 3000))
def test_lots_give_in_their_order_what_they_hold(stores: list[Store], points: int) -> None:
    parts = rules.drawn(stores, points)
    assert sum(part.remaining for part in parts) == min(
        points, sum(store.remaining for store in stores)
    )
    full = [store for store in stores if store.remaining > 0]
    assert parts[:-1] == full[: max(len(parts) - 1, 0)]


@pytest.mark.parametrize("points", [0, -1, 1.5, 2**63, "1e9", "１００", True, None])
def test_only_whole_points_within_bounds_are_an_amount(points: object) -> None:
    assert not rules.is_amount(points)  # type: ignore[arg-type]
    assert rules.is_amount(1)
    assert rules.is_amount(rules.MOST_POINTS)
