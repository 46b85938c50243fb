"""What a screen reader tells on the way: enter, talk, end, and buying points; in both languages.

The accessibility tree of each step is kept in `heard/`, its figures as `#`. What changes there is
looked at, and written anew by WRITE_HEARD=1.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from foundation.database import Database
from tests.browser.conftest import one_talk
from tests.browser.person import SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, room_title

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(300)]

HEARD = Path(__file__).parent / "heard"
WRITES = "WRITE_HEARD" in os.environ
# Figures, moments and addresses differ from run to run; how it is told doesn't.
CHANGES = re.compile(r"\d+ [A-Z][a-z]{2} \d+|\d+([:,./月年日時分]\d*)*")


async def hear(place: Locator, name: str) -> None:
    """Compare what is told of a part of the page with what was kept."""
    told = CHANGES.sub("#", await place.aria_snapshot()) + "\n"
    told = re.sub(r"(?m)^\s*- /url: .*\n", "", told)
    kept = HEARD / f"{name}.yml"
    if WRITES:
        kept.write_text(told, encoding="utf-8")
    assert told == kept.read_text("utf-8"), name


async def in_language(person: Person, locale: str) -> None:
    """Choose the language of one's pages."""
    if locale == "en":
        button = person.page.locator("form[action='/language'] button[value=en]").first
        await button.evaluate("button => button.form.requestSubmit(button)")
        await expect(person.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_entering_talking_and_ending(
    browser: Browser, site: Site, database: Database, locale: str
) -> None:
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.arrive(browser, site.url, "健太")
    await in_language(caller, locale)
    page = caller.page
    await page.goto(f"{site.url}/rooms/{ROOM}/enter")
    await page.locator("[data-part=enter]:enabled").wait_for()
    await hear(page.locator("main"), f"enter-{locale}")
    await page.locator("[data-part=enter]").click()
    await caller.see("talking")
    stage = page.locator("talk-stage")
    await hear(stage.get_by_role("toolbar"), f"talk-keys-{locale}")
    await hear(stage.locator(".stage-meter"), f"talk-meter-{locale}")
    await keys_do_what_they_say(caller)
    await page.keyboard.press("Shift+H")
    await caller.see_account()
    await hear(page.locator("[data-account]"), f"end-{locale}")
    assert caller.problems == []


async def keys_do_what_they_say(caller: Person) -> None:
    """Keys mute, switch the camera and open the chat; not while typing, and not once off."""
    page = caller.page
    mic, camera = page.locator("[data-part=mic]"), page.locator("[data-part=camera]")
    await page.keyboard.press("m")
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("m")
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("v")
    await expect(camera).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("v")
    await expect(camera).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("c")
    await page.locator("[data-part=chat-text]").click()
    await page.keyboard.type("mvH")
    await expect(page.locator("[data-part=chat-text]")).to_have_value("mvH")
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-part=chat]")).to_be_hidden()
    await keys_are_told_and_turned_off(caller)


async def keys_are_told_and_turned_off(caller: Person) -> None:
    page = caller.page
    await page.locator("[data-part=devices-open]").click()
    keys = page.locator("[data-part=keys]")
    await expect(page.locator("#stage-keys")).to_contain_text("Shift+H")
    await keys.uncheck()
    await page.locator("dialog[open] .button.primary").click()
    await page.keyboard.press("m")
    await page.keyboard.press("Shift+H")
    await page.wait_for_timeout(1 * SECONDS)
    await expect(page.locator("[data-part=mic]")).to_have_attribute("aria-pressed", "true")
    await page.locator("[data-part=devices-open]").click()
    await keys.check()
    # Over a question no key of the talk is meant.
    await page.keyboard.press("Shift+H")
    await page.locator("dialog[open] .button.primary").click()
    await caller.see("talking")


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_buying_points(browser: Browser, site: Site, locale: str) -> None:
    buyer = await Person.arrive(browser, site.url, "健太")
    await in_language(buyer, locale)
    page = buyer.page
    await page.goto(f"{site.url}/points/buy")
    await hear(page.locator("main"), f"packs-{locale}")
    await page.locator("main a[href*='/points/buy/']").first.click()
    await page.locator("form.order").wait_for()
    await hear(page.locator("main"), f"order-{locale}")
