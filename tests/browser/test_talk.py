"""The main job, in two real browsers: enter, talk, pay by the minute, come back, hang up."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from points import audit
from tests.browser.conftest import in_one_loop, one_talk, whole_browser
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, whole_browser, one_talk, pytest.mark.timeout(240)]

CAST, ROOM = "はるか", 1


@in_one_loop()
async def cast(browser: Browser, site: Site, database: Database) -> Person:
    """はるか on stand-by in her room."""
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    return cast


async def room_title(database: Database) -> str:
    async with database.transaction() as tx:
        return str(await tx.scalar(sa.text("SELECT title FROM rooms WHERE id = :id"), {"id": ROOM}))


async def charged(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text("SELECT coalesce(sum(gross), 0) FROM charges")) or 0)


async def meters_agree(caller: Person, cast: Person, database: Database) -> None:
    """Both pages show one time and what the books say, once both have heard the latest beat."""
    async with asyncio.timeout(40):
        while True:
            apart = await caller.meter_began() - await cast.meter_began()
            before = await charged(database)
            shown = await caller.value("meter-cost"), await cast.value("meter-earned")
            told = before == await charged(database) and shown == (before, before * 80 // 100)
            if told and abs(apart) < 2 * SECONDS:
                break
            await asyncio.sleep(0.2)
    assert before > 0


async def books_hold(database: Database) -> None:
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


async def test_a_talk_from_entry_to_account(
    browser: Browser, site: Site, cast: Person, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, "健太", PHONE)
    await caller.enter(ROOM)
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await cast.sees_the_other_move()

    await caller.page.wait_for_timeout(6 * SECONDS)
    await meters_agree(caller, cast, database)

    before = await caller.value("meter-time")
    await caller.page.reload()
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await cast.sees_the_other_move()
    assert await caller.value("meter-time") >= before - 1500
    assert await caller.value("meter-cost") > 0

    await caller.hang_up()
    await caller.see_account()
    await cast.see_account()
    paid, earned = await caller.account(), await cast.account()
    assert paid["cost"] == await charged(database)
    assert earned["earned"] == paid["cost"] * 80 // 100
    assert paid["points_left"] == 12_000 - paid["cost"]
    assert paid["interrupted_ms"] > 0
    await books_hold(database)
    assert caller.problems == cast.problems == []


async def test_a_talk_ends_by_itself_when_points_run_out(
    browser: Browser, site: Site, cast: Person, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, "正夫", PHONE)
    await caller.enter(ROOM)
    await caller.see("talking")
    # 480 points at 80 a minute: six minutes of four seconds, after four that are free.
    await caller.see_account(60)
    await cast.see_account(10)
    account = await caller.account()
    assert account["end_reason"] == "points_exhausted"
    assert account["cost"] == 480
    assert account["points_left"] == 0
    assert account["free_ms"] + account["paid_ms"] == 28_000
    await books_hold(database)


async def test_a_cap_that_is_chosen_during_the_talk_ends_it(
    browser: Browser, site: Site, cast: Person, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, "健太")
    await caller.enter(ROOM)
    await caller.see("talking")
    await caller.page.locator("[data-part=devices-open]").click()
    await caller.page.locator("[data-part=cap]").select_option("5")
    # Twice, because a form that has been sent once is not sent again; this one only closes.
    sheet = caller.page.locator("[data-part=devices]")
    for _ in range(2):
        await sheet.get_by_role("button", name="閉じる", exact=True).click()
        await expect(sheet).to_be_hidden()
        await caller.page.locator("[data-part=devices-open]").click()
        await expect(caller.page.locator("[data-part=cap]")).to_have_value("5")
    await caller.see_account(60)
    account = await caller.account()
    assert account["end_reason"] == "spend_cap"
    assert account["charged_minutes"] == 5
    await books_hold(database)


async def test_a_badge_changes_without_a_reload(
    browser: Browser, site: Site, database: Database
) -> None:
    visitor = await browser.new_page()
    await visitor.goto(site.url)
    card = visitor.locator(f"[data-room-id='{ROOM}']").first
    await expect(card).to_have_attribute("data-state", "closed")
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    await expect(card).to_have_attribute("data-state", "open", timeout=1 * SECONDS)
    await cast.page.locator("[data-part=end]").click()
    await expect(card).to_have_attribute("data-state", "closed", timeout=2 * SECONDS)


async def test_a_second_tab_is_told(browser: Browser, site: Site, cast: Person) -> None:
    caller = await Person.arrive(browser, site.url, "健太")
    await caller.enter(ROOM)
    await caller.see("talking")
    second = await caller.page.context.new_page()
    await second.goto(caller.page.url)
    await second.locator("[data-part=take-over]:visible").click(timeout=20 * SECONDS)
    await second.locator("talk-stage[data-state=talking]").wait_for(timeout=30 * SECONDS)
    await expect(caller.page.locator("[data-part=take-over]")).to_be_visible()


async def test_messages_travel_and_hanging_up_by_the_cast_returns_the_minute(
    browser: Browser, site: Site, cast: Person, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, "健太")
    await caller.enter(ROOM)
    await caller.see("talking")
    if await caller.page.locator("[data-part=chat]").is_hidden():
        await caller.page.locator("[data-part=chat-toggle]").click()
    await caller.page.locator("[data-part=chat-text]").fill("聞こえますか？")
    await caller.page.keyboard.press("Enter")
    await expect(cast.page.locator("[data-part=messages]")).to_contain_text("聞こえますか？")
    async with database.transaction() as tx:
        await tx.execute(sa.text("SELECT 1"))
    while await charged(database) == 0:
        await caller.page.wait_for_timeout(0.2 * SECONDS)
    await cast.hang_up()
    await caller.see_account()
    account = await caller.account()
    assert account["end_reason"] == "cast_left"
    assert account["returned_minutes"] == 1
    await books_hold(database)
