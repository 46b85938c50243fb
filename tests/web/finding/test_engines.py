"""What search engines read: each public page describes itself, and stands on the map."""

import json
import re
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from foundation.database import Database
from people.accounts.tables import users
from tests.web.scene import Browser, make_room, make_user
from web.http.public_pages.descriptions import DESCRIPTIONS

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


async def text_of(browser: Browser, path: str, **headers: str) -> str:
    answer = await browser.get(path, **headers)
    assert answer.status == 200, await answer.text()
    return await answer.text()


def said_of(path: str) -> str:
    """What the page says of itself, where the site's fee is the default of 20 %."""
    return DESCRIPTIONS[path].replace("%(fee)s%%", "20%").replace("%(site)s", "ひととき")


@pytest.mark.parametrize("path", DESCRIPTIONS)
async def test_each_page_describes_itself_in_each_language(browser: Browser, path: str) -> None:
    page = await text_of(browser, path)
    (description,) = re.findall(r'<meta name="description" content="([^"]+)">', page)
    assert len(description) > 8
    assert description == said_of(path)
    (canonical,) = re.findall(r'<link rel="canonical" href="https?://[^/"]+([^"]*)">', page)
    assert canonical == path
    languages = dict(re.findall(r'hreflang="([^"]+)" href="https?://[^/"]+([^"]*)"', page))
    assert languages == {"ja": f"{path}?lang=ja", "en": f"{path}?lang=en", "x-default": path}


async def test_an_address_of_a_language_is_in_it_and_its_own(browser: Browser) -> None:
    for language in ("en", "ja"):
        answer = await browser.get(f"/prices?lang={language}", **{"Accept-Language": "ja"})
        page = await answer.text()
        assert f'<html lang="{language}">' in page
        assert re.search(rf'rel="canonical" href="[^"]+/prices\?lang={language}"', page)
        # Who came by it reads on in it.
        assert answer.cookies["language"].value == language
    assert '<html lang="ja">' in await text_of(browser, "/prices?lang=xx")


async def test_a_room_is_a_service_with_a_price_in_yen(
    browser: Browser, database: Database
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True), rate=130)
    page = await text_of(browser, f"/rooms/{room}")
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page))
    found = re.findall(r'<script type="application/ld\+json" nonce="([^"]+)">(.*?)</script>', page)
    ((own, data),) = found
    assert own == nonce
    offer = json.loads(data)["offers"]
    assert (offer["price"], offer["priceCurrency"]) == (130, "JPY")
    assert page.count('rel="canonical"') == 1
    assert page.count('name="description"') == 1


async def test_what_a_cast_writes_ends_no_script(browser: Browser, database: Database) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    async with database.transaction() as tx:
        wicked = "</script><script>alert(1)</script>"
        await tx.execute(sa.text("UPDATE rooms SET text = :text"), {"text": wicked})
    page = await text_of(browser, f"/rooms/{room}")
    assert "<script>alert" not in page
    (data,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page)
    assert json.loads(data)["description"] == wicked


async def test_the_site_and_who_runs_it(browser: Browser) -> None:
    page = await text_of(browser, "/")
    found = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page)
    kinds = [json.loads(one)["@type"] for one in found]
    assert kinds == ["WebSite", "Organization"]


async def test_the_map_names_what_is_public_and_nothing_else(
    browser: Browser, database: Database
) -> None:
    shown = await make_room(database, await make_user(database, is_cast=True))
    other = await make_user(database, is_cast=True)
    suspended = await make_room(database, other)
    async with database.transaction() as tx:
        until = sa.text("now() + interval '1 day'")
        gone = sa.update(users).where(users.c.id == other.id).values(suspended_until=until)
        await tx.execute(gone)
    robots = await text_of(browser, "/robots.txt")
    assert "Disallow: /staff" in robots
    (index,) = re.findall(r"Sitemap: https?://[^/]+(/.*)", robots)
    parts = [
        one.text or "" for one in ElementTree.fromstring(await text_of(browser, index)).iter(LOC)
    ]
    assert len(parts) == 2
    named: list[str] = []
    for part in parts:
        path = re.sub(r"^https?://[^/]+", "", part)
        tree = ElementTree.fromstring(await text_of(browser, path))
        named += [re.sub(r"^https?://[^/]+", "", one.text or "") for one in tree.iter(LOC)]
    assert f"/rooms/{shown}?lang=ja" in named
    assert f"/rooms/{shown}?lang=en" in named
    assert len([one for one in named if re.match(r"/casts/\d+\?", one)]) == 2
    assert f"/casts/{other.id}?lang=en" not in named
    assert not [one for one in named if f"/rooms/{suspended}?" in one]
    for path in named:
        assert (await browser.get(path)).status == 200, path
    closed = re.findall(r"Disallow: (.*)", robots)
    assert not [path for path in named if any(path.startswith(one) for one in closed)]


@pytest.mark.parametrize("part", ["0", "3", "999999999999"])
async def test_a_part_that_is_not_there(browser: Browser, part: str) -> None:
    assert (await browser.get(f"/sitemaps/{part}.xml")).status == 404
