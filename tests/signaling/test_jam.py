"""A jam of pages, or of beats, ends nobody's talk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import socketio
import sqlalchemy as sa
import structlog
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import sessions
from rooms.ground.tables import talks
from rooms.talk import entry
from scheduler import ticker
from signaling import pulse
from signaling.push import PUSH
from signaling.server import LIVE
from tests.signaling.browser import FakeBrowser, beat, join
from tests.signaling.conftest import Connect
from tests.world import World


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        world.talk = (await entry.enter(tx, settings, world.room, world.caller)).talk_id
    return world


@asynccontextmanager
async def all_held(database: Database) -> AsyncIterator[None]:
    """Pages that don't come to an end hold every connection that they may have."""
    pool: Any = database.engine.pool
    async with AsyncExitStack() as pages:
        for _ in range(pool.size() + pool._max_overflow):
            await pages.enter_async_context(database.transaction())
        waiting = asyncio.create_task(pages.enter_async_context(database.transaction()))
        await asyncio.sleep(0.05)
        assert not waiting.done(), "there was a connection left"
        try:
            yield
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def seated(browser: FakeBrowser, talk: int, tab: str) -> int:
    answer = await browser.ask("talk:join", join(talk, tab))
    assert answer["ok"], answer
    return int(answer["pair"])


async def state_of(database: Database, talk: int) -> str:
    async with database.transaction() as tx:
        return str(await tx.scalar(sa.select(talks.c.state).where(talks.c.id == talk)))


async def test_a_jam_of_pages_interrupts_nobody(world: World, connect: Connect) -> None:
    caller, cast = await connect(world.caller), await connect(world.cast)
    await seated(caller, world.talk, "tab-one-0001")
    pair = await seated(cast, world.talk, "tab-two-0002")
    async with all_held(world.database):
        assert (await caller.ask("talk:beat", beat(world.talk, pair)))["ok"]
        meter = (await cast.ask("talk:beat", beat(world.talk, pair)))["meter"]
        assert meter["state"] == "talking"
        # The other side is told as well.
        assert (await caller.wait_for("talk:meter"))["state"]
        assert (await caller.ask("talk:leave", {"talk_id": world.talk}))["ok"]
        await cast.wait_for("talk:ended")


async def test_a_jam_of_pages_keeps_nobody_from_coming_back(
    world: World, server: TestServer, connect: Connect
) -> None:
    caller, cast = await connect(world.caller), await connect(world.cast)
    await seated(caller, world.talk, "tab-one-0001")
    await seated(cast, world.talk, "tab-two-0002")
    # Signed in before: the cookie is all that a tunnel leaves.
    async with world.database.transaction() as tx:
        token = await sessions.open_for(tx, world.caller, days=1)
    cookie = f"{sessions.cookie_name(world.settings)}={token}"
    await caller.close()
    async with all_held(world.database):
        back = FakeBrowser(socketio.AsyncClient(reconnection=False))
        await back.sio.connect(
            str(server.make_url("/")), headers={"Cookie": cookie}, transports=["websocket"]
        )
        try:
            await seated(back, world.talk, "tab-one-0001")
        finally:
            await back.close()


async def test_the_ticker_ticks_through_a_jam_of_pages(
    world: World, settings: Settings, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = settings.model_copy(update={"connect_seconds": 5})
    await world.wait(10)
    monkeypatch.setattr(ticker, "TICK_SECONDS", 0.1)
    async with all_held(world.database):
        clock = asyncio.create_task(ticker.run(ended, world.database, server.app[PUSH]))
        try:
            async with asyncio.timeout(10):
                while await state_of(server.app[LIVE], world.talk) != "ended":
                    await asyncio.sleep(0.05)
        finally:
            clock.cancel()
            await asyncio.gather(clock, return_exceptions=True)


async def test_a_full_pulse_asks_to_beat_again_and_blames_nobody(
    world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, cast = await connect(world.caller), await connect(world.cast)
    pair = await seated(caller, world.talk, "tab-one-0001")
    monkeypatch.setattr(pulse, "MOST_WAITING", 0)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            refused = await caller.ask("talk:beat", beat(world.talk, pair))
            assert (refused["ok"], refused["code"]) == (False, "too_busy")
        assert (await cast.ask("standby:beat", {}))["code"] == "too_busy"
    # Told once, not once a beat, and not as a client that breaks the protocol.
    assert [line["event"] for line in lines] == ["pulse.full"]
    monkeypatch.undo()
    assert (await caller.ask("talk:beat", beat(world.talk, pair)))["ok"]


async def test_a_rush_into_one_talk_leaves_connections_to_the_beats_of_others(
    world: World, database: Database, settings: Settings, connect: Connect
) -> None:
    other = await World.of(database, settings)
    async with database.transaction() as tx:
        other.talk = (await entry.enter(tx, settings, other.room, other.caller)).talk_id
    calm, crowd = await connect(other.caller), await connect(world.caller)
    pair = await seated(calm, other.talk, "tab-one-0001")
    async with database.transaction() as holder:
        # Whoever wants into this talk waits for it, with a connection.
        await holder.execute(sa.select(talks).where(talks.c.id == world.talk).with_for_update())
        joins = [asyncio.create_task(crowd.ask("talk:join", join(world.talk))) for _ in range(20)]
        await asyncio.sleep(0.1)
        assert (await calm.ask("talk:beat", beat(other.talk, pair)))["ok"]
        assert not any(one.done() for one in joins)
    assert all(answer["ok"] for answer in await asyncio.gather(*joins))
