"""What pages show in the middle of something, looked through by axe.

The pages themselves are test_every_page's.
"""

from asyncio import gather
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from foundation.database import Database
from tests.browser.conftest import StartSite, one_talk
from tests.browser.past import alarmed, claimed, talked
from tests.browser.person import SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, room_title

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# A room of the demo site that takes reservations every evening.
BOOKABLE = 2
# Width, height and colours: each width once, both colours at least once.
LOOKS: list[tuple[int, int, Literal["light", "dark"]]] = [
    (360, 740, "light"),
    (768, 1024, "dark"),
    (1280, 800, "light"),
]
# Colours are measured as they are in the end, not on their way there; what is folded is opened.
STILL = """() => {
  if (window.still) return;
  window.still = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { transition: none !important }');
  document.adoptedStyleSheets.push(sheet);
  for (const folded of document.querySelectorAll('details')) folded.open = true;
}"""
RUN = """async () => {
  const { violations } = await axe.run({ resultTypes: ['violations'], preload: false });
  return violations.flatMap((broken) => broken.nodes.map(
    (node) => `${broken.id} ${node.target.join(' ')}\\n${node.failureSummary}`));
}"""
# At twice the size nothing may lie beyond the edges, but in what scrolls by itself.
GROWN = """async () => {
  const root = document.documentElement;
  root.style.fontSize = '200%';
  await new Promise(requestAnimationFrame);
  const scrolls = (node) => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
      if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  const beyond = [...document.body.querySelectorAll('*')].filter((node) => {
    if (node.closest('svg *, [inert], .skip, .sr-only')) return false;
    if (!node.checkVisibility({ visibilityProperty: true })) return false;
    const { left, right, width, height } = node.getBoundingClientRect();
    const out = right > innerWidth + 1 || left < -1;
    return width > 1 && height > 1 && out && !scrolls(node);
  });
  const found = beyond.slice(0, 5).map((node) => node.outerHTML.slice(0, 100));
  if (root.scrollWidth > innerWidth) found.unshift(`scrolls to ${root.scrollWidth}`);
  root.style.fontSize = '';
  return found;
}"""
ISSUER = {
    "HITOTOKI_ISSUER_NAME": "ひととき運営",
    "HITOTOKI_ISSUER_ADDRESS": "東京都千代田区1-1",
    "HITOTOKI_ISSUER_REGISTRATION": "T1234567890123",
}


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
        width, height, _ = LOOKS[0]
        await page.set_viewport_size({"width": width, "height": height})
        grown: list[str] = await page.evaluate(GROWN)
        self.found += [f"{name} in large text: {what}" for what in grown]


async def look_as_visitor(inspector: Inspector, page: Page) -> None:
    await inspector.visit(page, "/nowhere")
    await page.goto(f"{inspector.base}/sign-up")
    async with page.expect_navigation():
        await page.evaluate("document.querySelector('main form').submit()")
    await inspector.look(page, "/sign-up refused")


async def open_settings(person: Person) -> None:
    await person.page.locator("[data-part=devices-open]").click()
    await person.page.locator("dialog[open]").wait_for()


async def look_while_booking(inspector: Inspector, page: Page) -> None:
    """Look at each page on the way to a reservation in a room that can always be booked."""
    await inspector.visit(page, f"/rooms/{BOOKABLE}/book")
    await page.locator(".starts a").last.click()
    await page.locator("form [name=minutes]").first.wait_for()
    await inspector.look(page, "choosing a length")
    await page.locator("main form button.primary").click()
    await page.locator("keep-clock").wait_for()
    await inspector.look(page, "the last look at a reservation")
    await page.locator("[data-part=confirm]").click()
    await page.wait_for_url("**/reservations/*")
    await inspector.visit(page, f"{urlsplit(page.url).path}/cancel")


@one_talk
async def test_no_page_breaks_a_rule(browser: Browser, site: Site, database: Database) -> None:
    inspector = Inspector(site.url)
    visitor = await browser.new_page(locale="ja-JP")
    cast = await Person.arrive(browser, site.url, CAST)
    caller = await Person.arrive(browser, site.url, "健太")
    await look_as_visitor(inspector, visitor)
    await visitor.close()
    await cast.stand_by(await room_title(database))
    await inspector.look(cast.page, "/console on stand-by")
    await inspector.visit(caller.page, "/inbox", "/favourites")
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
    await caller.page.locator("[data-top-up]:visible").first.click()
    await caller.page.locator("[data-part=top-up-page] .pack").first.click()
    await caller.page.locator("[data-part=top-up-page] form.order").wait_for()
    await inspector.look(caller.page, "the top-up panel")
    await caller.page.keyboard.press("Escape")
    await caller.hang_up()
    for person in (caller, cast):
        await person.see_account()
        await inspector.look(person.page, "the account")
    assert inspector.found == []


async def test_no_page_about_reservations_breaks_a_rule(browser: Browser, site: Site) -> None:
    inspector = Inspector(site.url)
    caller = await Person.arrive(browser, site.url, "健太")
    await look_while_booking(inspector, caller.page)
    assert inspector.found == []


async def test_no_page_about_points_breaks_a_rule(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(**ISSUER)
    claimed_talk, bare = [await talked(database, "健太", CAST, ROOM) for _ in range(2)]
    await claimed(database, claimed_talk)
    await alarmed(database)
    inspector = Inspector(site.url)
    caller = await Person.arrive(browser, site.url, "健太")
    staff = await Person.arrive(browser, site.url, "スタッフ佐倉")
    await gather(look_as_caller(inspector, caller.page, bare), look_as_staff(inspector, staff.page))
    await inspector.visit(caller.page, "/inbox", f"/talks/{claimed_talk}")
    assert inspector.found == []


async def look_as_caller(inspector: Inspector, page: Page, talk: int) -> None:
    await look_while_buying(inspector, page)
    await look_at_the_receipt(inspector, page)
    await inspector.visit(page, "/points/statement?kind=expired", f"/talks/{talk}/claim")
    await page.get_by_role("radio", name="音や映像が届かなかった").check()
    await page.get_by_role("button", name="申し立てる").click()
    await page.locator("[data-claim=open]").wait_for()
    await inspector.look(page, "a claimed talk")


async def look_as_staff(inspector: Inspector, page: Page) -> None:
    """Their own pages of points are empty; the staff's side is full."""
    await inspector.visit(
        page, "/points", "/points/statement", "/points/purchases", "/inbox",
        "/staff/people?q=健太", "/staff/claims",
    )  # fmt: skip
    claim = page.get_by_role("article").first
    await claim.get_by_label("ほかの言葉で書く（お客様に見えます）").fill("記録で確認しました。")
    await claim.locator("[name=at_once]").fill("通話の記録だけで確認できるため")
    await claim.get_by_role("button", name="全額").click()
    await page.locator(".undo-bar").wait_for()
    await inspector.look(page, "a claim that is being given back")
    await inspector.visit(page, "/staff/claims?state=done", "/staff/acts")


async def look_while_buying(inspector: Inspector, page: Page) -> None:
    """Buy a pack after all that can go wrong, and look at each page on the way."""
    await page.goto(f"{inspector.base}/points/buy/3")
    await page.get_by_label("カードを保存する").check()
    await page.locator("button[value=new]").click()
    await page.wait_for_url("**/demo/pay/*")
    pay = page.url.removeprefix(inspector.base)
    bought = f"/points/purchases/{pay.rsplit('/', 1)[1]}"
    await inspector.look(page, "the demo's pay page")
    for act in ("konbini", "card_declined", "card_ok"):
        await page.goto(inspector.base + pay)
        await page.locator(f"button[value={act}]").click()
        await inspector.look(page, f"{act} pressed")
        if act == "konbini":
            await inspector.visit(page, bought)
    await inspector.visit(page, "/points/top-up")


async def look_at_the_receipt(inspector: Inspector, page: Page) -> None:
    await page.goto(f"{inspector.base}/points/purchases")
    await page.get_by_role("link", name="領収書を発行").first.click()
    await inspector.look(page, "the receipt asked for")
    await page.get_by_label("宛名").fill("株式会社ひととき")
    await page.get_by_role("button", name="発行内容を確認する").click()
    await inspector.look(page, "the addressee")
    await page.get_by_role("button", name="この宛名で発行する").click()
    await inspector.look(page, "the receipt")
