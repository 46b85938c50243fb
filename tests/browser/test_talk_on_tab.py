"""A talk that is paid afterwards, in two real browsers: chosen, counted in yen, billed."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from rooms.ground.tables import rooms
from tests.browser.conftest import StartSite, one_talk
from tests.browser.person import PHONE, Person
from tests.browser.test_talk import CAST, ROOM, books_hold, room_title

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(240)]


async def billed(database: Database) -> None:
    """The clock has come by."""
    async with asyncio.timeout(60):
        while True:
            async with database.transaction() as tx:
                if await tx.scalar(sa.text("SELECT sum(yen) FROM tab_bills")):
                    return
            await asyncio.sleep(0.2)


async def test_a_talk_is_paid_afterwards(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(HITOTOKI_TAB="true", HITOTOKI_TAB_ASKS="nothing")
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(takes_tab=True).where(rooms.c.id == ROOM))
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.arrive(browser, site.url, "健太", PHONE)
    page = caller.page
    await page.goto(f"{site.url}/rooms/{ROOM}/enter")
    await expect(page.get_by_role("radio", name="ポイントで払う")).to_be_checked()
    await page.get_by_role("radio", name="後払いにする").check()
    await page.locator("[data-part=enter]:enabled").click()
    await caller.see("talking")
    await expect(page.locator("talk-stage[data-on-tab]")).to_have_count(1)
    await expect(page.locator("[data-meter-cost]:not([data-value='0'])")).to_have_count(1)
    assert await caller.value("points-left") <= 8000
    await caller.hang_up()
    await page.locator("[data-account]").wait_for()
    await expect(page.get_by_text("料金（後払い）")).to_be_visible()
    await billed(database)
    await page.goto(f"{site.url}/points/statement/tab")
    await expect(page.get_by_text("さんとの通話")).to_be_visible()
    assert caller.problems == []
    await books_hold(database)
