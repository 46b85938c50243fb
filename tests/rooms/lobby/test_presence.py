"""Stand-by: it lasts as long as its browser gives signs of life, in one room at a time."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.lobby import presence, room_states
from rooms.lobby.presence import Closed
from rooms.talk.past import history
from tests.faults.databases import fresh_database
from tests.world import World, new_room, new_user


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A cast on stand-by; nobody of an earlier test is."""
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM standbys"))
    return await World.of(database, settings)


async def state(world: World, room: int | None = None) -> str:
    async with world.database.transaction() as tx:
        found = await room_states.states(tx, world.settings, [room or world.room])
    return found[room or world.room]


async def silence(world: World, seconds: float) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE standbys SET seen_at = seen_at - :s * interval '1 s'"), {"s": seconds}
        )


async def close_lost(world: World) -> list[Closed]:
    async with world.database.transaction() as tx:
        return await presence.close_lost(tx, world.settings)


async def open_standby(world: World, room: int | None = None, cast: int | None = None) -> list[int]:
    async with world.database.transaction() as tx:
        return await presence.open_standby(tx, cast or world.cast, room or world.room)


async def test_a_standby_within_the_grace_stays(world: World) -> None:
    await silence(world, world.settings.standby_grace_seconds - 3)
    assert await close_lost(world) == []
    assert await state(world) == "open"


async def test_a_silent_standby_is_closed_once_and_told(world: World) -> None:
    await silence(world, world.settings.standby_grace_seconds + 1)
    # It is closed to everybody before the clock has come by.
    assert await state(world) == "closed"
    assert await close_lost(world) == [Closed(world.cast, world.room)]
    assert await close_lost(world) == []
    async with world.database.transaction() as tx:
        assert await presence.standby_of(tx, world.cast) is None
        assert await presence.touch(tx, [world.cast]) == []


async def test_a_sign_of_life_begins_the_grace_anew(world: World) -> None:
    await silence(world, world.settings.standby_grace_seconds - 3)
    async with world.database.transaction() as tx:
        assert await presence.touch(tx, [world.cast, world.caller]) == [world.cast]
    await silence(world, world.settings.standby_grace_seconds - 3)
    assert await close_lost(world) == []


async def test_only_the_silent_are_closed(world: World) -> None:
    other = await World.of(world.database, world.settings)
    await silence(world, world.settings.standby_grace_seconds + 1)
    async with world.database.transaction() as tx:
        await presence.touch(tx, [other.cast])
    assert await close_lost(world) == [Closed(world.cast, world.room)]
    assert await state(other) == "open"


async def test_a_second_room_takes_the_standby_over(world: World) -> None:
    async with world.database.transaction() as tx:
        second = await new_room(tx, world.cast)
    assert await open_standby(world, second) == sorted([world.room, second])
    assert (await state(world), await state(world, second)) == ("closed", "open")
    async with world.database.transaction() as tx:
        standby = await presence.standby_of(tx, world.cast)
    assert standby
    assert standby.room_id == second


async def test_opening_again_renews_the_standby(world: World) -> None:
    await silence(world, world.settings.standby_grace_seconds + 1)
    assert await open_standby(world) == [world.room]
    assert await state(world) == "open"


async def test_opening_in_two_tabs_at_once_is_one_standby(world: World) -> None:
    async with world.database.transaction() as tx:
        second = await new_room(tx, world.cast)
    for _ in range(8):
        async with world.database.transaction() as tx:
            await presence.close_standby(tx, world.cast)
        told = await asyncio.gather(
            open_standby(world), open_standby(world, second), return_exceptions=True
        )
        assert all(isinstance(answer, list) for answer in told), told
        assert sorted([await state(world), await state(world, second)]) == ["closed", "open"]


async def test_closing_is_harmless_to_repeat(world: World) -> None:
    async with world.database.transaction() as tx:
        assert await presence.close_standby(tx, world.cast) == [world.room]
        assert await presence.close_standby(tx, world.cast) == []
    assert await state(world) == "closed"


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_nobody_waits_while_in_a_talk(world: World, side: str) -> None:
    await world.enter()
    user = world.caller if side == "caller" else world.cast
    async with world.database.transaction() as tx:
        own = await new_room(tx, user)
    with pytest.raises(UserError, match="already_in_talk") as caught:
        await open_standby(world, own, user)
    assert caught.value.params == {"talk_id": world.talk}
    async with world.database.transaction() as tx:
        assert await presence.standby_of(tx, user) is None


async def test_one_waits_in_ones_own_published_rooms_only(world: World) -> None:
    async with world.database.transaction() as tx:
        stranger = await new_user(tx)
        unpublished = await new_room(tx, world.cast, published=False)
    for cast, room, code in [
        (stranger, world.room, "room_unknown"),
        (world.cast, 10**9, "room_unknown"),
        (world.cast, unpublished, "room_unpublished"),
    ]:
        with pytest.raises(UserError, match=code):
            await open_standby(world, room, cast)
    # A refusal costs nobody a stand-by that stands.
    assert await state(world) == "open"


async def test_a_room_is_busy_in_a_talk_and_closed_after_it(world: World) -> None:
    await world.enter()
    assert await state(world) == "busy"
    await world.beat()
    await world.wait(16)
    await world.tick()
    assert await state(world) == "busy"
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.cast)
    assert await state(world) == "closed"
    await open_standby(world)
    assert await state(world) == "open"


async def test_a_busy_room_whose_people_are_gone_heals_itself(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.wait(15 + 90 + 1)
    await world.tick()
    assert await state(world) == "closed"


async def test_a_busy_room_whose_people_never_came_heals_itself(world: World) -> None:
    await world.enter()
    await world.wait(61)
    await world.tick()
    assert await state(world) == "closed"


async def note_devices(world: World, *, works: bool) -> dict[int, float]:
    async with world.database.transaction() as tx:
        await presence.touch(tx, [world.cast])
        return await presence.note_devices(tx, {world.cast: works, world.caller: works})


async def let_pass(world: World, seconds: float) -> None:
    later = sa.text("UPDATE standbys SET devices_lost_at = devices_lost_at - :s * interval '1 s'")
    async with world.database.transaction() as tx:
        await tx.execute(later, {"s": seconds})


async def test_a_standby_without_a_microphone_closes_by_the_sites_clock(world: World) -> None:
    assert list(await note_devices(world, works=False)) == [world.cast]
    await let_pass(world, world.settings.standby_devices_seconds - 3)
    assert await close_lost(world) == []
    await let_pass(world, 4)
    # Its page is alive, and says so again and again: that helps nothing.
    lost = await note_devices(world, works=False)
    assert lost[world.cast] > world.settings.standby_devices_seconds
    assert await close_lost(world) == [Closed(world.cast, world.room, "devices")]
    assert await state(world) == "closed"


async def test_a_microphone_that_comes_back_keeps_the_standby(world: World) -> None:
    await note_devices(world, works=False)
    await let_pass(world, world.settings.standby_devices_seconds + 1)
    assert await note_devices(world, works=True) == {}
    assert await close_lost(world) == []
    # Lost again, it has the whole time again; and so has a stand-by that is opened anew.
    lost = await note_devices(world, works=False)
    assert lost[world.cast] < world.settings.standby_devices_seconds / 2
    await let_pass(world, world.settings.standby_devices_seconds + 1)
    await open_standby(world)
    assert await close_lost(world) == []
