"""Every page that a visitor, a caller and a cast can reach, looked through by axe."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page

from foundation.database import Database
from tests.browser.person import SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, room_title

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# Width, height and colours: each width once, both colours at least once.
LOOKS: list[tuple[int, int, Literal["light", "dark"]]] = [
    (360, 740, "light"),
    (768, 1024, "dark"),
    (1280, 800, "light"),
]
# Colours are measured as they are in the end, not on their way there.
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { transition: none !important }');
  document.adoptedStyleSheets.push(sheet);
}"""
RUN = """async () => {
  const { violations } = await axe.run({ resultTypes: ['violations'], preload: false });
  return violations.flatMap((broken) => broken.nodes.map(
    (node) => `${broken.id} ${node.target.join(' ')}\\n${node.failureSummary}`));
}"""


class Inspector:
    """Looks at pages, and keeps what it finds until the end."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.found: list[str] = []

    async def visit(self, page: Page, *paths: str) -> None:
        """Open pages and look at each."""
        for path in paths:
            await page.goto(self.base + path)
            await self.look(page, path)

    async def look(self, page: Page, name: str) -> None:
        """Look at what a page shows now, at every width and in both colours."""
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE.read_text())
            await page.evaluate(STILL)
        for width, height, scheme in LOOKS:
            await page.set_viewport_size({"width": width, "height": height})
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            broken: list[str] = await page.evaluate(RUN)
            self.found += [f"{name} at {width}, {scheme}: {rule}" for rule in broken]


async def in_english(page: Page) -> None:
    await page.get_by_role("button", name="English").click()
    await page.locator("html[lang=en]").wait_for()


async def open_settings(person: Person) -> None:
    await person.page.locator("[data-part=devices-open]").click()
    await person.page.locator("dialog[open]").wait_for()


async def test_no_page_breaks_a_rule(browser: Browser, site: Site, database: Database) -> None:
    inspector = Inspector(site.url)
    visitor = await browser.new_page(locale="ja-JP")
    await inspector.visit(
        visitor, "/", f"/rooms/{ROOM}", "/guide", "/sign-in", "/sign-up", "/nowhere"
    )
    await visitor.goto(f"{site.url}/sign-up")
    async with visitor.expect_navigation():
        await visitor.evaluate("document.querySelector('main form').submit()")
    await inspector.look(visitor, "/sign-up refused")

    cast = await Person.arrive(browser, site.url, CAST)
    await inspector.visit(cast.page, "/console", "/talks")
    await cast.stand_by(await room_title(database))
    await inspector.look(cast.page, "/console on stand-by")

    caller = await Person.arrive(browser, site.url, "健太")
    await inspector.visit(caller.page, "/", f"/rooms/{ROOM}", "/points", "/talks")
    await caller.page.goto(f"{site.url}/rooms/{ROOM}/enter")
    await caller.page.locator("[data-part=enter]:enabled").wait_for(timeout=15 * SECONDS)
    await inspector.look(caller.page, "/enter")

    await caller.enter(ROOM)
    for person in (caller, cast):
        await person.see("talking")
        await inspector.look(person.page, f"the stage of {person.page.url}")
    await caller.page.locator("[data-part=chat-toggle]").click()
    await inspector.look(caller.page, "the chat")
    await open_settings(caller)
    await inspector.look(caller.page, "the settings")
    await caller.page.keyboard.press("Escape")
    await caller.hang_up()
    for person in (caller, cast):
        await person.see_account()
        await inspector.look(person.page, "the account")

    await in_english(caller.page)
    await inspector.visit(caller.page, "/", f"/rooms/{ROOM}/enter")
    assert inspector.found == []
