"""What rings for a person is told to all their pages, and stops on all once it is answered."""

from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from rooms.lobby import presence, turns, waiting
from rooms.talk import entry
from rooms.talk.past import history
from signaling.push import PUSH
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World, new_user

PASS = sa.text("""
UPDATE waiting_turns SET called_at = called_at - :seconds * interval '1 s',
  turn_ends_at = turn_ends_at - :seconds * interval '1 s' WHERE room_id = :room
""")
NOTHING: dict[str, Any] = {
    "live": False,
    "talking": False,
    "entered": None,
    "places": [],
    "asked": None,
    "applied": None,
    "application": None,
}
# To a cast somebody may apply at any moment.
CAST = NOTHING | {"live": True}


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A caller, and a cast on stand-by."""
    return await World.of(database, settings)


async def rings(browser: FakeBrowser) -> dict[str, Any]:
    answer = await browser.ask("ring:watch", {})
    assert answer.pop("ok")
    return answer


async def enter(world: World, server: TestServer) -> int:
    """The caller enters, and everyone is told."""
    async with world.database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, world.caller)
    await server.app[PUSH].entered(entered)
    return entered.talk_id


async def wait_in_line(world: World) -> int:
    """Somebody waits for the room whose cast talks."""
    async with world.database.transaction() as tx:
        user = await new_user(tx, points=5000)
    async with world.database.transaction() as tx:
        await waiting.join(tx, world.settings, world.room, user)
    return user


async def stand_by(world: World) -> None:
    """The talk ends, and the cast is ready for the next."""
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)


async def tick(world: World, server: TestServer) -> None:
    async with world.database.transaction() as tx:
        found = await turns.call_next(tx, world.settings)
    await server.app[PUSH].turns(found)


async def test_who_expects_nothing_is_told_that_no_socket_is_needed(
    world: World, connect: Connect
) -> None:
    assert await rings(await connect(world.caller)) == NOTHING
    assert await rings(await connect(world.cast)) == CAST
    assert (await (await connect(None)).ask("ring:watch", {}))["code"] == "not_signed_in"


async def test_an_entry_rings_on_every_page_of_the_cast_until_they_sit_down(
    world: World, connect: Connect, server: TestServer
) -> None:
    console, phone, caller = [await connect(one) for one in (world.cast, world.cast, world.caller)]
    talk = await enter(world, server)
    await phone.wait_for("ring:again")
    found = await rings(phone)
    assert found["live"]
    assert found["entered"] | {"seconds": 0} == {
        "key": f"entered:{talk}",
        "talk_id": talk,
        "name": "けんじ",
        "seconds": 0,
    }
    assert 50 < found["entered"]["seconds"] <= world.settings.connect_seconds
    # To the one who entered it is a talk: nothing rings.
    await caller.wait_for("ring:again")
    assert await rings(caller) == NOTHING | {"talking": True}
    assert (await console.ask("talk:join", join(talk)))["ok"]
    await phone.wait_for("ring:again", 2)
    assert await rings(phone) == CAST | {"talking": True}


async def test_an_entry_that_nobody_answered_stops_when_the_talk_is_over(
    world: World, connect: Connect, server: TestServer
) -> None:
    phone = await connect(world.cast)
    talk = await enter(world, server)
    await phone.wait_for("ring:again")
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, talk, world.caller)
    await server.app[PUSH].talks([talk])
    await phone.wait_for("ring:again", 2)
    assert await rings(phone) == CAST


async def test_a_turn_rings_with_a_name_of_its_own_until_it_is_used(
    world: World, connect: Connect, server: TestServer
) -> None:
    await world.enter()
    user = await wait_in_line(world)
    pc, phone = await connect(user), await connect(user)
    before = (await rings(pc))["places"][0]
    assert (before["seconds"], before["key"], before["pause"]) == (None, None, None)
    await stand_by(world)
    await tick(world, server)
    await phone.wait_for("waiting:place")
    called = (await rings(phone))["places"][0]
    assert called["name"] == "さくら"
    assert called["key"].startswith("turn:")
    async with world.database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, user)
    await server.app[PUSH].entered(entered)
    await phone.wait_for("ring:again")
    assert (await rings(phone))["places"] == []


async def test_a_turn_that_passed_says_so(
    world: World, connect: Connect, server: TestServer
) -> None:
    await world.enter()
    user = await wait_in_line(world)
    phone = await connect(user)
    await stand_by(world)
    await tick(world, server)
    async with world.database.transaction() as tx:
        await tx.execute(PASS, {"room": world.room, "seconds": world.settings.waiting_seconds + 1})
    await tick(world, server)
    assert await phone.wait_for("waiting:passed") == {"room_id": world.room}


async def test_those_who_wait_learn_at_once_that_the_cast_takes_a_pause(
    world: World, connect: Connect, server: TestServer
) -> None:
    await world.enter()
    first, second = await wait_in_line(world), await wait_in_line(world)
    phones = [await connect(first), await connect(second)]
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    await server.app[PUSH].talks([world.talk])
    for number, phone in enumerate(phones, 1):
        told = await phone.wait_for("waiting:place")
        assert (told["place"], told["seconds"]) == (number, None)
        assert told["pause"] is None
        assert 0 < told["resumes"] <= world.settings.pause_seconds
