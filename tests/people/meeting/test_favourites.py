"""Favourites are one's own, bounded, and told of at most once an hour."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import choices, inbox
from people.accounts.tables import users
from people.meeting import blocks, favourites
from rooms.lobby import directory, online, presence
from scheduler import pushes
from scheduler.errands import Tools
from tests.notify.push_house import Phone, opt_in
from tests.world import World, new_room, new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


async def like(world: World, *, tells: bool = True, user: int | None = None) -> None:
    async with world.database.transaction() as tx:
        await favourites.add(tx, user or world.caller, world.cast)
        await favourites.set_tells(tx, user or world.caller, world.cast, tells)


async def come_online(world: World) -> None:
    """As the stand-by's door does it: the stand-by, and the job in the same transaction."""
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
        await online.announce(tx, world.cast)


async def jobs(world: World) -> int:
    return int(
        await scalar(
            world, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tell_online'"
        )
    )


async def tell(world: World, settings: Settings, most: int = 100) -> int:
    async with world.database.transaction() as tx:
        return await online.tell_followers(tx, settings, world.cast, most)


async def told(world: World, user: int | None = None) -> list[str]:
    async with world.database.transaction() as tx:
        return [notice.title for notice in await inbox.inbox(tx, user or world.caller, 1, 50)]


async def scalar(world: World, query: str, **values: Any) -> Any:
    async with world.database.transaction() as tx:
        return await tx.scalar(sa.text(query), values)


async def test_a_favourite_is_kept_once_and_taken_out_again(world: World) -> None:
    async with world.database.transaction() as tx:
        await favourites.add(tx, world.caller, world.cast)
        await favourites.add(tx, world.caller, world.cast)
        page = await favourites.of(tx, world.caller, 1, 10)
        assert [(one.cast_id, one.nickname, one.tells) for one in page] == [
            (world.cast, "さくら", False)
        ]
        assert (await favourites.of(tx, world.cast, 1, 10)).items == []
        await favourites.remove(tx, world.caller, world.cast)
        assert await favourites.find(tx, world.caller, world.cast) is None


async def test_nobody_likes_oneself_or_somebody_who_is_no_cast(world: World) -> None:
    async with world.database.transaction() as tx:
        caller = await new_user(tx)
        await tx.execute(sa.update(users).where(users.c.id == caller).values(is_cast=False))
    assert await refusal(world, world.caller, world.caller) == "favourite_oneself"
    assert await refusal(world, world.caller, caller) == "cast_unknown"
    assert await refusal(world, world.caller, 10**12) == "cast_unknown"


async def refusal(world: World, user: int, cast: int) -> str:
    async with world.database.transaction() as tx:
        with pytest.raises(UserError) as refused:
            await favourites.add(tx, user, cast)
    return refused.value.code


@pytest.mark.parametrize("by_cast", [True, False])
async def test_between_people_who_block_there_is_no_favourite(world: World, by_cast: bool) -> None:
    await like(world)
    pair = (world.cast, world.caller) if by_cast else (world.caller, world.cast)
    async with world.database.transaction() as tx:
        await blocks.block(tx, *pair)
        assert (await favourites.of(tx, world.caller, 1, 10)).items == []
        assert not await favourites.anyone_to_tell(tx, world.cast)
        assert await favourites.take_to_tell(tx, world.cast, 10) == []
    assert await refusal(world, world.caller, world.cast) == "cast_unknown"


async def test_the_list_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(favourites, "MOST_FAVOURITES", 1)
    await like(world)
    async with world.database.transaction() as tx:
        other = await new_user(tx)
    assert await refusal(world, world.caller, other) == "favourites_full"


async def test_only_a_favourite_can_be_told_of(world: World) -> None:
    async with world.database.transaction() as tx:
        with pytest.raises(UserError):
            await favourites.set_tells(tx, world.caller, world.cast, True)


async def test_who_wants_to_hear_of_it_is_told_that_a_cast_is_online(
    world: World, settings: Settings
) -> None:
    await like(world)
    await come_online(world)
    assert await jobs(world) == 1
    assert await tell(world, settings) == 1
    assert await told(world) == ["さくらさんがオンラインになりました"]
    link = await scalar(world, "SELECT link FROM notices")
    assert link == f"/rooms/{world.room}"


async def test_who_does_not_want_to_hear_of_it_is_not_told(
    world: World, settings: Settings
) -> None:
    await like(world, tells=False)
    await come_online(world)
    assert await jobs(world) == 0
    assert await tell(world, settings) == 0


async def test_a_standby_that_is_rolled_back_is_told_to_nobody(world: World) -> None:
    await like(world)
    try:
        async with world.database.transaction() as tx:
            await presence.open_standby(tx, world.cast, world.room)
            await online.announce(tx, world.cast)
            raise KeyError
    except KeyError:
        pass
    assert await jobs(world) == 0


async def test_however_often_a_cast_comes_it_is_told_once_an_hour(
    world: World, settings: Settings
) -> None:
    await like(world)
    for _ in range(3):
        await come_online(world)
        await tell(world, settings)
    assert len(await told(world)) == 1
    await _age(world, 59)
    assert await tell(world, settings) == 0
    await _age(world, 1.1)
    assert await tell(world, settings) == 1
    assert len(await told(world)) == 2


async def _age(world: World, minutes: float) -> None:
    await scalar(
        world,
        "UPDATE favourites SET told_at = told_at - :m * interval '1 min' RETURNING 1",
        m=minutes,
    )


async def test_of_two_processes_at_once_one_tells(world: World, settings: Settings) -> None:
    others = []
    async with world.database.transaction() as tx:
        others = [await new_user(tx) for _ in range(6)]
    for other in others:
        await like(world, user=other)
    counts = await asyncio.gather(*(tell(world, settings, 4) for _ in range(4)))
    assert sum(counts) <= 6
    while await tell(world, settings, 4):
        pass
    assert [len(await told(world, other)) for other in others] == [1] * 6


async def test_a_cast_who_has_left_by_now_is_not_told_of(world: World, settings: Settings) -> None:
    await like(world)
    async with world.database.transaction() as tx:
        await presence.close_standby(tx, world.cast)
    assert await tell(world, settings) == 0
    await come_online(world)
    assert await tell(world, settings) == 1


async def test_a_device_is_told_or_else_a_mail_goes_out(world: World, settings: Settings) -> None:
    async with world.database.transaction() as tx:
        other = await new_user(tx)
        await opt_in(tx, other, Phone("phone"))
    await like(world)
    await like(world, user=other)
    assert await tell(world, settings) == 2
    mails = "SELECT array_agg(to_address) FROM mails"
    mine = await scalar(world, "SELECT email FROM users WHERE id = :u", u=world.caller)
    assert await scalar(world, mails) == [mine]
    pushed = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_push'"
    assert await scalar(world, pushed) == 1


async def test_who_wants_no_push_is_told_by_mail_though_there_is_a_device(
    world: World, settings: Settings
) -> None:
    async with world.database.transaction() as tx:
        await opt_in(tx, world.caller, Phone("phone"))
        await choices.choose(tx, world.caller, {("favourites", "push"): False})
    await like(world)
    assert await tell(world, settings) == 1
    assert await scalar(world, "SELECT count(*) FROM mails") == 1
    pushed = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_push'"
    assert await scalar(world, pushed) == 0


async def test_the_job_tells_everybody_however_many(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "FOLLOWERS_AT_ONCE", 2)
    async with world.database.transaction() as tx:
        others = [await new_user(tx) for _ in range(5)]
    for other in others:
        await like(world, user=other)

    async def keep(_: object) -> None: ...

    await pushes.tell_online(Tools(settings, world.database, keep), world.cast)
    assert await scalar(world, "SELECT count(*) FROM notices WHERE kind = 'online'") == 5


async def test_a_favourite_leads_to_the_room_where_the_cast_is(
    world: World, settings: Settings
) -> None:
    async with world.database.transaction() as tx:
        closed = await new_room(tx, world.cast)
        await presence.open_standby(tx, world.cast, closed)
        found = await directory.rooms_of_casts(tx, settings, world.caller, [world.cast])
        assert (found[world.cast].id, found[world.cast].state) == (closed, "open")
        await presence.close_standby(tx, world.cast)
        found = await directory.rooms_of_casts(tx, settings, world.caller, [world.cast])
        assert (found[world.cast].id, found[world.cast].state) == (world.room, "closed")
