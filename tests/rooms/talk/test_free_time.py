"""The free time of a caller with one cast: once a day, shared by all their talks of that day."""

from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa

from foundation import language
from foundation.database import Database
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.lobby import presence
from rooms.talk import entry, free_time
from rooms.talk.past import history
from tests.world import World, new_room, new_user

FREE_MS = 60_000
LOCALES = Path(__file__).parents[3] / "web" / "locales"


async def leave_and_stand_by(world: World) -> None:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)


async def left(world: World, **changed: object) -> int:
    settings = world.settings.model_copy(update=changed)
    async with world.database.transaction() as tx:
        return await free_time.free_ms(tx, settings, world.caller, world.cast)


async def yesterday(world: World) -> None:
    """All talks began a day earlier."""
    async with world.database.transaction() as tx:
        day = sa.text("interval '24 hours'")
        await tx.execute(sa.update(talks).values(entered_at=talks.c.entered_at - day))


async def test_leaving_before_the_end_of_the_free_time_again_and_again_is_not_free_for_ever(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    cost = 0
    for _ in range(3):
        await world.enter()
        await world.beat()
        await world.talk_for(52)
        cost += (await world.reading()).charged_minutes
        await leave_and_stand_by(world)
    # Of 156 seconds 60 are free; the second and the third visit each begin a minute.
    assert cost == 2
    assert await left(world) == 0


async def test_what_a_talk_left_goes_on_in_the_next_of_that_day(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(20)
    await leave_and_stand_by(world)
    rest = await left(world)
    assert 38_000 <= rest <= 40_000
    await world.enter()
    reading = await world.reading()
    assert (reading.free_ms, reading.paid_until_ms) == (rest, rest)
    await world.beat()
    await world.talk_for(rest / 1000 + 1)
    assert (await world.reading()).charged_minutes == 1


async def test_without_free_time_the_first_minute_is_charged_as_soon_as_both_have_proved_it(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings.model_copy(update={"free_seconds": 0}))
    await world.enter()
    assert (await world.reading()).charged_minutes == 0
    await world.beat()
    await world.talk_for(1)
    assert (await world.reading()).charged_minutes == 1


@pytest.mark.parametrize(
    ("free_per", "same_day", "next_day"),
    [("day", 0, FREE_MS), ("entry", FREE_MS, FREE_MS), ("first", 0, 0)],
)
async def test_how_often_it_comes_is_the_sites_choice(
    database: Database,
    settings: Settings,
    free_per: Literal["day", "entry", "first"],
    same_day: int,
    next_day: int,
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    await leave_and_stand_by(world)
    assert await left(world, free_per=free_per) == same_day
    await yesterday(world)
    assert await left(world, free_per=free_per) == next_day


async def test_another_cast_and_another_caller_have_free_time_of_their_own(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    await leave_and_stand_by(world)
    async with database.transaction() as tx:
        cast = await new_user(tx)
        room = await new_room(tx, cast)
    async with database.transaction() as tx:
        await presence.open_standby(tx, cast, room)
    async with database.transaction() as tx:
        entered = await entry.enter(tx, settings, room, world.caller)
        free = sa.select(talks.c.free_ms).where(talks.c.id == entered.talk_id)
        assert await tx.scalar(free) == FREE_MS
        other = await new_user(tx)
        assert await free_time.free_ms(tx, settings, other, world.cast) == FREE_MS


@pytest.mark.parametrize(
    ("seconds", "free_per", "locale", "words"),
    [
        (60, "day", "ja", "同じキャストとは1日1回、最初の1分無料"),
        (90, "entry", "ja", "入室のたびに、最初の90秒無料"),
        (60, "first", "en", "The first time with each cast, 1 min free"),
        (0, "day", "ja", ""),
    ],
)
def test_the_words_say_what_is_set(
    settings: Settings, seconds: int, free_per: str, locale: str, words: str
) -> None:
    language.load(LOCALES)
    changed = settings.model_copy(update={"free_seconds": seconds, "free_per": free_per})
    assert free_time.free_words(changed, locale) == words
