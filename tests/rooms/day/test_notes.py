"""A cast's notes of a caller are theirs alone, and go with either of the two."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.care import own_data, withdrawal
from rooms.day import notes
from rooms.lobby import presence
from rooms.talk.past import history
from tests.waiting import somebody_waits
from tests.world import HASH, World, new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of the two, which has run for some seconds."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(20)
    return world


async def known(world: World, talk: int | None = None) -> notes.Acquaintance:
    async with world.database.transaction() as tx:
        return await notes.of_talk(tx, talk or world.talk, world.cast)


async def write(world: World, text: str, cast: int | None = None) -> None:
    async with world.database.transaction() as tx:
        await notes.write(tx, world.talk, cast or world.cast, text)


async def rows(world: World) -> int:
    async with world.database.transaction() as tx:
        return int(await tx.scalar(sa.text("SELECT count(*) FROM caller_notes")) or 0)


async def leave(world: World) -> None:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)


async def test_the_first_talk_is_the_first_and_the_next_says_when_that_was(world: World) -> None:
    first = await known(world)
    assert (first.times, first.last_at, first.name) == (1, None, "けんじ")
    await leave(world)
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    before = world.talk
    await world.enter()
    second = await known(world)
    assert (second.times, second.last_at is not None) == (2, True)
    assert (await known(world, before)).times == 1


async def test_a_note_stays_for_the_next_talk_until_it_is_emptied(world: World) -> None:
    await write(world, " 猫の\r\nミケ ")
    await write(world, "猫のミケ。関西の方。")
    assert (await known(world)).note == "猫のミケ。関西の方。"
    assert await rows(world) == 1
    await write(world, "  ")
    assert ((await known(world)).note, await rows(world)) == ("", 0)


async def test_only_the_talks_cast_reads_and_writes(world: World) -> None:
    await write(world, "ひみつ")
    async with world.database.transaction() as tx:
        stranger = await new_user(tx)
    for user in (world.caller, stranger):
        async with world.database.transaction() as tx:
            with pytest.raises(UserError) as refused:
                await notes.of_talk(tx, world.talk, user)
        assert refused.value.code == "talk_unknown"
        with pytest.raises(UserError) as refused:
            await write(world, "わたし", user)
        assert refused.value.code == "talk_unknown"
    async with world.database.transaction() as tx:
        of_caller = await own_data.part(tx, world.caller, "caller_notes")
        of_cast = await own_data.part(tx, world.cast, "caller_notes")
    assert of_caller == []
    assert isinstance(of_cast, list)
    assert (of_cast[0]["about"], of_cast[0]["text"]) == ("けんじ", "ひみつ")


async def test_a_note_has_its_bound(world: World) -> None:
    await write(world, "𠮷" * 1000)
    with pytest.raises(UserError) as refused:
        await write(world, "あ" * 1001)
    assert refused.value.code == "note_too_long"
    assert (await known(world)).note == "𠮷" * 1000


@pytest.mark.parametrize("who", ["caller", "cast"])
async def test_it_goes_with_either_of_the_two(world: World, who: str) -> None:
    await write(world, "猫のミケ")
    await leave(world)
    user = world.caller if who == "caller" else world.cast
    async with world.database.transaction() as tx:
        await withdrawal.withdraw(tx, world.settings, user, HASH)
    assert await rows(world) == 0
    with pytest.raises(UserError):
        await write(world, "また書く", world.cast if who == "caller" else world.caller)
    assert await rows(world) == 0


async def test_nothing_is_noted_of_who_goes_at_that_very_moment(world: World) -> None:
    await leave(world)
    async with world.database.transaction() as tx:
        await withdrawal.withdraw(tx, world.settings, world.caller, HASH)
        late = asyncio.create_task(write(world, "まだ間に合う"))
        await somebody_waits(world.database)
    with pytest.raises(UserError) as refused:
        await late
    assert (refused.value.code, await rows(world)) == ("caller_gone", 0)
