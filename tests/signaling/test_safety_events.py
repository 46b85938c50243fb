"""Whoever is shut out loses their connections within seconds; a blocked pair hears nothing more."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from people.meeting import blocks
from rooms.care import blocking, sanctioning
from rooms.lobby import presence
from signaling import connections
from signaling.push import PUSH
from signaling.server import CONNECTIONS
from tests.signaling.browser import FakeBrowser, beat, join
from tests.signaling.conftest import Connect
from tests.web.scene import make_user
from tests.web.staff.scene import make_staff
from tests.world import World, new_room, new_user
from web.app import make_app


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


@pytest.fixture
async def second(database: Database, settings: Settings) -> AsyncIterator[TestServer]:
    """Another process of the same site."""
    server = TestServer(make_app(settings, database))
    await server.start_server()
    yield server
    await server.close()


async def suspend(world: World, user: int, server: TestServer | None) -> None:
    staff = await make_staff(world.database)
    async with world.database.transaction() as tx:
        stopped = await sanctioning.suspend(
            tx, world.settings, staff.id, user, 3, reason="記録", words="いやがらせのため"
        )
    if server is not None:
        await server.app[PUSH].stopped(stopped)
        await server.app[CONNECTIONS].recheck(user)


async def gone(browser: FakeBrowser) -> None:
    """Wait until the server has ended a connection; a busy machine is given its time."""
    async with asyncio.timeout(60):
        while browser.sio.connected:
            await asyncio.sleep(0.05)


def test_no_connection_outlives_its_session_by_more_than_five_seconds() -> None:
    # A connection is looked at again after two thirds of this, in a round that takes one third.
    assert connections.CHECK_SECONDS <= 5


async def test_a_suspension_ends_the_connections_and_the_talk(
    server: TestServer, connect: Connect, world: World
) -> None:
    await world.enter()
    caller, cast = await connect(world.caller), await connect(world.cast)
    joined = await caller.ask("talk:join", join(world.talk, take_over=True))
    assert (await cast.ask("talk:join", join(world.talk, take_over=True)))["ok"]
    await suspend(world, world.caller, server)
    assert await cast.wait_for("talk:ended") == {
        "talk_id": world.talk,
        "reason": "stopped_by_staff",
    }
    await gone(caller)
    answer = await cast.ask("talk:beat", beat(world.talk, joined["pair"]))
    assert not answer["ok"]


async def test_another_process_ends_them_within_seconds(
    server: TestServer, second: TestServer, world: World
) -> None:
    browser = await FakeBrowser.open(second, world.database, world.settings, world.caller)
    await suspend(world, world.caller, server)
    await gone(browser)


async def test_who_is_shut_out_comes_back_as_a_visitor(
    server: TestServer, connect: Connect, world: World
) -> None:
    await suspend(world, world.cast, server)
    browser = await connect(world.cast)
    answer = await browser.ask("standby:open", {"room_id": world.room})
    assert (answer["ok"], answer["code"]) == (False, "not_signed_in")


async def test_a_suspended_cast_stands_by_no_more_even_before_the_line_is_cut(
    server: TestServer, connect: Connect, world: World
) -> None:
    browser = await connect(world.cast)
    await suspend(world, world.cast, None)
    answer = await browser.ask("standby:open", {"room_id": world.room})
    assert (answer["ok"], answer["code"]) == (False, "room_unknown")
    assert (await (await connect(None)).ask("directory:watch", {}))["rooms"] == {}


async def test_a_blocked_pair_is_silent_to_each_other_at_once(
    server: TestServer, connect: Connect, world: World
) -> None:
    await world.enter()
    caller, cast = await connect(world.caller), await connect(world.cast)
    joined = await caller.ask("talk:join", join(world.talk, take_over=True))
    assert (await cast.ask("talk:join", join(world.talk, take_over=True)))["ok"]
    async with world.database.transaction() as tx:
        stopped = await blocking.block(tx, world.settings, world.cast, world.caller, 0)
    await server.app[PUSH].stopped(stopped)
    assert (await caller.wait_for("talk:ended"))["reason"] == "cast_left"
    say = {"talk_id": world.talk, "key": "key-00001", "text": "もしもし"}
    signal = {"talk_id": world.talk, "pair": joined["pair"], "candidate": {"candidate": "x"}}
    for event, payload in (
        ("talk:join", join(world.talk)),
        ("talk:say", say),
        ("talk:signal", signal),
        ("talk:beat", beat(world.talk, joined["pair"])),
    ):
        assert not (await caller.ask(event, payload))["ok"], event
    assert "talk:said" not in cast.heard


async def test_a_blocked_caller_is_not_told_that_the_room_is_open(
    server: TestServer, connect: Connect, world: World, database: Database
) -> None:
    third = await make_user(database)
    async with database.transaction() as tx:
        await blocking.block(tx, world.settings, world.cast, world.caller, 0)
    blocked, other = await connect(world.caller), await connect(third.id)
    assert (await blocked.ask("directory:watch", {}))["rooms"] == {}
    assert (await other.ask("directory:watch", {}))["rooms"] == {str(world.room): "open"}


async def test_from_a_block_on_no_badge_of_the_other_moves_any_more(
    server: TestServer, connect: Connect, world: World, database: Database
) -> None:
    third = await make_user(database)
    mine, theirs = await connect(world.caller), await connect(third.id)
    for browser in (mine, theirs):
        assert str(world.room) in (await browser.ask("directory:watch", {}))["rooms"]
    async with database.transaction() as tx:
        await blocking.block(tx, world.settings, world.cast, world.caller, 0)
    await server.app[PUSH].look_again([world.caller])
    await mine.wait_for("directory:again")
    await mine.ask("directory:watch", {})
    await server.app[PUSH].room_states([world.room])
    await theirs.wait_for("directory:room")
    await mine.ask("directory:watch", {})
    assert "directory:room" not in mine.heard
    assert "directory:again" not in theirs.heard


async def test_who_has_blocked_somebody_hears_of_all_other_rooms_at_once(
    server: TestServer, connect: Connect, world: World, database: Database
) -> None:
    async with database.transaction() as tx:
        other = await new_user(tx)
        room = await new_room(tx, other)
        await blocking.block(tx, world.settings, world.caller, world.cast, 0)
    browser = await connect(world.caller)
    await browser.ask("directory:watch", {})
    async with database.transaction() as tx:
        await presence.open_standby(tx, other, room)
    await server.app[PUSH].room_states([world.room, room])
    assert await browser.wait_for("directory:room") == {"room_id": room, "state": "open"}
    assert len(browser.heard["directory:room"]) == 1
    async with database.transaction() as tx:
        await blocks.unblock(tx, world.caller, world.cast)
    assert str(world.room) in (await browser.ask("directory:watch", {}))["rooms"]
    await server.app[PUSH].room_states([world.room])
    await browser.wait_for("directory:room", 2)
    # Once, though the connection had been in another of the site's rooms before.
    await browser.ask("directory:watch", {})
    assert len(browser.heard["directory:room"]) == 2
