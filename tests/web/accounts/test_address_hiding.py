"""A member chooses whether the other side of a talk learns their IP address, where they can."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr, ValidationError

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import hiding
from people.accounts.tables import users
from people.joining import erasure
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.world import HASH

TURN: dict[str, Any] = {
    "turn_urls": ("turn:turn.example:3478",),
    "turn_secret": SecretStr("not a real one"),
}
RELAY: dict[str, Any] = {"media_secret": SecretStr("s" * 32)}
PAGE = "/settings/address"
SWITCH = '<input type="checkbox" name="hide"'


def is_on(page: str) -> bool:
    found = re.search(rf"{SWITCH}[^>]*>", page)
    assert found
    return "checked" in found[0]


async def text_of(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200
    return await answer.text()


async def test_without_a_turn_server_nothing_is_offered(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    assert PAGE not in await text_of(browser, "/settings")
    assert (await browser.get(PAGE)).status == 404
    assert (await browser.post(PAGE, {"hide": "1"})).status == 404
    for path in ("/faq", "/privacy"):
        text = await text_of(browser, path)
        assert "IPアドレス" in text
        assert PAGE not in text


@pytest.mark.parametrize(("is_cast", "at_first"), [(True, True), (False, False)])
async def test_the_switch_begins_as_the_site_suggests_and_is_kept(
    open_browser: Open, database: Database, settings: Settings, is_cast: bool, at_first: bool
) -> None:
    browser = await open_browser(**TURN)
    user = await make_user(database, is_cast=is_cast)
    await browser.sign_in(user, database)
    assert f'href="{PAGE}"' in await text_of(browser, "/settings")
    assert is_on(await text_of(browser, PAGE)) is at_first
    for wish in (not at_first, at_first):
        answer = await browser.post(PAGE, {"hide": "1"} if wish else {})
        assert (answer.status, answer.headers["Location"]) == (303, f"{PAGE}?saved=1")
        assert is_on(await text_of(browser, PAGE)) is wish
        async with database.transaction() as tx:
            site = settings.model_copy(update=TURN)
            assert await hiding.hides_address(tx, site, user.id) is wish


async def test_a_wish_that_no_page_offers_is_refused(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(**TURN)
    await browser.sign_in(await make_user(database), database)
    assert (await browser.post(PAGE, {"hide": "yes"})).status == 400


async def test_where_the_site_hides_all_there_is_no_switch(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(**TURN, hide_addresses="all")
    await browser.sign_in(await make_user(database), database)
    page = await text_of(browser, PAGE)
    assert SWITCH not in page
    assert "すべての通話が中継サーバーを通ります" in page


@pytest.mark.parametrize("path", ["/faq", "/privacy"])
async def test_what_the_other_side_learns_is_told_and_how_to_hide_it(
    open_browser: Open, path: str
) -> None:
    browser = await open_browser(**TURN)
    text = await text_of(browser, path)
    assert "IPアドレス" in text
    assert f'href="{PAGE}"' in text
    assert "キャストは、はじめから伝えない設定です" in text


@pytest.mark.parametrize(
    ("site", "is_cast", "wish", "expected"),
    [
        ("choice", True, None, False),
        ("choice", False, True, True),
        ("casts", True, None, True),
        ("casts", True, False, False),
        ("casts", False, None, False),
        ("casts", False, True, True),
        ("all", False, False, True),
    ],
)
def test_the_site_demands_the_person_wishes_the_site_suggests(
    site: Any, is_cast: bool, wish: bool | None, expected: bool
) -> None:
    settings = Settings(hide_addresses=site, **TURN)
    assert hiding.hides(settings, is_cast=is_cast, wish=wish) is expected
    assert not hiding.hides(Settings(), is_cast=is_cast, wish=wish)


def test_nobody_can_be_hidden_without_a_turn_server() -> None:
    with pytest.raises(ValidationError, match="hide_addresses"):
        Settings(hide_addresses="all")


async def test_nothing_of_a_wish_stays_behind_a_withdrawal(database: Database) -> None:
    user = await make_user(database)
    async with database.transaction() as tx:
        await hiding.set_hiding(tx, user.id, wish=True)
        await erasure.anonymise(tx, user.id, HASH)
        wish = await tx.scalar(sa.select(users.c.hides_address).where(users.c.id == user.id))
    assert wish is None


async def test_behind_the_sites_own_relay_one_can_hide_as_well(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(**RELAY)
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    assert f'href="{PAGE}"' in await text_of(browser, "/settings")
    page = await text_of(browser, PAGE)
    assert is_on(page)
    # It is not what a TURN server does, and the page doesn't say so.
    assert "暗号化されたままなので" not in page
    assert "サーバーのなかで暗号がいったん解かれます" in page
    async with database.transaction() as tx:
        assert await hiding.hides_address(tx, Settings(**RELAY), user.id)


@pytest.mark.parametrize("path", ["p2p", "relay"])
async def test_the_pages_say_what_the_sites_server_sees_of_a_talk(
    open_browser: Open, path: str
) -> None:
    browser = await open_browser(**RELAY, media_path=path)
    privacy = await text_of(browser, "/privacy")
    assert "サーバーのなかでいったん解かれ" in privacy
    through_all = "ふだんはこのサイトのサーバーを通ります"
    assert (through_all in privacy) == (path == "relay")
    assert ("ふだんは伝わりません" in await text_of(browser, "/faq")) == (path == "relay")


async def test_without_media_processes_no_page_speaks_of_them(browser: Browser) -> None:
    assert "サーバーを通る通話" not in await text_of(browser, "/privacy")
