"""Those who wait for a room are told of it wherever they are connected."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.embedded import EmbeddedValkey
from foundation.settings import Settings
from people.meeting import favourites
from rooms.lobby import turns, waiting
from rooms.talk import entry
from rooms.talk.past import history
from signaling.push import PUSH
from tests.signaling.browser import FakeBrowser
from tests.signaling.conftest import Connect
from tests.world import World, new_user
from web.app import make_app


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A cast in a talk with somebody."""
    made = await World.of(database, settings)
    await made.enter()
    return made


async def join(world: World) -> int:
    async with world.database.transaction() as tx:
        user = await new_user(tx, points=5000)
    async with world.database.transaction() as tx:
        await waiting.join(tx, world.settings, world.room, user)
    return user


def place(world: World, number: int, among: int, **turn: Any) -> dict[str, Any]:
    plain = {"room_id": world.room, "name": "さくら", "place": number, "waiting": among}
    return plain | {"seconds": None, "key": None, "pause": None, "resumes": None} | turn


async def stand_by(world: World, connect: Connect) -> Any:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    cast = await connect(world.cast)
    assert (await cast.ask("standby:open", {"room_id": world.room}))["ok"]
    return cast


async def test_after_a_reconnection_one_learns_where_one_stands(
    world: World, connect: Connect
) -> None:
    first, second = await join(world), await join(world)
    for number, user in enumerate((first, second), 1):
        browser = await connect(user)
        answer = await browser.ask("waiting:watch", {})
        assert answer["places"] == [place(world, number, 2)]
    assert (await (await connect(world.caller)).ask("waiting:watch", {}))["places"] == []
    assert (await (await connect(None)).ask("waiting:watch", {}))["code"] == "not_signed_in"


async def test_a_turn_and_an_entry_move_everybody_up(
    world: World, connect: Connect, server: TestServer
) -> None:
    first, second = await join(world), await join(world)
    one, two = await connect(first), await connect(second)
    await stand_by(world, connect)
    push = server.app[PUSH]
    async with world.database.transaction() as tx:
        found = await turns.call_next(tx, world.settings)
    await push.turns(found)
    told = await one.wait_for("waiting:place")
    assert told == place(world, 1, 2, seconds=told["seconds"], key=told["key"])
    assert 50 < told["seconds"] <= 60
    assert await two.wait_for("waiting:place") == place(world, 2, 2)
    async with world.database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, first)
    await push.entered(entered)
    assert await two.wait_for("waiting:place", 2) == place(world, 1, 1)


async def test_a_cast_who_ends_the_standby_lets_nobody_wait_for_nothing(
    world: World, connect: Connect
) -> None:
    browser = await connect(await join(world))
    cast = await stand_by(world, connect)
    await cast.ask("standby:close", {})
    over = await browser.wait_for("waiting:over")
    assert over == {"room_id": world.room, "reason": "closed"}


async def test_a_standby_tells_those_who_want_to_hear_of_it(world: World, connect: Connect) -> None:
    query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tell_online'"
    async with world.database.transaction() as tx:
        follower = await new_user(tx)
        await favourites.add(tx, follower, world.cast)
        await favourites.set_tells(tx, follower, world.cast, True)
        assert await tx.scalar(sa.text(query)) == 0
    await stand_by(world, connect)
    async with world.database.transaction() as tx:
        assert await tx.scalar(sa.text(query)) == 1


async def test_a_turn_on_one_process_is_told_on_another(
    world: World, database: Database, settings: Settings, valkey: EmbeddedValkey
) -> None:
    shared = settings.model_copy(update={"redis_url": valkey.url})
    user = await join(world)
    async with asyncio.timeout(60):
        here, there = (TestServer(make_app(shared, database)) for _ in range(2))
        await here.start_server()
        await there.start_server()
        browser = await FakeBrowser.open(there, database, shared, user)
        try:
            async with database.transaction() as tx:
                await history.leave(tx, shared, world.talk, world.caller)
            cast = await FakeBrowser.open(here, database, shared, world.cast)
            await cast.ask("standby:open", {"room_id": world.room})
            async with database.transaction() as tx:
                found = await turns.call_next(tx, shared)
            await here.app[PUSH].turns(found)
            assert (await browser.wait_for("waiting:place"))["seconds"] is not None
            await cast.close()
        finally:
            await browser.close()
            await here.close()
            await there.close()
