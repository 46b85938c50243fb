"""What neither side of a reservation can gain by pressing, keeping or staying away."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import limits
from rooms.booking import (
    answering,
    asking,
    calling_off,
    reservations,
    reserved_talks,
    timetable,
    views,
)
from rooms.ground import kept_times
from rooms.ground.booking_tables import reservations as table
from rooms.ground.tables import talks
from rooms.lobby import presence
from rooms.talk import entry
from rooms.talk.past import history
from tests.rooms.booked import ALWAYS, Booked
from tests.world import new_room, new_user


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


def quarter(at: datetime) -> datetime:
    """The next beginning that is offered."""
    late = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at + (timedelta(minutes=15) - late if late else late)


async def refused(
    world: Booked, verb: Callable[..., Awaitable[object]], *args: object
) -> UserError:
    with pytest.raises(UserError) as error:
        await world.do(verb, *args)
    return error.value


async def test_a_cast_who_shows_up_for_a_moment_at_the_end_is_not_paid(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 10)
    assert await world.come(booked) == "cast_away"
    await world.until_start(booked, 301)
    assert await world.come(booked) == "cast_away"
    await world.until_start(booked, 1798)
    await world.stand_by()
    await world.do(presence.close_standby, world.cast)
    await world.until_start(booked, 1801)
    await world.sweep()
    assert (await world.read(booked)).state == "cast_missed"
    await world.pass_time(901)
    await world.sweep()
    assert (await world.points_of(), await world.earned()) == (10_000, 0)
    assert await world.broken() == []


async def test_a_talk_that_nobody_had_pays_nobody_by_itself(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 60)
    await world.stand_by()
    assert isinstance(await world.come(booked), int)
    # Pressed, and gone: no second of it was proved.
    await world.do(history.leave, world.settings, world.talk, world.cast)
    await world.until_start(booked, 1801)
    await world.sweep()
    apart = await world.read(booked)
    assert (apart.state, await world.earned(), await world.points_of()) == ("apart", 0, 7000)
    assert (await world.told(world.caller))[-1] == "apart"
    assert (await world.told(world.cast))[-1] == "apart_cast"
    assert await world.broken() == []


async def test_after_the_term_without_a_claim_the_cast_is_paid(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 60)
    await world.stand_by()
    await world.do(presence.close_standby, world.cast)
    await world.until_start(booked, 600)
    assert await world.come(booked) == "cast_away"
    await world.until_start(booked, 1801)
    await world.sweep()
    assert (await world.read(booked)).state == "apart"
    await world.pass_time(14 * 86_400 - 60)
    await world.sweep()
    assert await world.earned() == 0
    await world.pass_time(61)
    await world.sweep()
    assert (await world.earned(), await world.points_of()) == (2400, 7000)
    assert await world.broken() == []


async def test_who_waited_until_the_cast_should_have_come_waits_no_longer(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 0)
    assert await world.come(booked) == "cast_away"
    await world.until_start(booked, 299)
    assert await world.come(booked) == "cast_away"
    await world.sweep()
    assert (await world.read(booked)).state == "booked"
    await world.until_start(booked, 301)
    assert await world.come(booked) == "cast_away"
    await world.sweep()
    assert (await world.read(booked)).state == "cast_missed"


async def test_a_talk_begins_early_only_if_both_press_and_lasts_what_was_paid(
    world: Booked,
) -> None:
    booked = await world.until_start(await world.book(2, 10), -290)
    await world.stand_by()
    assert await world.come(booked) == "not_yet"
    assert await world.come(booked, early=True) == "not_yet"
    await world.do(reserved_talks.agree_early, world.settings, booked.id, world.cast)
    assert await world.come(booked) == "not_yet"
    assert isinstance(await world.come(booked, early=True), int)
    async with world.database.transaction() as tx:
        row = (await tx.execute(sa.select(talks).where(talks.c.id == world.talk))).one()
    assert row.free_ms == 600_000
    lasts = (row.must_end_at - row.entered_at).total_seconds()
    assert 599 <= lasts <= 601
    # Nor does coming back in add to it.
    await world.do(history.leave, world.settings, world.talk, world.caller)
    await world.pass_time(601)
    await world.stand_by()
    error = await refused(world, reserved_talks.enter, world.settings, booked.id, world.caller)
    assert error.code == "reservation_over"
    # Nor is it offered, or the room kept for it.
    async with world.database.transaction() as tx:
        found = await views.reservation(tx, world.settings, booked.id, world.caller)
        kept_for = await kept_times.reservation_now(tx, world.settings, world.cast)
    assert (found.may_enter, kept_for) == (False, None)


async def test_only_the_cast_of_a_reservation_agrees_to_begin_early(world: Booked) -> None:
    booked = await world.book(2)
    verb, site = reserved_talks.agree_early, world.settings
    assert (await refused(world, verb, site, booked.id, world.caller)).code == "reservation_unknown"
    assert (await refused(world, verb, site, booked.id, world.cast)).code == "too_early"


async def test_ones_own_limit_binds_a_running_talk_once_points_are_held(world: Booked) -> None:
    await world.do(limits.set_limits, world.caller, day_points=1500, month_points=None)
    other = await world.do(new_user, "べつのキャスト")
    room = await world.do(new_room, other, 100)
    await world.do(presence.open_standby, other, room)
    entered = await world.do(entry.enter, world.settings, room, world.caller)
    await world.book(20, 10)
    async with world.database.transaction() as tx:
        cap = sa.select(talks.c.spend_cap_minutes).where(talks.c.id == entered.talk_id)
        assert await tx.scalar(cap) == 5
        assert (await limits.limits_of(tx, world.caller)).spendable == 500


async def test_one_person_is_not_booked_at_one_time_as_cast_and_as_caller(world: Booked) -> None:
    """A slot kept as caller, a request accepted as cast for that time: the second can't be."""
    own = await world.do(new_room, world.caller, 100)
    await world.do(timetable.set_hours, own, world.caller, ALWAYS)
    await world.do(
        timetable.set_booking, own, world.caller, booking="request", shortest=10, longest=60
    )
    asker = await world.another()
    start = await world.start(20)
    asked = await world.do(asking.ask, world.settings, own, asker, [start], 30)
    kept = await world.keep(20)
    accepting = (answering.accept, world.settings, asked.id, world.caller, 1)
    assert (await refused(world, *accepting)).code == "own_overlap"
    assert (await world.confirm(kept)).state == "booked"


async def test_the_tables_hold_that_a_person_is_taken_once(world: Booked) -> None:
    booked = await world.book(20)
    other = await world.another()
    room = await world.do(new_room, world.caller, 100)
    row = {
        "room_id": room, "cast_id": world.caller, "caller_id": other,
        "starts_at": booked.starts_at, "ends_at": booked.ends_at, "minutes": 30,
        "rate": 100, "share": 80, "points": 3000, "state": "kept",
        "kept_until": sa.func.now(), "cancel_until": booked.starts_at,
    }  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError, match="ex_reserved_people"):
        await world.do(lambda tx: tx.execute(sa.insert(table).values(row)))


async def test_a_slot_is_kept_only_for_who_can_pay_and_once(world: Booked) -> None:
    poor = await world.another(points=1)
    with pytest.raises(UserError, match="points_short"):
        await world.keep(20, 60, poor)
    kept = await world.keep(20)
    # The time to confirm passes; the slot itself stays where it is.
    async with world.owner.transaction() as tx:
        minutes = sa.text("interval '5 minutes'")
        await tx.execute(
            sa.update(table).values(
                created_at=table.c.created_at - minutes, kept_until=table.c.kept_until - minutes
            )
        )
    await world.sweep()
    assert (await world.read(kept)).state == "lapsed"
    with pytest.raises(UserError, match="kept_before"):
        await world.keep(20)
    assert (await world.keep(20, caller=await world.another())).state == "kept"
    assert (await world.keep(23)).state == "kept"


async def test_letting_a_slot_go_early_uses_up_only_what_was_used(world: Booked) -> None:
    kept = await world.keep(20)
    await world.do(reservations.let_go, kept.id, world.caller)
    again = await world.keep(20)
    assert again.kept_until is not None
    left = again.kept_until - again.created_at
    assert timedelta(minutes=4) < left < timedelta(minutes=5)
    assert (await world.confirm(again)).state == "booked"


async def test_what_is_sold_again_of_a_time_called_off_late_goes_back(world: Booked) -> None:
    booked = await world.book(2)
    await world.pass_time(601)
    with pytest.raises(UserError, match="cancel_too_late"):
        await world.cancel(booked)
    gone = await world.do(calling_off.call_off, world.settings, booked.id, world.caller)
    assert (gone.state, await world.points_of()) == ("called_off", 7000)
    # Somebody else books ten minutes of it, and comes.
    other = await world.another()
    starts = (await world.read(booked)).starts_at
    kept = await world.do(reservations.keep, world.settings, world.room, other, quarter(starts), 10)
    second = await world.do(reservations.confirm, world.settings, kept.id, other)
    await world.until_start(await world.read(second), 10)
    await world.stand_by()
    first, world.caller = world.caller, other
    assert isinstance(await world.come(second), int)
    await world.talk_on(61)
    await world.pass_time(3600)
    await world.sweep()
    world.caller = first
    assert (await world.read(second)).state == "done"
    back = (await world.read(booked)).returned
    assert 0 < back <= 1000
    assert await world.points_of() == 7000 + back
    assert await world.earned() == 800 + 2400 - back * 80 // 100
    assert await world.broken() == []


async def test_a_time_called_off_late_that_nobody_takes_is_the_casts(world: Booked) -> None:
    booked = await world.book(2)
    await world.pass_time(601)
    await world.do(calling_off.call_off, world.settings, booked.id, world.caller)
    with pytest.raises(UserError, match="already_cancelled"):
        await world.do(calling_off.call_off, world.settings, booked.id, world.caller)
    await world.pass_time(3 * 3600)
    await world.sweep()
    await world.sweep()
    assert (await world.points_of(), await world.earned()) == (7000, 2400)
    assert await world.broken() == []
