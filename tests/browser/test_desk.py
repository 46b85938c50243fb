"""Staff work claims off by keys, take one back in time, and nothing of their bar is ever cut."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser

from foundation.database import Database
from points import audit
from tests.browser.conftest import StartSite, one_talk
from tests.browser.desk_hands import CALLER, decide_next, let_claims_wait
from tests.browser.person import SECONDS, Person

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(420)]

STAFF = "スタッフ佐倉"
DECIDED = sa.text("SELECT state, count(*) FROM claims GROUP BY state ORDER BY state")
# Whatever of the bar has words must show them whole, within the window or what scrolls.
CUT = """() => [...document.querySelectorAll('.desk-ways :is(a, button)')].filter((way) => {
  const { left, right, height } = way.getBoundingClientRect();
  const cut = left < 0 || right > innerWidth + 1 || way.scrollWidth > way.clientWidth + 1;
  return cut || height === 0;
}).map((way) => way.textContent.trim())"""
WIDTHS = (360, 768, 1280, 1440)


async def test_a_handful_is_worked_off_by_keys_and_the_books_hold(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(HITOTOKI_UNDO_SECONDS="5")
    await let_claims_wait(database, 6)
    page = (await Person.arrive(browser, site.url, STAFF)).page
    await page.goto(f"{site.url}/staff/claims")
    shown = await page.locator("article.claim").get_attribute("id")
    first = await decide_next(page)
    assert first
    assert first.keys == 2
    assert await page.locator("article.claim").get_attribute("id") != shown, "next by itself"
    async with page.expect_navigation(wait_until="load"):
        await page.keyboard.press("u")
    assert await page.locator("article.claim").get_attribute("id") == shown, "taken back"
    for forward, back in (("j", "k"), ("t", "l")):
        for key in (forward, back):
            async with page.expect_navigation(wait_until="load"):
                await page.keyboard.press(key)
    assert await page.locator("article.claim").get_attribute("id") == shown
    done = 0
    while await decide_next(page):
        done += 1
    assert done == 6
    async with asyncio.timeout(60):
        while await _count(database, "due_decisions"):
            await asyncio.sleep(0.5)
    async with database.transaction() as tx:
        decided = [tuple(row) for row in await tx.execute(DECIDED)]
    assert decided == [("declined", 2), ("returned", 4)]
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []
    assert await _count(database, "staff_acts WHERE act IN ('claim.return', 'claim.decline')") == 6


async def _count(database: Database, what: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0)


async def test_no_way_of_the_bar_is_cut_at_any_width(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site()
    page = (await Person.arrive(browser, site.url, STAFF)).page
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(f"{site.url}/staff/claims")
        if width < 768:
            await page.get_by_role("button", name="メニュー").click(timeout=10 * SECONDS)
        assert await page.locator(".desk-ways a").count() > 15
        assert await page.evaluate(CUT) == [], width
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_who_types_presses_no_key_and_who_turns_them_off_neither(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site()
    await let_claims_wait(database, 2)
    page = (await Person.arrive(browser, site.url, STAFF)).page
    await page.goto(f"{site.url}/staff/claims")
    await page.keyboard.press("w")
    await page.keyboard.type("ad12u")
    assert await page.locator("article.claim [name=reason]").input_value() == "ad12u"
    assert await page.locator("article.claim [name=reply]:checked").count() == 0
    await page.locator(".keys-help summary").click()
    await page.locator("[data-part=keys-on]").uncheck()
    await page.keyboard.press("2")
    assert await page.locator("article.claim [name=reply]:checked").count() == 0
    assert await _count(database, "due_decisions") == 0
    assert CALLER in await page.locator("article.claim").inner_text()
