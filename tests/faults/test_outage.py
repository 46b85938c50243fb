"""Time without evidence is never billed, and one client's nonsense harms nobody else's talk."""

import asyncio
from collections.abc import Iterator

import pytest

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.settings import Settings
from tests.faults.conftest import Open
from tests.faults.databases import fresh_database
from tests.faults.scene import broken, minutes
from tests.faults.window import Window
from tests.signaling.browser import beat
from tests.world import World


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


class Scene(World):
    """A world whose two people sit at windows of the site in this process."""

    windows: tuple[Window, Window]

    async def sit_down(self, here: str, open_window: Open) -> "Scene":
        caller, cast = await open_window(here, self.caller), await open_window(here, self.cast)
        self.talk = await caller.enter(self.room)
        for window in (caller, cast):
            assert (await window.sit(self.talk))["ok"]
        self.windows = (caller, cast)
        return self

    async def prove(self) -> None:
        """Both windows report media."""
        for window in self.windows:
            ack = await window.prove()
            assert ack["ok"], ack

    async def go_on(self, seconds: int) -> None:
        """Time passes in which both windows report media every five seconds."""
        for _ in range(seconds // 5):
            await self.wait(5)
            await self.prove()


@pytest.fixture
async def scene(database: Database, settings: Settings, here: str, open_window: Open) -> Scene:
    world = await World.of(database, settings)
    scene = Scene(world.database, world.settings, world.caller, world.cast, world.room)
    return await scene.sit_down(here, open_window)


async def test_a_gap_in_the_evidence_is_not_billed_though_beats_come_before_the_clock(
    scene: Scene,
) -> None:
    """A paused database, a node that hung: the beats after it must not vouch for the time of it."""
    await scene.prove()
    await scene.go_on(30)
    await scene.wait(80)
    await scene.prove()
    await scene.prove()
    reading = await scene.reading()
    assert reading.connected_ms < 35_000
    assert await minutes(scene.database, scene.talk) == []


async def test_one_sides_gap_is_not_billed_though_its_beat_comes_before_the_clock(
    scene: Scene,
) -> None:
    caller, cast = scene.windows
    await scene.prove()
    await scene.go_on(30)
    for _ in range(16):
        await scene.wait(5)
        await caller.prove()
    await cast.prove()
    await caller.prove()
    assert (await scene.reading()).connected_ms < 35_000
    assert await minutes(scene.database, scene.talk) == []


async def test_a_gap_shorter_than_the_silence_allowed_interrupts_nothing(scene: Scene) -> None:
    await scene.prove()
    await scene.go_on(30)
    await scene.wait(12)
    await scene.prove()
    reading = await scene.reading()
    assert reading.running
    assert reading.connected_ms >= 41_000


async def test_media_of_an_older_pair_is_no_evidence_for_the_new_one(scene: Scene) -> None:
    caller, cast = scene.windows
    # The caller has seen the first pair's media; before the cast has, their page is reloaded.
    await caller.prove()
    assert (await cast.sit(scene.talk, fresh=True))["ok"]
    ack = await cast.prove()
    assert ack["meter"]["state"] != "talking"
    await caller.prove()
    assert (await scene.reading()).running


@pytest.mark.parametrize("pair", [2**31, 2**53 - 1])
async def test_one_clients_impossible_pair_costs_nobody_else_their_beat(
    scene: Scene, database: Database, settings: Settings, here: str, open_window: Open, pair: int
) -> None:
    world = await World.of(database, settings)
    other = Scene(world.database, world.settings, world.caller, world.cast, world.room)
    await other.sit_down(here, open_window)
    bad, good = scene.windows[0], other.windows[0]
    nonsense = asyncio.create_task(bad.ask("talk:beat", beat(scene.talk, pair)))
    ack = await good.prove()
    await nonsense
    assert ack["ok"], ack


async def test_a_beat_of_a_pair_to_come_starts_nothing(scene: Scene) -> None:
    caller, cast = scene.windows
    for window in (caller, cast):
        await window.ask("talk:beat", beat(scene.talk, window.pair + 5))
    assert (await scene.reading()).state == "connecting"


async def test_hanging_up_pays_what_the_last_beats_proved(scene: Scene) -> None:
    """The last beats are on their way into the books while somebody hangs up."""
    caller, cast = scene.windows
    await scene.prove()
    await scene.go_on(55)
    await scene.wait(6)
    await asyncio.gather(
        caller.prove(), cast.prove(), delayed_leave(caller, scene.talk), return_exceptions=True
    )
    assert await minutes(scene.database, scene.talk) == [1]
    assert await broken(scene.database) == []


async def delayed_leave(window: Window, talk: int) -> None:
    # Longer than the beats are gathered for: they are just being written.
    await asyncio.sleep(0.103)
    assert (await window.ask("talk:leave", {"talk_id": talk}))["ok"]
