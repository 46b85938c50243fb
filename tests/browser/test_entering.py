"""From the press to the other's face: the seat comes with the answer; back, reload, refusal."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import in_one_loop, one_talk
from tests.browser.person import SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, room_title

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(240)]


@in_one_loop()
async def cast(browser: Browser, site: Site) -> Person:
    """はるか, who does not stand by yet."""
    return await Person.arrive(browser, site.url, CAST)


@in_one_loop()
async def caller(browser: Browser, site: Site) -> Person:
    return await Person.arrive(browser, site.url, "健太")


# When the page's socket stands, the press is answered, a seat is asked for: by the page's clock.
WATCH = """
const seen = (window.seen = { stands: false, answered: null, joins: [] });
const { json } = Response.prototype;
Response.prototype.json = async function () {
  const answer = await json.call(this);
  if (this.url.endsWith("/entry") && answer.talk_id) {
    seen.answered = performance.now();
    seen.seat = answer.seat;
  }
  return answer;
};
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (frame) {
  if (String(frame).includes("talk:join")) seen.joins.push(performance.now());
  if (!this.watched) {
    this.watched = true;
    this.addEventListener("message", ({ data }) => {
      if (String(data).startsWith("40")) seen.stands = true;
    });
  }
  return send.call(this, frame);
};
"""
# Whoever has a seat asks for another pair no earlier than this (`PAUSE_MS` in wire/recovery.ts).
PAUSE_MS = 1000


async def press(person: Person) -> None:
    """Enter from the page that is open, once its socket stands."""
    async with asyncio.timeout(15):
        # The page lets nobody wait in it for words of their own.
        while not await person.page.evaluate("seen.stands"):
            await asyncio.sleep(0.05)
    await person.page.locator("[data-part=enter]:enabled").click(timeout=15 * SECONDS)


async def asked_for_a_seat(person: Person) -> bool:
    """Whether the page asked for what the answer to its press should have brought."""
    seen = await person.page.evaluate("seen")
    assert seen["answered"] is not None
    early = [at for at in seen["joins"] if at - seen["answered"] < PAUSE_MS]
    return seen["seat"] is None or bool(early)


async def test_the_seat_comes_with_the_press_and_back_and_reload_lead_where_they_should(
    cast: Person, caller: Person, database: Database
) -> None:
    await cast.stand_by(await room_title(database))
    await caller.page.add_init_script(WATCH)
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}")
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}/enter")
    await press(caller)
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await cast.sees_the_other_move()
    assert not await asked_for_a_seat(caller)
    assert await caller.page.evaluate("document.activeElement?.localName") == "talk-stage"
    talk = caller.page.url
    assert "/talks/" in talk

    await caller.page.reload()
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await caller.page.evaluate("seen.joins.length") >= 1

    # The page on which one entered is not in the way back.
    await caller.page.go_back()
    await caller.page.wait_for_url(f"**/rooms/{ROOM}")
    await caller.page.go_forward()
    await caller.see("talking")
    assert caller.page.url == talk
    assert await caller.sees_the_other_move()
    await caller.hang_up()
    await caller.see_account()
    assert caller.problems == cast.problems == []


async def test_whoever_is_refused_reads_why_and_enters_by_the_next_press(
    cast: Person, caller: Person, database: Database
) -> None:
    await caller.page.add_init_script(WATCH)
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}/enter")
    await press(caller)
    refusal = caller.page.locator("[data-part=refusal]")
    await expect(refusal).to_be_visible(timeout=15 * SECONDS)
    await expect(refusal).to_be_focused()
    assert "/enter" in caller.page.url
    await cast.stand_by(await room_title(database))
    await caller.page.locator("[data-part=enter]:enabled").click(timeout=15 * SECONDS)
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await cast.sees_the_other_move()
    assert not await asked_for_a_seat(caller)
    await caller.hang_up()
    await caller.see_account()
    assert caller.problems == cast.problems == []


async def test_without_the_seat_the_page_joins_by_itself(
    cast: Person, caller: Person, database: Database
) -> None:
    await cast.stand_by(await room_title(database))
    await caller.page.add_init_script(WATCH)
    # As where the form reaches another process than the socket does.
    await caller.page.add_init_script(
        "const { set } = URLSearchParams.prototype;"
        "URLSearchParams.prototype.set = function (name, value) {"
        "  set.call(this, name, name === 'socket' ? 'elsewhere' : value); };"
    )
    await caller.enter(ROOM)
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await asked_for_a_seat(caller)
    await caller.hang_up()
    await caller.see_account()
