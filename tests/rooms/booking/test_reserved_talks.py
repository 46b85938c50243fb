"""The talk of a reservation: who may enter when, what it costs, and how it ends or goes on."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from points import ledger
from rooms.booking import going_on, reservations, reserved_talks
from rooms.ground import kept_times
from rooms.lobby import presence, room_states
from rooms.talk import entry
from rooms.talk.past import history
from tests.rooms.booked import Booked
from tests.world import new_room


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


async def refused(code: str, doing: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        await doing
    assert caught.value.code == code
    return caught.value


async def state(world: Booked, room: int | None = None) -> str:
    found = await world.do(room_states.states, world.settings, [room or world.room])
    return found[room or world.room]


async def enter_other(world: Booked, other: int, room: int | None = None) -> Any:
    return await world.do(entry.enter, world.settings, room or world.room, other)


async def begun(world: Booked, seconds: float = 10, minutes: int = 30) -> Any:
    """A reserved talk that runs, so many seconds after its beginning."""
    booked = await world.until_start(await world.book(2, minutes), seconds)
    await world.stand_by()
    assert isinstance(await world.come(booked), int)
    await world.beat()
    return booked


async def run_on(world: Booked, booked: Any, seconds_after_end: float) -> None:
    """Let the talk run, with beats on the way, to so many seconds around its reserved end."""
    end = booked.minutes * 60 + seconds_after_end
    await world.until_start(booked, end - 2)
    async with world.owner.transaction() as tx:
        for side in ("caller", "cast"):
            await tx.execute(
                sa.text(
                    f"UPDATE talks SET {side}_good_at = clock_timestamp(),"
                    f" {side}_seen_at = clock_timestamp() WHERE id = :t"
                ),
                {"t": world.talk},
            )
    await world.pass_time(2)


async def tick(world: Booked) -> list[int]:
    return await world.do(going_on.end_due, world.settings)


async def test_the_room_is_kept_from_five_minutes_before_to_the_end(world: Booked) -> None:
    booked, other = await world.book(2), await world.another()
    await world.stand_by()
    await world.until_start(booked, -301)
    await world.stand_by()
    assert await state(world) == "open"
    await refused("too_early", world.come(booked))
    await world.until_start(booked, -299)
    await world.stand_by()
    assert await state(world) == "reserved"
    await refused("room_reserved", enter_other(world, other))
    mine = await refused("reserved_for_you", enter_other(world, world.caller))
    assert mine.params == {"reservation_id": booked.id}
    standing = reserved_talks.own_reservation_now
    assert await world.do(standing, world.settings, world.room, world.caller) == booked.id
    assert await world.do(standing, world.settings, world.room, other) is None
    await world.until_start(booked, 1799)
    await world.stand_by()
    await refused("room_reserved", enter_other(world, other))
    await world.until_start(booked, 1800)
    await world.stand_by()
    assert await state(world) == "open"
    await enter_other(world, other)


async def test_who_looks_on_is_told_when_a_room_turns_reserved_and_free(world: Booked) -> None:
    booked = await world.book(2)
    edges = {-306: False, -299: True, -200: False, 1799: False, 1801: True, 1810: False}
    for seconds, turns in edges.items():
        await world.until_start(booked, seconds)
        turned = await world.do(kept_times.turning, world.settings)
        assert turned == ([world.room] if turns else []), seconds


async def test_all_rooms_of_the_cast_are_kept(world: Booked) -> None:
    booked, other = await world.book(2), await world.another()
    second = await world.do(new_room, world.cast)
    await world.until_start(booked, -60)
    assert await state(world, second) == "closed"
    await world.stand_by(second)
    assert await state(world, second) == "reserved"
    await refused("room_reserved", enter_other(world, other, second))
    assert await world.come(booked) == "not_yet"
    await world.until_start(booked)
    await world.do(presence.touch, [world.cast])
    assert isinstance(await world.come(booked), int)
    assert await state(world) == "busy"
    assert await state(world, second) == "closed"


async def test_who_comes_before_the_cast_is_recorded_and_waits(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 30)
    assert await world.come(booked) == "cast_away"
    seen = await world.read(booked)
    assert (seen.state, seen.cast_came_at) == ("booked", None)
    assert seen.caller_came_at is not None
    await world.stand_by()
    assert isinstance(await world.come(booked), int)
    assert (await world.read(booked)).state == "running"


async def test_it_costs_nothing_but_what_was_held(world: Booked) -> None:
    booked = await begun(world)
    meter = await world.reading()
    assert (meter.reserved, meter.prepaid, meter.ends_by) == (True, 3000, "reservation")
    assert 1_780_000 <= meter.ends_ms - meter.connected_ms <= 1_791_000
    assert meter.for_side("caller")["ends_by"] == "reservation"
    assert meter.for_side("cast")["ends_by"] == "reservation"
    await run_on(world, booked, -60)
    await world.tick()
    await world.beat()
    assert (await world.reading()).charged_minutes == 0
    assert await world.points_of() == 7000
    assert await world.ended() is None


async def test_it_ends_at_the_reserved_end_also_for_one_who_came_late(world: Booked) -> None:
    booked = await begun(world, seconds=1200)
    await run_on(world, booked, -60)
    assert await tick(world) == []
    await run_on(world, booked, 1)
    assert await tick(world) == [world.talk]
    assert await world.ended() == "reservation_over"
    await world.sweep()
    assert (await world.read(booked)).state == "done"
    assert (await world.points_of(), await world.earned()) == (7000, 2400)
    assert await world.broken() == []
    account = await world.do(history.account, world.talk, world.caller)
    assert (account.prepaid, account.cost, account.reservation_id) == (3000, 0, booked.id)
    assert {line.kind for line in account.lines if line.kind != "interrupted"} == {"reserved"}


async def test_one_who_hung_up_may_come_back_within_the_time(world: Booked) -> None:
    booked = await begun(world)
    first = world.talk
    await world.do(history.leave, world.settings, world.talk, world.caller)
    assert await world.come(booked) == "cast_away"
    await world.stand_by()
    second = await world.come(booked)
    assert isinstance(second, int)
    assert second != first
    assert (await world.reading()).reserved


async def test_both_agreed_the_ordinary_meter_begins_at_the_end_without_free_time(
    world: Booked,
) -> None:
    booked = await begun(world)
    for user in (world.caller, world.cast):
        await world.do(going_on.go_on, world.settings, world.talk, user, True)
    meter = await world.reading()
    assert meter.for_side("caller")["go_on"] == {"mine": True, "other": True}
    assert meter.ends_by == "points"
    assert 1_780_000 <= meter.for_side("cast")["reserved_left_ms"] <= 1_791_000
    await run_on(world, booked, 1)
    assert await tick(world) == [world.talk]
    await world.beat()
    meter = await world.reading()
    assert (meter.reserved, meter.charged_minutes, meter.state) == (False, 1, "talking")
    assert await world.points_of() == 6900
    await world.talk_for(50)
    assert (await world.reading()).charged_minutes == 1
    await world.talk_for(12)
    assert (await world.reading()).charged_minutes == 2
    await world.sweep()
    assert (await world.read(booked)).state == "done"
    await world.do(history.leave, world.settings, world.talk, world.caller)
    assert await world.points_of() == 6800
    assert await world.earned() == 2400 + 160
    assert await world.broken() == []


@pytest.mark.parametrize("agreeing", ["caller", "cast", None])
async def test_one_side_alone_does_not_go_on(world: Booked, agreeing: str | None) -> None:
    booked = await begun(world)
    for side in ("caller", "cast"):
        user = world.caller if side == "caller" else world.cast
        await world.do(going_on.go_on, world.settings, world.talk, user, True)
        if side != agreeing:
            await world.do(going_on.go_on, world.settings, world.talk, user, False)
    await run_on(world, booked, 1)
    await tick(world)
    assert await world.ended() == "reservation_over"
    assert await world.points_of() == 7000


async def test_who_cannot_pay_a_minute_cannot_agree(world: Booked) -> None:
    await begun(world)
    await world.do(
        lambda tx: ledger.correct(tx, world.caller, -6950, "t", actor_id=None, key="less")
    )
    go_on = going_on.go_on
    short = await refused(
        "points_short", world.do(go_on, world.settings, world.talk, world.caller, True)
    )
    assert short.params == {"needed": 100, "points": 50}
    await world.do(go_on, world.settings, world.talk, world.cast, True)
    stranger = await world.another()
    await refused("talk_unknown", world.do(go_on, world.settings, world.talk, stranger, True))


async def test_with_the_next_reservation_behind_it_nobody_goes_on(world: Booked) -> None:
    booked = await world.book(2)
    other = await world.another()
    await world.confirm(
        await world.do(reservations.keep, world.settings, world.room, other, booked.ends_at, 30)
    )
    booked = await world.until_start(booked, 5)
    await world.stand_by()
    await world.come(booked)
    await world.beat()
    go_on = going_on.go_on
    await refused("next_reserved", world.do(go_on, world.settings, world.talk, world.caller, True))


async def test_a_talk_before_a_reservation_ends_in_time_and_its_cut_minute_goes_back(
    world: Booked,
) -> None:
    booked, other = await world.book(2), await world.another()
    await world.until_start(booked, -400)
    await world.stand_by()
    reserved, world.caller = world.caller, other
    await world.enter()
    await world.beat()
    meter = await world.reading()
    assert (meter.ends_by, meter.for_side("cast")["ends_by"]) == ("reservation", "reservation")
    assert 395_000 <= meter.ends_ms <= 401_000
    await world.talk_for(70)
    assert (await world.reading()).charged_minutes == 1
    await world.talk_for(310, step=10)
    assert (await world.reading()).charged_minutes == 6
    assert await tick(world) == []
    await world.wait(8)
    await world.beat()
    await world.wait(8)
    await world.beat()
    await world.wait(8)
    assert await tick(world) == [world.talk]
    assert await world.ended() == "reservation_over"
    paid = await world.points_of(other)
    assert paid == 10_000 - 500
    assert await world.points_of(reserved) == 7000
    assert await world.broken() == []


async def test_a_cast_in_another_talk_is_warned_ten_and_two_minutes_before(world: Booked) -> None:
    booked, other = await world.book(2), await world.another()
    await world.until_start(booked, -620)
    await world.stand_by()
    world.caller = other
    await world.enter()
    assert await world.do(reserved_talks.warn_of_next) == []
    for seconds, minutes in ((25, 10), (480, 2)):
        await world.pass_time(seconds)
        warned = await world.do(reserved_talks.warn_of_next)
        assert [(one.talk_id, one.person_id, one.minutes) for one in warned] == [
            (world.talk, world.cast, minutes)
        ]
        assert await world.do(reserved_talks.warn_of_next) == []


async def test_booking_during_a_talk_bounds_it_and_cancelling_frees_it(world: Booked) -> None:
    other = await world.another()
    await world.stand_by()
    await world.enter()
    await world.beat()
    assert (await world.reading()).ends_by == "points"
    booked = await world.book(14, caller=other)
    async with world.owner.transaction() as tx:
        bound = await tx.scalar(sa.text("SELECT must_end_at FROM talks"))
    assert bound == booked.starts_at
    await world.cancel(booked)
    async with world.owner.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT must_end_at FROM talks")) is None


async def test_a_cast_whose_reservation_is_due_enters_no_other_room(world: Booked) -> None:
    theirs = await Booked.open(world.database, world.owner, world.settings)
    await world.do(lambda tx: ledger.grant(tx, world.cast, 9000, "t", actor_id=None, key="c"))
    await world.until_start(await world.book(2), -60)
    await theirs.stand_by()
    await refused("own_reservation_due", enter_other(theirs, world.cast))


async def test_the_tables_let_no_reserved_talk_run_without_an_end(world: Booked) -> None:
    await begun(world)
    with pytest.raises(sa.exc.IntegrityError, match="reserved_ends"):
        await world.do(lambda tx: tx.execute(sa.text("UPDATE talks SET must_end_at = NULL")))


async def told_of_waiting(world: Booked) -> list[str]:
    """What the cast was told of the caller who waits."""
    found = await world.do(inbox.inbox, world.cast, 1, 20)
    return [one.kind for one in found.items if "お待ちです" in one.title]


async def test_a_cast_who_is_not_there_at_the_time_is_called_once(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), -60)
    assert await world.come(booked) == "not_yet"
    assert await told_of_waiting(world) == []
    await world.until_start(booked, 1)
    for _ in range(3):
        assert await world.come(booked) == "cast_away"
    assert await told_of_waiting(world) == ["entered"]
