"""The database's clock is set, forward or back: no money moves by it, and all heals by itself."""

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock

import psycopg
import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.senders import leave_in_mailbox
from points import ledger
from record import alarm_list
from record.clock_watch import Course
from rooms.calling import leaving, orders, progress
from rooms.lobby import presence
from rooms.lobby.talk_applications import TalkApplication
from rooms.talk.past import history
from scheduler import errands, ticker
from scheduler.errands import Tools
from tests.faults.scene import broken
from tests.own_clock import give_own_clock, move_clock
from tests.rooms.applying.applied import Applied
from tests.rooms.booked import Booked
from tests.rooms.calling.scene import Calling
from tests.scheduler.test_ticker import Told
from tests.world import World

MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS = [MINUTE, HOUR, DAY, -MINUTE, -HOUR, -DAY]


@dataclass
class Clock:
    """The database's clock, which a test sets, and the course of a process, which nobody does."""

    database: Database
    settings: Settings
    owner_url: str
    course: Course = field(default_factory=Course)

    async def move(self, seconds: float) -> None:
        """Set the clock forward or back."""
        await move_clock(self.database, seconds)

    async def tick(self, times: int = 1) -> None:
        """A second of the ticker's, and a round of all errands that the clock decides."""
        tools = Tools(self.settings, self.database, leave_in_mailbox)
        for _ in range(times):
            for errand in (
                errands.expire_points, errands.judge_reservations, errands.return_no_shows,
                errands.lapse_keeps, errands.lapse_requests,
            ):  # fmt: skip
                await errand(tools)
            push = Told(self.database, self.settings)
            await ticker.tick(self.settings, self.database, push, self.course)

    async def books(self) -> list[Any]:
        """Every movement of points so far, and what every wallet holds."""
        async with self.database.transaction() as tx:
            moved = await tx.execute(sa.text("SELECT id, kind, amount FROM transfers ORDER BY id"))
            charged = await tx.execute(sa.text("SELECT talk_id, minute FROM charges ORDER BY 1, 2"))
            back = await tx.execute(sa.text("SELECT talk_id, minute FROM charge_returns"))
            held = await tx.execute(sa.text("SELECT id, balance FROM wallets ORDER BY id"))
            return [rows.all() for rows in (moved, charged, back, held)]

    async def alarms(self) -> set[str]:
        """The kinds of what staff were told."""
        async with self.database.transaction() as tx:
            return set((await tx.scalars(sa.text("SELECT kind FROM alarms"))).all())


@pytest.fixture
async def clock(database: Database, settings: Settings, owner_url: str) -> Clock:
    await give_own_clock(database, owner_url)
    return Clock(database, settings, owner_url)


async def talked(database: Database, settings: Settings, seconds: float) -> World:
    """A talk that has run for so long."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(seconds)
    return world


async def expire_in(owner_url: str, world: World, after: timedelta) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE lots SET expires_at = pg_catalog.clock_timestamp() + %s FROM wallets w"
            " WHERE w.id = wallet_id AND w.user_id = %s",
            [after, world.caller],
        )


async def test_a_step_that_could_not_be_noted_is_seen_at_the_next_tick(
    clock: Clock, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talked(database, settings, 80)
    await clock.tick(2)
    await clock.move(3600)
    with monkeypatch.context() as failing:
        failing.setattr("scheduler.ticker.clock_steps.forgive", AsyncMock(side_effect=TimeoutError))
        await clock.tick(1)
    assert "clock_step" not in await clock.alarms()
    await clock.tick(1)
    assert "clock_step" in await clock.alarms()


async def test_a_step_whose_note_was_not_committed_is_seen_at_the_next_tick(
    clock: Clock, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talked(database, settings, 80)
    await clock.tick(2)
    await clock.move(3600)
    engine, noted = database.engine.sync_engine, list[bool]()

    async def forgive(*_: object) -> list[int]:
        noted.append(True)
        return []

    def fail(_: sa.Connection) -> None:
        if noted:
            raise TimeoutError

    with monkeypatch.context() as failing:
        failing.setattr("scheduler.ticker.clock_steps.forgive", forgive)
        sa.event.listen(engine, "commit", fail)
        with contextlib.suppress(TimeoutError):
            await clock.tick(1)
        sa.event.remove(engine, "commit", fail)
    assert noted
    assert "clock_step" not in await clock.alarms()
    await clock.tick(1)
    assert "clock_step" in await clock.alarms()


@pytest.mark.parametrize("step", STEPS)
async def test_no_step_of_the_clock_moves_money_and_it_heals(
    clock: Clock, database: Database, settings: Settings, owner_database: Database, step: int
) -> None:
    running = await talked(database, settings, 80)
    away = await talked(database, settings, 80)
    await away.wait(40)
    gone = await World.of(database, settings)
    soon = await World.of(database, settings, points=700)
    await expire_in(clock.owner_url, soon, timedelta(seconds=50))
    booked = await Booked.open(database, owner_database, settings)
    reservation = await booked.book(2)
    await clock.tick(2)
    before = await clock.books()

    await clock.move(step)
    await running.beat()
    await clock.tick(3)
    assert await clock.books() == before
    assert {"clock_step"} <= await clock.alarms()
    stood = await running.reading()
    assert stood.state in ("interrupted", "talking")
    assert 79_000 <= stood.connected_ms <= 84_000
    assert (await away.reading()).state == "interrupted"
    assert (await booked.read(reservation)).state == "booked"
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, gone.caller) == 1000

    # The two talk on by the wrong clock, and pay for what they prove.
    await running.beat()
    assert (await running.reading()).state == "talking"
    await clock.move(-step)
    await running.beat()
    await clock.tick(3)
    assert await clock.books() == before
    await running.beat()
    reading = await running.reading()
    assert (reading.state, reading.charged_minutes) == ("talking", 1)
    assert 79_000 <= reading.connected_ms <= 90_000
    await away.join("caller")
    await away.beat()
    assert (await away.reading()).state == "talking"
    assert await broken(database) == []


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_ends_no_call_by_telephone_and_keeps_none_that_nobody_carries(
    clock: Clock, database: Database, settings: Settings, step: int
) -> None:
    settings = clock.settings = settings.model_copy(update={"telephone": True})
    asked, rung, talks, dies = [await Calling.begun(database, settings) for _ in range(4)]
    await asked.ask()
    await rung.rung()
    for world in (talks, dies):
        await world.joined()
        await world.beat()
        await world.talk_for(80)
    await clock.tick(2)
    before = await clock.books()

    await clock.move(step)
    # Another process looks before anybody has noticed.
    await ticker.by_telephone(settings, database)
    await clock.tick(2)
    await ticker.by_telephone(settings, database)
    assert await clock.books() == before
    states = {world.call: (await world.row()).state for world in (asked, rung, talks, dies)}
    assert list(states.values()) == ["asked", "guided", "joined", "joined"]
    assert await rung.state() == "busy"
    # What was asked for may still be taken, and for no longer; who talks is said to be alive.
    taken = await asked.do(orders.take, asked.gateway, 50)
    assert asked.call in [one.call_id for one in taken]
    async with database.transaction() as tx:
        longest = (
            "SELECT max(extract(epoch FROM void_at - clock_timestamp())) FROM telephone_orders"
        )
        assert float(await tx.scalar(sa.text(longest)) or 0) <= orders.TERM_SECONDS
    for world in (rung, talks):
        assert not (await world.do(progress.keep_alive, world.gateway, [world.call]))[
            world.call
        ].over
    # Of one whose gateway was killed nobody waits until the jump has really passed.
    await dies.shift_call(leaving.DEAD_SECONDS + 1)
    await ticker.by_telephone(settings, database)
    assert (await dies.row()).state == "ended"
    assert (await dies.reading()).end_reason == "line_failed"
    assert (await dies.reading()).connected_ms <= 84_000
    assert (await talks.row()).state == "joined"


@pytest.mark.parametrize("step", [-HOUR, -DAY])
async def test_nobody_stays_for_longer_by_a_clock_that_was_set_back(
    clock: Clock, database: Database, settings: Settings, step: int
) -> None:
    lost = await talked(database, settings, 80)
    standing = await World.of(database, settings)
    await clock.tick()
    await clock.move(step)
    async with database.transaction() as tx:
        # Even before the next tick a sign of life from the future opens no room.
        assert not await presence.take_from_room(tx, settings, standing.room)
    await clock.tick()
    assert (await lost.reading()).state == "interrupted"
    assert {"clock_step", "clock_back"} <= await clock.alarms()
    await lost.wait(95)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE standbys SET seen_at = seen_at - interval '25 s'"))
    await clock.tick()
    assert (await lost.reading()).end_reason == "connection_lost"
    async with database.transaction() as tx:
        assert await presence.standby_of(tx, standing.cast) is None


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_lost_microphone_has_its_time_and_no_more_by_a_clock_that_was_set(
    clock: Clock, database: Database, settings: Settings, step: int
) -> None:
    world = await World.of(database, settings)
    await clock.tick()
    async with database.transaction() as tx:
        await presence.touch(tx, [world.cast])
        await presence.note_devices(tx, {world.cast: False})
    await clock.move(step)
    await clock.tick(2)
    passed = sa.text("UPDATE standbys SET devices_lost_at = devices_lost_at - interval '25 s'")
    async with database.transaction() as tx:
        assert await presence.standby_of(tx, world.cast) is not None
        await presence.touch(tx, [world.cast])
        await tx.execute(passed)
    await clock.tick()
    async with database.transaction() as tx:
        assert await presence.standby_of(tx, world.cast) is None


async def test_once_staff_have_looked_the_clock_decides_again(
    clock: Clock, database: Database, settings: Settings
) -> None:
    soon = await World.of(database, settings, points=700)
    await expire_in(clock.owner_url, soon, timedelta(hours=1))
    await clock.tick()
    await clock.move(DAY)
    await clock.tick(3)
    before = await clock.books()
    async with database.transaction() as tx:
        alarm = await tx.scalar(sa.text("SELECT id FROM alarms WHERE kind = 'clock_step'"))
        await alarm_list.mark_seen(tx, int(alarm or 0), soon.cast)
    await clock.tick(2)
    assert await clock.books() != before


def test_a_course_tells_a_step_from_a_pause() -> None:
    course, at = Course(), datetime(2026, 5, 1, tzinfo=UTC)
    assert course.step(at, 100.0) == timedelta()
    assert course.step(at + timedelta(hours=2), 100.0 + 7200) == timedelta()
    assert course.step(at + timedelta(hours=3), 100.0 + 7201) == timedelta(seconds=3599)


@dataclass
class Kept:
    """A cast who rests after a talk, one who rings somebody, and one who has taken an application.

    Somebody else waits for an answer of the last.
    """

    clock: Clock
    resting: World
    rung: Applied
    taken: Applied
    open: TalkApplication

    async def left(self) -> dict[str, float]:
        """The seconds that are left of each."""
        async with self.clock.database.transaction() as tx:
            pause = await tx.scalar(
                sa.text("SELECT extract(epoch FROM ends_at - clock_timestamp()) FROM pauses")
            )
            rows = await tx.execute(
                sa.text(
                    "SELECT state, extract(epoch FROM due_at - clock_timestamp()) AS due"
                    " FROM talk_applications WHERE ended_at IS NULL"
                )
            )
            found = {"pause": -1.0 if pause is None else float(pause)}
            return found | {row.state: float(row.due) for row in rows}


@pytest.fixture
async def kept(
    clock: Clock, database: Database, settings: Settings, owner_database: Database
) -> Kept:
    resting = await talked(database, settings, 80)
    async with database.transaction() as tx:
        await history.leave(tx, settings, resting.talk, resting.caller)
    rung = await Applied.open(database, owner_database, settings)
    await rung.ring(await rung.apply(minutes=60))
    taken = await Applied.open(database, owner_database, settings)
    await taken.accept(await taken.apply(minutes=60))
    waits = await taken.apply(caller=await taken.another(), minutes=60)
    await clock.tick(2)
    return Kept(clock, resting, rung, taken, waits)


@pytest.mark.parametrize("step", STEPS)
async def test_a_pause_a_ring_and_who_applied_have_their_time_and_no_more(
    kept: Kept, step: int
) -> None:
    await kept.clock.move(step)
    await kept.clock.tick(2)
    left = await kept.left()
    # Until when somebody can wait is a moment that they named.
    assert ("open" in left) == (step < HOUR)
    settings = kept.clock.settings
    # A busy machine may have taken some seconds of each.
    assert settings.pause_seconds - 45 < left["pause"] <= settings.pause_seconds
    ring, ready = settings.application_ring_seconds, settings.application_ready_seconds
    assert ring - 45 < left["rung"] <= ring
    assert ready - 45 < left["accepted"] <= ready
