"""The first page of a day: the figures are those of the books, and each sees what concerns them."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import books, sums
from points.sums import PERIODS, Step
from rooms.care.desk import today
from tests.rooms.care.desk import carry_out
from tests.web.scene import Browser, buy, make_user
from tests.web.staff.scene import WHY, make_staff
from tests.web.staff.test_staff import claimed


async def test_sums_are_those_of_the_books(database: Database, settings: Settings) -> None:
    await buy(database, await make_user(database))
    await claimed(database, settings)
    async with database.transaction() as tx:
        days = await sums.by(tx, "day")
        of_books = await books.by_day(tx, PERIODS["day"])
        weeks, months = await sums.by(tx, "week"), await sums.by(tx, "month")
    assert [(d.start, d.purchases, d.yen, d.spent, d.returned) for d in days] == [
        (d.day, d.purchases, d.sold_yen, d.spent, d.returned) for d in of_books
    ]
    whole = sum(d.spent for d in days), sum(d.minutes for d in days), sum(d.yen for d in days)
    assert whole == (300, 3, days[0].yen + days[1].yen)
    for found, step in ((weeks, "week"), (months, "month")):
        assert sum(one.spent for one in found) == 300, step
        assert len(found) == PERIODS[step]  # type: ignore[index]


@pytest.mark.parametrize(
    ("step", "starts"),
    [
        ("day", [date(2026, 3, 1), date(2026, 2, 28)]),
        ("week", [date(2026, 2, 23), date(2026, 2, 16)]),
        ("month", [date(2026, 3, 1), date(2026, 2, 1)]),
    ],
)
def test_periods_begin_where_people_count_them(step: Step, starts: list[date]) -> None:
    assert sums._starts(date(2026, 3, 1), step)[:2] == starts


async def test_the_queue_with_the_oldest_comes_first_and_goes_when_worked_off(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    world, claim = await claimed(database, settings)
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("UPDATE claims SET created_at = created_at - interval '3 days'"))
    await browser.sign_in(await make_staff(database), database)
    page = await (await browser.get("/staff/today")).text()
    assert re.search(r'href="/staff/claims">申し立て</a></th><td class="num">1</td>.*?3 日', page)
    form = {"scope": "all", "reason": WHY, "at_once": WHY}
    await browser.post(f"/staff/claims/{claim}/return", form)
    await carry_out(database, world.settings)
    async with database.transaction() as tx:
        assert await today.queues(tx) == []
    assert "待っていることは、ありません。" in await (await browser.get("/staff/today")).text()


async def test_money_is_for_who_may_see_the_books(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_staff(database, "support"), database)
    page = await (await browser.get("/staff/today")).text()
    assert "売上" not in page
    assert "通話中" in page
    await browser.sign_in(await make_staff(database, "finance"), database)
    page = await (await browser.get("/staff/today?by=month")).text()
    assert "売上" in page
    assert (await browser.get("/staff/today?by=year")).status == 404
