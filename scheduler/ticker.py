"""The one-second loop that keeps meters and stand-bys true, on any number of processes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import structlog

from foundation.database import Database, Tx
from foundation.log import note_failure
from foundation.settings import Settings
from notify import inbox
from record import clock_watch
from record.clock_watch import Course
from rooms.applying import ringing
from rooms.booking import going_on, reserved_talks
from rooms.calling import attempts, leaving, promised, standing
from rooms.care.desk import due
from rooms.ground import kept_times
from rooms.lobby import pauses, presence, telephone_standbys, turns
from rooms.lobby.talk_applications import Changed
from rooms.recording import settling, way
from rooms.talk import billing, ending, meter, paths
from rooms.talk.proof import clock_faults, clock_steps, darkness, disagreements
from signaling.push import Push
from signaling.relayed.moves import tell_pairs

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
# A tick of another process that is younger than this part of a tick serves for all.
FRESH = 0.8
MOST_ROUNDS = 50

R = TypeVar("R")


async def run(settings: Settings, database: Database, push: Push) -> None:
    """Tick every second until cancelled; a tick that fails is logged, and the next one tries.

    Of several processes one ticks, and another as soon as that one's ticks are late. It has a
    connection of its own, for which it never waits behind pages.
    """
    own, loop = database.apart(1, "ticker"), asyncio.get_running_loop()
    course = Course()
    try:
        while True:
            began = loop.time()
            if not await _ticks_elsewhere(own, course):
                await tick(settings, own, push, course)
                await carry_out_decisions(settings, own, push)
                if settings.telephone:
                    await by_telephone(settings, own)
            await asyncio.sleep(max(0.1, TICK_SECONDS - (loop.time() - began)))
    finally:
        await own.close()


async def _ticks_elsewhere(database: Database, course: Course) -> bool:
    try:
        async with database.transaction() as tx:
            fresh = FRESH * timedelta(seconds=TICK_SECONDS)
            return await clock_watch.ticked_within(tx, fresh, course, clock_watch.own_course())
    except Exception as error:
        note_failure(log, "ticker.failed", error, step="look")
        return False


async def tick(
    settings: Settings, database: Database, push: Push, course: Course | None = None
) -> None:
    """Bring every talk and stand-by up to the database's clock once, and announce what changed.

    Each step has its transaction: none holds wallets while it waits. `course`: was that clock set?
    """

    async def step(name: str, verb: Callable[[Tx], Awaitable[Sequence[R]]]) -> Sequence[R]:
        try:
            async with database.transaction() as tx:
                return await verb(tx)
        except Exception as error:
            note_failure(log, "ticker.failed", error, step=name)
            return []

    changed = set(await _watch(database, settings, course or Course()))
    await step("cut", lambda tx: clock_steps.cut(tx, settings))
    changed.update(await step("mend", clock_faults.mend))
    changed.update(await step("start", lambda tx: meter.start(tx, settings)))
    changed.update(await step("interrupt", lambda tx: meter.interrupt(tx, settings)))
    changed.update(await step("end_reserved", lambda tx: _end_reserved(tx, settings)))
    for _ in range(MOST_ROUNDS):
        if not (charged := await step("charge", lambda tx: meter.charge(tx, settings))):
            break
        changed.update(charged)
    changed.update(await step("end_spent", lambda tx: meter.end_spent(tx, settings)))
    changed.update(await step("end_disagreed", lambda tx: disagreements.end(tx, settings)))
    changed.update(await step("end_lost", lambda tx: ending.end_lost(tx, settings)))
    await step("bill", lambda tx: billing.bill_ended(tx, settings))
    await step("bill_held", lambda tx: billing.bill_settled(tx, settings))
    changed.update(await step("darken", lambda tx: darkness.turn(tx, settings)))
    closed = await step("close_lost", lambda tx: presence.close_lost(tx, settings))
    applied = await step("applications", lambda tx: ringing.turn(tx, settings))
    passed = await step("pass_on", lambda tx: turns.call_next(tx, settings))
    turned = await step("turn_rooms", lambda tx: _turn_rooms(tx, settings))
    recorded = await step("record", settling.settle)
    await _announce(push, changed, closed, recorded, Changed(set(turned)).about(*applied))
    if settings.has_relay:
        moved = await step("move_on", lambda tx: paths.move_on(tx, settings))
        recorded_too = await step("make_way", lambda tx: way.make_all(tx, settings))
        await tell_pairs(push, database, settings, {*moved, *recorded_too})
    await push.reserved_soon(await step("warn", reserved_talks.warn_of_next))
    await push.turns(passed)
    await push.notices(await step("notices", _told_lately))


async def carry_out_decisions(settings: Settings, database: Database, push: Push) -> None:
    """Do what staff have decided and did not undo."""
    for _ in range(MOST_ROUNDS):
        try:
            async with database.transaction() as tx:
                done = await due.carry_out(tx, settings)
        except Exception as error:
            note_failure(log, "ticker.failed", error, step="decide")
            return
        if not done:
            return
        await push.rings([person for people in done for person in people])


async def by_telephone(settings: Settings, database: Database) -> None:
    """Give signs of life for who waits by telephone, end what no gateway carries any more, and ring
    for reservations whose time it is.

    What they change they note themselves, for `scheduler.telephone_news` to tell.
    """

    async def step(verb: Callable[[Tx, Settings], Awaitable[Sequence[int]]]) -> Sequence[int]:
        try:
            async with database.transaction() as tx:
                return await verb(tx, settings)
        except Exception as error:
            note_failure(log, "ticker.failed", error, step=f"telephone {verb.__name__}")
            return []

    await step(telephone_standbys.touch)
    await step(standing.resume)
    for _ in range(MOST_ROUNDS):
        if not await step(leaving.heal):
            break
    for _ in range(MOST_ROUNDS):
        if not await step(promised.ring_due):
            break
    await step(attempts.end_left)


async def _watch(database: Database, settings: Settings, course: Course) -> Sequence[int]:
    """Look at the clock; the talks that a step of it forward has stopped."""
    before = replace(course)
    try:
        async with database.transaction() as tx:
            stepped = await clock_watch.tick(tx, course, clock_watch.own_course())
            if stepped is None or stepped < timedelta():
                return []
            return await clock_steps.forgive(tx, settings, stepped)
    except BaseException as error:
        # What could not be noted was not seen: the next tick must see the same step.
        course.at, course.own = before.at, before.own
        if not isinstance(error, Exception):
            raise
        note_failure(log, "ticker.failed", error, step="clock")
        return []


async def _end_reserved(tx: Tx, settings: Settings) -> Sequence[int]:
    """End what is over by the clock alone, unless that clock was just set."""
    return await going_on.end_due(tx, settings) if await clock_watch.is_steady(tx) else []


async def _turn_rooms(tx: Tx, settings: Settings) -> Sequence[int]:
    """The rooms whose state the clock alone has changed: by a reservation or a pause's end."""
    return [*await kept_times.turning(tx, settings), *await pauses.close_over(tx)]


async def _told_lately(tx: Tx) -> Sequence[int]:
    """Who was told something since the tick before; told twice, they are told the same."""
    return await inbox.told_lately(tx, 2 * TICK_SECONDS)


async def _announce(
    push: Push,
    changed: set[int],
    closed: Sequence[presence.Closed],
    recorded: Sequence[int],
    applications: Changed,
) -> None:
    await push.talks(changed)
    await push.recordings(recorded)
    await push.standbys_closed(closed)
    await push.rings(applications.people)
    await push.room_states(sorted(applications.rooms))
