"""TURN credentials are for the two of a live talk, and fresh whenever a connection is made."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from foundation.database import Database
from foundation.settings import Settings
from media import ice
from rooms.talk import entry
from rooms.talk.past import history
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World, new_user

NOW = 1_800_000_000.0


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site with a TURN server."""
    turn = {"turn_urls": ("turn:turn.example:3478",), "turn_secret": SecretStr("s" * 32)}
    return settings.model_copy(update=turn)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of credentials, which stands until it is set."""
    clock = SimpleNamespace(now=NOW)
    monkeypatch.setattr(ice, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """Two who are in a talk."""
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        world.talk = (await entry.enter(tx, settings, world.room, world.caller)).talk_id
    return world


def until_and_name(servers: list[dict[str, Any]]) -> tuple[int, str]:
    """Until when a credential is good, and for whom."""
    [username] = [server["username"] for server in servers if "username" in server]
    until, _, name = username.partition(":")
    return int(until), name


async def sit(browser: FakeBrowser, world: World, tab: str, **more: Any) -> tuple[int, str]:
    """Join; the credential."""
    ack = await browser.ask("talk:join", join(world.talk, tab, **more))
    assert ack["ok"]
    return until_and_name(ack["ice_servers"])


async def test_each_side_has_its_own_and_a_fresh_one_at_each_join(
    world: World, connect: Connect, clock: SimpleNamespace
) -> None:
    caller, cast = await connect(world.caller), await connect(world.cast)
    first, name = await sit(caller, world, "tab-one-0001")
    assert NOW + 570 < first <= NOW + 600
    assert (await sit(cast, world, "tab-two-0002"))[1] != name
    clock.now += 120
    assert await sit(caller, world, "tab-one-0001") == (first + 120, name)
    assert await sit(caller, world, "tab-one-0001", fresh=False) == (first + 120, name)


async def test_whoever_joined_long_ago_is_given_a_good_one_for_the_new_pair(
    world: World, connect: Connect, clock: SimpleNamespace
) -> None:
    caller, cast = await connect(world.caller), await connect(world.cast)
    old, name = await sit(caller, world, "tab-one-0001")
    clock.now += 3000
    _, other = await sit(cast, world, "tab-two-0002")
    news = await caller.wait_for("talk:peer")
    assert (news["present"], news["pair"]) == (True, 2)
    assert until_and_name(news["ice_servers"]) == (old + 3000, name)
    assert other not in str(news)
    await cast.close()
    gone = await caller.wait_for("talk:peer", 2)
    assert gone == {"talk_id": world.talk, "pair": 0, "present": False}


async def test_a_page_that_joins_without_end_is_served_and_gets_no_endless_supply(
    world: World, connect: Connect, clock: SimpleNamespace
) -> None:
    caller = await connect(world.caller)
    had = set()
    for _ in range(50):
        until, _ = await sit(caller, world, "tab-one-0001")
        assert until > clock.now + 569
        had.add(until)
        clock.now += 1
    assert len(had) <= 3


async def test_nobody_else_is_given_one(
    world: World, connect: Connect, clock: SimpleNamespace
) -> None:
    async with world.database.transaction() as tx:
        other = await new_user(tx)
    stranger, visitor = await connect(other), await connect(None)
    for browser in (stranger, visitor):
        refused = await browser.ask("talk:join", join(world.talk))
        assert (refused["ok"], refused["code"]) in (
            (False, "talk_unknown"),
            (False, "not_signed_in"),
        )
        assert "username" not in str(refused)


async def test_nor_are_the_two_once_it_is_over(
    world: World, connect: Connect, clock: SimpleNamespace
) -> None:
    caller = await connect(world.caller)
    await sit(caller, world, "tab-one-0001")
    async with world.database.transaction() as tx:
        assert await history.leave(tx, world.settings, world.talk, world.cast)
    refused = await caller.ask("talk:join", join(world.talk))
    assert (refused["ok"], refused["code"]) == (False, "talk_over")
    assert "username" not in str(refused)


async def test_another_tab_that_is_turned_away_gets_none(
    world: World, connect: Connect, clock: SimpleNamespace
) -> None:
    caller, second = await connect(world.caller), await connect(world.caller)
    await sit(caller, world, "tab-one-0001")
    refused = await second.ask("talk:join", join(world.talk, "tab-new-0003"))
    assert refused["code"] == "talk_elsewhere"
    assert "username" not in str(refused)
