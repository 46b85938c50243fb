"""The books that staff read add up to what happened."""

from collections.abc import AsyncIterator

import pytest

from foundation.database import Database
from points import books, ledger
from tests.points.till import Till


@pytest.fixture
async def till(database: Database, owner_database: Database) -> AsyncIterator[Till]:
    till = await Till.open(database, owner_database)
    yield till
    await till.prove()


async def test_a_day_says_what_was_sold_spent_returned_and_lost(till: Till) -> None:
    first = await till.buy(1000, 100)
    second = await till.buy(500)
    await till.enter()
    await till.charge(4)
    await till.do(ledger.return_points, till.talk, 100, reason="x", actor_id=till.caller)
    await till.do(ledger.correct, till.caller, -30, "x", actor_id=None, key="c")
    await till.do(ledger.take_back, second, 500, why="r")
    await till.do(ledger.take_back, first, 200, frozen=200, why="d")
    await till.run_out("bonus")
    await till.do(ledger.expire_due)
    (day,) = await till.do(books.by_day, 1)
    assert (day.purchases, day.sold, day.sold_yen, day.bonus) == (2, 1500, 1600, 100)
    assert (day.spent, day.returned, day.corrected) == (400, 100, -30)
    assert (day.expired, day.taken_back) == (100, 700)
    assert (day.paid_outstanding, day.given_outstanding) == (470, 0)
    now = await till.do(books.totals)
    assert (now.paid, now.given, now.frozen, now.owed) == (470, 0, 200, 0)
    assert (now.earned, now.fees) == (240, 60)


async def test_an_empty_site_has_empty_days(database: Database) -> None:
    async with database.transaction() as tx:
        days = await books.by_day(tx, 30)
    assert len(days) == 30
    assert all(day.sold == day.spent == day.paid_outstanding == 0 for day in days)
    assert [day.day for day in days] == sorted((day.day for day in days), reverse=True)
