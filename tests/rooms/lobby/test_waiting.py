"""Who waits for a busy room comes in turn, and nobody else gets in between."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from people.meeting import blocks
from points import limits
from rooms.lobby import (
    presence,
    room_states,
    turns,
    waiting,
)
from rooms.lobby.turns import Turn
from rooms.talk import entry
from rooms.talk.past import history
from tests.faults.databases import fresh_database
from tests.rooms.booked import Booked
from tests.world import World, new_room, new_user


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A cast in a talk with somebody."""
    made = await World.of(database, settings)
    await made.enter()
    return made


@pytest.fixture
async def line(world: World) -> list[int]:
    """Three who wait for the room, in their order."""
    async with world.database.transaction() as tx:
        people = [await new_user(tx, points=5000) for _ in range(3)]
    async with world.database.transaction() as tx:
        for one in people:
            await waiting.join(tx, world.settings, world.room, one)
    return people


async def hang_up(world: World) -> None:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)


async def goes(world: World) -> None:
    """The talk ends, and nobody comes back after the pause."""
    await hang_up(world)
    await change(world, "UPDATE pauses SET ends_at = ends_at - interval '91 s'")


async def stand_by(world: World) -> None:
    """The talk ends, and the cast is ready for the next."""
    await hang_up(world)
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)


async def tick(world: World) -> list[Turn]:
    async with world.database.transaction() as tx:
        found = await turns.call_next(tx, world.settings)
    return [turn for turn in found if turn.room_id == world.room]


async def lapse(world: World) -> None:
    """The running turn is over."""
    await change(
        world,
        "UPDATE waiting_turns SET called_at = called_at - interval '61 s',"
        " turn_ends_at = turn_ends_at - interval '61 s' WHERE room_id = :room",
    )


async def change(world: World, query: str) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.text(query), {"room": world.room, "cast": world.cast})


async def places(world: World) -> list[tuple[int, int, bool]]:
    async with world.database.transaction() as tx:
        found = await waiting.places_in(tx, world.settings, [world.room])
    return [(place.user_id, place.place, place.seconds is not None) for place in found]


async def enter(world: World, user: int) -> int:
    async with world.database.transaction() as tx:
        return (await entry.enter(tx, world.settings, world.room, user)).talk_id


async def refused(world: World, user: int) -> str:
    with pytest.raises(UserError) as error:
        await enter(world, user)
    return error.value.code


async def join_refused(world: World, user: int, room: int | None = None) -> str:
    async with world.database.transaction() as tx:
        with pytest.raises(UserError) as error:
            await waiting.join(tx, world.settings, room or world.room, user)
    return error.value.code


async def state(world: World) -> str:
    async with world.database.transaction() as tx:
        return (await room_states.states(tx, world.settings, [world.room]))[world.room]


async def test_who_waits_has_a_place_and_keeps_it(world: World, line: list[int]) -> None:
    assert await places(world) == [(line[0], 1, False), (line[1], 2, False), (line[2], 3, False)]
    async with world.database.transaction() as tx:
        again = await waiting.join(tx, world.settings, world.room, line[1])
        assert (again.place, again.waiting) == (2, 3)
        assert await waiting.leave(tx, world.room, line[0])
        assert not await waiting.leave(tx, world.room, line[0])
        mine = await waiting.place_of(tx, world.settings, world.room, line[1])
    assert mine is not None
    assert (mine.place, mine.waiting) == (1, 2)


async def test_one_waits_only_for_a_room_that_is_busy(world: World) -> None:
    async with world.database.transaction() as tx:
        user = await new_user(tx, points=5000)
    await goes(world)
    assert await join_refused(world, user) == "room_not_busy"
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    assert await join_refused(world, user) == "room_not_busy"


async def test_one_who_may_not_enter_may_not_wait(world: World) -> None:
    async with world.database.transaction() as tx:
        unconfirmed = await new_user(tx, confirmed=False)
        blocked = await new_user(tx)
        await blocks.block(tx, world.cast, blocked)
        hidden = await new_room(tx, world.cast, published=False)
    assert await join_refused(world, unconfirmed) == "not_confirmed"
    assert await join_refused(world, blocked) == "room_unknown"
    assert await join_refused(world, blocked, hidden) == "room_unknown"
    assert await join_refused(world, world.cast) == "own_room"


async def test_a_list_is_bounded_also_for_many_at_once(world: World, settings: Settings) -> None:
    small = settings.model_copy(update={"waiting_most": 3})
    async with world.database.transaction() as tx:
        people = [await new_user(tx, points=5000) for _ in range(5)]

    async def join(user: int) -> str:
        try:
            async with world.database.transaction() as tx:
                await waiting.join(tx, small, world.room, user)
        except UserError as error:
            return error.code
        return "joined"

    answers = await asyncio.gather(*(join(user) for user in people))
    assert sorted(answers) == ["joined"] * 3 + ["waiting_full"] * 2
    assert len(await places(world)) == 3


async def test_one_waits_for_a_few_rooms_only(
    world: World, database: Database, settings: Settings
) -> None:
    async with world.database.transaction() as tx:
        user = await new_user(tx, points=5000)
    others = [await World.of(database, settings) for _ in range(waiting.MOST_LISTS)]
    for other in others:
        await other.enter()
        async with database.transaction() as tx:
            await waiting.join(tx, settings, other.room, user)
    assert await join_refused(world, user) == "waiting_elsewhere"
    async with database.transaction() as tx:
        assert len(await waiting.places_of(tx, world.settings, user)) == waiting.MOST_LISTS
        await waiting.leave_all(tx, user)


async def test_once_the_cast_stands_by_the_first_is_called_and_told(
    world: World, line: list[int]
) -> None:
    assert await tick(world) == []
    await hang_up(world)
    assert await tick(world) == []
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    assert await tick(world) == [Turn(world.room, line[0], "turn", 60)]
    assert await tick(world) == []
    assert (await places(world))[0] == (line[0], 1, True)
    async with world.database.transaction() as tx:
        (notice,) = await inbox.inbox(tx, line[0], 1, 5)
        assert (notice.kind, notice.link) == ("turn", f"/rooms/{world.room}/enter")
        assert (await inbox.inbox(tx, line[1], 1, 5)).items == []
        mails = "SELECT count(*) FROM mails WHERE subject LIKE '%入室できます%'"
        assert await tx.scalar(sa.text(mails)) == 0


async def test_while_somebody_has_a_turn_nobody_else_gets_in(world: World, line: list[int]) -> None:
    async with world.database.transaction() as tx:
        stranger = await new_user(tx, points=5000)
    await stand_by(world)
    # Also before the clock has called anybody: whoever is quick gains nothing.
    assert await refused(world, stranger) == "room_turn"
    assert await state(world) == "busy"
    await tick(world)
    assert await refused(world, stranger) == "room_turn"
    assert await refused(world, line[1]) == "room_turn"
    assert await enter(world, line[0]) > 0
    assert await places(world) == [(line[1], 1, False), (line[2], 2, False)]
    assert await refused(world, line[1]) == "room_busy"


async def test_a_refusal_leaves_the_standby_as_it_was(world: World, line: list[int]) -> None:
    await stand_by(world)
    assert await refused(world, line[2]) == "room_turn"
    async with world.database.transaction() as tx:
        assert await presence.standby_of(tx, world.cast) is not None


async def test_a_turn_that_lapses_is_the_next_ones(world: World, line: list[int]) -> None:
    await stand_by(world)
    await tick(world)
    await lapse(world)
    assert await refused(world, line[0]) == "room_turn"
    assert await tick(world) == [
        Turn(world.room, line[0], "later"),
        Turn(world.room, line[1], "turn", 60),
    ]
    assert [user for user, _, _ in await places(world)] == [line[1], line[2], line[0]]
    assert await refused(world, line[2]) == "room_turn"
    assert await enter(world, line[1]) > 0


async def test_a_second_turn_that_lapses_sends_home_for_a_while(
    world: World, line: list[int]
) -> None:
    async with world.database.transaction() as tx:
        for other in line[1:]:
            await waiting.leave(tx, world.room, other)
    await stand_by(world)
    await tick(world)
    await lapse(world)
    assert [turn.news for turn in await tick(world)] == ["later", "turn"]
    await lapse(world)
    assert [turn.news for turn in await tick(world)] == ["lapsed"]
    assert await places(world) == []
    assert await join_refused(world, line[0]) == "waiting_missed"
    await change(world, "UPDATE waiting_misses SET until = until - interval '30 min'")
    assert await join_refused(world, line[0]) == "room_not_busy"


async def test_joining_just_after_ones_turn_lapsed_is_no_fault(
    world: World, line: list[int]
) -> None:
    await stand_by(world)
    await tick(world)
    await lapse(world)
    # Within the second in which the clock has not seen it yet.
    async with world.database.transaction() as tx:
        place = await waiting.join(tx, world.settings, world.room, line[0])
    assert (place.place, place.waiting) == (3, 3)


async def test_only_one_who_can_pay_the_entry_may_wait(
    world: World, database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        poor = await new_user(tx, points=499)
        bounded = await new_user(tx, points=5000)
    async with database.transaction() as tx:
        await limits.set_limits(tx, bounded, day_points=50, month_points=None)
    assert await join_refused(world, poor) == "points_short"
    assert await join_refused(world, bounded) == "own_limit_reached"


async def test_two_who_never_enter_do_not_shut_a_room(world: World) -> None:
    async with world.database.transaction() as tx:
        shutting = [await new_user(tx, points=5000) for _ in range(2)]
        paying = await new_user(tx, points=5000)
    for one in shutting:
        async with world.database.transaction() as tx:
            await waiting.join(tx, world.settings, world.room, one)
    await stand_by(world)
    tries = 0
    while await state(world) != "open":
        tries += 1
        assert tries <= 4, "the room is still kept for those who never come"
        await tick(world)
        await lapse(world)
        for one in shutting:
            with contextlib.suppress(UserError):
                async with world.database.transaction() as tx:
                    await waiting.join(tx, world.settings, world.room, one)
    assert await enter(world, paying) > 0


async def test_after_the_last_turn_the_room_is_open_to_all(world: World, line: list[int]) -> None:
    async with world.database.transaction() as tx:
        stranger = await new_user(tx, points=5000)
    await stand_by(world)
    for _ in [*line, *line]:
        await tick(world)
        await lapse(world)
    assert await state(world) == "open"
    assert [turn.news for turn in await tick(world)] == ["lapsed"]
    assert await enter(world, stranger) > 0


async def test_who_lets_a_turn_go_makes_way_at_once(world: World, line: list[int]) -> None:
    await stand_by(world)
    await tick(world)
    async with world.database.transaction() as tx:
        await waiting.leave(tx, world.room, line[0])
    assert await tick(world) == [Turn(world.room, line[1], "turn", 60)]


async def test_who_enters_a_room_waits_nowhere_else(
    world: World, line: list[int], database: Database, settings: Settings
) -> None:
    other = await World.of(database, settings)
    async with database.transaction() as tx:
        await entry.enter(tx, settings, other.room, line[0])
        assert await waiting.places_of(tx, world.settings, line[0]) == []
    assert (await places(world))[0] == (line[1], 1, False)


async def test_a_cast_who_goes_offline_dissolves_the_list(world: World, line: list[int]) -> None:
    await stand_by(world)
    async with world.database.transaction() as tx:
        await presence.close_standby(tx, world.cast)
        gone = await turns.dissolve(tx, world.cast)
    assert {(turn.user_id, turn.news) for turn in gone} == {(one, "closed") for one in line}
    assert await places(world) == []


async def test_a_cast_may_take_breath_after_a_talk_but_not_for_ever(
    world: World, line: list[int]
) -> None:
    await goes(world)
    assert await tick(world) == []
    await change(
        world, "UPDATE talks SET ended_at = ended_at - interval '9 min' WHERE cast_id = :cast"
    )
    (paused,) = await tick(world)
    assert (paused.user_id, paused.news) == (line[0], "paused")
    await change(
        world, "UPDATE talks SET ended_at = ended_at - interval '2 min' WHERE cast_id = :cast"
    )
    assert {(turn.user_id, turn.news) for turn in await tick(world)} == {
        (one, "closed") for one in line
    }


async def test_a_cast_who_stands_by_elsewhere_dissolves_the_list(
    world: World, line: list[int]
) -> None:
    await hang_up(world)
    async with world.database.transaction() as tx:
        other = await new_room(tx, world.cast)
        await presence.open_standby(tx, world.cast, other)
    assert [turn.news for turn in await tick(world)] == ["closed"] * len(line)


async def test_one_who_is_blocked_waits_no_longer(world: World, line: list[int]) -> None:
    async with world.database.transaction() as tx:
        await blocks.block(tx, world.cast, line[0])
        await blocks.block(tx, line[1], world.cast)
    assert {turn.user_id for turn in await tick(world)} == {line[0], line[1]}
    assert await places(world) == [(line[2], 1, False)]


async def test_a_silent_standby_calls_nobody(world: World, line: list[int]) -> None:
    await stand_by(world)
    await change(
        world, "UPDATE standbys SET seen_at = seen_at - interval '60 s' WHERE cast_id = :cast"
    )
    assert await tick(world) == []
    assert [called for _, _, called in await places(world)] == [False] * len(line)


async def test_a_turn_that_somebody_with_a_better_right_took_comes_again(
    world: World, line: list[int]
) -> None:
    await stand_by(world)
    await tick(world)
    async with world.database.transaction() as tx:
        # As a reservation's caller would enter: without asking the list.
        await presence.take_from_room(tx, world.settings, world.room)
        await tx.execute(_TALK, {"talk": world.talk})
    assert await tick(world) == []
    assert (await places(world))[0] == (line[0], 1, False)


async def test_while_a_reservation_is_due_nobody_is_called(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    booked = await Booked.open(database, owner_database, settings)
    reservation = await booked.book()
    await booked.until_start(reservation, -600)
    await booked.stand_by()
    other, waits = await booked.another(), await booked.another()
    await booked.do(entry.enter, settings, booked.room, other)
    await booked.do(waiting.join, settings, booked.room, waits)
    await booked.do(_hang_up, booked.room)
    await booked.stand_by()
    assert [turn.news for turn in await tick(booked)] == ["turn"]
    # Five minutes before, the room is the reservation's, and the turn waits until it is over.
    await booked.until_start(reservation, -200)
    await booked.do(presence.touch, [booked.cast])
    assert await tick(booked) == []
    assert await tick(booked) == []
    assert await places(booked) == [(waits, 1, False)]
    await booked.until_start(reservation, 31 * 60)
    await booked.do(presence.touch, [booked.cast])
    assert [turn.news for turn in await tick(booked)] == ["turn"]


async def _hang_up(tx: Tx, room: int) -> None:
    query = "UPDATE talks SET state = 'ended', ended_at = clock_timestamp(), end_reason = :why"
    await tx.execute(sa.text(query + " WHERE room_id = :room"), {"room": room, "why": "cast_left"})


_TALK = sa.text("""
UPDATE talks SET ended_at = NULL, end_reason = NULL, state = 'connecting' WHERE id = :talk
""")


async def test_two_clocks_at_once_call_one_and_tell_once(
    world: World, line: list[int], database_url: str
) -> None:
    other = Database(database_url, pool_size=2)

    async def beside() -> list[Turn]:
        async with other.transaction() as tx:
            found = await turns.call_next(tx, world.settings)
        return [turn for turn in found if turn.room_id == world.room]

    await stand_by(world)
    try:
        later, lapsed = ["later", "turn"], ["lapsed", "turn"]
        for expected in (["turn"], later, later, later, lapsed, lapsed, ["lapsed"]):
            found = [*await asyncio.gather(tick(world), beside(), tick(world))]
            # A row in another's hands is left for the next second.
            found.append(await tick(world))
            assert sorted(turn.news for part in found for turn in part) == expected
            await lapse(world)
    finally:
        await other.close()
    async with world.database.transaction() as tx:
        # Each was called twice, and twice told that the turn had passed.
        assert [len(await inbox.inbox(tx, one, 1, 9)) for one in line] == [4, 4, 4]


async def test_an_entry_and_the_next_call_at_once_let_one_in(world: World, line: list[int]) -> None:
    await stand_by(world)
    await tick(world)
    await lapse(world)

    async def knock(user: int) -> Any:
        try:
            return await enter(world, user)
        except UserError as error:
            return error.code

    *knocks, _ = await asyncio.gather(*(knock(one) for one in line), tick(world))
    entered = [answer for answer in knocks if isinstance(answer, int)]
    # Only the second is next: if anybody got in, it was that one.
    assert [isinstance(answer, int) for answer in (knocks[0], knocks[2])] == [False, False]
    assert len(entered) <= 1


async def test_one_room_has_one_turn_whatever_the_code_does(world: World, line: list[int]) -> None:
    await stand_by(world)
    await tick(world)
    query = "UPDATE waiting_turns SET called_at = now(), turn_ends_at = now() + interval '1 min'"
    async with world.database.engine.connect() as tx:
        with pytest.raises(sa.exc.IntegrityError):
            await tx.execute(sa.text(query + " WHERE user_id = :u"), {"u": line[1]})


async def told_of_pause(world: World, user: int) -> list[str]:
    async with world.database.transaction() as tx:
        found = await inbox.inbox(tx, user, 1, 9)
    return [one.text for one in found.items if "休憩中" in one.title]


async def test_the_first_in_line_is_told_once_of_each_pause_and_what_it_means(
    world: World, line: list[int]
) -> None:
    await goes(world)
    # A cast who is back at once takes none.
    assert await tick(world) == []
    await change(
        world, "UPDATE talks SET ended_at = ended_at - interval '31 s' WHERE cast_id = :cast"
    )
    (paused,) = await tick(world)
    assert (paused.user_id, paused.news) == (line[0], "paused")
    assert await tick(world) == []
    (text,) = await told_of_pause(world, line[0])
    assert "次はあなたの番です。約10分以内に" in text
    assert "順番待ちは終わります" in text
    assert await told_of_pause(world, line[1]) == []
    async with world.database.transaction() as tx:
        places = await waiting.places_in(tx, world.settings, [world.room])
        await presence.open_standby(tx, world.cast, world.room)
    assert [0 < (place.pause or 0) < 570 for place in places] == [True, True, True]
    (called,) = await tick(world)
    assert (called.user_id, called.news) == (line[0], "turn")
    async with world.database.transaction() as tx:
        places = await waiting.places_in(tx, world.settings, [world.room])
    assert [place.pause for place in places] == [None, None, None]


async def test_a_turn_that_passed_and_a_list_that_ended_are_told_also_where_no_page_is_open(
    world: World, line: list[int]
) -> None:
    await stand_by(world)
    await tick(world)
    await lapse(world)
    await tick(world)
    await change(world, "DELETE FROM standbys WHERE cast_id = :cast")
    await change(
        world, "UPDATE talks SET ended_at = ended_at - interval '1 h' WHERE cast_id = :cast"
    )
    await tick(world)
    async with world.database.transaction() as tx:
        titles = [
            [one.title for one in (await inbox.inbox(tx, user, 1, 9)).items]
            for user in (line[0], line[2])
        ]
    called = "さくらさんのルームに入室できます"
    assert titles == [
        ["順番待ちが終わりました", "順番が過ぎました", called],
        ["順番待ちが終わりました"],
    ]
