"""Who is there: whoever sits in the talk, whatever arrives of them."""

import asyncio

import pytest
import socketio
import sqlalchemy as sa
from structlog.testing import capture_logs

from foundation.database import Database, Tx
from foundation.settings import Settings
from rooms.lobby import room_states
from rooms.talk import entry
from signaling import talk_events
from signaling.door import Door
from signaling.guard import Connection
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


@pytest.fixture
async def pair(world: World, connect: Connect) -> tuple[FakeBrowser, FakeBrowser]:
    """The caller and the cast, both seated in a talk."""
    caller, cast = await connect(world.caller), await connect(world.cast)
    async with world.database.transaction() as tx:
        world.talk = (await entry.enter(tx, world.settings, world.room, world.caller)).talk_id
    assert (await caller.ask("talk:join", join(world.talk)))["ok"]
    assert (await cast.ask("talk:join", join(world.talk, "tab-two-0002")))["ok"]
    return caller, cast


async def test_who_waits_without_a_connection_is_there_for_whoever_comes_back(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    # The cast sits and waits; nothing of the caller arrives, and nothing is proved, for long.
    async with world.database.transaction() as tx:
        long_ago = sa.text("UPDATE talks SET cast_seen_at = now() - interval '60 s'")
        await tx.execute(long_ago)
    await pair[0].close()
    again = await connect(world.caller)
    assert (await again.ask("talk:join", join(world.talk, fresh=True)))["peer"] is True


async def test_who_left_is_not(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    caller, cast = pair
    before = len(caller.heard["talk:peer"])
    await cast.close()
    await caller.wait_for("talk:peer", before + 1)
    assert (await caller.ask("talk:join", join(world.talk, fresh=True)))["peer"] is False


async def test_whoever_goes_while_asking_for_the_rooms_is_no_bug(
    world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(None)
    visitor = await connect(None)
    asked, gone = asyncio.Event(), asyncio.Event()
    watchable, disconnected = room_states.watchable, talk_events.disconnected

    async def slow(tx: Tx, user_id: int | None) -> list[int] | None:
        asked.set()
        await gone.wait()
        return await watchable(tx, user_id)

    async def seen(door: Door, connection: Connection) -> None:
        await disconnected(door, connection)
        gone.set()

    monkeypatch.setattr(room_states, "watchable", slow)
    monkeypatch.setattr(talk_events, "disconnected", seen)
    with capture_logs() as lines:
        watching = asyncio.create_task(visitor.ask("directory:watch", {}))
        async with asyncio.timeout(30):
            await asked.wait()
            await visitor.close()
        with pytest.raises(socketio.exceptions.SocketIOError):
            await watching
        await asyncio.sleep(0.2)
        assert (await (await connect(None)).ask("directory:watch", {}))["ok"]
    assert [line["event"] for line in lines if line["log_level"] != "info"] == []
