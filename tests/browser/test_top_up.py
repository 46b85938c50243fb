"""Buying points over the picture: the talk is never left, and the last second is early enough."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from points.payments import payers
from points.payments.payers import Card
from tests.browser.conftest import StartSite, in_one_loop, one_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, books_hold, room_title

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(240)]

LEFT_AND_COST_ARE = """(sum) => {
  const figure = (name) => Number(document.querySelector(`[data-${name}]`).dataset.value);
  return figure('points-left') + figure('meter-cost') === sum;
}"""

# Taps the button when the countdown shows its last second.
LAST_SECOND = """() => new Promise((done) => {
  const watch = setInterval(() => {
    const note = document.querySelector('[data-part=note-text]').textContent;
    if (!/あと 1 秒/.test(note)) return;
    clearInterval(watch);
    document.querySelector('[data-part=top-up-page] button[value=saved]').click();
    done();
  }, 10);
})"""


async def bought(database: Database) -> int:
    """The points that were bought on the pages, not by the demo's people before."""
    async with database.transaction() as tx:
        paid = sa.text(
            "SELECT coalesce(sum(points), 0) FROM purchases"
            " WHERE state = 'paid' AND NOT starts_with(press, 'demo-')"
        )
        return int(await tx.scalar(paid) or 0)


@in_one_loop()
async def site(start_site: StartSite) -> Site:
    """A site whose minutes are long enough for a hand on a slow machine."""
    return await start_site(HITOTOKI_MINUTE_SECONDS="6")


async def talk(browser: Browser, site: Site, database: Database, name: str) -> Person:
    """Somebody who talks with はるか."""
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.arrive(browser, site.url, name, PHONE)
    caller.page.set_default_timeout(90 * SECONDS)
    await caller.enter(ROOM)
    await caller.see("talking", 60)
    return caller


async def test_points_are_bought_over_the_picture(
    browser: Browser, site: Site, database: Database
) -> None:
    caller = await talk(browser, site, database, "健太")
    page, sheet = caller.page, caller.page.locator("[data-part=top-up-sheet]")
    await page.locator("[data-top-up]:visible").first.click()
    await sheet.get_by_role("link", name="1,000", exact=False).first.click()
    await sheet.get_by_role("heading", name="ご注文内容の確認").wait_for()
    await sheet.get_by_label("カードを保存する").check()
    await sheet.locator("button[value=new]").click()
    await sheet.locator("button[value=card_declined]").click()
    await sheet.get_by_text("お支払いできませんでした").wait_for()
    await sheet.get_by_role("link", name="もう一度支払う").click()
    await sheet.locator("button[value=card_ok]").click()
    await sheet.get_by_text("1,000ポイントを追加しました").wait_for()
    assert await bought(database) == 1000
    # The push has brought them: more than one had at the beginning, less what was talked.
    await page.wait_for_function(LEFT_AND_COST_ARE, arg=13_000, timeout=20 * SECONDS)
    await sheet.get_by_role("link", name="通話に戻る").click()
    await expect(sheet).to_be_hidden()
    assert await caller.sees_the_other_move()
    assert page.url.endswith("/talks/1")
    assert caller.problems == []
    await books_hold(database)


async def test_one_tap_in_the_last_second_lets_the_talk_go_on(
    browser: Browser, site: Site, database: Database
) -> None:
    async with database.transaction() as tx:
        masao = await tx.scalar(sa.text("SELECT id FROM users WHERE nickname = '正夫'"))
        await payers.note_customer(tx, int(masao or 0), "demo", "cus_demo_masao")
        await payers.note_card(tx, "cus_demo_masao", Card("pm_demo_visa", "visa", "4242"))
    caller = await talk(browser, site, database, "正夫")
    sheet = caller.page.locator("[data-part=top-up-sheet]")
    await caller.page.locator("[data-top-up]:visible").first.click()
    await sheet.locator("button[value=saved]").wait_for()
    await caller.page.evaluate(LAST_SECOND)
    await sheet.get_by_text("1,000ポイントを追加しました").wait_for()
    await caller.page.wait_for_timeout(5 * SECONDS)
    await caller.see("talking")
    assert await bought(database) == 1000
    assert await caller.value("meter-cost") > 480
    assert await caller.sees_the_other_move()
    assert caller.problems == []
    await books_hold(database)
