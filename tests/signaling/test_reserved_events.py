"""What the two of a reserved talk agree on, and how a cast elsewhere is warned."""

import pytest
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from rooms.booking import reserved_talks
from rooms.talk import entry
from signaling.push import PUSH
from tests.rooms.booked import Booked
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


async def seated(world: Booked, connect: Connect) -> tuple[FakeBrowser, FakeBrowser]:
    """Both in the talk of a reservation that has just begun."""
    booked = await world.until_start(await world.book(2), 5)
    await world.stand_by()
    entered = await world.do(reserved_talks.enter, world.settings, booked.id, world.caller)
    assert isinstance(entered, entry.Entered)
    world.talk = entered.talk_id
    caller, cast = await connect(world.caller), await connect(world.cast)
    assert (await caller.ask("talk:join", join(world.talk)))["ok"]
    assert (await cast.ask("talk:join", join(world.talk, "tab-two-0002")))["ok"]
    return caller, cast


async def test_each_side_sees_at_once_that_the_other_would_go_on(
    world: Booked, connect: Connect
) -> None:
    caller, cast = await seated(world, connect)
    for browser in (caller, cast):
        browser.heard.clear()
    meter = (await caller.ask("talk:go_on", {"talk_id": world.talk, "agree": True}))["meter"]
    assert (meter["reserved"], meter["prepaid"]) == (True, 3000)
    assert meter["go_on"] == {"mine": True, "other": False}
    assert (await cast.wait_for("talk:meter"))["go_on"] == {"mine": False, "other": True}
    meter = (await caller.ask("talk:go_on", {"talk_id": world.talk, "agree": False}))["meter"]
    assert meter["go_on"] == {"mine": False, "other": False}


async def test_only_who_sits_in_a_reserved_talk_agrees(world: Booked, connect: Connect) -> None:
    caller, _ = await seated(world, connect)
    asked = {"talk_id": world.talk, "agree": True}
    stranger = await connect(await world.another())
    assert (await stranger.ask("talk:go_on", asked))["code"] == "not_in_talk"
    assert (await caller.ask("talk:go_on", {**asked, "agree": "yes"}))["code"] == "bad_payload"
    async with world.owner.transaction() as tx:
        await tx.exec_driver_sql("UPDATE talks SET went_on_at = clock_timestamp()")
    assert (await caller.ask("talk:go_on", asked))["code"] == "not_reserved"


async def test_a_cast_in_another_talk_is_warned_on_all_their_connections(
    world: Booked, connect: Connect, server: TestServer
) -> None:
    booked, guest = await world.book(2), await world.another()
    await world.until_start(booked, -590)
    await world.stand_by()
    entered = await world.do(entry.enter, world.settings, world.room, guest)
    cast, caller = await connect(world.cast), await connect(guest)
    await server.app[PUSH].reserved_soon(await world.do(reserved_talks.warn_of_next))
    told = await cast.wait_for("talk:reserved_soon")
    assert (told["talk_id"], told["minutes"], told["reservation_id"]) == (
        entered.talk_id, 10, booked.id,
    )  # fmt: skip
    assert not caller.heard["talk:reserved_soon"]
