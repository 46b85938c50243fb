"""Several processes, and processes that die: the talk goes on and the books stay right."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser

from foundation.database import Database
from foundation.embedded import EmbeddedValkey
from tests.browser.conftest import StartSite, other_talk
from tests.browser.person import SECONDS, Person
from tests.browser.site import proxy_to
from tests.browser.test_talk import CAST, ROOM, books_hold, room_title

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(300)]


async def minutes(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text("SELECT count(*) FROM charges")) or 0)


async def test_a_talk_over_two_processes_survives_the_death_of_one(
    browser: Browser, start_site: StartSite, database: Database, valkey: EmbeddedValkey
) -> None:
    first, second = [await start_site(HITOTOKI_REDIS_URL=valkey.url) for _ in range(2)]
    async with proxy_to(first.port, second.port) as proxy:
        caller = await Person.arrive(browser, proxy.url, "健太")
        cast = await Person.arrive(browser, second.url, CAST)
        await cast.stand_by(await room_title(database))
        await caller.enter(ROOM)
        await caller.see("talking")
        await cast.see("talking")
        assert await caller.sees_the_other_move()
        await first.kill()
        before = await minutes(database)
        await caller.page.wait_for_timeout(3 * SECONDS)
        await caller.see("talking")
        while await minutes(database) < before + 2:
            await asyncio.sleep(0.2)
        assert await caller.sees_the_other_move()
        assert await cast.sees_the_other_move()
        await caller.hang_up()
        await caller.see_account()
        await cast.see_account()
    await books_hold(database)


async def test_a_killed_site_comes_back_and_the_talk_goes_on(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    # However slowly the site starts again, the talk must still be there.
    site = await start_site(HITOTOKI_RETURN_SECONDS="300")
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.arrive(browser, site.url, "健太")
    await caller.enter(ROOM)
    await caller.see("talking")
    while await minutes(database) < 1:
        await asyncio.sleep(0.2)
    await site.kill()
    before = await minutes(database)
    await asyncio.sleep(8)
    # Two minutes have gone by on the clock; nobody proved them, so nobody pays them.
    assert await minutes(database) == before
    await site.run()
    await caller.see("talking", 120)
    await cast.see("talking", 120)
    assert await caller.sees_the_other_move()
    while await minutes(database) < before + 2:
        await asyncio.sleep(0.2)
    await caller.hang_up()
    await caller.see_account()
    assert (await caller.account())["interrupted_ms"] > 4000
    await books_hold(database)
