"""Every page of a member carries what rings for them; a stranger's carries nothing of it."""

import html
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from people.accounts.accounts import User
from rooms.ground.tables import waiting_turns
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user

STATE = re.compile(r'data-state="(\{.*?\})"')
PAGES = ("/", "/points", "/guide", "/settings", "/talks", "/favourites", "/inbox", "/faq")


async def rings_on(browser: Browser, path: str) -> dict[str, Any]:
    """What rings on a page."""
    found = STATE.search(await (await browser.get(path)).text())
    assert found, path
    state = json.loads(html.unescape(found[1]))
    assert isinstance(state, dict)
    return state


@pytest.fixture
async def cast(database: Database) -> User:
    """A cast on stand-by."""
    return await make_user(database, is_cast=True)


@pytest.fixture
async def room(database: Database, cast: User) -> int:
    """Their room."""
    return await make_room(database, cast)


async def wait_for(database: Database, room: int, user: User, *, called: bool = False) -> None:
    now = sa.func.clock_timestamp()
    turn = {"called_at": now, "turn_ends_at": now + sa.text("interval '1 min'")} if called else {}
    async with database.transaction() as tx:
        await tx.execute(sa.insert(waiting_turns).values(room_id=room, user_id=user.id, **turn))


async def test_a_turn_is_on_every_page_with_what_is_left_of_it(
    browser: Browser, database: Database, room: int
) -> None:
    user = await make_user(database, nickname="ゆい")
    await browser.sign_in(user, database)
    assert not (await rings_on(browser, "/points"))["live"]
    await wait_for(database, room, user, called=True)
    for path in (*PAGES, f"/rooms/{room}"):
        state = await rings_on(browser, path)
        (place,) = state["places"]
        assert state["live"]
        assert place["name"] == "さくら"
        assert 0 < place["seconds"] <= 60
        assert place["key"].startswith("turn:")
    # A page that listened to nobody for a while asks for the same.
    answer = await browser.get("/ring", **SCRIPT)
    assert (await answer.json())["places"][0]["key"] == place["key"]


async def test_an_entry_is_on_every_page_of_the_cast_until_they_come(
    browser: Browser, database: Database, cast: User, room: int
) -> None:
    caller = await make_user(database, nickname="けん")
    await give(database, caller, 1000)
    await browser.sign_in(caller, database)
    form = {"rate": "100", "video": "0", "spend_cap": ""}
    entered = await browser.post(f"/rooms/{room}/entry", form)
    talk = entered.headers["Location"]
    await browser.sign_in(cast, database)
    for path in PAGES:
        state = await rings_on(browser, path)
        assert state["live"]
        assert (state["entered"]["name"], f"/talks/{state['entered']['talk_id']}") == ("けん", talk)
        # The bar says it; one banner beside it would be two.
        assert "通話がつづいています" not in await (await browser.get(path)).text()
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE talks SET cast_seat = 'tab/connection'"))
    state = await rings_on(browser, "/points")
    assert (state["entered"], state["talking"]) == (None, True)


async def test_a_stranger_is_told_of_nothing_and_listens_to_nothing(
    browser: Browser, room: int
) -> None:
    for path in ("/", "/guide", "/faq", f"/rooms/{room}"):
        page = await (await browser.get(path)).text()
        assert 'data-part="ring"' not in page
        assert "ring.js" not in re.sub(r"-[0-9a-f]{10}", "", page)
    assert (await browser.get("/ring", **SCRIPT)).status == 401


async def test_a_name_writes_no_markup_into_what_rings(
    browser: Browser, database: Database
) -> None:
    evil = await make_user(database, nickname="\"'><b>", is_cast=True)
    room = await make_room(database, evil)
    user = await make_user(database)
    await wait_for(database, room, user)
    await browser.sign_in(user, database)
    page = await (await browser.get("/points")).text()
    assert "<b>" not in page
    assert (await rings_on(browser, "/points"))["places"][0]["name"] == "\"'><b>"
