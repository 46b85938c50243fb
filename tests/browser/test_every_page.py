"""Every page that a link leads to, as each kind of person, in both languages, looked at by axe."""

import re
from html import unescape

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in import sessions
from tests.browser.conftest import StartSite
from tests.browser.site import BY_TRUNK
from tests.browser.test_accessibility import AXE, ISSUER, Inspector
from tests.rooms.rated import rated
from tests.security.house import House
from tests.security.test_reading import HREF, joined

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

WHO = ("Kenji", "Sakura", "administrator", None)
# What differs from one to another: both sides of a talk, a member and a visitor.
EACH_SEES = {"/", "/rooms/0", "/talks", "/talks/0", "/reservations", "/reservations/0"}
# Where people begin; a page that only a script or a notice leads to is named as well.
FIRST = ("/", "/sign-in", "/sign-up", "/console/applications", "/offline")
MOST_PAGES = 400
# What a site may offer, and by default does not.
ALL_DOORS = {
    "HITOTOKI_TAB": "true", "HITOTOKI_TELEPHONE": "true", "HITOTOKI_LETTERS": "true",
    "HITOTOKI_BOARD": "true", "HITOTOKI_CHAT": "true", **BY_TRUNK,
}  # fmt: skip


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_no_page_breaks_a_rule(
    browser: Browser, start_site: StartSite, database: Database, settings: Settings, locale: str
) -> None:
    site = await start_site(**ISSUER, **ALL_DOORS)
    # No page leads away from the account of a talk while it is looked at.
    resting = settings.model_copy(update={"pause_seconds": 600})
    house = await House.fill(database, resting)
    await rated(database, settings, house["Sakura"].id, int(house.ids["room_id"]), 5, 4, 2)
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).values(locale=locale))
    inspector = Inspector(site.url)
    everybodys = set[str]()
    for who in WHO:
        pages = await look_as(browser, house, inspector, who, locale, everybodys)
        assert len(pages) >= 12
    assert not inspector.found, "\n\n".join(inspector.found)


async def look_as(
    browser: Browser,
    house: House,
    inspector: Inspector,
    who: str | None,
    locale: str,
    everybodys: set[str],
) -> dict[str, str]:
    """Find a page of each kind that somebody can reach; look at those nobody else has looked at."""
    context = await browser.new_context(locale=locale)
    context.set_default_timeout(60_000)
    # A page that finds axe in itself need not read it anew.
    await context.add_init_script(AXE.read_text())
    if who:
        async with house.database.transaction() as tx:
            token = await sessions.open_for(tx, house[who].id, days=1)
        await context.add_cookies([{"name": "session", "value": token, "url": inspector.base}])
    paths = await one_of_each(context, inspector.base)
    page = await context.new_page()
    for kind, path in paths.items():
        if kind in everybodys - EACH_SEES:
            continue
        everybodys.add(kind)
        await page.goto(inspector.base + path)
        await inspector.look(page, f"{who}, {locale}: {path}")
    await context.close()
    return paths


async def one_of_each(context: BrowserContext, base: str) -> dict[str, str]:
    """Return addresses that links lead to, one of those that differ in a number or a choice."""
    waiting, seen, kinds = list(FIRST), set[str](), dict[str, str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9]+", "0", path.partition("?")[0])
        if path in seen or kind in kinds:
            continue
        seen.add(path)
        answer = await context.request.get(base + path)
        html = answer.headers.get("content-type", "").startswith("text/html")
        if html and answer.url != base + path:
            # A link that leads on shows another page.
            waiting.append(answer.url.removeprefix(base))
        elif html:
            kinds[kind] = path
            found = HREF.findall(await answer.text())
            waiting += [one for href in found if (one := joined(path, unescape(href)))]
    return kinds
