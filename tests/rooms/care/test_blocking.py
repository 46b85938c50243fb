"""From the moment of a block two people don't exist for each other, and what was open ends."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.meeting import blocks, favourites
from rooms.booking import asking, requests
from rooms.care import blocking, stop_locks, stopping
from rooms.care.stopping import Stopped
from rooms.finding import search
from rooms.finding.wishes import RoomWish
from rooms.lobby import directory, room_states, waiting
from rooms.talk import entry
from tests.rooms.booked import Booked
from tests.waiting import somebody_waits
from tests.world import World, new_user


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    """A caller with points, and a cast whose room can be booked at any time."""
    return await Booked.open(database, owner_database, settings)


async def block(world: World, blocker: int, blocked: int, loss: int = 0) -> Stopped:
    async with world.database.transaction() as tx:
        return await blocking.block(tx, world.settings, blocker, blocked, loss)


@pytest.mark.parametrize(("side", "reason"), [("caller", "caller_left"), ("cast", "cast_left")])
async def test_a_live_talk_ends_as_if_the_blocker_hung_up(
    database: Database, settings: Settings, side: str, reason: str
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    me, other = (world.caller, world.cast) if side == "caller" else (world.cast, world.caller)
    stopped = await block(world, me, other)
    assert stopped.talks == [world.talk]
    async with database.transaction() as tx:
        found = await tx.execute(sa.text("SELECT state, end_reason FROM talks"))
        assert tuple(found.one()) == ("ended", reason)
    # A cast who cuts a minute short gives it back; a caller who leaves has had it.
    assert await world.points() == (1000 if side == "cast" else 900)


async def test_a_talk_with_somebody_else_goes_on(database: Database, settings: Settings) -> None:
    world = await World.of(database, settings)
    await world.enter()
    async with database.transaction() as tx:
        other = await new_user(tx)
    assert (await block(world, world.caller, other)).talks == []
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM talks WHERE ended_at IS NULL")) == 1


async def test_a_cast_who_blocks_declines_and_everything_goes_back(world: Booked) -> None:
    booked, late = await world.book(20), await world.book(3)
    assert await world.points_of() == 4000
    assert (await block(world, world.cast, world.caller)).rooms == [world.room]
    assert (await world.read(booked)).state == "declined"
    assert (await world.read(late)).state == "declined"
    assert await world.points_of() == 10_000
    assert await world.told(world.caller) == ["booked", "booked", "declined", "declined"]
    assert await world.broken() == []


async def test_a_caller_who_blocks_cancels_by_the_rules(world: Booked) -> None:
    booked = await world.book(20)
    await block(world, world.caller, world.cast)
    assert (await world.read(booked)).state == "cancelled"
    assert await world.points_of() == 10_000
    assert await world.broken() == []


async def test_points_are_lost_only_if_the_blocker_was_told_so(world: Booked) -> None:
    booked = await world.book(3)
    await world.pass_time(601)
    async with world.database.transaction() as tx:
        assert (await blocking.foresee(tx, world.caller, world.cast)).lost == 3000
        # The other side would lose nothing.
        assert (await blocking.foresee(tx, world.cast, world.caller)).lost == 0
    with pytest.raises(UserError, match="block_costs_more"):
        await block(world, world.caller, world.cast, 2999)
    assert (await world.read(booked)).state == "booked"
    await block(world, world.caller, world.cast, 3000)
    ended = await world.read(booked)
    assert (ended.state, ended.stopped_for, ended.returned) == ("stopped", "caller", 0)
    assert (await world.points_of(), await world.earned()) == (7000, ended.earning)
    assert await world.told(world.cast) == ["booked_cast", "stopped_paid_cast"]
    assert await world.broken() == []


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_a_reservation_under_way_ends_and_its_points_follow_the_side(
    world: Booked, side: str
) -> None:
    booked = await world.until_start(await world.book(20))
    await world.stand_by()
    await world.come(booked)
    me, other = (world.caller, world.cast) if side == "caller" else (world.cast, world.caller)
    stopped = await block(world, me, other, 3000)
    assert stopped.talks == [world.talk]
    assert await world.ended() == f"{side}_left"
    ended = await world.read(booked)
    assert (ended.state, ended.stopped_for, ended.may_enter) == ("stopped", side, False)
    assert await world.points_of() == (7000 if side == "caller" else 10_000)
    assert await world.earned() == (ended.earning if side == "caller" else 0)
    await world.pass_time(24 * 3600)
    await world.sweep()
    assert (await world.read(booked)).state == "stopped"
    assert await world.broken() == []


@pytest.mark.parametrize(("side", "state"), [("caller", "withdrawn"), ("cast", "refused")])
async def test_an_open_request_ends_and_its_points_go_back(
    database: Database, owner_database: Database, settings: Settings, side: str, state: str
) -> None:
    world = await Booked.open(database, owner_database, settings, booking="request")
    starts = [await world.start(20), await world.start(21)]
    asked = await world.do(asking.ask, settings, world.room, world.caller, starts, 30)
    assert await world.points_of() == 7000
    me, other = (world.caller, world.cast) if side == "caller" else (world.cast, world.caller)
    await block(world, me, other)
    assert (await world.do(requests.request, asked.id, world.caller)).state == state
    assert await world.points_of() == 10_000
    assert await world.broken() == []


async def test_a_slot_that_is_only_kept_is_let_go(world: Booked) -> None:
    kept = await world.keep()
    await block(world, world.cast, world.caller)
    assert (await world.read(kept)).state == "lapsed"


async def test_what_others_have_reserved_stays(world: Booked) -> None:
    other = await world.another()
    theirs = await world.book(20, caller=other)
    await block(world, world.cast, world.caller)
    assert (await world.read(theirs)).state == "booked"


async def test_favourites_and_waiting_lists_forget_each_other(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        waiter = await new_user(tx, points=1000)
    async with database.transaction() as tx:
        await favourites.add(tx, waiter, world.cast)
    async with database.transaction() as tx:
        await favourites.add(tx, world.cast, waiter)
    await world.enter()
    async with database.transaction() as tx:
        await waiting.join(tx, settings, world.room, waiter)
    stopped = await block(world, world.cast, waiter)
    assert [(turn.user_id, turn.news) for turn in stopped.turns] == [(waiter, "closed")]
    async with database.transaction() as tx:
        assert await waiting.rooms_of(tx, waiter) == []
        assert await tx.scalar(sa.text("SELECT count(*) FROM favourites")) == 0


@pytest.mark.parametrize("blocker", ["caller", "cast"])
async def test_to_each_other_the_room_is_not_there(
    database: Database, owner_database: Database, settings: Settings, blocker: str
) -> None:
    world = await Booked.open(database, owner_database, settings)
    await world.stand_by()
    me, other = (world.caller, world.cast) if blocker == "caller" else (world.cast, world.caller)
    await block(world, me, other)
    third = await world.another()
    async with database.transaction() as tx:
        assert not (await search.find(tx, settings, world.caller, RoomWish())).count
        assert await directory.topics(tx, world.caller) == []
        assert await room_states.states(tx, settings, viewer_id=world.caller) == {}
        assert (await search.find(tx, settings, third, RoomWish())).count == 1
        assert await room_states.states(tx, settings, viewer_id=third) == {world.room: "open"}
    assert await world.slots() == []
    start = await world.start()
    refused: list[tuple[Any, ...]] = [
        (directory.room_detail, settings, world.room, world.caller),
        (entry.enter, settings, world.room, world.caller),
        (waiting.join, settings, world.room, world.caller),
        (asking.ask, settings, world.room, world.caller, [start], 30),
    ]
    for verb, *given in refused:
        with pytest.raises(UserError, match="room_unknown"):
            await world.do(verb, *given)
    with pytest.raises(UserError, match="room_unknown"):
        await world.keep()
    with pytest.raises(UserError, match="cast_unknown"):
        await world.do(favourites.add, world.caller, world.cast)


async def test_an_entry_that_meets_a_block_waits_for_it_and_is_refused(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)

    async def enter() -> None:
        async with database.transaction() as tx:
            await entry.enter(tx, settings, world.room, world.caller)

    async with database.transaction() as tx:
        await blocking.block(tx, settings, world.cast, world.caller, 0)
        entering = asyncio.create_task(enter())
        await somebody_waits(database)
        assert not entering.done()
    with pytest.raises(UserError, match="room_unknown"):
        await entering


async def test_a_caller_who_is_suspended_while_entering_is_refused(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE users SET suspended_until = clock_timestamp() + interval '1 h'"
                " WHERE id = :u"
            ),
            {"u": world.caller},
        )
        # The page let them in a moment before.
        with pytest.raises(UserError, match="room_unknown"):
            await entry.enter(tx, settings, world.room, world.caller)


async def test_an_unblock_brings_back_nothing_but_sight(world: Booked) -> None:
    booked = await world.book(20)
    await block(world, world.cast, world.caller)
    await world.do(blocks.unblock, world.cast, world.caller)
    assert (await world.read(booked)).state == "declined"
    assert await world.slots() != []


async def test_the_other_sides_own_block_stays_unsaid(world: Booked) -> None:
    await block(world, world.cast, world.caller)
    async with world.database.transaction() as tx:
        assert not (await blocking.foresee(tx, world.caller, world.cast)).blocked
        assert not (await blocks.of(tx, world.caller, 1, 10)).items


async def test_only_whom_one_knows_can_be_named(world: Booked) -> None:
    booked, stranger = await world.book(20), await world.another()
    async with world.database.transaction() as tx:
        found = await blocking.other_of(tx, "reservations", booked.id, world.caller)
        assert found.user_id == world.cast
        found = await blocking.other_of(tx, "rooms", world.room, world.caller)
        assert found.user_id == world.cast
    for about, number, who in (
        ("reservations", booked.id, stranger),
        ("rooms", world.room, world.cast),
        ("talks", 1, world.caller),
        ("requests", 1, world.caller),
    ):
        with pytest.raises(UserError, match="person_unknown"):
            await world.do(blocking.other_of, about, number, who)


async def test_a_suspension_ends_only_what_begins_within_it(world: Booked) -> None:
    soon, later = await world.book(3), await world.book(20)
    async with world.database.transaction() as tx:
        until = later.starts_at
        await stop_locks.lock_all(tx, world.cast, world.caller)
        await stopping.stop_bookings(tx, world.settings, world.cast, until=until)
    assert (await world.read(soon)).state == "declined"
    assert (await world.read(later)).state == "booked"
    assert await world.broken() == []
