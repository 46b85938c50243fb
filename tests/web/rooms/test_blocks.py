"""Blocking on pages: asked once more, done at once, taken back on one's own list, never told."""

import re

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from rooms.talk import messages
from tests.web.booking.scene import (
    asked,
    book,
    bookable_room,
    make_cast,
    move,
    rich,
)
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.world import World


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, (path, answer.status)
    return await answer.text()


async def sign_in(browser: Browser, database: Database, user_id: int) -> None:
    async with database.transaction() as tx:
        user = await accounts.find_user(tx, user_id)
    assert user
    await browser.sign_in(user, database)


@pytest.fixture
async def cast(database: Database) -> User:
    return await make_cast(database)


async def test_a_block_is_asked_once_more_and_then_listed(
    browser: Browser, database: Database, cast: User
) -> None:
    room = await bookable_room(database, cast)
    await browser.sign_in(await rich(database), database)
    assert f"/rooms/{room}/block" in await text_of(browser, f"/rooms/{room}")
    page = await text_of(browser, f"/rooms/{room}/block")
    assert "ブロックしたことは、相手に知らせません" in page
    assert 'name="lost" value="0"' in page
    answer = await browser.post(f"/rooms/{room}/block", {"lost": "0"})
    assert answer.headers["Location"] == "/settings/blocks?done=blocked"
    page = await text_of(browser, "/settings/blocks?done=blocked")
    assert "みなとさん" in page
    assert f"/settings/blocks/{cast.id}/lift" in page
    answer = await browser.post(f"/settings/blocks/{cast.id}/lift", {})
    assert answer.headers["Location"] == "/settings/blocks?done=unblocked"
    assert "みなとさん" not in await text_of(browser, "/settings/blocks?done=unblocked")
    assert (await browser.get(f"/rooms/{room}")).status == 200


PAGES = ["", "/enter", "/book", "/request", "/report"]
FORMS = {
    "/entry": {"video": "0"},
    "/wait": {"on": "1"},
    "/book": {"start": "2030-01-01T00:00:00+00:00", "minutes": "30"},
}


@pytest.mark.parametrize("blocker", ["caller", "cast"])
async def test_to_both_every_page_of_the_other_is_gone(
    open_browser: Open, database: Database, cast: User, settings: Settings, blocker: str
) -> None:
    room, caller = await bookable_room(database, cast), await rich(database)
    booked = await book(database, settings, room, caller)
    one, two = await open_browser(), await open_browser()
    await one.sign_in(caller, database)
    await two.sign_in(cast, database)
    by = one if blocker == "caller" else two
    await by.post(f"/reservations/{booked.id}/block", {"lost": "9999"})
    for path in PAGES:
        if path == "/report" and blocker == "caller":
            continue
        assert (await one.get(f"/rooms/{room}{path}")).status == 404, path
    for path, form in FORMS.items():
        assert (await one.post(f"/rooms/{room}{path}", form)).status == 404, path
    answer = await one.post(f"/casts/{cast.id}/favourite", {"on": "1"})
    assert answer.status == 404
    front = await text_of(one, "/")
    assert f"/rooms/{room}" not in front
    assert f"/rooms/{room}" in await text_of(await open_browser(), "/")


async def test_a_reservation_says_what_a_block_costs(
    browser: Browser, database: Database, owner_database: Database, settings: Settings, cast: User
) -> None:
    room, caller = await bookable_room(database, cast), await rich(database)
    booked = await book(database, settings, room, caller)
    await browser.sign_in(caller, database)
    path = f"/reservations/{booked.id}/block"
    assert "お返しできません" not in await text_of(browser, path)
    await move(owner_database, booked.id, 60)
    # The page was opened before the limit: it is asked anew, with the price.
    answer = await browser.post(path, {"lost": "0"})
    assert answer.status == 409
    page = await answer.text()
    assert re.search(r"3,000.*ptは、お返しできません", page)
    assert 'name="lost" value="3000"' in page
    assert (await browser.post(path, {"lost": "3000"})).status == 303
    assert "料金はお返しできません" in await text_of(browser, f"/reservations/{booked.id}")


async def test_messages_of_the_other_are_not_shown_any_more(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    async with database.transaction() as tx:
        await messages.say(tx, settings, world.talk, world.cast, "key-00001", "ひみつの話")
    caller, cast = await open_browser(), await open_browser()
    await sign_in(caller, database, world.caller)
    await sign_in(cast, database, world.cast)
    assert (
        f"/talks/{world.talk}/block" in (await caller.get("/talks/now/block")).headers["Location"]
    )
    answer = await cast.post(f"/talks/{world.talk}/block", {"lost": "0"})
    assert answer.status == 303
    for browser in (caller, cast):
        page = await text_of(browser, f"/talks/{world.talk}")
        assert "ひみつ" not in page
        assert f"/rooms/{world.room}" not in page
        assert (await browser.get("/talks/now/block")).headers["Location"] == "/talks"


async def test_words_of_a_request_are_not_shown_any_more(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    room, caller = await bookable_room(database, cast, "request"), await rich(database)
    wish = await asked(database, settings, room, caller, "はじめまして")
    await browser.sign_in(cast, database)
    assert "はじめまして" in await text_of(browser, f"/requests/{wish.id}")
    assert (await browser.post(f"/requests/{wish.id}/block", {"lost": "0"})).status == 303
    assert "はじめまして" not in await text_of(browser, f"/requests/{wish.id}")


async def test_neither_side_is_told(
    open_browser: Open, database: Database, settings: Settings, cast: User
) -> None:
    room, caller = await bookable_room(database, cast), await rich(database)
    booked = await book(database, settings, room, caller)
    one, two = await open_browser(), await open_browser()
    await one.sign_in(caller, database)
    await two.sign_in(cast, database)
    await two.post(f"/reservations/{booked.id}/block", {"lost": "0"})
    for path in ("/inbox", f"/reservations/{booked.id}", "/reservations", "/settings/blocks"):
        main = (await text_of(one, path)).partition("<main")[2]
        assert "ブロックされ" not in main, path
    assert "みなとさん" not in await text_of(one, "/settings/blocks")
    assert "すでにブロック" not in await text_of(one, f"/reservations/{booked.id}/block")


async def test_of_other_peoples_matters_there_is_nothing_to_block(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    room, caller = await bookable_room(database, cast), await rich(database)
    booked = await book(database, settings, room, caller)
    await browser.sign_in(await make_user(database), database)
    for path in (f"/reservations/{booked.id}", "/talks/1", "/requests/1", "/rooms/99999"):
        assert (await browser.get(f"{path}/block")).status == 404, path
        assert (await browser.post(f"{path}/block", {"lost": "0"})).status == 404, path
    for other in (99999, cast.id, caller.id):
        assert (await browser.post(f"/settings/blocks/{other}/lift", {})).status == 404
    for bad in ("-1", "1.5", "", "x"):
        assert (await browser.post(f"/rooms/{room}/block", {"lost": bad})).status == 400


async def test_a_visitor_signs_in_first(browser: Browser, database: Database, cast: User) -> None:
    room = await bookable_room(database, cast)
    for path in (f"/rooms/{room}/block", f"/rooms/{room}/report", "/settings/blocks"):
        assert "/sign-in" in (await browser.get(path)).headers["Location"], path
    assert "/block" not in await text_of(browser, f"/rooms/{room}")
