"""The rules of timetables and reservations, for any timetable and any clock."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.booking import rules
from rooms.booking.rules import DayChange, Hour, Period

ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

times = st.builds(time, st.integers(0, 23), st.sampled_from(range(0, 60, 5)))
hours = st.lists(st.builds(Hour, st.integers(0, 6), times, times).filter(rules.is_hour), max_size=8)
moments = st.integers(0, 365 * 24 * 60).map(lambda minutes: SINCE + minutes * MINUTE)
lengths = st.integers(1, 6 * 60).map(lambda minutes: minutes * MINUTE)
stretches = st.builds(lambda at, length: Period(at, at + length), moments, lengths)
zones = st.sampled_from(ZONES).map(ZoneInfo)


def total(parts: list[Period]) -> timedelta:
    return sum((part.ends_at - part.starts_at for part in parts), timedelta())


def inside(at: datetime, parts: list[Period]) -> bool:
    return any(part.starts_at <= at < part.ends_at for part in parts)


@given(hours, zones, moments)
@settings(deadline=None)
def test_openings_are_in_order_apart_and_within_their_bounds(
    week: list[Hour], zone: ZoneInfo, since: datetime
) -> None:
    until = since + timedelta(days=9)
    found = rules.openings(week, [], zone, since, until)
    for one in found:
        assert since <= one.starts_at < one.ends_at <= until
    for one, following in itertools.pairwise(found):
        assert one.ends_at < following.starts_at


@given(hours, zones, moments)
@settings(deadline=None)
def test_a_moment_is_open_exactly_when_the_local_clock_says_so(
    week: list[Hour], zone: ZoneInfo, at: datetime
) -> None:
    local = at.astimezone(zone)
    shifts = {(at + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-30, -24, -6, 0, 6)}
    if len(shifts) > 1:
        return  # the clocks change nearby: the next test has these nights
    wall, weekday = local.time(), local.weekday()
    said = any(
        (h.weekday == weekday and h.starts <= wall and (wall < h.ends or h.ends < h.starts))
        or ((h.weekday + 1) % 7 == weekday and h.ends < h.starts and wall < h.ends)
        for h in week
    )
    assert inside(at, rules.openings(week, [], zone, at - MINUTE, at + MINUTE)) == said


def test_the_night_on_which_clocks_change_is_an_hour_shorter_or_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = [Hour(6, time(1), time(5))]
    for day, length in ((date(2026, 3, 29), 3), (date(2026, 10, 25), 5), (date(2026, 6, 7), 4)):
        begins = datetime.combine(day, time(), berlin).astimezone(UTC)
        found = rules.openings(night, [], berlin, begins, begins + timedelta(hours=12))
        assert total(found) == timedelta(hours=length)


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    friday = date(2026, 11, 27)
    night = [Hour(4, time(22), time(2))]
    since = datetime.combine(friday, time(), tokyo).astimezone(UTC)
    until = since + timedelta(days=2)
    whole = rules.openings(night, [], tokyo, since, until)
    assert total(whole) == timedelta(hours=4)
    saturday_off = [DayChange(1, friday + timedelta(days=1), "off")]
    assert rules.openings(night, saturday_off, tokyo, since, until) == whole
    friday_off = [DayChange(1, friday, "off")]
    assert rules.openings(night, friday_off, tokyo, since, until) == []


def test_an_extra_stretch_counts_beside_a_day_off() -> None:
    tokyo, day = ZoneInfo("Asia/Tokyo"), date(2026, 11, 27)
    changes = [DayChange(1, day, "off"), DayChange(2, day, "extra", time(9), time(10))]
    since = datetime.combine(day, time(), tokyo).astimezone(UTC)
    week = [Hour(4, time(20), time(23))]
    found = rules.openings(week, changes, tokyo, since, since + timedelta(days=1))
    assert found == [Period(since + timedelta(hours=9), since + timedelta(hours=10))]


@given(st.lists(stretches, max_size=8), st.lists(stretches, max_size=8), moments)
def test_what_is_free_is_open_and_not_taken(
    opened: list[Period], taken: list[Period], at: datetime
) -> None:
    left = rules.free(rules.merged(opened), taken)
    assert inside(at, left) == (inside(at, opened) and not inside(at, taken))
    assert all(one.starts_at < one.ends_at for one in left)


bounds = st.tuples(st.integers(2, 24), st.integers(2, 24)).map(
    lambda pair: (5 * min(pair), 5 * max(pair))
)


@given(st.lists(stretches, max_size=6), moments, bounds, st.integers(1, 100))
def test_every_offered_slot_can_be_booked_at_any_of_its_lengths(
    opened: list[Period], now: datetime, bound: tuple[int, int], opens: int
) -> None:
    shortest, longest = bound
    window = rules.bookable(now, opens, 30)
    left = rules.merged(opened)
    for slot in rules.slots(left, window, shortest, longest):
        assert window.starts_at <= slot.starts_at <= window.ends_at
        assert rules.is_start(slot.starts_at)
        assert slot.starts_at.minute % rules.OFFERED_STEP == 0
        assert rules.is_length(slot.longest, shortest, longest)
        assert rules.fits(Period(slot.starts_at, slot.starts_at + slot.longest * MINUTE), left)
        longer = slot.longest + rules.LENGTH_STEP
        assert longer > longest or not rules.fits(
            Period(slot.starts_at, slot.starts_at + longer * MINUTE), left
        )


@given(stretches, moments, bounds)
def test_no_quarter_of_an_hour_that_would_do_is_left_out(
    one: Period, now: datetime, bound: tuple[int, int]
) -> None:
    shortest, longest = bound
    window = rules.bookable(now, 24, 30)
    offered = {slot.starts_at for slot in rules.slots([one], window, shortest, longest)}
    start = one.starts_at.replace(minute=0)
    while start < one.ends_at:
        would_do = (
            window.starts_at <= start <= window.ends_at
            and one.starts_at <= start
            and start + shortest * MINUTE <= one.ends_at
        )
        assert (start in offered) == would_do
        start += 15 * MINUTE


@given(moments, st.integers(0, 720), st.integers(0, 3_000_000))
def test_booking_opens_and_cancelling_closes_at_one_instant(
    start: datetime, figure: int, microseconds: int
) -> None:
    until = rules.cancel_until(start, figure)
    assert start - until == timedelta(hours=figure)
    window = rules.bookable(until, max(figure, 1), 0)
    assert window.ends_at == max(start, until + timedelta(hours=1))
    later = until + timedelta(microseconds=microseconds)
    assert (later <= until) == (microseconds == 0)


@given(st.integers(0, 14 * 24 * 60), st.integers(0, 60))
def test_one_may_think_again_for_some_minutes_up_to_an_hour_before(
    ahead_minutes: int, later: int
) -> None:
    starts_at = SINCE + timedelta(minutes=ahead_minutes)
    until = rules.cancel_until(starts_at, 12, SINCE, 10)
    may = until >= SINCE + timedelta(minutes=later)
    in_time = later <= ahead_minutes - 12 * 60
    second_thought = later <= 10 and later <= ahead_minutes - 60
    assert may == (in_time or second_thought)
    assert until <= starts_at


@pytest.mark.parametrize(
    ("minutes", "said"), [(5, False), (10, True), (12, False), (60, True), (65, False)]
)
def test_lengths_are_by_five_within_the_rooms_bounds(minutes: int, said: bool) -> None:
    assert rules.is_length(minutes, 10, 60) is said
