"""What becomes of a reservation, whenever its two people were there."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rooms.booking import judging_rules

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NO_SHOW = timedelta(minutes=5)

came = st.none() | st.integers(-1800, 7200).map(lambda s: SINCE + timedelta(seconds=s))
after = st.none() | st.integers(0, 7200).map(lambda s: SINCE + timedelta(seconds=s))


@given(came, st.integers(0, 7200), after, st.integers(0, 120_000))
def test_nobody_is_paid_for_a_talk_that_nobody_could_have_had(
    caller_came_at: datetime | None, stayed: int, cast_in_at: datetime | None, talked_ms: int
) -> None:
    last = caller_came_at and caller_came_at + timedelta(seconds=stayed)
    seen = judging_rules.Presence(SINCE, caller_came_at, last, cast_in_at, talked_ms)
    verdict = judging_rules.verdict(seen, NO_SHOW)
    talked = talked_ms >= 60_000
    assert (verdict == "done") == talked
    if not talked:
        waited = last is not None and last >= SINCE + NO_SHOW
        late = cast_in_at is None or cast_in_at > SINCE + NO_SHOW
        assert (verdict == "cast_missed") == (cast_in_at is None or (late and waited))
        assert (verdict == "caller_missed") == (cast_in_at is not None and last is None)


def test_a_cast_who_shows_up_at_the_very_end_is_not_paid_for_it() -> None:
    end = SINCE + timedelta(minutes=30)
    seen = judging_rules.Presence(SINCE, SINCE, end, end - timedelta(seconds=1.2), 0)
    assert judging_rules.verdict(seen, NO_SHOW) == "cast_missed"
