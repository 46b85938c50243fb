"""Looking changes nothing, breaks nothing, and shows nobody more than is theirs."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from foundation.database import Database
from tests.security.everything import acts, fingerprint
from tests.security.house import ROLES, House, addresses
from tests.web.scene import Browser

WHO = [None, "Mallory", "Kenji", "Sakura", *ROLES]
MOST_PAGES = 600
HREF = re.compile(r'<a [^>]*href="([^"#]+)[^"]*"')
# Kana and Chinese characters.
JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]+")
# Code or looks written into a page: the headers would stop them, and nobody would see why.
INLINE = re.compile(
    r"<style|<[^>]+\s(?:style|on[a-z]+)=|(?:href|src|action)=\"javascript:"
    r"|<script(?![^>]* nonce=)(?![^>]* type=\"application/json\")"
)
# The site's own name, and the way to Japanese, which is written in Japanese.
OWN_NAME = {"ひととき", "日本語"}
# Names are written there in either language, and numbers for help are of one.
BOTH = {"/staff/categories", "/staff/board/lines"}
# And of banks and branches, which have no other.
BANKS = "/console/payouts/account"


async def test_no_get_changes_anything(browser: Browser, house: House, database: Database) -> None:
    for who in WHO:
        if who:
            await browser.sign_in(house[who], database)
        before, acted = await fingerprint(database), await acts(database)
        assert browser.client.app is not None
        for pattern in sorted(set(addresses(browser.client.app, "GET"))):
            answer = await browser.get(house.path(pattern))
            assert answer.status < 500, pattern
            await answer.read()
        after = await fingerprint(database)
        # That staff looked at what is private is itself noted, and which rooms a member looked at,
        # for themselves; nothing else.
        for noted in ("staff_views", "staff_acts", "room_views"):
            after[noted] = before[noted] = ""
        assert await acts(database) == acted
        assert after == before, who


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_every_link_leads_somewhere_one_may_go(
    browser: Browser, house: House, database: Database, who: str | None, locale: str
) -> None:
    """Follow every link from the front page on, as one person."""
    await _speak(browser, house, who, locale)
    texts = await crawl(browser)
    assert len(texts) >= (12 if who is None else 20)
    assert {path: code for path, text in texts.items() if (code := INLINE.findall(text))} == {}
    if who not in ROLES:
        assert not [path for path in texts if path.startswith("/staff")]
    if who != "Sakura":
        assert not [path for path in texts if path.startswith("/console/timetable")]
    if locale == "en":
        found = {path: _japanese(text) for path, text in texts.items() if not _names_own(path)}
        assert {path: words for path, words in found.items() if words} == {}


def _names_own(path: str) -> bool:
    return path in BOTH or path.startswith("/staff/texts/") or path.partition("?")[0] == BANKS


async def _speak(browser: Browser, house: House, who: str | None, locale: str) -> None:
    if who:
        await browser.sign_in(house[who], house.database)
    answer = await browser.post("/language", {"locale": locale, "next": "/"})
    assert answer.status == 303


async def crawl(browser: Browser) -> dict[str, str]:
    """Return the pages, by their addresses, that links lead to; each must be there."""
    waiting, seen, texts = ["/", "/sign-in", "/sign-up"], set[str](), dict[str, str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await browser.get(path)
        assert answer.status in (200, 303), f"{path}: {answer.status}"
        if answer.status == 303:
            waiting.append(answer.headers["Location"])
        elif answer.content_type == "text/html":
            texts[path] = await answer.text()
            waiting += [joined(path, unescape(href)) for href in HREF.findall(texts[path])]
            waiting = [one for one in waiting if one and _wanted(one)]
        else:
            await answer.read()
    return texts


def joined(base: str, href: str) -> str:
    """Return a link's path and query, or nothing for one that leads out of the site."""
    parts = urlsplit(urljoin(f"http://site{base}", href))
    if parts.netloc != "site" or parts.scheme != "http":
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _wanted(path: str) -> bool:
    # One page of each calendar is enough.
    return not path.startswith("/static/")


def _japanese(page: str) -> set[str]:
    """Return the Japanese words that people see or hear on a page."""
    return set(JAPANESE.findall(page)) - OWN_NAME
