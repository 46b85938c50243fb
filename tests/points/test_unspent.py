"""Unspent points by half-year: what the operator reports is what the books say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Database
from points import books, ledger, unspent
from points.unspent import half_year_of
from tests.points.test_books import till  # noqa: F401 - a fixture
from tests.points.till import Till


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 9, 30)),
        (date(2026, 9, 30), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2027, 3, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
    ],
)
def test_the_base_dates_are_those_of_the_law(day: date, last: date) -> None:
    assert half_year_of(day)[1] == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_is_in_one_half_year(day: date) -> None:
    first, last = half_year_of(day)
    assert first <= day <= last
    assert half_year_of(first) == half_year_of(last) == (first, last)
    assert 181 <= (last - first).days <= 183


async def test_the_running_half_year_is_what_there_is_now(till: Till) -> None:  # noqa: F811
    await till.buy(1000, 100)
    gone = await till.buy(500)
    await till.enter()
    await till.charge(4)
    await till.do(ledger.take_back, gone, 500, why="r")
    half = (await till.do(unspent.by_half_year))[0]
    now = await till.do(books.totals)
    assert (half.sold, half.sold_yen, half.spent, half.taken_back) == (1500, 1600, 400, 500)
    assert (half.paid, half.given, half.held) == (now.paid, now.given, now.held)
    assert half.paid + half.given == 700
    assert not half.over


def test_half_years_go_back_to_the_first_points() -> None:
    halves = unspent._spans(date(2026, 11, 30), date(2025, 12, 1))
    assert [last for _, last in halves] == [
        date(2027, 3, 31), date(2026, 9, 30), date(2026, 3, 31),
    ]  # fmt: skip


async def test_a_new_site_has_one_empty_half_year(database: Database) -> None:
    async with database.transaction() as tx:
        (half,) = await unspent.by_half_year(tx)
    assert half.counted == half.sold == 0


def test_no_more_than_three_years_are_read() -> None:
    assert len(unspent._spans(date(2026, 11, 30), date(2001, 1, 1))) == unspent.MOST
