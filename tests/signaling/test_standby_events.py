"""A stand-by whose page says that its devices don't work: the site counts down, and closes it."""

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from scheduler.ticker import tick
from signaling.push import PUSH
from tests.rooms.calling.scene import Calling
from tests.signaling.browser import FakeBrowser
from tests.signaling.conftest import Connect
from tests.world import World


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


@pytest.fixture
async def cast(world: World, connect: Connect) -> FakeBrowser:
    browser = await connect(world.cast)
    assert (await browser.ask("standby:open", {"room_id": world.room}))["ok"]
    return browser


async def pass_by(world: World, seconds: float) -> None:
    later = sa.text("UPDATE standbys SET devices_lost_at = devices_lost_at - :s * interval '1 s'")
    async with world.database.transaction() as tx:
        await tx.execute(later, {"s": seconds})


async def test_a_beat_without_devices_is_told_how_long_the_room_stays_open(
    world: World, cast: FakeBrowser
) -> None:
    most = world.settings.standby_devices_seconds
    answer = await cast.ask("standby:beat", {"works": False})
    assert answer == {"ok": True, "open": True, "closes_in": most}
    await pass_by(world, most - 5)
    answer = await cast.ask("standby:beat", {"works": False})
    assert 0 < answer["closes_in"] <= 5
    assert (await cast.ask("standby:beat", {"works": True}))["closes_in"] is None
    # A page of before the change says nothing of its devices.
    assert await cast.ask("standby:beat", {}) == {"ok": True, "open": True, "closes_in": None}


async def test_the_site_takes_such_a_room_off_standby_and_says_why(
    world: World, cast: FakeBrowser, connect: Connect, server: TestServer
) -> None:
    visitor = await connect(None)
    assert (await visitor.ask("directory:watch", {}))["rooms"][str(world.room)] == "open"
    await cast.ask("standby:beat", {"works": False})
    await pass_by(world, world.settings.standby_devices_seconds + 1)
    await tick(world.settings, world.database, server.app[PUSH])
    assert await cast.wait_for("standby:closed") == {"reason": "devices"}
    event = await visitor.wait_for("directory:room")
    assert event == {"room_id": world.room, "state": "closed"}
    assert (await cast.ask("standby:beat", {"works": False}))["open"] is False
    assert (await cast.ask("standby:watch", {}))["standby"] is None


async def test_another_page_with_a_microphone_keeps_the_room_open(
    world: World, cast: FakeBrowser, connect: Connect
) -> None:
    other = await connect(world.cast)
    await cast.ask("standby:beat", {"works": False})
    await other.ask("standby:beat", {"works": True})
    answer = await cast.ask("standby:beat", {"works": False})
    assert answer["closes_in"] == world.settings.standby_devices_seconds


async def test_whoever_looks_is_told_by_which_medium_a_cast_waits(
    database: Database, settings: Settings, connect: Connect
) -> None:
    """A page that missed the news would offer a browser to who waits for calls."""
    here = await World.of(database, settings)
    rung = await Calling.begun(database, settings)
    visitor = await connect(None)
    answer = await visitor.ask("directory:watch", {})
    for room, medium in ((here.room, None), (rung.room, "telephone")):
        assert answer["rooms"][str(room)] == "open"
        assert answer["media"].get(str(room)) == medium
    await rung.ask()
    answer = await visitor.ask("directory:watch", {})
    assert (answer["rooms"][str(rung.room)], str(rung.room) in answer["media"]) == ("busy", False)
