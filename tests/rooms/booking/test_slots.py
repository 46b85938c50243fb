"""The timetable of a room: what its cast edits, what is free, and how viewers see it."""

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.booking import slots, timetable
from rooms.booking.rules import Hour
from tests.rooms.booked import ALWAYS, Booked
from tests.world import new_user

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


async def tomorrow(world: Booked) -> datetime:
    """Tomorrow's first instant in Asia/Tokyo."""
    day = (await world.do(clock)).astimezone(TOKYO).date() + timedelta(days=1)
    return datetime.combine(day, time(), TOKYO)


async def only(world: Booked, *hours: Hour) -> None:
    await world.do(timetable.set_hours, world.room, world.cast, hours)


async def test_the_week_is_replaced_whole_and_read_in_order(world: Booked) -> None:
    week = [Hour(2, time(20), time(23, 30)), Hour(0, time(22), time(1)), Hour(2, time(9), time(10))]
    await only(world, *week)
    assert await world.do(timetable.hours_of, world.room) == [week[1], week[2], week[0]]
    await only(world)
    assert await world.do(timetable.hours_of, world.room) == []
    assert await world.slots() == []


@pytest.mark.parametrize(
    "hours",
    [
        [Hour(0, time(9), time(9))], [Hour(7, time(9), time(10))], [Hour(0, time(9, 1), time(10))],
        [Hour(0, time(9), time(10)), Hour(0, time(9), time(11))],
    ],
)  # fmt: skip
async def test_hours_that_are_none_are_refused(world: Booked, hours: list[Hour]) -> None:
    with pytest.raises(UserError, match="hours_wrong"):
        await only(world, *hours)
    assert len(await world.do(timetable.hours_of, world.room)) == len(ALWAYS)


async def test_nobody_edits_anothers_room(world: Booked) -> None:
    other = await world.another()
    day = (await tomorrow(world)).date()
    for doing in (
        world.do(timetable.set_hours, world.room, other, []),
        world.do(timetable.day_off, world.settings, world.room, other, day),
        world.do(timetable.remove_change, world.room, other, 1),
        world.do(timetable.set_booking, world.room, other, booking="none", shortest=10, longest=20),
    ):
        with pytest.raises(UserError, match="room_unknown"):
            await doing


@pytest.mark.parametrize(("shortest", "longest"), [(5, 60), (60, 30), (10, 125), (12, 60)])
async def test_lengths_out_of_bounds_are_refused(
    world: Booked, shortest: int, longest: int
) -> None:
    with pytest.raises(UserError, match="length_out_of_bounds"):
        await world.do(
            timetable.set_booking,
            world.room,
            world.cast,
            booking="direct",
            shortest=shortest,
            longest=longest,
        )


async def test_slots_are_within_the_window_and_the_hours(world: Booked) -> None:
    begins = await tomorrow(world)
    weekday = begins.weekday()
    today = (weekday - 1) % 7
    await only(world, Hour(today, time(22), time(2, 5)), Hour(weekday, time(9), time(10)))
    window = await world.do(slots.window_now, world.settings)
    free = await world.slots()
    wanted = {begins - timedelta(hours=2) + n * timedelta(minutes=15) for n in range(16)}
    wanted |= {begins + timedelta(hours=9) + n * timedelta(minutes=15) for n in range(4)}
    inside = {at.astimezone(UTC) for at in wanted if window.starts_at <= at <= window.ends_at}
    assert {slot.starts_at for slot in free} == inside
    longest = {slot.starts_at: slot.longest for slot in free}
    for start, minutes in ((begins + timedelta(hours=1), 65), (begins + timedelta(hours=9), 60)):
        assert longest.get(start.astimezone(UTC), minutes) == minutes


async def test_a_day_off_and_an_extra_evening(world: Booked) -> None:
    begins = await tomorrow(world)
    day = begins.date()
    await only(world, Hour(begins.weekday(), time(0), time(12)))
    off = timetable.day_off
    await world.do(off, world.settings, world.room, world.cast, day)
    await world.do(off, world.settings, world.room, world.cast, day)
    assert await world.slots() == []
    extra = (world.settings, world.room, world.cast, day, time(0), time(1))
    await world.do(timetable.add_extra, *extra)
    changes = await world.do(timetable.changes_of, world.settings, world.room)
    assert [(change.kind, change.starts) for change in changes] == [
        ("extra", time(0)), ("off", None),
    ]  # fmt: skip
    shown = await world.do(
        slots.days, world.settings, world.room, world.caller, "Asia/Tokyo", count=2
    )
    assert [(p.starts_at, p.kind) for p in shown[1].stretches] == [(begins.astimezone(UTC), "free")]
    for change in changes:
        await world.do(timetable.remove_change, world.room, world.cast, change.id)
    shown = await world.do(
        slots.days, world.settings, world.room, world.caller, "Asia/Tokyo", count=2
    )
    assert shown[1].stretches[0].ends_at == begins + timedelta(hours=12)
    with pytest.raises(UserError, match="day_past"):
        await world.do(off, world.settings, world.room, world.cast, day - timedelta(days=2))


async def test_an_edit_over_a_reservation_leaves_it_standing(world: Booked) -> None:
    booked = await world.book()
    day = booked.starts_at.astimezone(TOKYO).date()
    await only(world)
    await world.do(timetable.day_off, world.settings, world.room, world.cast, day)
    await world.do(
        timetable.set_booking, world.room, world.cast, booking="none", shortest=10, longest=20
    )
    assert (await world.read(booked)).state == "booked"
    shown = await world.do(
        slots.days, world.settings, world.room, world.cast, "Asia/Tokyo", count=3
    )
    parts = [part for day in shown for part in day.stretches]
    assert [(part.kind, part.starts_at, part.ends_at) for part in parts] == [
        ("taken", booked.starts_at, booked.ends_at)
    ]
    await world.until_start(booked, 5)
    await world.stand_by()
    assert isinstance(await world.come(booked), int)


async def test_what_is_booked_is_not_free_and_its_neighbours_are_shorter(world: Booked) -> None:
    booked = await world.book(20, 30)
    free = {slot.starts_at: slot.longest for slot in await world.slots(await world.another())}
    quarter = timedelta(minutes=15)
    assert booked.starts_at not in free
    assert booked.starts_at + quarter not in free
    assert free[booked.starts_at - quarter] == 15
    assert free[booked.starts_at - 4 * quarter] == 60
    assert booked.ends_at in free


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
async def test_days_are_the_viewers_also_when_their_clocks_change(world: Booked, zone: str) -> None:
    local = ZoneInfo(zone)
    days = await world.do(slots.days, world.settings, world.room, world.caller, zone, count=31)
    assert len(days) == 31
    for day in days:
        midnight = datetime.combine(day.day, time(), local).astimezone(UTC)
        following = datetime.combine(day.day + timedelta(days=1), time(), local).astimezone(UTC)
        assert day.stretches[0].starts_at == midnight
        assert day.stretches[-1].ends_at == following
        for before, after in itertools.pairwise(day.stretches):
            assert before.ends_at == after.starts_at
    assert {part.kind for part in days[0].stretches} <= {"past", "free"}


async def test_a_site_in_another_zone_keeps_its_hours_when_clocks_change(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    berlin = settings.model_copy(update={"site_zone": "Europe/Berlin"})
    world = await Booked.open(database, owner_database, berlin)
    await only(world, *(Hour(day, time(20), time(22)) for day in range(7)))
    since = datetime(2027, 3, 25, tzinfo=UTC)
    opened = await world.do(slots.openings, berlin, world.room, since, since + timedelta(days=7))
    zone = ZoneInfo("Europe/Berlin")
    assert {one.starts_at.astimezone(zone).time() for one in opened} == {time(20)}
    assert {one.starts_at.time() for one in opened} == {time(18), time(19)}


async def test_a_visitor_sees_what_is_free_and_its_own_cast_books_nothing(world: Booked) -> None:
    visitor = await world.do(slots.free_slots, world.settings, world.room, None)
    assert visitor == await world.slots(await world.another())
    assert await world.slots(world.cast) == []
    with pytest.raises(UserError, match="room_unknown"):
        await world.do(slots.free_slots, world.settings, 999_999, None)


async def test_past_exceptions_are_forgotten_and_there_is_a_most(
    world: Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = (await tomorrow(world)).date()
    monkeypatch.setattr(timetable, "MOST_CHANGES", 2)
    off = timetable.day_off
    await world.do(off, world.settings, world.room, world.cast, day)
    await world.do(off, world.settings, world.room, world.cast, day + timedelta(days=1))
    with pytest.raises(UserError, match="changes_too_many"):
        await world.do(off, world.settings, world.room, world.cast, day + timedelta(days=2))
    async with world.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE hour_exceptions SET day = day - 30"))
    await world.do(off, world.settings, world.room, world.cast, day)
    assert len(await world.do(timetable.changes_of, world.settings, world.room)) == 1


async def test_somebody_unknown_may_look(world: Booked) -> None:
    stranger = await world.do(new_user, "だれか", confirmed=False)
    assert await world.slots(stranger)
