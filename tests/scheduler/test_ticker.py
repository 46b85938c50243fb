"""The clock: what fails harms nothing else, and what runs twice happens once."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import socketio
import sqlalchemy as sa
import structlog

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.settings import Settings
from notify import inbox
from record import clock_watch
from rooms.applying import ringing
from rooms.booking import going_on, reserved_talks
from rooms.ground import kept_times
from rooms.lobby import presence, turns
from rooms.recording import settling
from rooms.talk import billing, ending, meter
from rooms.talk.proof import clock_faults, clock_steps, darkness, disagreements
from scheduler import ticker
from signaling.push import Push
from tests.faults.databases import fresh_database
from tests.faults.scene import broken, minutes
from tests.world import World


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What is logged; drawing every trace would take longer than the tests."""
    with structlog.testing.capture_logs() as lines:
        yield lines


class Told(Push):
    """A push that keeps what it would tell, or fails."""

    def __init__(self, database: Database, settings: Settings, *, fails: bool = False) -> None:
        super().__init__(socketio.AsyncServer(async_mode="aiohttp"), database, settings)
        self.fails = fails
        self.told: set[int] = set()
        self.closed: list[presence.Closed] = []

    async def talks(self, talk_ids: Iterable[int]) -> None:
        if self.fails:
            await super().talks(talk_ids)
        self.told.update(talk_ids)

    async def _emit(self, *args: Any, **kwargs: Any) -> None:
        raise ConnectionError("no Redis")

    async def standbys_closed(self, closed: Sequence[presence.Closed]) -> None:
        self.closed.extend(closed)


@pytest.fixture
def push(database: Database, settings: Settings) -> Told:
    return Told(database, settings)


@pytest.fixture
async def silent_standby(database: Database, settings: Settings) -> World:
    """A cast who has been silent for longer than the grace."""
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE standbys SET seen_at = seen_at - interval '60 s' WHERE cast_id = :c"),
            {"c": world.cast},
        )
    return world


@pytest.fixture
async def silent_talk(database: Database, settings: Settings) -> World:
    """A talk without evidence for longer than the silence allowed."""
    return await talking(database, settings, silent=20)


@pytest.fixture
async def lost_talk(database: Database, settings: Settings) -> World:
    """A talk that has never connected in its time."""
    world = await World.of(database, settings)
    await world.enter()
    await world.wait(61)
    return world


async def talking(database: Database, settings: Settings, *, silent: float) -> World:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.wait(silent)
    return world


async def proved(database: Database, settings: Settings, due: int) -> World:
    """A talk of which `due` minutes have their evidence and none is charged yet."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE talks SET running_since = running_since - shift, due_at = due_at - shift"
                " FROM (SELECT :s * interval '1 s' AS shift) s WHERE id = :t"
            ),
            {"s": 60 * due + 1, "t": world.talk},
        )
    return world


async def state(world: World) -> str:
    return (await world.reading()).state


STEPS: dict[str, tuple[Any, str]] = {
    "clock": (clock_watch, "tick"),
    "cut": (clock_steps, "cut"),
    "mend": (clock_faults, "mend"),
    "start": (meter, "start"),
    "interrupt": (meter, "interrupt"),
    "end_reserved": (going_on, "end_due"),
    "charge": (meter, "charge"),
    "end_spent": (meter, "end_spent"),
    "end_disagreed": (disagreements, "end"),
    "end_lost": (ending, "end_lost"),
    "bill": (billing, "bill_ended"),
    "bill_held": (billing, "bill_settled"),
    "darken": (darkness, "turn"),
    "close_lost": (presence, "close_lost"),
    "applications": (ringing, "turn"),
    "pass_on": (turns, "call_next"),
    "turn_rooms": (kept_times, "turning"),
    "record": (settling, "settle"),
    "warn": (reserved_talks, "warn_of_next"),
    "notices": (inbox, "told_lately"),
}


@pytest.mark.parametrize("failing", STEPS)
async def test_a_failing_step_stops_no_other_and_the_next_tick_makes_it_good(
    failing: str,
    silent_standby: World,
    silent_talk: World,
    lost_talk: World,
    settings: Settings,
    database: Database,
    push: Told,
    logged: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    due = await proved(database, settings, 2)

    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    async def outcome() -> dict[str, bool]:
        async with database.transaction() as tx:
            waiting = await presence.standby_of(tx, silent_standby.cast)
        return {
            "interrupt": await state(silent_talk) == "interrupted",
            "charge": await minutes(database, due.talk) == [1, 2],
            "end_lost": await state(lost_talk) == "ended",
            "close_lost": waiting is None,
        }

    with monkeypatch.context() as patched:
        patched.setattr(*STEPS[failing], fail)
        await ticker.tick(settings, database, push)
        assert [line["step"] for line in logged] == [failing]
        assert await outcome() == {step: step != failing for step in await outcome()}
    await ticker.tick(settings, database, push)
    assert all((await outcome()).values())
    assert {silent_talk.talk, due.talk, lost_talk.talk} <= push.told
    assert [closed.cast_id for closed in push.closed].count(silent_standby.cast) == 1
    assert await broken(database) == []


async def test_what_cannot_be_told_is_done_all_the_same(
    lost_talk: World, settings: Settings, database: Database
) -> None:
    await ticker.tick(settings, database, Told(database, settings, fails=True))
    assert await state(lost_talk) == "ended"


async def test_a_tick_without_a_database_fails_quietly(
    settings: Settings, push: Told, tmp_path: object, logged: list[Any]
) -> None:
    nowhere = Database(f"postgresql://nobody@/none?host={tmp_path}", pool_size=1)
    try:
        await ticker.tick(settings, nowhere, push)
    finally:
        await nowhere.close()
    assert push.told == set()
    assert [line["step"] for line in logged] == list(STEPS)


async def test_two_clocks_at_once_do_everything_once(
    settings: Settings, database: Database, database_url: str, silent_standby: World
) -> None:
    due = [await proved(database, settings, 3) for _ in range(3)]
    lost = [await talking(database, settings, silent=15 + 90 + 1) for _ in range(2)]
    other = Database(database_url, pool_size=5)
    clocks = [(database, Told(database, settings)), (other, Told(other, settings))]
    try:
        for _ in range(3):
            await asyncio.gather(*(ticker.tick(settings, *clock) for clock in clocks))
    finally:
        await other.close()
    for world in due:
        assert await minutes(database, world.talk) == [1, 2, 3]
        assert await world.points() == 700
    for world in lost:
        assert await state(world) == "ended"
    closed = [one.cast_id for _, told in clocks for one in told.closed]
    assert closed.count(silent_standby.cast) == 1
    assert await broken(database) == []


async def test_another_ticks_only_where_one_does_not(
    settings: Settings, database: Database, push: Told
) -> None:
    fresh, course = timedelta(seconds=30), clock_watch.Course()

    async def serves(moved: float = 0) -> bool:
        async with database.transaction() as tx:
            return await clock_watch.ticked_within(tx, fresh, course, moved)

    async def age(seconds: float) -> None:
        async with database.transaction() as tx:
            await tx.execute(
                sa.text("UPDATE clock_watch SET ticked_at = ticked_at - :s * interval '1 s'"),
                {"s": seconds},
            )

    await ticker.tick(settings, database, push)
    assert await serves()
    await age(31)
    assert not await serves()
    # A tick of the future is one of before the clock was set back.
    await age(-3600)
    assert not await serves()


async def test_who_looks_on_sees_a_step_of_the_clock_and_leaves_it_to_its_own_tick(
    settings: Settings, database: Database, push: Told
) -> None:
    course = clock_watch.Course()
    await ticker.tick(settings, database, push)
    async with database.transaction() as tx:
        assert await clock_watch.ticked_within(tx, timedelta(seconds=30), course, 1000.0)
        before = replace(course)
        # An hour of its own has passed, and none of the database's.
        assert not await clock_watch.ticked_within(tx, timedelta(seconds=30), course, 4600.0)
        assert course == before
        stepped = await clock_watch.tick(tx, course, 4600.0)
    assert stepped is not None
    assert stepped < -timedelta(minutes=59)


async def test_after_ten_minutes_without_beats_nothing_is_charged_and_the_cut_minute_returned(
    settings: Settings, database: Database, push: Told
) -> None:
    world = await talking(database, settings, silent=0)
    await world.talk_for(80)
    before = (await world.reading()).connected_ms
    assert await minutes(database, world.talk) == [1]
    await world.wait(600)
    await ticker.tick(settings, database, push)
    reading = await world.reading()
    assert (reading.state, reading.end_reason) == ("ended", "connection_lost")
    assert reading.connected_ms <= before
    assert await minutes(database, world.talk) == [1]
    # Both sides were gone: the platform cut the minute short, not the caller.
    assert await world.points() == 1000
    assert await broken(database) == []


async def test_after_an_outage_within_the_return_time_the_talk_goes_on(
    settings: Settings, database: Database, push: Told
) -> None:
    world = await talking(database, settings, silent=0)
    await world.talk_for(80)
    before = await world.reading()
    await world.wait(85)
    await ticker.tick(settings, database, push)
    assert await state(world) == "interrupted"
    stands = await world.reading()
    assert 80_000 <= stands.connected_ms <= before.connected_ms
    await world.beat()
    reading = await world.reading()
    assert reading.running
    # A slow machine takes its time for a beat, but not a part of the outage.
    assert reading.connected_ms < stands.connected_ms + 20_000
    await world.talk_for(20)
    assert await minutes(database, world.talk) == [1]
    await world.talk_for(30)
    assert await minutes(database, world.talk) == [1, 2]


async def test_the_clock_runs_on_after_a_tick_that_failed(
    settings: Settings, database: Database, push: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await proved(database, settings, 1)
    monkeypatch.setattr(ticker, "TICK_SECONDS", 0.1)
    real, calls = meter.charge, 0

    async def fail_first(*asked: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("the connection is gone")
        return await real(*asked)

    monkeypatch.setattr(meter, "charge", fail_first)
    running = asyncio.create_task(ticker.run(settings, database, push))
    try:
        async with asyncio.timeout(10):
            while not await minutes(database, world.talk):
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await minutes(database, world.talk) == [1]
