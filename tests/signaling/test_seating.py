"""Who enters sits down with the answer: the page that entered, and nobody else's."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.talk import messages
from signaling.push import PUSH
from signaling.seating import SEATING
from tests.faults.window import PATIENCE_SECONDS, Window
from tests.signaling.browser import join
from tests.world import World
from web.http.csrf import make_token

TAB = "tab-one-0001"


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


@pytest.fixture
async def windows(world: World, server: TestServer, settings: Settings) -> Any:
    """The caller's window and the cast's."""
    address = str(server.make_url("/"))
    both = [
        await Window.open(address, world.database, settings, user, tab)
        for user, tab in ((world.caller, TAB), (world.cast, "tab-two-0002"))
    ]
    yield both
    for window in both:
        await window.browser.close()


async def press(window: Window, room: int, **named: str) -> dict[str, Any]:
    """Press "enter" on a page that names its tab and its connection."""
    form = {"csrf": make_token(window.token), "video": "1", "spend_cap": "", "tab": window.tab}
    told = await window.enter_by(room, form | named)
    assert told["talk_id"], told
    return told


async def test_the_seat_comes_with_the_answer_and_the_cast_meets_the_caller(
    world: World, windows: list[Window]
) -> None:
    caller, cast = windows
    told = await press(caller, world.room, socket=str(caller.browser.sio.get_sid()))
    seat, talk = told["seat"], told["talk_id"]
    assert (seat["side"], seat["polite"], seat["pair"], seat["peer"]) == ("caller", False, 1, False)
    assert seat["meter"]["state"] == "connecting"
    entered = await cast.hear("talk:entered")
    assert entered["talk_id"] == talk
    ack = await cast.sit(talk)
    assert (ack["ok"], ack["peer"]) == (True, True)
    # The seat is that very connection's: it hears of the other, and may signal.
    news = await caller.hear("talk:peer")
    assert (news["present"], news["pair"]) == (True, ack["pair"])
    signal = {"talk_id": talk, "pair": ack["pair"], "description": {"type": "offer", "sdp": "v=0"}}
    assert (await caller.ask("talk:signal", signal))["ok"]
    assert await cast.hear("talk:signal") == signal


async def test_the_answer_is_the_one_that_joining_would_have_got(
    world: World, windows: list[Window]
) -> None:
    caller, _ = windows
    told = await press(caller, world.room, socket=str(caller.browser.sio.get_sid()))
    joined = await caller.ask("talk:join", join(told["talk_id"], TAB, fresh=False))
    assert {"ok": True} | told["seat"] | {"meter": joined["meter"]} == joined


@pytest.mark.parametrize("whose", ["cast", "nobody", "none"])
async def test_without_a_connection_of_ones_own_there_is_a_talk_but_no_seat(
    world: World, windows: list[Window], whose: str
) -> None:
    caller, cast = windows
    named = {"cast": str(cast.browser.sio.get_sid()), "nobody": "x" * 20, "none": ""}
    told = await press(caller, world.room, socket=named[whose])
    assert told["seat"] is None
    assert await seats_of(world, told["talk_id"]) == (None, None)
    # It joins by itself, as ever.
    assert (await caller.sit(told["talk_id"]))["ok"]


@pytest.mark.parametrize("tab", ["", "short", "x" * 65, "a/b-c-d-e-f"])
async def test_a_malformed_tab_is_given_no_seat(
    world: World, windows: list[Window], tab: str
) -> None:
    caller, _ = windows
    sid = str(caller.browser.sio.get_sid())
    told = await press(caller, world.room, socket=sid, tab=tab)
    assert told["seat"] is None
    assert await seats_of(world, told["talk_id"]) == (None, None)


async def test_whatever_breaks_on_the_way_to_the_seat_the_entry_is_told(
    world: World, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, _ = windows

    async def broken(*_: object) -> list[Any]:
        raise RuntimeError("broken")

    monkeypatch.setattr(messages, "latest", broken)
    told = await press(caller, world.room, socket=str(caller.browser.sio.get_sid()))
    assert told["seat"] is None
    assert await seats_of(world, told["talk_id"]) == (None, None)
    monkeypatch.undo()
    assert (await caller.sit(told["talk_id"]))["ok"]


async def test_the_caller_is_answered_before_everyone_else_is_told(
    world: World, windows: list[Window], server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, cast = windows
    told_all, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        await may_go_on.wait()
        told_all.set()

    monkeypatch.setattr(server.app[PUSH], "places", slow)
    told = await press(caller, world.room, socket=str(caller.browser.sio.get_sid()))
    assert told["seat"]["side"] == "caller"
    assert (await cast.hear("talk:entered"))["talk_id"] == told["talk_id"]
    assert not told_all.is_set()
    may_go_on.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await told_all.wait()


async def test_a_seat_is_given_in_ones_own_talk_alone(
    world: World, windows: list[Window], server: TestServer
) -> None:
    caller, cast = windows
    told = await press(caller, world.room, socket="")
    seating, sid = server.app[SEATING], str(cast.browser.sio.get_sid())
    assert await seating.at_entry(told["talk_id"], world.caller, TAB, sid) is None
    assert await seating.at_entry(told["talk_id"] + 1, world.cast, TAB, sid) is None


async def seats_of(world: World, talk: int) -> tuple[str | None, str | None]:
    async with world.database.transaction() as tx:
        columns = talks.c.caller_seat, talks.c.cast_seat
        row = (await tx.execute(sa.select(*columns).where(talks.c.id == talk))).one()
    return row.caller_seat, row.cast_seat
