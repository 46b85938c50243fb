"""After a talk a cast rests: the room stays busy, who waits keeps the place, it ends in time."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.lobby import pauses, presence, room_states, turns, waiting
from rooms.talk import ending, entry
from rooms.talk.past import history
from tests.faults.databases import fresh_database
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
    await made.beat()
    return made


async def hang_up(world: World) -> None:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)


async def pass_by(world: World, seconds: int) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE pauses SET ends_at = ends_at - :s * interval '1 s' WHERE cast_id = :cast"
            ),
            {"s": seconds, "cast": world.cast},
        )


async def pause(world: World) -> pauses.Pause | None:
    async with world.database.transaction() as tx:
        return await pauses.of(tx, world.cast)


async def state(world: World) -> str:
    async with world.database.transaction() as tx:
        return (await room_states.states(tx, world.settings, [world.room]))[world.room]


async def close_over(world: World) -> list[int]:
    async with world.database.transaction() as tx:
        return await pauses.close_over(tx)


async def test_after_a_talk_the_cast_rests_and_the_room_is_busy(world: World) -> None:
    await hang_up(world)
    rest = await pause(world)
    assert rest is not None
    assert (rest.room_id, 0 < rest.seconds <= 60) == (world.room, True)
    assert await state(world) == "busy"
    async with world.database.transaction() as tx:
        stranger = await new_user(tx, points=5000)
    async with world.database.transaction() as tx:
        with pytest.raises(UserError) as refused:
            await entry.enter(tx, world.settings, world.room, stranger)
    assert refused.value.code == "room_busy"


async def test_a_pause_that_nobody_comes_back_from_closes_the_room(world: World) -> None:
    await hang_up(world)
    await pass_by(world, 61)
    # The page is awaited for a moment more.
    assert (await state(world), await close_over(world)) == ("busy", [])
    await pass_by(world, pauses.RESUME_SECONDS)
    assert await state(world) == "closed"
    assert await close_over(world) == [world.room]
    assert (await pause(world), await close_over(world)) == (None, [])


async def test_the_standby_that_goes_on_ends_the_pause(world: World) -> None:
    await hang_up(world)
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    assert (await pause(world), await state(world)) == (None, "open")


async def test_who_waits_keeps_the_place_however_long_the_pause_is(world: World) -> None:
    async with world.database.transaction() as tx:
        first = await new_user(tx, points=5000)
        late = await new_user(tx, points=5000)
        await pauses.choose_length(tx, world.cast, 600)
    async with world.database.transaction() as tx:
        await waiting.join(tx, world.settings, world.room, first)
    await hang_up(world)
    async with world.database.transaction() as tx:
        # Longer ago than those who wait would be patient without a pause.
        await tx.execute(
            sa.text("UPDATE talks SET ended_at = ended_at - interval '1 h' WHERE id = :talk"),
            {"talk": world.talk},
        )
    async with world.database.transaction() as tx:
        told = list(await turns.call_next(tx, world.settings))
        assert [one for one in told if one.room_id == world.room] == []
    async with world.database.transaction() as tx:
        place = await waiting.join(tx, world.settings, world.room, late)
        assert (place.place, place.pause) == (2, None)
        assert 500 < (place.resumes or 0) <= 600
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    async with world.database.transaction() as tx:
        (turn,) = [
            one for one in await turns.call_next(tx, world.settings) if one.room_id == world.room
        ]
    assert (turn.user_id, turn.news) == (first, "turn")


async def test_a_cast_chooses_how_long_they_rest_within_bounds(
    world: World, settings: Settings
) -> None:
    async with world.database.transaction() as tx:
        assert await pauses.length(tx, settings, world.cast) == settings.pause_seconds
        for wrong in (-1, 601):
            with pytest.raises(UserError) as refused:
                await pauses.choose_length(tx, world.cast, wrong)
            assert refused.value.code == "pause_out_of_bounds"
        await pauses.choose_length(tx, world.cast, 0)
        assert await pauses.length(tx, settings, world.cast) == 0
    await hang_up(world)
    rest = await pause(world)
    # None at all: the page may go on at once, and the room is kept for it.
    assert rest is not None
    assert (rest.seconds, await state(world)) == (0, "busy")


@pytest.mark.parametrize("reason", ["never_connected", "stopped_by_staff"])
async def test_nobody_rests_after_a_talk_that_they_were_taken_out_of(
    world: World, reason: str
) -> None:
    async with world.database.transaction() as tx:
        await ending.end(tx, world.settings, world.talk, reason)
    assert (await pause(world), await state(world)) == (None, "closed")


async def test_a_cast_who_has_gone_takes_no_pause(world: World) -> None:
    await world.wait(60)
    await world.beat("caller")
    await hang_up(world)
    assert await pause(world) is None


async def test_a_deleted_room_takes_its_pause_along(world: World) -> None:
    async with world.database.transaction() as tx:
        cast = await new_user(tx)
        room = await new_room(tx, cast)
        await pauses.begin(tx, world.settings, cast, room)
        await tx.execute(sa.text("DELETE FROM rooms WHERE id = :room"), {"room": room})
        assert await pauses.of(tx, cast) is None
