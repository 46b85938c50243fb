"""What cannot wait rings on every open page, in one tab of a browser, until it is answered."""

import asyncio

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Locator, Page, WebSocket, expect

from foundation.database import Database
from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLER, CAST, ROOM = "健太", "はるか", 1
# Without a console to give signs of life a stand-by lasts as long as the test, and so does a turn.
LONG = {
    "HITOTOKI_STANDBY_GRACE_SECONDS": "300",
    "HITOTOKI_WAITING_SECONDS": "300",
    "HITOTOKI_CONNECT_SECONDS": "300",
}
# Counts the tones of a page's chimes.
LISTEN = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  window.tones += 1;
  return start.apply(this, when);
};
"""
ENTER = """
async () => {
  const form = document.querySelector("form[data-part=entry]");
  const body = new URLSearchParams([...new FormData(form)]);
  body.set("video", "0");
  const headers = { Accept: "application/json" };
  return (await fetch(form.action, { method: "POST", headers, body })).status;
}
"""
STAND_BY = "INSERT INTO standbys (cast_id, room_id) SELECT cast_id, id FROM rooms WHERE id = :room"
WAIT = """
INSERT INTO waiting_turns (room_id, user_id) SELECT :room, id FROM users WHERE nickname = :caller
"""


class Tab:
    """One tab of somebody's browser, and the sockets that it opened."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sockets: list[WebSocket] = []
        page.on("websocket", self._connected)

    @classmethod
    async def open(cls, person: Person, path: str) -> "Tab":
        """Open a further tab at a page, and press somewhere on it, as its reader does."""
        tab = cls(await person.page.context.new_page())
        await tab.page.add_init_script(LISTEN)
        await tab.page.goto(f"{person.base}{path}")
        await tab.page.locator("h1").first.click()
        return tab

    def _connected(self, socket: WebSocket) -> None:
        self.sockets.append(socket)

    def bar(self, kind: str) -> Locator:
        """The bar of this kind."""
        return self.page.locator(f".ring-bar[data-ring={kind}]")

    async def tones(self) -> int:
        """How many tones it has sounded."""
        return int(await self.page.evaluate("window.tones"))


async def sounding(tabs: list[Tab]) -> int:
    """Wait until any of these tabs has sounded; how many have."""
    async with asyncio.timeout(60):
        while not any(heard := [await tab.tones() for tab in tabs]):
            await asyncio.sleep(0.1)
    return sum(count > 0 for count in heard)


async def listening(tabs: list[Tab]) -> None:
    """Wait until one of these tabs has a socket."""
    async with asyncio.timeout(60):
        while not any(tab.sockets for tab in tabs):
            await asyncio.sleep(0.1)


async def do(database: Database, query: str, **values: object) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text(query), values)


async def test_a_turn_and_an_entry_ring_on_every_page_until_they_are_answered(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(**LONG)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    cast = await Person.arrive(browser, site.url, CAST)
    for person in (caller, cast):
        # The front page has a socket of its own, and would listen for the others.
        await person.page.goto("about:blank")
    # Nothing is to be expected: no page holds a socket for it.
    idle = await Tab.open(caller, "/guide")
    await do(database, STAND_BY, room=ROOM)
    await do(database, WAIT, room=ROOM, caller=CALLER)
    assert not idle.sockets
    tabs = [idle, await Tab.open(caller, "/points"), await Tab.open(caller, "/settings")]
    for tab in tabs:
        await expect(tab.bar("turn")).to_contain_text(f"{CAST}さんのルームに入室できます")
        await expect(tab.bar("turn").locator("[data-part=ring-count]")).to_contain_text("のこり")
        await expect(tab.bar("turn")).to_be_in_viewport()
    assert await sounding(tabs) == 1
    await listening(tabs)
    assert sum(len(tab.sockets) for tab in tabs) == 1

    called = [await Tab.open(cast, path) for path in ("/settings", "/guide")]
    await listening(called)
    assert await called[0].bar("entered").count() == 0

    await tabs[1].bar("turn").get_by_role("link", name="入室へ進む").click()
    await tabs[1].page.wait_for_url(f"**/rooms/{ROOM}/enter")
    for tab in (tabs[0], tabs[2]):
        await expect(tab.bar("turn")).to_have_attribute("data-quiet", "1")
    assert await tabs[1].page.evaluate(ENTER) == 200
    for tab in tabs:
        await expect(tab.bar("turn")).to_have_count(0)
    for tab in called:
        await expect(tab.bar("entered")).to_contain_text(f"{CALLER}さんが入室しました")
    assert await sounding(called) == 1
    assert sum(len(tab.sockets) for tab in called) == 1

    await called[1].bar("entered").get_by_role("link", name="通話へ").click()
    await called[1].page.wait_for_url("**/talks/*")
    # Sitting down is the answer, on whichever page one still is.
    await expect(called[0].bar("entered")).to_have_count(0)
    assert not caller.problems + cast.problems
