"""Devices that are lost, busy, held by a phone call or not yet allowed: what pages say and do."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, one_talk, other_talk
from tests.browser.devices import (
    ASKS_FROM_THE_START,
    free,
    hold,
    lay_hands,
    plug,
    tones,
    unplug,
)
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, room_title

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def arrive(browser: Browser, site: Site, nickname: str) -> Person:
    person = await Person.visit(browser, site.url, PHONE)
    await lay_hands(person.page.context)
    await person.sign_in(nickname)
    return person


async def standbys(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text("SELECT count(*) FROM standbys")) or 0)


async def until_told(database: Database, lost: bool) -> None:
    """Wait until the site knows of a cast's devices what is so."""
    known = sa.text("SELECT devices_lost_at IS NOT NULL FROM standbys")
    while True:
        async with database.transaction() as tx:
            if await tx.scalar(known) is lost:
                return
        await asyncio.sleep(0.1)


async def let_it_pass(database: Database) -> None:
    """Let the time be over in which a lost device may come back."""
    later = sa.text("UPDATE standbys SET devices_lost_at = devices_lost_at - interval '1 hour'")
    async with database.transaction() as tx:
        await tx.execute(later)


@other_talk
async def test_a_microphone_that_is_lost_on_standby_alarms_and_closes_the_room(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(HITOTOKI_STANDBY_DEVICES_SECONDS="300")
    cast = await arrive(browser, site, CAST)
    page = cast.page
    await cast.stand_by(await room_title(database))
    await expect(page.locator("[data-part=lead]")).to_be_hidden()
    lost, count = page.locator("[data-part=lost-text]"), page.locator("[data-part=lost-count]")
    await expect(lost).to_be_hidden()

    await unplug(page, "audio")
    await expect(lost).to_contain_text("マイクが使えません")
    assert await tones(page) > 0
    await expect(count).to_contain_text("秒で待機が終わります")
    # Back in time, the room stays.
    await plug(page)
    await expect(lost).to_be_hidden()
    await expect(page.locator("[data-part=console][data-view=on]")).to_be_visible()
    await until_told(database, lost=False)

    await unplug(page, "video", "NotReadableError")
    await expect(lost).to_contain_text("カメラが使えません")
    await until_told(database, lost=True)
    await let_it_pass(database)
    await expect(page.locator("[data-part=console][data-view=off]")).to_be_visible()
    assert await standbys(database) == 0
    problem = page.locator("[data-part=console-problem]")
    await expect(problem).to_contain_text("マイクまたはカメラが使えないため")
    begin = page.locator("[data-part=begin]")
    await expect(begin).to_be_disabled()
    # What another program held is asked for by a press.
    await free(page)
    await page.locator("[data-part=check-again]").click()
    await begin.click()
    await expect(page.locator("[data-part=console][data-view=on]")).to_be_visible()
    assert cast.problems == []


@one_talk
async def test_a_microphone_is_lost_held_and_had_back_in_a_talk(
    browser: Browser, site: Site, database: Database
) -> None:
    cast, caller = await arrive(browser, site, CAST), await arrive(browser, site, "健太")
    await cast.stand_by(await room_title(database))
    await caller.enter(ROOM)
    for person in (caller, cast):
        await person.see("talking")
    mic = caller.page.locator("[data-part=mic]")
    own = caller.page.locator("[data-part=own-audio]")
    told = cast.page.locator("[data-part=chip-mic]")
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await expect(told).to_be_hidden()

    await unplug(caller.page, "audio", "NotReadableError")
    await expect(own).to_contain_text("マイクが使えません")
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await expect(told).to_contain_text("相手のマイクが使えなくなっています")
    assert await tones(caller.page) > 0
    await mic.click()
    sheet = caller.page.locator("dialog[data-part=devices]")
    await expect(sheet).to_contain_text("ほかのアプリが使用中")
    # The only one there is can be chosen.
    await free(caller.page)
    chosen = sheet.locator("[data-devices=audio]")
    await expect(chosen).to_have_value("")
    await chosen.select_option(index=1)
    await expect(own).to_be_hidden()
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await expect(told).to_be_hidden()
    await caller.page.keyboard.press("Escape")

    await hold(caller.page, "audio", True)
    await expect(own).to_contain_text("一時停止")
    await expect(told).to_contain_text("相手のマイクが一時停止しています")
    await hold(caller.page, "audio", False)
    await expect(told).to_be_hidden()
    await hold(caller.page, "video", True)
    await expect(cast.page.locator("[data-part=voice-note]")).to_contain_text("一時停止")
    await hold(caller.page, "video", False)
    await expect(cast.page.locator("[data-part=remote]")).to_be_visible()

    await mic.click()
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await expect(told).to_contain_text("相手はマイクをオフにしています")
    assert caller.problems == cast.problems == []


@other_talk
async def test_a_question_that_nobody_answers_is_explained_and_nobody_need_wait_for_it(
    browser: Browser, site: Site, database: Database
) -> None:
    cast, caller = await arrive(browser, site, CAST), await arrive(browser, site, "健太")
    await cast.stand_by(await room_title(database))
    await caller.enter(ROOM)
    await caller.see("talking")
    await caller.page.context.add_init_script(ASKS_FROM_THE_START)

    await caller.page.reload()
    await expect(caller.page.locator("[data-part=gate-text]")).to_contain_text("「許可」")
    await caller.page.locator("[data-part=return]").click()
    await caller.see("talking")
    await caller.page.evaluate("hands.answer()")
    await expect(caller.page.locator("[data-part=mic]")).to_have_attribute("aria-pressed", "true")
    await expect(cast.page.locator("[data-part=chip-mic]")).to_be_hidden()
    await caller.hang_up()
    await caller.see_account()

    await caller.page.goto(f"{site.url}/rooms/{ROOM}/enter")
    await expect(caller.page.locator("[data-part=check-unanswered]")).to_contain_text("「許可」")
    await caller.page.evaluate("hands.answer()")
    await expect(caller.page.locator("[data-part=check-unanswered]")).to_be_hidden()
    await expect(caller.page.locator("[data-part=audio-status]")).to_have_attribute(
        "data-state", "ready"
    )
    assert caller.problems == cast.problems == []


@one_talk
async def test_the_loudspeaker_is_chosen_before_a_talk_and_remembered_in_it(
    browser: Browser, site: Site, database: Database
) -> None:
    cast, caller = await arrive(browser, site, CAST), await arrive(browser, site, "健太")
    await cast.stand_by(await room_title(database))
    page = caller.page
    await page.goto(f"{site.url}/rooms/{ROOM}/enter")
    await page.locator("[data-part=enter]:enabled").wait_for(timeout=15 * SECONDS)
    await page.locator(".mirror-devices summary").click()
    await page.locator("#check-output").select_option(label="Fake Audio Output 2")
    await page.locator("[data-part=check] [data-part=speaker-try]").click()
    chosen = await page.locator("#check-output").input_value()
    await page.locator("[data-part=enter]").click()
    await caller.see("talking")
    sink = page.locator("[data-part=remote]")
    await expect(sink).to_have_js_property("sinkId", chosen)
    await page.locator("[data-part=devices-open]").click()
    other = page.locator("#stage-output")
    await expect(other).to_have_value(chosen)
    await other.select_option(label="Fake Audio Output 1")
    await expect(sink).to_have_js_property("sinkId", await other.input_value())
    assert chosen != await other.input_value()
    assert caller.problems == []


async def test_a_menu_opens_in_large_text_on_a_phone(browser: Browser, site: Site) -> None:
    person = await Person.arrive(browser, site.url, CAST, PHONE)
    for path in ("/", "/console", "/points", "/settings"):
        await person.page.goto(site.url + path)
        await person.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await person.page.locator("[popovertarget=menu]").click()
        menu = person.page.locator("#menu")
        last = menu.get_by_role("button", name="サインアウト")
        await last.scroll_into_view_if_needed()
        box = await last.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert 0 <= box["y"] <= PHONE["height"] - box["height"]
