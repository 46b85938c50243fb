"""The device check: open to all, with the one table of browsers, and a credential of its own."""

import base64
import hashlib
import hmac
import re
import time
from html import unescape
from typing import Any

import pytest
from pydantic import SecretStr

from media.ice import CHECK_SECONDS
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser
from web.browsers import supported
from web.http.render import HERE

SECRET = "a secret of the TURN server's"
TURN: dict[str, Any] = {
    "turn_urls": ("turn:turn.example:3478", "turns:turn.example:443?transport=tcp"),
    "turn_secret": SecretStr(SECRET),
}
SINCE = {
    "ja": ("{}以降", "iOS {}以降"),
    "en": ("{} or later", "iOS {} or later"),
}


async def main_of(browser: Browser, path: str, language: str = "ja") -> str:
    page = await (await browser.get(path, **{"Accept-Language": language})).text()
    return re.sub(r"(?s).*<main|</main>.*", "", page)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", ["/faq", "/legal", "/check"])
async def test_every_page_shows_the_one_table_of_browsers(
    browser: Browser, path: str, language: str
) -> None:
    main = unescape(await main_of(browser, path, language))
    found = [
        re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in re.findall(r"<tr>(.*?)</tr>", main)
    ]
    between = "、" if language == "ja" else ", "
    rows = [
        [
            between.join(row.systems),
            between.join(row.browsers),
            SINCE[language][row.by_system].format(row.since),
        ]
        for row in supported()
    ]
    assert len(rows) >= 4
    assert found[-len(rows) :] == rows


def test_the_build_has_no_versions_of_its_own() -> None:
    build = (HERE / "build.mjs").read_text("utf-8")
    assert "browsers.json" in build
    assert not re.search(r"(chrome|firefox|safari|ios|edge)\d", build)


@pytest.mark.parametrize("path", ["/faq", "/guide", "/legal", "/"])
async def test_pages_lead_to_the_check(browser: Browser, path: str) -> None:
    assert 'href="/check"' in await (await browser.get(path)).text()


async def test_without_scripts_the_page_says_what_is_needed(browser: Browser) -> None:
    main = await main_of(browser, "/check")
    found = re.search(r"(?s)<noscript>(.*?)</noscript>", main)
    assert found
    assert "JavaScript" in found[1]
    assert re.search(r'data-part="start" disabled', main)


async def test_the_relay_is_spoken_of_only_where_there_is_one(open_browser: Open) -> None:
    assert "中継サーバー（UDP）" not in await main_of(await open_browser(), "/check")
    page = await main_of(await open_browser(**TURN, stun_urls=("stun:stun.example",)), "/check")
    for words in (
        "中継サーバー（UDP）",
        "中継サーバー（TCP・TLS）",
        'data-stun="stun:stun.example"',
    ):
        assert words in page
    assert SECRET not in page


async def test_a_check_gets_a_credential_for_a_minute_and_all_checks_have_one_name(
    open_browser: Open,
) -> None:
    browser = await open_browser(**TURN)
    before = int(time.time())
    answers = [await (await browser.post("/check/turn", {}, SCRIPT)).json() for _ in range(2)]
    for answer in answers:
        assert answer["urls"] == list(TURN["turn_urls"])
        named = re.fullmatch(r"([0-9]+):check", answer["username"])
        assert named
        assert before <= int(named[1]) - CHECK_SECONDS <= time.time()
        digest = hmac.new(SECRET.encode(), answer["username"].encode(), hashlib.sha1).digest()
        assert answer["credential"] == base64.b64encode(digest).decode()
    assert CHECK_SECONDS == 60


async def test_one_address_gets_so_many_an_hour(open_browser: Open) -> None:
    browser = await open_browser(**TURN, check_tries=2, trusted_proxies=("127.0.0.1/32",))
    near = SCRIPT | {"X-Forwarded-For": "203.0.113.7"}
    answers = [await browser.post("/check/turn", {}, near) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert (await answers[2].json())["code"] == "too_many_tries"
    far = SCRIPT | {"X-Forwarded-For": "203.0.113.8"}
    assert (await browser.post("/check/turn", {}, far)).status == 200


async def test_a_site_without_turn_has_none_to_give(browser: Browser) -> None:
    assert (await browser.post("/check/turn", {}, SCRIPT)).status == 404
