"""Who may enter a room, who is told why not, and that of several at once one gets in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from rooms.lobby import presence
from rooms.talk import entry
from rooms.talk.past import history
from tests.faults.databases import fresh_database
from tests.world import World, new_room, new_user

ROUNDS = 12


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings, points=500)


async def enter(world: World, caller: int | None = None, room: int | None = None) -> int:
    """Enter a room in a transaction of its own; the talk."""
    async with world.database.transaction() as tx:
        entered = await entry.enter(
            tx, world.settings, room or world.room, caller or world.caller, None
        )
    return entered.talk_id


async def refusal(world: World, caller: int | None = None, room: int | None = None) -> UserError:
    """The refusal of an entry."""
    with pytest.raises(UserError) as caught:
        await enter(world, caller, room)
    return caught.value


async def read(world: World, query: str, **params: object) -> Any:
    async with world.database.transaction() as tx:
        return await tx.scalar(sa.text(query), params)


async def is_waiting(world: World, cast: int | None = None) -> bool:
    async with world.database.transaction() as tx:
        return await presence.standby_of(tx, cast or world.cast) is not None


async def in_transaction(database: Database, verb: Callable[[Tx], Awaitable[Any]]) -> Any:
    async with database.transaction() as tx:
        return await verb(tx)


@pytest.mark.parametrize("rate", [10, 333, 10_000])
async def test_exactly_five_minutes_points_enter_and_one_less_does_not(
    database: Database, settings: Settings, rate: int
) -> None:
    short = await World.of(database, settings, points=5 * rate - 1, rate=rate)
    refused = await refusal(short)
    assert refused.code == "points_short"
    assert refused.params == {"needed": 5 * rate, "points": 1}
    assert await is_waiting(short)
    exact = await World.of(database, settings, points=5 * rate, rate=rate)
    assert await enter(exact) > 0
    assert not await is_waiting(exact)
    assert await exact.points() == 5 * rate


async def test_who_holds_nothing_is_told_the_whole_price(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings, points=0)
    assert (await refusal(world)).params["points"] == 500


async def test_expired_points_open_no_door(world: World, owner_url: str) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "UPDATE lots SET expires_at = clock_timestamp() FROM wallets w"
            " WHERE w.id = wallet_id AND w.user_id = %s",
            [world.caller],
        )
    refused = await refusal(world)
    assert (refused.code, refused.params["points"]) == ("points_short", 500)


async def test_one_does_not_enter_ones_own_room(world: World) -> None:
    assert (await refusal(world, world.cast)).code == "own_room"


@pytest.mark.parametrize("by", ["caller", "cast"])
async def test_to_somebody_blocked_either_way_the_room_does_not_exist(
    world: World, by: str
) -> None:
    pair = (world.caller, world.cast) if by == "caller" else (world.cast, world.caller)
    async with world.database.transaction() as tx:
        await blocks.block(tx, *pair)
    refused = await refusal(world)
    assert (refused.code, refused.status) == ("room_unknown", 404)
    assert await is_waiting(world)


async def test_an_unknown_or_unpublished_room_does_not_exist(world: World) -> None:
    assert (await refusal(world, room=10**9)).code == "room_unknown"
    await in_transaction(
        world.database,
        lambda tx: tx.execute(
            sa.text("UPDATE rooms SET published = false WHERE id = :id"), {"id": world.room}
        ),
    )
    refused = await refusal(world)
    assert (refused.code, refused.status) == ("room_unknown", 404)


async def test_a_cast_in_a_talk_is_busy_in_all_their_rooms(world: World) -> None:
    async with world.database.transaction() as tx:
        other = await new_user(tx, points=500)
        second = await new_room(tx, world.cast)
    await enter(world)
    assert (await refusal(world, other)).code == "room_busy"
    assert (await refusal(world, other, second)).code == "room_busy"


async def test_a_room_without_a_waiting_cast_is_closed(world: World) -> None:
    await in_transaction(world.database, lambda tx: presence.close_standby(tx, world.cast))
    assert (await refusal(world)).code == "room_closed"


async def test_a_room_is_closed_while_its_cast_waits_in_another(world: World) -> None:
    async with world.database.transaction() as tx:
        second = await new_room(tx, world.cast)
    assert (await refusal(world, room=second)).code == "room_closed"
    assert await is_waiting(world)


@pytest.mark.parametrize(("silent", "code"), [(17, None), (21, "room_closed")])
async def test_a_standby_older_than_the_grace_is_not_taken(
    world: World, silent: int, code: str | None
) -> None:
    await in_transaction(
        world.database,
        lambda tx: tx.execute(
            sa.text("UPDATE standbys SET seen_at = seen_at - :s * interval '1 s' WHERE room_id=:r"),
            {"s": silent, "r": world.room},
        ),
    )
    if code is None:
        assert await enter(world) > 0
    else:
        assert (await refusal(world)).code == code


async def test_an_unconfirmed_caller_is_refused(world: World) -> None:
    async with world.database.transaction() as tx:
        fresh = await new_user(tx, points=500, confirmed=False)
    refused = await refusal(world, fresh)
    assert (refused.code, refused.status) == ("not_confirmed", 403)
    await in_transaction(
        world.database,
        lambda tx: tx.execute(
            sa.update(users).where(users.c.id == fresh).values(confirmed_at=sa.func.now())
        ),
    )
    assert await enter(world, fresh) > 0


async def test_who_waits_in_an_own_room_does_not_enter_another(world: World) -> None:
    async with world.database.transaction() as tx:
        own = await new_room(tx, world.caller)
        await presence.open_standby(tx, world.caller, own)
    assert (await refusal(world)).code == "own_standby_open"


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_who_is_in_a_talk_does_not_enter_another(
    world: World, settings: Settings, side: str
) -> None:
    talk = await enter(world)
    elsewhere = await World.of(world.database, settings)
    refused = await refusal(elsewhere, world.caller if side == "caller" else world.cast)
    assert refused.code == "already_in_talk"
    assert refused.params == {"talk_id": talk}
    assert await is_waiting(elsewhere)


@pytest.mark.parametrize("cap", [0, -1, 1441])
async def test_a_cap_out_of_its_bounds_is_refused(world: World, cap: int) -> None:
    with pytest.raises(UserError, match="cap_out_of_bounds"):
        await world.enter(cap)
    assert await is_waiting(world)


async def test_the_rate_stays_what_it_was_at_entry(world: World) -> None:
    await world.enter()
    await world.beat()
    await in_transaction(
        world.database,
        lambda tx: tx.execute(
            sa.text("UPDATE rooms SET rate = 9000 WHERE id = :id"), {"id": world.room}
        ),
    )
    assert (await world.reading()).ends_ms == 360_000
    await world.talk_for(60)
    assert await world.points() == 400
    assert await read(world, "SELECT rate FROM talks WHERE id = :t", t=world.talk) == 100


async def test_free_time_minute_and_fee_stay_what_they_were_at_entry(world: World) -> None:
    await world.enter()
    changed = {"free_seconds": 5, "minute_seconds": 10, "fee_percent": 90, "entry_minutes": 60}
    world.settings = world.settings.model_copy(update=changed)
    await world.beat()
    await world.talk_for(58)
    assert (await world.reading()).charged_minutes == 0
    await world.talk_for(40)
    reading = await world.reading()
    assert (reading.charged_minutes, reading.earned) == (1, 80)
    assert (reading.free_ms, reading.minute_ms) == (60_000, 60_000)


async def test_of_callers_at_the_same_instant_one_gets_in(
    world: World, database_url: str, settings: Settings
) -> None:
    async with world.database.transaction() as tx:
        callers = [await new_user(tx, points=500) for _ in range(4)]
    other = Database(database_url, pool_size=5)
    try:
        for _ in range(ROUNDS):
            entries = [
                in_transaction(
                    database,
                    lambda tx, caller=caller: entry.enter(tx, settings, world.room, caller),  # type: ignore[misc]
                )
                for caller, database in zip(callers, [world.database, other] * 2, strict=True)
            ]
            told = await asyncio.gather(*entries, return_exceptions=True)
            let_in = [answer for answer in told if isinstance(answer, entry.Entered)]
            refused = [answer for answer in told if isinstance(answer, UserError)]
            assert (len(let_in), len(refused)) == (1, 3), told
            assert {error.code for error in refused} <= {"room_busy", "room_closed"}
            await leave_and_wait_again(world, let_in[0].talk_id)
    finally:
        await other.close()


async def leave_and_wait_again(world: World, talk: int) -> None:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, talk, world.cast)
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)


async def test_the_same_caller_twice_at_once_is_in_one_talk_and_told_of_it(
    world: World, settings: Settings
) -> None:
    for _ in range(ROUNDS):
        told = await asyncio.gather(
            *(
                in_transaction(
                    world.database, lambda tx: entry.enter(tx, settings, world.room, world.caller)
                )
                for _ in range(2)
            ),
            return_exceptions=True,
        )
        let_in = [answer for answer in told if isinstance(answer, entry.Entered)]
        refused = [answer for answer in told if isinstance(answer, UserError)]
        assert (len(let_in), len(refused)) == (1, 1), told
        assert refused[0].code == "already_in_talk"
        assert refused[0].params == {"talk_id": let_in[0].talk_id}
        await leave_and_wait_again(world, let_in[0].talk_id)


async def test_the_same_caller_in_two_rooms_at_once_is_in_one_and_leaves_the_other_open(
    world: World, settings: Settings
) -> None:
    for _ in range(ROUNDS):
        second = await World.of(world.database, settings)
        told = await asyncio.gather(
            enter(world), enter(second, world.caller), return_exceptions=True
        )
        let_in = [answer for answer in told if isinstance(answer, int)]
        refused = [answer for answer in told if isinstance(answer, UserError)]
        assert (len(let_in), len(refused)) == (1, 1), told
        assert refused[0].code == "already_in_talk"
        first_taken = isinstance(told[0], int)
        assert await is_waiting(second) == first_taken
        assert await is_waiting(world) != first_taken
        async with world.database.transaction() as tx:
            await history.leave(tx, settings, let_in[0], world.caller)
        async with world.database.transaction() as tx:
            if first_taken:
                await presence.open_standby(tx, world.cast, world.room)


async def at_the_same_instant(
    world: World, first: Callable[[Tx], Awaitable[Any]], second: Callable[[Tx], Awaitable[Any]]
) -> None:
    """Run `second` while `first` is done but not yet committed; a refusal of `second` is fine."""
    async with world.database.transaction() as tx:
        await first(tx)
        task = asyncio.create_task(in_transaction(world.database, second))
        await asyncio.wait([task], timeout=0.5)
    answers = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(answers[0], UserError | list), answers


async def test_nobody_waits_and_talks_who_enters_and_opens_a_room_at_once(
    world: World, settings: Settings
) -> None:
    async with world.database.transaction() as tx:
        own = await new_room(tx, world.caller)
    await at_the_same_instant(
        world,
        lambda tx: entry.enter(tx, settings, world.room, world.caller),
        lambda tx: presence.open_standby(tx, world.caller, own),
    )
    assert not await is_waiting(world, world.caller)


async def test_nobody_waits_and_talks_who_is_entered_while_opening_again(
    world: World, settings: Settings
) -> None:
    await at_the_same_instant(
        world,
        lambda tx: entry.enter(tx, settings, world.room, world.caller),
        lambda tx: presence.open_standby(tx, world.cast, world.room),
    )
    assert not await is_waiting(world)


async def test_nobody_is_in_two_talks_who_enters_while_being_entered(
    world: World, settings: Settings
) -> None:
    """The caller's own room is taken by a third person while the caller enters the cast's."""
    async with world.database.transaction() as tx:
        own = await new_room(tx, world.caller)
        third = await new_user(tx, points=500)

    async def leave_own_room_and_enter(tx: Tx) -> None:
        await presence.close_standby(tx, world.caller)
        await entry.enter(tx, settings, world.room, world.caller)

    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.caller, own)
    async with world.database.transaction() as tx:
        await entry.enter(tx, settings, own, third)
        task = asyncio.create_task(in_transaction(world.database, leave_own_room_and_enter))
        await asyncio.wait([task], timeout=0.5)
    await asyncio.gather(task, return_exceptions=True)
    live = await read(
        world,
        "SELECT count(*) FROM talks WHERE ended_at IS NULL AND :u IN (caller_id, cast_id)",
        u=world.caller,
    )
    assert live == 1
