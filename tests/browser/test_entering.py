"""From the press to the other's face: the seat comes with the answer; back, reload, refusal."""

import pytest
from playwright.async_api import Browser, WebSocket, expect

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


def joins_of(person: Person) -> list[str]:
    """What the person's pages ask for a seat from now on."""
    asked: list[str] = []

    def sent(frame: str | bytes) -> None:
        if isinstance(frame, str) and "talk:join" in frame:
            asked.append(frame)

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", sent)

    person.page.on("websocket", opened)
    return asked


async def test_the_seat_comes_with_the_press_and_back_and_reload_lead_where_they_should(
    cast: Person, caller: Person, database: Database
) -> None:
    await cast.stand_by(await room_title(database))
    asked = joins_of(caller)
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}")
    await caller.enter(ROOM)
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert await cast.sees_the_other_move()
    assert asked == []
    assert await caller.page.evaluate("document.activeElement?.localName") == "talk-stage"
    talk = caller.page.url
    assert "/talks/" in talk

    await caller.page.reload()
    await caller.see("talking")
    await cast.see("talking")
    assert await caller.sees_the_other_move()
    assert len(asked) >= 1

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
    asked = joins_of(caller)
    await caller.enter(ROOM)
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
    assert asked == []
    await caller.hang_up()
    await caller.see_account()
    assert caller.problems == cast.problems == []


async def test_without_the_seat_the_page_joins_by_itself(
    cast: Person, caller: Person, database: Database
) -> None:
    await cast.stand_by(await room_title(database))
    asked = joins_of(caller)
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
    assert len(asked) >= 1
    await caller.hang_up()
    await caller.see_account()
