"""Finding a room in a browser: kana for kanji, filters without script, what one looked at."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.person import PHONE, Person
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_a_newcomer_on_a_phone_finds_a_person_of_a_topic_at_a_price(
    browser: Browser, site: Site
) -> None:
    visitor = await Person.visit(browser, site.url, PHONE)
    page = visitor.page
    await page.goto(f"{site.url}/")
    await page.get_by_role("searchbox").fill("ネコ")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/search\?q="))
    # 「こそだて」 is written 子育て there, and the search reads it.
    await page.get_by_role("searchbox").fill("コソダテ")
    await page.locator(".search-more summary").click()
    await page.get_by_label("いくらまで").fill("100")
    await page.get_by_role("button", name="この条件でさがす").click()
    cards = page.locator(".room-card")
    await expect(cards.first).to_contain_text("子ども")
    await expect(page.locator(".applied")).to_contain_text("¥100/分まで")
    rates = await page.locator(".room-card .room-top .amount").all_inner_texts()
    assert all(int(re.sub(r"\D", "", text)) <= 100 for text in rates)
    width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    await page.get_by_role("link", name="条件「¥100/分まで」を外す").click()
    await expect(page.locator(".applied")).not_to_contain_text("¥100")
    await visitor.close()


async def test_filters_work_without_script(browser: Browser, site: Site) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="ja")
    page = await context.new_page()
    await page.goto(f"{site.url}/search")
    before = await page.locator(".room-card").count()
    await page.get_by_text("料金・日時・話し方").click()
    await page.locator("[name=medium]").select_option("voice")
    await page.locator("[name=sort]").select_option("rate")
    await page.get_by_role("button", name="この条件でさがす").click()
    cards = page.locator(".room-card")
    found = await cards.count()
    assert 0 < found < before
    for place in range(found):
        await expect(cards.nth(place)).to_contain_text("声だけ")
    await expect(page.locator("[name=medium]")).to_have_value("voice")
    await context.close()


async def test_what_one_looked_at_is_listed_and_erased(browser: Browser, site: Site) -> None:
    member = await Person.arrive(browser, site.url, "健太")
    page = member.page
    await page.goto(f"{site.url}/rooms/1")
    title = await page.locator("h1").inner_text()
    await page.goto(f"{site.url}/viewed")
    await expect(page.locator(".favourites")).to_contain_text(title)
    await page.get_by_role("button", name="すべて消す").click()
    await expect(page.locator(".empty")).to_contain_text("まだ履歴はありません")
    await member.close()
