"""Pages behind another tab, in a browser that slows them down: they wait and talk as well."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext

from foundation.database import Database
from tests.browser.conftest import other_talk
from tests.browser.person import Person
from tests.browser.site import SHORT, Site
from tests.browser.test_talk import CAST, ROOM, books_hold, charged, room_title

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(300)]

GRACE_SECONDS = int(SHORT["HITOTOKI_STANDBY_GRACE_SECONDS"])


async def hide(person: Person) -> None:
    """Put another tab before somebody's page."""
    other = await person.page.context.new_page()
    await other.bring_to_front()
    async with asyncio.timeout(30):
        while not await person.page.evaluate("document.hidden"):
            await asyncio.sleep(0.1)


async def until_charged(database: Database, points: int) -> None:
    while await charged(database) < points:
        await asyncio.sleep(0.2)


async def test_a_cast_who_waits_behind_another_tab_stays_open_to_callers(
    power_saver: BrowserContext, browser: Browser, site: Site, database: Database
) -> None:
    cast = await Person.open(power_saver, site.url)
    await cast.sign_in(CAST)
    await cast.stand_by(await room_title(database))
    await hide(cast)
    await stand_for(database, 5 * GRACE_SECONDS)
    caller = await Person.arrive(browser, site.url, "健太")
    await caller.enter(ROOM)
    await caller.see("talking")
    assert await cast.page.evaluate("document.hidden")
    await until_charged(database, 2 * 80)
    assert await caller.sees_the_other_move()
    await caller.hang_up()
    await caller.see_account()
    await books_hold(database)
    assert caller.problems == cast.problems == []


async def stand_for(database: Database, seconds: float) -> None:
    """Wait until a cast on stand-by has given signs of life for so long; they never close."""
    lasting = sa.text("SELECT extract(epoch FROM seen_at - since) FROM standbys")
    lasted = 0.0
    while lasted < seconds:
        async with database.transaction() as tx:
            lasted = float((await tx.execute(lasting)).scalar_one())
        await asyncio.sleep(0.5)


async def test_a_talk_is_metered_for_both_while_the_callers_page_is_behind_another_tab(
    power_saver: BrowserContext, browser: Browser, site: Site, database: Database
) -> None:
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.open(power_saver, site.url)
    await caller.sign_in("健太")
    await caller.enter(ROOM)
    await caller.see("talking")
    await hide(caller)
    # Three minutes more than were charged at the moment of hiding.
    await until_charged(database, await charged(database) + 3 * 80)
    assert await told_while_hidden(database) > 0
    assert await cast.sees_the_other_move()
    await caller.page.bring_to_front()
    await caller.see("talking")
    await caller.hang_up()
    await caller.see_account()
    await cast.see_account()
    paid, earned = await caller.account(), await cast.account()
    assert paid["cost"] == await charged(database)
    assert earned["earned"] == paid["cost"] * 80 // 100
    await books_hold(database)
    assert caller.problems == cast.problems == []


async def told_while_hidden(database: Database) -> int:
    """How many beats of the caller's hidden page told of sound and pictures that came."""
    beats = sa.text("SELECT count(*) FROM beats WHERE side = 'caller' AND hidden AND media")
    async with database.transaction() as tx:
        return int(await tx.scalar(beats) or 0)
