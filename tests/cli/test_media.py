"""A media process: what it says of itself, what it lets go of, and how it stops."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from cli.media import MediaProcess, media, relay_settings
from foundation.database import Database
from foundation.settings import Settings
from media import hosts
from media.relay.terms import LegKey, MediaAddress, RelayTotals
from media.tables import media_hosts
from rooms.talk.past import history
from tests.media.control.plane import SECRET, FakePlane, moved
from tests.world import World


@dataclass
class FakeRelay(FakePlane):
    """A relay with legs that tests put there."""

    connected: list[LegKey] = field(default_factory=list)
    hung_up: list[tuple[int, int | None]] = field(default_factory=list)
    on_down: Callable[[LegKey], None] = lambda _: None
    closed: bool = False

    def legs(self) -> list[LegKey]:
        return list(self.connected)

    def totals(self) -> RelayTotals:
        return RelayTotals(700, 70_000, 3, 0)

    async def hang_up(self, talk_id: int, below_pair: int | None = None) -> None:
        self.hung_up.append((talk_id, below_pair))
        for leg in self.legs():
            if leg.talk_id == talk_id and (below_pair is None or leg.pair < below_pair):
                self.connected.remove(leg)
                self.on_down(leg)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site whose talks go through its media processes, and which waits little for one's end."""
    more = {"media_secret": SecretStr(SECRET), "media_path": "relay", "media_drain_seconds": 1}
    return settings.model_copy(update=more)


@pytest.fixture
def relay() -> FakeRelay:
    return FakeRelay()


@pytest.fixture
async def process(database: Database, settings: Settings, relay: FakeRelay) -> MediaProcess:
    made: Any = relay
    process = MediaProcess(settings, database, made, "ws://media:8090")
    await process.appear()
    return process


async def row(database: Database) -> Any:
    async with database.transaction() as tx:
        return (await tx.execute(sa.select(media_hosts))).one_or_none()


async def test_each_sign_of_life_says_how_many_are_connected(
    database: Database, process: MediaProcess, relay: FakeRelay
) -> None:
    world = await World.of(database, process._settings)
    await world.enter()
    relay.connected = [LegKey(world.talk, 2, "caller"), LegKey(world.talk, 2, "cast")]
    before = await row(database)
    await process.beat()
    after = await row(database)
    assert (after.id, after.legs, after.most_legs) == (process.host_id, 2, 200)
    assert after.seen_at > before.seen_at
    assert len(relay.legs()) == 2


async def test_legs_of_talks_that_are_over_are_let_go(
    database: Database, settings: Settings, process: MediaProcess, relay: FakeRelay
) -> None:
    """Else two who are no longer metered could go on through the site for nothing."""
    world = await World.of(database, settings)
    await world.enter()
    now = LegKey(world.talk, 2, "caller")
    relay.connected = [LegKey(world.talk, 1, "caller"), now, LegKey(9_999, 1, "cast")]
    await process.beat()
    assert relay.legs() == [now]
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.cast)
    await process.beat()
    assert relay.legs() == []


async def test_legs_of_a_talk_that_went_elsewhere_are_let_go(
    database: Database, settings: Settings, process: MediaProcess, relay: FakeRelay
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    relay.connected = [LegKey(world.talk, 2, "caller")]
    async with database.transaction() as tx:
        await hosts.lose(tx, process.host_id)
        await tx.execute(sa.text("UPDATE talks SET media_path = 'p2p', media_host = NULL"))
    await process.beat()
    assert relay.legs() == []


async def test_one_that_was_swept_enters_itself_anew(
    database: Database, process: MediaProcess
) -> None:
    first = process.host_id
    async with database.transaction() as tx:
        await hosts.vanish(tx, first)
    await process.beat()
    assert process.host_id > first
    assert (await row(database)).id == process.host_id


async def test_one_that_stops_waits_until_all_have_gone(
    database: Database, settings: Settings, process: MediaProcess, relay: FakeRelay
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    relay.connected = [LegKey(world.talk, 2, "caller")]
    stops = asyncio.create_task(process.drain())
    async with asyncio.timeout(30):
        while not (await row(database)).draining:
            await asyncio.sleep(0.01)
    await relay.hang_up(world.talk)
    await stops
    await process.vanish()
    assert await row(database) is None
    assert relay.closed


async def test_one_that_stops_does_not_wait_for_ever(
    database: Database, settings: Settings, process: MediaProcess, relay: FakeRelay
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    relay.connected = [LegKey(world.talk, 2, "caller")]
    async with asyncio.timeout(30):
        await process.drain()
    assert relay.legs()


async def test_it_says_whether_it_lives_and_what_it_has_done(
    process: MediaProcess, relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.connected = [LegKey(7, 2, "caller")]
    relay.counted = {relay.connected[0]: moved(1, 1)}
    async with TestClient(TestServer(process.application())) as client:
        answer = await client.get("/healthz")
        assert (answer.status, (await answer.json())["legs"]) == (200, 1)
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/control")).status == 403
        monkeypatch.setattr(hosts, "LIVE_SECONDS", -1)
        assert (await client.get("/healthz")).status == 503


def test_the_relay_is_bound_as_the_settings_say(settings: Settings) -> None:
    more = {"media_addresses": ("10.0.0.5=192.0.43.8", "::1"), "media_udp_ports": "5000-5009"}
    found = relay_settings(settings.model_copy(update=more))
    assert found.addresses == (MediaAddress("10.0.0.5", "192.0.43.8"), MediaAddress("::1", "::1"))
    assert (found.ports, found.most_legs) == ((5000, 5009), 200)


def test_without_the_secret_there_is_none() -> None:
    with pytest.raises(typer.BadParameter, match=re.escape("HITOTOKI_MEDIA_SECRET")):
        media()


def test_web_processes_must_be_told_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITOTOKI_MEDIA_SECRET", SECRET)
    with pytest.raises(typer.BadParameter, match="HITOTOKI_MEDIA_URL"):
        media(host="0.0.0.0")
