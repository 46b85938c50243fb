"""Asking, agreeing and stopping over the wire: both pages learn how it stands, also reloaded."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer

from foundation import background
from foundation.database import Database
from foundation.settings import Settings
from media import hosts
from media.control.link import PATH
from media.control.messages import HostState
from media.control.server import ControlServer
from media.relay.terms import LegKey, RelayError
from rooms.ground.tables import rooms, talks
from rooms.recording import settling, writing
from rooms.recording.wording import Wording
from rooms.talk import entry
from signaling.push import PUSH
from tests.rooms.recording.scene import ALLOWED
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World

CALLER_TAB, CAST_TAB = "tab-one-0001", "tab-two-0002"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update=ALLOWED)


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        asks = sa.update(rooms).where(rooms.c.id == world.room)
        await tx.execute(asks.values(recording_since=sa.func.now()))
    return world


class Deaf:
    """A relay that no browser reaches: here nobody sends anything anyway."""

    async def answer(self, key: LegKey, offer_sdp: str) -> str:
        raise RelayError("full", f"{key}: {len(offer_sdp)}")

    async def hang_up(self, talk_id: int, below_pair: int | None = None) -> None:
        pass

    def counts(self, key: LegKey) -> None:
        return None


@pytest.fixture(autouse=True)
async def media_host(database: Database, settings: Settings) -> AsyncIterator[int]:
    """A media process that gives signs of life, and answers whoever proves the secret."""
    assert settings.media_secret is not None
    secret, host = settings.media_secret.get_secret_value(), 0
    door = ControlServer(
        Deaf(), secret, lambda: HostState(host_id=host, legs=0, draining=False), None
    )
    app = web.Application()
    app.router.add_get(PATH, door.handle)
    server = TestServer(app)
    await server.start_server()
    async with database.transaction() as tx:
        host = await hosts.appear(tx, f"ws://{server.host}:{server.port}", 200)

    async def live() -> None:
        while True:
            async with database.transaction() as tx:
                await hosts.beat(tx, host, 0)
            await asyncio.sleep(0.5)

    living = asyncio.create_task(live())
    yield host
    await background.end(living)
    await door.close()
    await server.close()


@pytest.fixture
async def pair(world: World, connect: Connect) -> tuple[FakeBrowser, FakeBrowser]:
    """The caller and the cast, both seated in a talk."""
    caller, cast = await connect(world.caller), await connect(world.cast)
    async with world.database.transaction() as tx:
        world.talk = (await entry.enter(tx, world.settings, world.room, world.caller)).talk_id
    assert (await caller.ask("talk:join", join(world.talk, CALLER_TAB)))["ok"]
    assert (await cast.ask("talk:join", join(world.talk, CAST_TAB)))["ok"]
    return caller, cast


def record(world: World, act: str) -> dict[str, Any]:
    return {"talk_id": world.talk, "act": act, "seen": Wording("ja", 30).seen}


async def told(browser: FakeBrowser, state: str) -> dict[str, Any]:
    """The first push that says this state."""
    count = 1
    while (found := await browser.wait_for("talk:recording", count))["state"] != state:
        count += 1
    return dict(found)


async def test_both_are_told_of_the_question_the_consent_and_the_stop(
    world: World, pair: tuple[FakeBrowser, FakeBrowser]
) -> None:
    caller, cast = pair
    asked = await cast.ask("talk:record", record(world, "ask"))
    assert (asked["recording"]["state"], asked["recording"]["by"]) == ("asked", "mine")
    question = await told(caller, "asked")
    assert (question["by"], question["allowed"]) == ("other", True)
    assert 0 < question["left_ms"] <= 60_000
    agreed = await caller.ask("talk:record", record(world, "agree"))
    assert agreed["recording"]["state"] == "agreed"
    await told(cast, "agreed")
    stopped = await cast.ask("talk:record", record(world, "stop"))
    assert (stopped["recording"]["state"], stopped["recording"]["ended_by"]) == ("ended", "mine")
    assert (await told(caller, "ended"))["ended_by"] == "other"


async def test_what_the_writer_does_is_told_with_the_tick(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], server: TestServer
) -> None:
    caller, cast = pair
    await cast.ask("talk:record", record(world, "ask"))
    await caller.ask("talk:record", record(world, "agree"))
    async with world.database.transaction() as tx:
        host = await tx.scalar(sa.select(talks.c.media_host).where(talks.c.id == world.talk))
        (order,) = await writing.orders(tx, int(host or 0))
        await writing.written(tx, [order.recording_id])
    async with world.database.transaction() as tx:
        changed = await settling.settle(tx)
    assert server.app is not None
    await server.app[PUSH].recordings(changed)
    for browser in pair:
        assert (await told(browser, "running"))["recording_id"] == order.recording_id


async def test_a_reload_learns_it_from_its_seat(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    _, cast = pair
    await cast.ask("talk:record", record(world, "ask"))
    again = await connect(world.caller)
    joined = await again.ask("talk:join", join(world.talk, CALLER_TAB))
    assert (joined["recording"]["state"], joined["recording"]["by"]) == ("asked", "other")
    await again.ask("talk:record", record(world, "agree"))
    joined = await again.ask("talk:join", join(world.talk, CALLER_TAB))
    assert joined["recording"]["state"] == "agreed"
    # Whoever missed a push looks.
    looked = await cast.ask("talk:record", record(world, "look"))
    assert looked["recording"]["state"] == "agreed"


async def test_only_a_seat_asks_agrees_and_stops(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    _, cast = pair
    await cast.ask("talk:record", record(world, "ask"))
    for user in (None, world.caller, world.cast):
        elsewhere = await connect(user)
        for act in ("ask", "agree", "stop", "look"):
            refused = await elsewhere.ask("talk:record", record(world, act))
            assert (refused["ok"], refused["code"]) == (False, "not_in_talk")
    looked = await cast.ask("talk:record", record(world, "look"))
    assert looked["recording"]["state"] == "asked"


@pytest.mark.parametrize(
    "wrong", [{"act": "begin"}, {"seen": "x" * 41}, {"agree": True}, {"seen": None}]
)
async def test_other_payloads_are_refused(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], wrong: dict[str, Any]
) -> None:
    refused = await pair[0].ask("talk:record", record(world, "ask") | wrong)
    assert (refused["ok"], refused["code"]) == (False, "bad_payload")


async def test_a_refusal_comes_in_words(
    world: World, pair: tuple[FakeBrowser, FakeBrowser]
) -> None:
    refused = await pair[0].ask("talk:record", record(world, "ask") | {"seen": "0/ja/30"})
    assert (refused["ok"], refused["code"]) == (False, "recording_words_changed")
    assert "説明" in refused["message"]
