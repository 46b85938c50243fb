"""Beside the talk's page: the small window, the system's keys, the last words over the picture."""

import pytest
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import in_one_loop, other_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, books_hold, room_title

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(240)]

# Keeps what the page answers the system's keys with, and what it says to a screen reader.
WATCH = """(() => {
  window.keys = {};
  window.said = [];
  const { setActionHandler } = MediaSession.prototype;
  MediaSession.prototype.setActionHandler = function (key, answer) {
    window.keys[key] = answer;
    return setActionHandler.call(this, key, answer);
  };
  addEventListener("DOMContentLoaded", () => {
    const live = document.querySelector("talk-stage [data-part=live]");
    if (!live) return;
    const heard = () => window.said.push(live.textContent);
    new MutationObserver(heard).observe(live, { childList: true, characterData: true });
  });
})()"""
MOST_SHOWN_SECONDS = 13


@in_one_loop()
async def two(browser: Browser, site: Site, database: Database) -> tuple[Person, Person]:
    """The caller on a phone and the cast, in a talk."""
    cast = await Person.arrive(browser, site.url, CAST)
    caller = await Person.arrive(browser, site.url, "健太", PHONE)
    await caller.page.add_init_script(WATCH)
    await cast.stand_by(await room_title(database))
    await caller.enter(ROOM)
    await caller.see("talking")
    await cast.see("talking")
    return caller, cast


async def say(person: Person, text: str) -> None:
    if await person.page.locator("[data-part=chat]").is_hidden():
        await person.page.locator("[data-part=chat-toggle]").click()
    await person.page.locator("[data-part=chat-text]").fill(text)
    await person.page.keyboard.press("Enter")


async def test_the_last_words_lie_over_the_picture_for_a_while(
    two: tuple[Person, Person],
) -> None:
    caller, cast = two
    words = caller.page.locator("[data-part=last-words]")
    await expect(words).to_be_hidden()
    await say(cast, "<b>道</b>の写真を、\nあとで送りますね" + "。" * 300)
    await expect(words).to_contain_text("<b>道</b>の写真を、 あとで送りますね")
    assert len(await words.inner_text()) <= 140
    assert await words.locator("b").count() == 0
    # Read aloud once: the words over the picture are for eyes only, and the log is shut.
    await expect(words).to_have_attribute("aria-hidden", "true")
    told = [said for said in await caller.page.evaluate("window.said") if "写真" in said]
    assert len(told) == 1
    assert len(told[0]) < 200
    await expect(words).to_be_hidden(timeout=MOST_SHOWN_SECONDS * SECONDS)
    # Where the chat is open they stand there already.
    await say(cast, "もうすぐです")
    await expect(words).to_be_visible()
    await caller.page.locator("[data-part=chat-toggle]").click()
    await expect(words).to_be_hidden()
    await say(cast, "着きました")
    await expect(caller.page.locator("[data-part=messages]")).to_contain_text("着きました")
    await expect(words).to_be_hidden()


async def test_the_small_window_is_told_and_ends_with_the_talk(
    two: tuple[Person, Person], database: Database
) -> None:
    caller, cast = two
    button = caller.page.get_by_role("button", name="小窓で表示")
    if not await caller.page.evaluate("document.pictureInPictureEnabled"):
        await expect(button).to_be_hidden()
        pytest.skip("this Chromium has no picture in picture")
    floats = "document.pictureInPictureElement?.dataset.part ?? null"
    await expect(button).to_have_attribute("aria-pressed", "false")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    assert await caller.page.evaluate(floats) == "remote"
    # Shut by its own cross, the button knows.
    await caller.page.evaluate("document.exitPictureInPicture()")
    await expect(button).to_have_attribute("aria-pressed", "false")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    # Without a picture there is nothing to float; what floats can be put back.
    await caller.hang_up()
    await caller.page.wait_for_function(f"{floats} === null")
    await caller.see_account()
    await cast.see_account()
    await books_hold(database)
    assert caller.problems == cast.problems == []


async def test_the_systems_keys_switch_and_hang_up(two: tuple[Person, Person]) -> None:
    caller, cast = two
    page = caller.page
    for part, key in (("mic", "togglemicrophone"), ("camera", "togglecamera")):
        button = page.locator(f"[data-part={part}]")
        for pressed in ("false", "true"):
            await page.evaluate("(key) => window.keys[key]()", key)
            await expect(button).to_have_attribute("aria-pressed", pressed)
    # Whoever reads the lock screen reads no name.
    assert await page.evaluate("navigator.mediaSession.metadata.title") == "通話中"
    await page.evaluate("window.keys.hangup()")
    await caller.see_account()
    await cast.see_account()
    assert (await caller.account())["end_reason"] == "caller_left"
    assert caller.problems == cast.problems == []
