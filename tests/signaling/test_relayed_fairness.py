"""The cheats once more, through the relay: there what the site counts is the evidence."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from foundation.database import Database
from foundation.settings import Settings
from media.relay.terms import Counts, KindCounts, LegKey
from rooms.talk.proof.beats import Beat
from tests.media.control.plane import SECRET, FakePlane, control_door
from tests.rooms.talk.proof.stage import Robot
from tests.rooms.talk.proof.test_fairness import MOST_FREE_SECONDS, Deaf, Denier, Mute, Never
from tests.signaling.conftest import Connect
from tests.signaling.test_fair_talks import Wired
from tests.signaling.test_relayed import appear
from tests.world import World

A_SECOND = 24


@dataclass
class Moved:
    """What of a kind has gone one way, and when it last did."""

    amount: int = 0
    at: float | None = None

    def more(self, now: float) -> None:
        self.amount, self.at = self.amount + A_SECOND, now

    def ago(self, now: float) -> int | None:
        return None if self.at is None else int((now - self.at) * 1000)


@dataclass
class Relayed(Wired):
    """The stage, with a relay between the two that counts what passes."""

    plane: FakePlane = field(default_factory=FakePlane)
    moved: defaultdict[tuple[Any, ...], Moved] = field(default_factory=lambda: defaultdict(Moved))

    def carry(self, robot: Any) -> None:
        """What arrives at a side has come from the other, and was passed on."""
        super().carry(robot)
        for kind, line in robot.lines.items():
            if line.arrived == self.now:
                self.moved[(robot.pair, robot.side, kind, "passed")].more(self.now)
                self.moved[(robot.pair, robot.other.side, kind, "came")].more(self.now)

    async def record(self, told: Beat) -> None:
        for robot in self.robots.values():
            key = LegKey(self.world.talk, robot.pair, robot.side)
            kinds = [self._kind(robot, kind) for kind in ("audio", "video")]
            self.plane.counted[key] = Counts(kinds[0], kinds[1], 9, 0, 5)
        await super().record(told)

    def _kind(self, robot: Any, kind: str) -> KindCounts:
        came, passed = (
            self.moved[(robot.pair, robot.side, kind, which)] for which in ("came", "passed")
        )
        ago = self.now
        return KindCounts(came.amount, came.ago(ago), passed.amount, passed.ago(ago))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site whose talks go through its media processes."""
    return settings.model_copy(update={"media_secret": SecretStr(SECRET), "media_path": "relay"})


@pytest.fixture
async def plane(database: Database) -> AsyncIterator[FakePlane]:
    plane = FakePlane()
    async with control_door(plane) as (_, there):
        await appear(database, there.url)
        yield plane


class Inventor(Robot):
    """Says that everything arrives, and that the other reports on all it sends."""

    rejoins = False

    def says(self) -> Beat | None:
        told = super().says()
        if told is None or told.audio is None or told.video is None:
            return told
        seen: dict[str, Any] = {
            "received": 900,
            "received_ago_ms": 0,
            "sent": 900,
            "reported_ago_ms": 0,
        }
        return replace(told, audio=replace(told.audio, **seen), video=replace(told.video, **seen))


async def played(
    world: World, connect: Connect, server: TestServer, plane: FakePlane, **robots: Any
) -> Relayed:
    stage = await Relayed.open(world, **robots)
    assert isinstance(stage, Relayed)
    stage.plane = plane
    await stage.wire(connect, server)
    return stage


@pytest.mark.parametrize("side", ["caller", "cast"])
@pytest.mark.parametrize("cheat", [Denier, Deaf])
async def test_who_denies_what_was_passed_on_denies_in_vain(
    database: Database,
    settings: Settings,
    connect: Connect,
    server: TestServer,
    plane: FakePlane,
    side: str,
    cheat: type[Robot],
) -> None:
    world = await World.of(database, settings)
    stage = await played(world, connect, server, plane, **{side: cheat})
    reading = await stage.run(140)
    assert (reading.state, reading.charged_minutes) == ("talking", 2)
    assert await world.points() == 800
    assert await stage.kept("disagree_ms") == 0
    assert await stage.broken() == []


@pytest.mark.parametrize("side", ["caller", "cast"])
@pytest.mark.parametrize("cheat", [Mute, Never])
async def test_who_gives_no_sign_of_life_is_not_shown_for_long(
    database: Database,
    settings: Settings,
    connect: Connect,
    server: TestServer,
    plane: FakePlane,
    side: str,
    cheat: type[Robot],
) -> None:
    world = await World.of(database, settings)
    stage = await played(world, connect, server, plane, **{side: cheat})
    await stage.run(140)
    assert await stage.free(stage.robots[side]) <= MOST_FREE_SECONDS
    assert await world.points() == 1000
    assert await stage.broken() == []


async def test_nothing_is_charged_for_what_did_not_pass_whatever_both_say(
    database: Database, settings: Settings, connect: Connect, server: TestServer, plane: FakePlane
) -> None:
    """The cast sends nothing, and both pages are sure that all is well."""
    world = await World.of(database, settings)
    stage = await played(world, connect, server, plane, caller=Inventor, cast=Inventor)
    stage.robots["caller"].deaf = True
    reading = await stage.run(75)
    assert (reading.state, reading.connected_ms) == ("ended", 0)
    assert reading.end_reason == "never_connected"
    assert await world.points() == 1000


async def test_who_falls_silent_in_the_middle_is_paid_up_to_then(
    database: Database, settings: Settings, connect: Connect, server: TestServer, plane: FakePlane
) -> None:
    world = await World.of(database, settings)
    stage = await played(world, connect, server, plane, caller=Inventor, cast=Inventor)
    await stage.run(40)
    stage.robots["caller"].deaf = True
    reading = await stage.run(40)
    assert reading.state != "talking"
    assert 30_000 < reading.connected_ms < 45_000
    assert await world.points() == 1000


async def test_an_honest_pair_talks_and_pays_through_the_relay(
    database: Database, settings: Settings, connect: Connect, server: TestServer, plane: FakePlane
) -> None:
    world = await World.of(database, settings)
    stage = await played(world, connect, server, plane)
    reading = await stage.run(75)
    assert (reading.state, reading.charged_minutes) == ("talking", 1)
    assert not any(stage.is_dark(robot) for robot in stage.robots.values())
