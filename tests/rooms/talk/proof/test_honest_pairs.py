"""Honest pairs are never taken for cheats, whatever befalls them: they talk on, and pay."""

from dataclasses import replace
from typing import Any

import pytest

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.talk.proof.beats import Beat
from tests.rooms.talk.proof.stage import Robot, Stage
from tests.world import World

SIDES = ("caller", "cast")


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings, points=3000)


async def must_go_on(stage: Stage) -> None:
    """The two talk on brightly, and nobody was contradicted."""
    reading = await stage.run(20)
    assert (reading.state, reading.dark) == ("talking", False)
    assert await stage.kept("disagree_ms") == 0
    assert await stage.broken() == []


async def test_an_honest_pair_talks_and_pays(world: World) -> None:
    stage = await Stage.open(world)
    reading = await stage.run(130)
    assert (reading.state, reading.dark, reading.charged_minutes) == ("talking", False, 2)
    assert await stage.kept("unproved_ms") < 2000
    assert all(reading.state != "interrupted" for reading in stage.readings)


async def test_by_voice_only(world: World) -> None:
    stage = await Stage.open(world, video=False)
    await stage.run(60)
    await must_go_on(stage)
    assert all(reading.state != "interrupted" for reading in stage.readings)


@pytest.mark.parametrize("side", SIDES)
async def test_a_page_blocked_for_fourteen_seconds(world: World, side: str) -> None:
    stage = await Stage.open(world)
    await stage.run(20)
    for _ in range(2):
        stage.robots[side].blocked = True
        await stage.run(14)
        stage.robots[side].blocked = False
        await must_go_on(stage)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("video", [True, False])
async def test_packets_one_way_only_for_eight_seconds(world: World, side: str, video: bool) -> None:
    stage = await Stage.open(world, video=video)
    await stage.run(20)
    robot = stage.robots[side]
    robot.rejoins = robot.other.rejoins = False
    for _ in range(2):
        robot.deaf = True
        await stage.run(8)
        robot.deaf = False
        await must_go_on(stage)


@pytest.mark.parametrize("side", SIDES)
async def test_a_camera_off_and_on_and_a_hidden_tab(world: World, side: str) -> None:
    stage = await Stage.open(world)
    await stage.run(20)
    robot = stage.robots[side]
    robot.camera = False
    await stage.run(40)
    robot.camera = True
    await stage.run(20)
    robot.hidden = True
    await stage.run(15)
    robot.hidden = False
    await must_go_on(stage)
    assert all(reading.state != "interrupted" for reading in stage.readings)


@pytest.mark.parametrize("side", SIDES)
async def test_a_picture_that_is_withheld_for_a_weak_line(world: World, side: str) -> None:
    class Weak(Robot):
        """Sends black from the thirtieth second to the seventieth, and says that it is none."""

        def says(self) -> Beat | None:
            told = super().says()
            if told is None or told.video is None or not 30 <= self.stage.now < 70:
                return told
            return replace(told, video=replace(told.video, on=False))

    class Looker(Robot):
        """Sees no new frame from just before until just after: black is not drawn anew."""

        def says(self) -> Beat | None:
            told = super().says()
            if told is None or told.video is None or not 29 <= self.stage.now < 71:
                return told
            ago = int((self.stage.now - 29) * 1000)
            return replace(told, video=replace(told.video, received=0, received_ago_ms=ago))

    other = "cast" if side == "caller" else "caller"
    robots: dict[str, Any] = {side: Weak, other: Looker}
    stage = await Stage.open(world, **robots)
    await stage.run(100)
    await must_go_on(stage)
    # It is what a camera is that its owner has switched off: nobody is stopped, or asked.
    assert all(reading.state != "interrupted" for reading in stage.readings)
    assert not any(reading.frozen_ask for reading in stage.readings)
    assert (await world.reading()).charged_minutes == 1
    assert await stage.kept("unproved_ms") < 2000


@pytest.mark.parametrize("side", SIDES)
async def test_three_tunnels_in_one_talk(world: World, side: str) -> None:
    stage = await Stage.open(world)
    await stage.run(70)
    for seconds in (30, 45, 12):
        stage.robots[side].offline = True
        reading = await stage.run(seconds)
        assert seconds < 15 or (reading.state, reading.why) == ("interrupted", "silent")
        stage.robots[side].offline = False
        await must_go_on(stage)
    assert await stage.kept("unproved_ms") < 16_000


async def test_a_lossy_line_is_told_and_talked_on(world: World) -> None:
    class Lossy(Robot):
        """A fifth of its packets get lost, and every fifth beat comes two seconds late."""

        count = 0

        def says(self) -> Beat | None:
            self.count += 1
            told = super().says()
            if self.count % 5 == 0:
                self.next_beat = self.stage.now + 2
                return None
            return replace(told, lost=2) if told else None

    robots: dict[str, Any] = {"caller": Lossy, "cast": Lossy}
    stage = await Stage.open(world, **robots)
    await stage.run(100)
    await must_go_on(stage)
    assert all(reading.state != "interrupted" for reading in stage.readings)


@pytest.mark.parametrize("side", SIDES)
async def test_figures_that_could_not_be_read_deny_nothing(world: World, side: str) -> None:
    class Blind(Robot):
        """Its page can't look for twelve seconds, twice."""

        def says(self) -> Beat | None:
            told = super().says()
            blind = 30 < self.stage.now < 42 or 70 < self.stage.now < 82
            return replace(told, audio=None, video=None) if told and blind else told

    robots: dict[str, Any] = {side: Blind}
    stage = await Stage.open(world, **robots)
    await stage.run(100)
    stage.robots[side].blocked = False
    await must_go_on(stage)


async def test_a_frozen_picture_stops_the_meter_and_both_are_asked_once(world: World) -> None:
    class Frozen(Robot):
        """Sees no frame from the thirtieth second on."""

        def says(self) -> Beat | None:
            told = super().says()
            if told is None or told.video is None or self.stage.now < 30:
                return told
            ago = int((self.stage.now - 30) * 1000)
            return replace(told, video=replace(told.video, received=0, received_ago_ms=ago))

    stage = await Stage.open(world, cast=Frozen)
    stage.robots["cast"].rejoins = False
    reading = await stage.run(48)
    assert (reading.state, reading.why, reading.whose) == ("interrupted", "frozen", "cast")
    assert reading.frozen_ask
    assert 20_000 <= reading.connected_ms <= 31_000
    assert reading.dark
    await stage.agree("caller")
    assert (await world.reading()).frozen_ask
    await stage.agree("cast")
    reading = await stage.run(30)
    assert (reading.state, reading.by_voice, reading.frozen_ask) == ("talking", True, False)
    with pytest.raises(UserError) as late:
        await stage.agree("cast", yes=False)
    assert late.value.code == "not_asked"
    assert (await world.reading()).by_voice
    await must_go_on(stage)


async def test_the_picture_comes_back_by_itself(world: World) -> None:
    class Froze(Robot):
        """Sees no frame for fifteen seconds."""

        def says(self) -> Beat | None:
            told = super().says()
            ago = int((self.stage.now - 30) * 1000)
            if told is None or told.video is None or not 0 <= ago < 15_000:
                return told
            return replace(told, video=replace(told.video, received=0, received_ago_ms=ago))

    stage = await Stage.open(world, caller=Froze)
    stage.robots["caller"].rejoins = False
    await stage.run(50)
    assert "frozen" in {reading.why for reading in stage.readings}
    await must_go_on(stage)
