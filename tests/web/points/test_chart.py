"""A chart of days is drawn to scale."""

from datetime import date, timedelta

import pytest

from web.pages.points.chart import HEIGHT, TOP, Day, chart, scale_step

KINDS = ("sold", "spent", "expired")


def days(count: int, **given: int) -> list[Day]:
    points = dict.fromkeys(KINDS, 0) | given
    return [(date(2026, 3, 1) - timedelta(days=back), points) for back in range(count)]


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (4, 1), (5, 2), (8, 2), (9, 5), (21, 10), (2000, 500), (2001, 1000)]
)
def test_the_scale_is_round_and_reaches_the_highest_bar(most: int, step: int) -> None:
    assert scale_step(most) == step


def test_bars_stand_on_the_base_in_proportion() -> None:
    drawn = chart(days(14, sold=400, spent=100), KINDS)
    assert {bar.height for bar in drawn.bars if bar.kind == "sold"} == {HEIGHT}
    assert {bar.height for bar in drawn.bars if bar.kind == "spent"} == {HEIGHT / 4}
    assert all(bar.y + bar.height == TOP + HEIGHT for bar in drawn.bars)
    assert all(drawn.left <= bar.x < drawn.width for bar in drawn.bars)


def test_days_run_from_left_to_right_and_today_is_named() -> None:
    drawn = chart(days(90, sold=1), KINDS)
    order = [bar.day for bar in drawn.bars]
    assert order == sorted(order)
    assert drawn.days[-1].day == date(2026, 3, 1)
    assert len(drawn.days) <= 8


def test_days_without_points_have_a_scale_and_no_bars() -> None:
    drawn = chart(days(14), KINDS)
    assert drawn.bars == []
    assert [line.points for line in drawn.scale] == [0, 1, 2, 3, 4]
