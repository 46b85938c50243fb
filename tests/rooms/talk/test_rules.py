"""Rules of talks, as properties."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.talk import rules, unproved
from rooms.talk.rules import Ending, Span

BEGIN = datetime(2026, 5, 1, 12, tzinfo=UTC)
US = timedelta(microseconds=1)


@dataclass(frozen=True)
class Recorded:
    """A talk as the tables keep it: spans, and the points of the minutes that began in it."""

    free_ms: int
    minute_ms: int
    spans: list[Span]
    meter_ms: int
    charged: list[int]


@st.composite
def recorded(draw: st.DrawFn, least_free: int = 1) -> Recorded:
    """Connected and interrupted spans in turn, of any microseconds, some of them empty."""
    free = draw(st.one_of(st.just(least_free), st.integers(least_free, 120_000)))
    minute = draw(st.integers(1_000, 60_000))
    lengths = st.one_of(
        st.just(0), st.integers(0, 5_000), st.integers(0, 200_000_000), st.just(free * 1000)
    )
    spans, at, meter = [], BEGIN, 0
    for number in range(draw(st.integers(1, 8))):
        until = at + draw(lengths) * US
        if number % 2 == 0:
            spans.append(Span("connected", at, until, meter, None))
            meter += (until - at) // timedelta(milliseconds=1)
        else:
            spans.append(Span("interrupted", at, until, meter, "no_media"))
        at = until
    begun = (meter - free) // minute + 1 if meter >= free else 0
    charged = draw(st.lists(st.integers(0, 500), max_size=min(begun, 300)))
    return Recorded(free, minute, spans, meter, charged)


def lines_of(talk: Recorded) -> list[rules.AccountLine]:
    return rules.account_lines(talk.spans, talk.free_ms, talk.minute_ms, talk.charged)


@given(recorded())
def test_the_connected_lines_add_up_to_the_meter(talk: Recorded) -> None:
    connected = [line for line in lines_of(talk) if line.kind != "interrupted"]
    assert sum(line.duration_ms for line in connected) == talk.meter_ms


@given(recorded())
def test_the_points_of_the_lines_add_up_to_the_cost(talk: Recorded) -> None:
    assert sum(line.points for line in lines_of(talk)) == sum(talk.charged)


@given(recorded(least_free=0))
def test_the_points_add_up_without_any_free_time_too(talk: Recorded) -> None:
    assert sum(line.points for line in lines_of(talk)) == sum(talk.charged)


@given(recorded(least_free=0))
def test_free_time_comes_first_and_is_no_longer_than_promised(talk: Recorded) -> None:
    lines = [line for line in lines_of(talk) if line.kind != "interrupted" and line.duration_ms]
    free = [line for line in lines if line.kind == "free"]
    assert sum(line.duration_ms for line in free) == min(talk.free_ms, talk.meter_ms)
    assert lines[: len(free)] == free


@given(recorded(least_free=0))
def test_lines_follow_each_other_and_nothing_in_them_is_negative(talk: Recorded) -> None:
    lines = lines_of(talk)
    for line in lines:
        assert line.began_at <= line.ended_at
        assert line.duration_ms >= 0
        assert line.points >= 0
    for earlier, later in pairwise(lines):
        assert earlier.ended_at <= later.began_at


@given(recorded(least_free=0))
def test_only_paid_lines_cost_anything(talk: Recorded) -> None:
    assert all(line.points == 0 for line in lines_of(talk) if line.kind != "paid")


@given(recorded(least_free=0))
def test_interruptions_stand_in_the_account_with_their_reason_and_length(talk: Recorded) -> None:
    told = [line for line in lines_of(talk) if line.kind == "interrupted"]
    kept = [span for span in talk.spans if span.kind == "interrupted"]
    assert [(line.began_at, line.ended_at, line.reason) for line in told] == [
        (span.began_at, span.ended_at, span.reason) for span in kept
    ]


FREE = st.integers(0, 3_600_000)
MINUTE = st.integers(1_000, 60_000)
MINUTES = st.integers(0, 2_000)


@given(FREE, MINUTE, MINUTES, MINUTES)
def test_without_a_cap_a_talk_ends_where_the_last_affordable_minute_does(
    free: int, minute: int, charged: int, affordable: int
) -> None:
    end, by = rules.ends_at(free, minute, charged, affordable, None)
    assert (end, by) == (free + (charged + affordable) * minute, "points")


@given(FREE, MINUTE, MINUTES, MINUTES, st.integers(1, 1440))
def test_what_comes_first_ends_a_talk_and_never_before_what_is_paid(
    free: int, minute: int, charged: int, affordable: int, cap: int
) -> None:
    end, by = rules.ends_at(free, minute, charged, affordable, cap)
    assert end >= rules.paid_until(free, minute, charged)
    assert end <= rules.paid_until(free, minute, charged + affordable)
    minutes = (end - free) // minute
    if by == "cap":
        assert minutes == max(cap, charged)
    else:
        assert minutes == charged + affordable < max(cap, charged)


@given(FREE, MINUTE, MINUTES, MINUTES, st.none() | st.integers(1, 1440))
def test_a_top_up_never_brings_the_end_nearer(
    free: int, minute: int, charged: int, affordable: int, cap: int | None
) -> None:
    before, _ = rules.ends_at(free, minute, charged, affordable, cap)
    after, _ = rules.ends_at(free, minute, charged, affordable + 1, cap)
    assert after >= before


@given(FREE, MINUTE, MINUTES, st.integers(1, 2_000), st.none() | st.integers(1, 1440))
def test_charging_a_minute_moves_no_end_that_it_was_part_of(
    free: int, minute: int, charged: int, affordable: int, cap: int | None
) -> None:
    before, _ = rules.ends_at(free, minute, charged, affordable, cap)
    if before > rules.paid_until(free, minute, charged):
        after, _ = rules.ends_at(free, minute, charged + 1, affordable - 1, cap)
        assert after == before


# reason, interrupted, caller missing, cast missing: does the cut minute go back?
RETURNS = [
    ("caller_left", False, False, False, False),
    ("caller_left", False, False, True, False),
    ("caller_left", True, False, False, False),
    ("caller_left", True, False, True, True),
    ("caller_left", True, True, True, True),
    ("caller_left", True, True, False, False),
    ("cast_left", False, False, False, True),
    ("cast_left", False, True, False, True),
    ("cast_left", True, False, False, True),
    ("cast_left", True, False, True, True),
    ("cast_left", True, True, True, True),
    ("cast_left", True, True, False, False),
    ("connection_lost", True, False, False, True),
    ("connection_lost", True, False, True, True),
    ("connection_lost", True, True, True, True),
    ("connection_lost", True, True, False, False),
    ("stopped_by_staff", False, False, False, True),
    ("stopped_by_staff", True, True, False, True),
    ("points_exhausted", False, False, False, False),
    ("spend_cap", False, False, False, False),
    ("reservation_over", False, False, False, True),
    ("never_connected", False, True, True, False),
    ("reports_disagree", True, False, False, False),
    ("reports_disagree", True, False, True, False),
]


@pytest.mark.parametrize(("reason", "interrupted", "caller", "cast", "returned"), RETURNS)
def test_a_cut_minute_goes_back_unless_the_caller_ended_it(
    reason: str, interrupted: bool, caller: bool, cast: bool, returned: bool
) -> None:
    assert rules.returns_cut_minute(Ending(reason, interrupted, caller, cast)) is returned


# Both are there. Does the caller receive, does the cast, does the cast hold a later report?
DENIALS = [
    (False, False, False, True),
    (False, False, True, True),
    (False, True, False, True),
    (False, True, True, False),
    (True, False, False, False),
    (True, True, False, False),
]


@pytest.mark.parametrize(("caller", "cast", "doubted", "returned"), DENIALS)
def test_a_minute_goes_back_by_the_evidence_and_not_by_the_callers_word_alone(
    caller: bool, cast: bool, doubted: bool, returned: bool
) -> None:
    ending = Ending(
        "connection_lost",
        interrupted=True,
        caller_missing=False,
        cast_missing=False,
        caller_receives=caller,
        cast_receives=cast,
        caller_doubted=doubted,
    )
    assert rules.returns_cut_minute(ending) is returned


@pytest.mark.parametrize("reason", ["cast_left", "reservation_over"])
def test_who_is_contradicted_gets_nothing_back_when_the_cast_gives_up(reason: str) -> None:
    ending = Ending(
        reason, interrupted=True, caller_missing=False, cast_missing=False, caller_doubted=True
    )
    assert not rules.returns_cut_minute(ending)


# proved, taken by interruptions before, taken by this one: what is left to come back?
BUDGET = [
    (0, 0, 0, 90_000),
    (0, 0, 30_000, 60_000),
    (0, 0, 95_000, 0),
    (0, 150_000, 10_000, 20_000),
    (0, 180_000, 0, 0),
    (599_999, 180_000, 0, 0),
    (600_000, 180_000, 0, 60_000),
    (1_800_000, 180_000, 0, 90_000),
]


@pytest.mark.parametrize(("proved", "before", "now", "left"), BUDGET)
def test_interruptions_have_a_budget(proved: int, before: int, now: int, left: int) -> None:
    assert rules.interruption_left_ms(90, 180, proved, before, now) == left


def test_a_running_meter_has_nothing_to_come_back_from() -> None:
    assert rules.interruption_left_ms(90, 180, 0, 0, None) is None


NO, YES, CALLER, CAST = (False, False), (True, True), (True, False), (False, True)
WHYS = [
    (("disagree", True, CALLER, NO, NO), ("disagree", None)),
    (("frozen", True, NO, YES, CAST), ("frozen", "cast")),
    (("frozen", True, CALLER, YES, CAST), ("silent", "caller")),
    (("caller_lost", True, CALLER, CAST, NO), ("silent", "caller")),
    (("caller_lost", False, NO, NO, NO), ("reconnecting", None)),
    (("caller_lost", True, NO, CAST, NO), ("no_media", "caller")),
    (("no_media", True, NO, NO, NO), ("no_media", "both")),
    (("both_lost", True, YES, NO, NO), ("silent", "both")),
    (("reconnecting", True, NO, YES, NO), ("reconnecting", None)),
]


@pytest.mark.parametrize(("figures", "told"), WHYS)
def test_why_a_meter_stands_is_worked_out_of_what_is_known_now(figures: Any, told: Any) -> None:
    assert rules.why_it_stands(*figures) == told


@given(st.integers(4, 600), st.integers(0, 700_000), st.integers(1, 30))
def test_the_less_light_is_left_the_more_often_is_told(
    allowance: int, used: int, beat: int
) -> None:
    left = unproved.left_ms(allowance, used)
    assert 0 <= left <= allowance * 1000
    assert unproved.beat_ms(beat, left) <= beat * 1000
    assert left >= unproved.FREQUENT_MS or unproved.beat_ms(beat, left) <= 2000
