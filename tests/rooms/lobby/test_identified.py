"""A video room needs a checked cast: to be published, to get video, and to be stood by in."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from people.accounts import locking
from people.desk.identity_tables import identity_checks
from rooms.applying import applying, ringing
from rooms.booking import timetable
from rooms.ground.offering_tables import room_categories
from rooms.ground.tables import rooms, waiting_turns
from rooms.lobby import identified, own_rooms, presence, short_addresses
from rooms.offering import drafts, publishing
from rooms.offering.drafts import Draft
from tests.rooms.booked import Booked
from tests.world import World, new_room, new_user

VIDEO = Draft("おしゃべり", "雑談", "どうぞ", 100, True)
VOICE = Draft("おしゃべり", "雑談", "どうぞ", 100, False)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site that checks identities."""
    return settings.model_copy(update={"identity_check": True, "rooms_looked_at": False})


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        await locking.lock_people(tx, world.cast)
        await presence.close_standby(tx, world.cast)
    return world


async def may_go_on(world: World, days: float) -> None:
    until = sa.func.clock_timestamp() + timedelta(days=days)
    values = {"user_id": world.cast, "state": "before", "allowed_until": until}
    async with world.database.transaction() as tx:
        await tx.execute(sa.delete(identity_checks))
        await tx.execute(sa.insert(identity_checks).values(**values))


async def make(world: World, draft: Draft) -> int:
    async with world.database.transaction() as tx:
        return await drafts.make(tx, world.cast, await categorised(tx, draft))


async def categorised(tx: Tx, draft: Draft) -> Draft:
    query = sa.select(sa.func.min(room_categories.c.id)).where(~room_categories.c.licensed)
    return replace(draft, category_id=await tx.scalar(query))


async def publish(world: World, room: int) -> None:
    async with world.database.transaction() as tx:
        await publishing.send(tx, world.settings, room, world.cast)


async def change(world: World, room: int, draft: Draft) -> None:
    async with world.database.transaction() as tx:
        draft = await categorised(tx, draft)
        await drafts.change(tx, world.settings, room, world.cast, draft)


async def stand_by(world: World, room: int) -> list[int]:
    async with world.database.transaction() as tx:
        return await identified.stand_by(tx, world.settings, world.cast, room)


async def refused(doing: Awaitable[Any]) -> None:
    with pytest.raises(UserError) as error:
        await doing
    assert error.value.code == "identity_needed"
    assert error.value.status == 403


async def row(world: World, room: int) -> Any:
    async with world.database.transaction() as tx:
        return (await tx.execute(sa.select(rooms).where(rooms.c.id == room))).one()


async def test_a_voice_room_needs_no_check_and_a_video_room_does(world: World) -> None:
    voice, video = await make(world, VOICE), await make(world, VIDEO)
    await publish(world, voice)
    assert await stand_by(world, voice) == [voice]
    await refused(publish(world, video))
    assert not (await row(world, video)).published
    assert (await row(world, video)).short_code is None
    await may_go_on(world, 1)
    await publish(world, video)
    assert (await row(world, video)).published


async def test_video_does_not_come_in_by_a_change(world: World) -> None:
    room = await make(world, VOICE)
    await publish(world, room)
    await refused(change(world, room, VIDEO))
    assert not (await row(world, room)).allows_video
    # Of a draft anything may be written: it is asked when it is published.
    draft = await make(world, VOICE)
    await change(world, draft, VIDEO)
    await refused(publish(world, draft))


async def test_nobody_unchecked_stands_by_with_video(world: World) -> None:
    await refused(stand_by(world, world.room))
    await may_go_on(world, 1)
    assert await stand_by(world, world.room) == [world.room]
    await may_go_on(world, -1)
    await refused(stand_by(world, world.room))
    # One's own text may be changed all the same, while it was public with video before.
    await change(world, world.room, VIDEO)


async def test_a_site_that_checks_nobody_asks_nobody(world: World) -> None:
    world.settings = world.settings.model_copy(update={"identity_check": False})
    room = await make(world, VIDEO)
    await publish(world, room)
    assert room in await stand_by(world, room)


async def test_a_short_address_is_made_once_and_leads_to_what_is_public(world: World) -> None:
    room = await make(world, VOICE)
    await publish(world, room)
    code = (await row(world, room)).short_code
    assert len(code) == 6
    assert set(code) <= set(short_addresses.ALPHABET)
    async with world.database.transaction() as tx:
        assert await short_addresses.room_of(tx, code) == room
        await own_rooms.unpublish(tx, room, world.cast)
        assert await short_addresses.room_of(tx, code) is None
    await publish(world, room)
    assert (await row(world, room)).short_code == code


async def test_a_code_of_another_room_is_not_taken_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter("AAAAAA" + "AAAAAA" + "BBBBBB")
    monkeypatch.setattr("rooms.lobby.short_addresses.secrets.choice", lambda _: next(codes))
    first, second = await make(world, VOICE), await make(world, Draft("別", "雑談", "…", 50, False))
    await publish(world, first)
    await publish(world, second)
    assert (await row(world, first)).short_code == "AAAAAA"
    assert (await row(world, second)).short_code == "BBBBBB"


async def close(world: World) -> int:
    async with world.database.transaction() as tx:
        return await identified.close_unchecked(tx, world.settings)


async def test_video_rooms_close_when_their_days_are_over(world: World) -> None:
    voice = await make(world, VOICE)
    await publish(world, voice)
    await may_go_on(world, 1)
    assert await close(world) == 0
    await may_go_on(world, -1)
    assert [await close(world) for _ in range(2)] == [1, 0]
    assert not (await row(world, world.room)).published
    assert (await row(world, voice)).published
    async with world.database.transaction() as tx:
        told = list(await tx.execute(sa.select(notices.c.user_id)))
    assert told == [(world.cast,)]


async def test_who_stands_by_is_closed_only_afterwards(world: World) -> None:
    await may_go_on(world, 1)
    await stand_by(world, world.room)
    await may_go_on(world, -1)
    assert await close(world) == 0
    async with world.database.transaction() as tx:
        await locking.lock_people(tx, world.cast)
        await presence.close_standby(tx, world.cast)
    assert await close(world) == 1


async def test_a_booked_room_takes_no_more_bookings_and_keeps_those_it_has(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    await world.book(10)
    await may_go_on(world, -1)
    assert [await close(world) for _ in range(2)] == [1, 0]
    found = await row(world, world.room)
    assert (found.published, found.booking) == (True, "none")
    async with database.transaction() as tx:
        assert (await timetable.booking_of(tx, world.room)).booking == "none"
        state = await tx.scalar(sa.text("SELECT state FROM reservations ORDER BY id DESC LIMIT 1"))
    assert state == "booked"


async def test_other_casts_rooms_are_left_alone(world: World) -> None:
    async with world.database.transaction() as tx:
        other = await new_room(tx, world.caller)
    await may_go_on(world, -1)
    await close(world)
    assert (await row(world, other)).published


async def test_those_who_wait_and_apply_are_let_go_in_the_order_of_locks(world: World) -> None:
    async with world.database.transaction() as tx:
        second = await new_room(tx, world.cast)
        callers = [await new_user(tx, "みお", points=1000) for _ in range(3)]
    # The later room is applied to first.
    for caller, room in zip(callers, (second, world.room, second), strict=True):
        async with world.database.transaction() as tx:
            await applying.apply(tx, world.settings, room, caller, 180)
    async with world.database.transaction() as tx:
        await tx.execute(sa.insert(waiting_turns).values(room_id=world.room, user_id=world.caller))
    await may_go_on(world, -1)
    assert await close(world) == 1
    async with world.database.transaction() as tx:
        await ringing.turn(tx, world.settings)
        states = set(await tx.scalars(sa.text("SELECT state FROM talk_applications")))
        waits = await tx.scalar(sa.text("SELECT count(*) FROM waiting_turns"))
    assert (states, waits) == ({"void"}, 0)
