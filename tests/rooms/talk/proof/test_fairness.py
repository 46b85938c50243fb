"""Nobody has a talk for nothing, whatever a page says, and no minute is charged without both."""

from dataclasses import replace
from typing import Any

import pytest

from foundation.database import Database
from foundation.settings import Settings
from rooms.talk.proof.beats import Beat, Flow
from tests.rooms.talk.proof.stage import Robot, Stage
from tests.world import World

MOST_FREE_SECONDS = 25
SIDES = ("caller", "cast")


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


def denied(flow: Flow | None) -> Flow | None:
    """The same, but nothing arrives."""
    return replace(flow, received=0, received_ago_ms=None) if flow else None


def deny(told: Beat | None) -> Beat | None:
    """The same beat, but nothing arrives."""
    return replace(told, audio=denied(told.audio), video=denied(told.video)) if told else None


class Denier(Robot):
    """Says that nothing arrives in all beats but one in eighty seconds."""

    good_at = -99.0
    rejoins = False

    def says(self) -> Beat | None:
        told = super().says()
        arrived = self.lines["audio"].arrived is not None
        if arrived and self.stage.now >= self.good_at + 80:
            self.good_at = self.stage.now
            return told
        return deny(told)


class Mute(Denier):
    """Says nothing at all but one good beat in eighty seconds."""

    def says(self) -> Beat | None:
        told = super().says()
        return told if self.good_at == self.stage.now else None


class Never(Robot):
    """Never beats."""

    rejoins = False

    def says(self) -> Beat | None:
        return None


class Deaf(Robot):
    """Says in every beat that nothing has ever arrived."""

    rejoins = False

    def says(self) -> Beat | None:
        return deny(super().says())


class Renewer(Robot):
    """Asks for a new pair every thirteen seconds, and proves each of them once."""

    rejoins = False
    proved = 0

    def says(self) -> Beat | None:
        told = super().says()
        if self.lines["audio"].arrived is None:
            return told
        if self.proved == self.pair:
            return None
        self.proved = self.pair
        return told

    async def live(self) -> None:
        if self.stage.now - self.joined_at >= 13:
            await self.join()
        await super().live()


class Closer(Robot):
    """Proves, and then takes its page's connection down for a while, socket and all, for ever."""

    rejoins = True

    async def live(self) -> None:
        proving = self.reading is not None and self.reading.running
        self.offline = False
        if proving and self.stage.now % 20 >= 10:
            return
        await super().live()


async def played(world: World, side: str, robot: type[Robot], seconds: int) -> Stage:
    """Let a cheat play a side for so long, and check what must hold of everybody."""
    cast: dict[str, Any] = {side: robot}
    stage = await Stage.open(world, **cast)
    await stage.run(seconds)
    for one in stage.robots.values():
        assert await stage.free(one) <= MOST_FREE_SECONDS
    proved = (await world.reading()).connected_ms
    charged = await stage.kept("next_minute") - 1
    assert charged <= max(0, proved - 60_000) // 60_000 + 1
    assert charged == 0 or proved >= 60_000
    assert await stage.broken() == []
    return stage


async def ended_by(stage: Stage) -> str | None:
    return (await stage.world.reading()).end_reason


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("robot", [Denier, Deaf])
async def test_who_denies_what_arrives_is_contradicted(
    world: World, side: str, robot: type[Robot]
) -> None:
    stage = await played(world, side, robot, 200)
    assert await ended_by(stage) == "reports_disagree"
    assert stage.now < 60
    assert await world.points() == 1000


@pytest.mark.parametrize("side", SIDES)
async def test_who_is_mute_but_now_and_then_uses_up_the_allowance(world: World, side: str) -> None:
    stage = await played(world, side, Mute, 400)
    assert await ended_by(stage) is not None
    assert stage.now <= 330


@pytest.mark.parametrize("side", SIDES)
async def test_who_never_beats_is_shown_nothing(world: World, side: str) -> None:
    stage = await played(world, side, Never, 100)
    assert await ended_by(stage) == "never_connected"
    assert max(robot.bright for robot in stage.robots.values()) == 0


@pytest.mark.parametrize("side", SIDES)
async def test_new_pairs_without_end_give_nothing(world: World, side: str) -> None:
    stage = await played(world, side, Renewer, 400)
    assert await ended_by(stage) in ("reports_disagree", "connection_lost")
    assert stage.now <= 260


@pytest.mark.parametrize("side", SIDES)
async def test_pausing_again_and_again_gives_nothing(world: World, side: str) -> None:
    await played(world, side, Closer, 300)


async def test_a_minute_is_not_had_back_by_denying_it(world: World) -> None:
    class Later(Denier):
        """Honest until the first minute is charged."""

        def says(self) -> Beat | None:
            charged = self.reading is not None and self.reading.charged_minutes > 0
            return deny(Robot.says(self)) if charged else Robot.says(self)

    stage = await played(world, "caller", Later, 200)
    assert await ended_by(stage) == "reports_disagree"
    assert await world.points() == 900


async def test_a_cast_who_denies_after_the_charge_gains_nothing_more(world: World) -> None:
    class Later(Denier):
        """Honest until the first minute is charged."""

        def says(self) -> Beat | None:
            charged = self.reading is not None and self.reading.charged_minutes > 0
            return deny(Robot.says(self)) if charged else Robot.says(self)

    stage = await played(world, "cast", Later, 200)
    assert await ended_by(stage) == "reports_disagree"
    assert await stage.kept("next_minute") == 2


@pytest.mark.parametrize("side", SIDES)
async def test_what_the_points_do_not_cover_ends_at_its_end_also_in_silence(
    database: Database, settings: Settings, side: str
) -> None:
    class Silent(Robot):
        """Silent from three seconds before the end on, but for a beat now and then."""

        rejoins = False

        def says(self) -> Beat | None:
            reading = self.reading
            left = reading.ends_ms - reading.connected_ms if reading else 99_000
            if left < 3000 and int(self.stage.now) % 14:
                return None
            return super().says()

    world = await World.of(database, settings, points=100, rate=20)
    cheat: dict[str, Any] = {side: Silent}
    stage = await Stage.open(world, **cheat)
    reading = await stage.run(500)
    assert (reading.end_reason, reading.charged_minutes) == ("points_exhausted", 5)
    assert stage.now <= 360 + 5
    assert await stage.free(stage.robots[side]) <= MOST_FREE_SECONDS
    assert await stage.broken() == []


@pytest.mark.parametrize("side", SIDES)
async def test_who_says_that_the_picture_stands_hears_no_more_for_it(
    world: World, side: str
) -> None:
    class Frozen(Robot):
        """Says that no frame comes, but for one in fifteen seconds."""

        rejoins = False

        def says(self) -> Beat | None:
            told = super().says()
            if told is None or told.video is None or int(self.stage.now) % 15 == 0:
                return told
            frozen = replace(told.video, received=0, received_ago_ms=12_000)
            return replace(told, video=frozen)

    await played(world, side, Frozen, 300)


@pytest.mark.parametrize("side", SIDES)
async def test_invented_reports_charge_nobody(world: World, side: str) -> None:
    class Inventor(Robot):
        """Claims reports of everything that it sends, all the time."""

        def says(self) -> Beat | None:
            told = super().says()
            if told is None or told.audio is None:
                return told
            return replace(told, audio=replace(told.audio, reported_ago_ms=0))

    cheat: dict[str, Any] = {side: Inventor}
    stage = await Stage.open(world, **cheat)
    before = (await stage.run(30)).connected_ms
    stage.robots[side].other.deaf = True
    stage.robots[side].other.rejoins = False
    reading = await stage.run(100)
    assert reading.end_reason == "reports_disagree"
    assert reading.connected_ms <= before + 2000
    assert (reading.charged_minutes, await world.points()) == (0, 1000)
