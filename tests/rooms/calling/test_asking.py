"""Who may have a cast be rung, who is told why not, and that of several at once one can."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from rooms.calling import attempts, gateways, joining, news, orders, standing
from rooms.ground.tables import rooms
from rooms.lobby import presence, telephone_standbys, waiting
from rooms.talk import entry
from tests.faults.databases import fresh_database
from tests.rooms.calling.scene import Calling
from tests.world import new_room, new_user

ROUNDS = 8


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> Calling:
    return await Calling.begun(database, settings)


async def refusal(world: Calling, *args: Any, **kwargs: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        await world.ask(*args, **kwargs)
    return caught.value


async def test_a_call_takes_the_cast_and_tells_one_gateway(world: Calling) -> None:
    assert await world.state() == "open"
    await world.ask()
    assert (await world.state(), await world.standby()) == ("busy", None)
    mine = await world.do(orders.take, world.gateway, 50)
    assert [(one.kind, one.call_id) for one in mine if one.call_id == world.call] == [
        ("call", world.call)
    ]
    assert await world.do(orders.take, world.gateway, 50) == []
    told = await world.do(news.take)
    assert world.call in told.calls
    assert world.room in told.rooms
    assert world.call not in (await world.do(news.take)).calls


async def test_the_price_stands_with_the_line_in_it_and_is_the_one_shown(world: Calling) -> None:
    fee = world.settings.telephone_line_fee
    assert fee > 0
    assert (await refusal(world, seen_rate=100)).code == "rate_changed"
    await world.ask(seen_rate=100 + fee)
    row = await world.row()
    assert (row.rate, row.line_fee) == (100 + fee, fee)


async def test_five_minutes_of_the_whole_price_are_needed(
    database: Database, settings: Settings
) -> None:
    short = await Calling.begun(database, settings, points=5 * 120 - 1)
    refused = await refusal(short)
    assert (refused.code, refused.params["needed"]) == ("points_short", 600)
    assert await short.state() == "open"
    exact = await Calling.begun(database, settings, points=5 * 120)
    assert await exact.ask() > 0


async def test_pressed_twice_it_is_one_call(world: Calling) -> None:
    first = await world.ask()
    assert await world.ask() == first


async def test_no_call_without_a_gateway_that_can_make_one(world: Calling) -> None:
    other = world.settings.model_copy(update={"telephone": False})
    assert not await world.do(gateways.is_there, other)
    # Others' gateways in the same database are away as well.
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE telephone_gateways SET away = 'refused'"))
    assert (await refusal(world)).code == "telephone_away"
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE telephone_gateways SET away = NULL,"
                " seen_at = clock_timestamp() - interval '11 s'"
            )
        )
    assert (await refusal(world)).code == "telephone_away"
    assert await world.state() == "open"


async def test_of_several_callers_at_once_one_is_rung(world: Calling) -> None:
    async with world.database.transaction() as tx:
        callers = [await new_user(tx, points=1000) for _ in range(ROUNDS)]
    ends = await asyncio.gather(*(world.ask(one) for one in callers), return_exceptions=True)
    rung = [one for one in ends if isinstance(one, int)]
    refused = {one.code for one in ends if isinstance(one, UserError)}
    assert len(rung) == 1
    assert refused == {"room_busy"}


async def test_by_browser_nobody_enters_who_waits_by_telephone(world: Calling) -> None:
    with pytest.raises(UserError) as caught:
        await world.do(entry.enter, world.settings, world.room, world.caller)
    assert caught.value.code == "room_by_telephone"
    assert (await world.standby()).medium == "telephone"


async def test_who_waits_in_a_browser_is_not_rung(world: Calling) -> None:
    await world.do(presence.open_standby, world.cast, world.room)
    assert (await refusal(world)).code == "room_closed"
    assert (await world.standby()).medium == "browser"


async def test_while_it_rings_neither_of_them_does_anything_else(world: Calling) -> None:
    await world.ask()
    async with world.database.transaction() as tx:
        third = await new_user(tx, points=1000)
    async with world.database.transaction() as tx:
        their_room = await new_room(tx, third)
        await presence.open_standby(tx, third, their_room)
    for verb, args in (
        (entry.enter, (world.settings, their_room, world.caller)),
        (presence.open_standby, (world.cast, world.room)),
        (standing.stand_by, (world.settings, world.cast, world.room)),
    ):
        with pytest.raises(UserError) as caught:
            await world.do(verb, *args)
        assert caught.value.code == "already_in_call"
    with pytest.raises(UserError) as caught:
        await world.do(entry.enter, world.settings, world.room, third)
    assert caught.value.code in ("own_standby_open", "room_busy")


async def test_while_it_rings_others_may_wait_in_line(world: Calling) -> None:
    await world.ask()
    async with world.database.transaction() as tx:
        third = await new_user(tx, points=1000)
    place = await world.do(waiting.join, world.settings, world.room, third)
    assert place.place == 1


async def test_a_blocked_caller_finds_no_room(world: Calling) -> None:
    await world.do(blocks.block, world.cast, world.caller)
    assert (await refusal(world)).code == "room_unknown"


async def test_a_room_that_takes_no_telephone(world: Calling) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.update(rooms).where(rooms.c.id == world.room).values(by_telephone=False)
        )
    assert (await refusal(world)).code == "room_without_telephone"


async def test_calls_of_a_day_are_bounded(world: Calling) -> None:
    world.settings = world.settings.model_copy(update={"telephone_calls_a_day": 2})
    for _ in range(2):
        await world.ask()
        await world.end("caller_busy")
    assert (await refusal(world)).code == "calls_too_many"
    assert await world.state() == "open"


async def test_a_stand_by_by_telephone_needs_no_sign_of_life_and_ends_by_itself(
    world: Calling,
) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE standbys SET seen_at = seen_at - interval '15 s' WHERE cast_id = :c"),
            {"c": world.cast},
        )
    assert world.cast in await world.do(telephone_standbys.touch, world.settings)
    assert world.cast not in [
        one.cast_id for one in await world.do(presence.close_lost, world.settings)
    ]
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE standbys SET until = clock_timestamp(),"
                " seen_at = seen_at - interval '25 s' WHERE cast_id = :c"
            ),
            {"c": world.cast},
        )
    assert world.cast not in await world.do(telephone_standbys.touch, world.settings)
    closed = await world.do(presence.close_lost, world.settings)
    assert world.cast in [one.cast_id for one in closed]


async def test_an_order_is_void_after_its_term(world: Calling) -> None:
    await world.ask()
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE telephone_orders SET made_at = made_at - interval '1 min',"
                " void_at = void_at - interval '1 min' WHERE call_id = :call"
            ),
            {"call": world.call},
        )
    taken = await world.do(orders.take, world.gateway, 50)
    assert world.call not in [one.call_id for one in taken]


@pytest.mark.parametrize("who", ["caller", "cast"])
async def test_who_was_shut_out_meanwhile_is_neither_rung_nor_joined(
    world: Calling, who: str
) -> None:
    """A voice menu has no session that ends."""
    await world.rung()
    shut_out = sa.update(users).where(users.c.id == getattr(world, who))
    async with world.database.transaction() as tx:
        await tx.execute(shut_out.values(banned_at=sa.func.clock_timestamp()))
    with pytest.raises(UserError) as caught:
        await world.do(joining.join, world.settings, world.call)
    assert caught.value.code == "room_unknown"
    await world.end("refused")
    with pytest.raises(UserError) as caught:
        await world.ask()
    assert caught.value.code == "room_unknown"


async def test_what_calls_cost_in_a_day_has_an_end(world: Calling) -> None:
    await world.ask()
    async with world.database.transaction() as tx:
        attempt = await attempts.begin(tx, world.call, "caller")
        await attempts.answered(tx, attempt)
        await attempts.end(tx, attempt, "they_hung_up", 200)
        spent = await attempts.spent(tx)
    assert spent >= 200
    await world.end("caller_busy")
    world.settings = world.settings.model_copy(update={"telephone_yen_a_day": spent})
    assert (await refusal(world)).code == "telephone_away"
    world.settings = world.settings.model_copy(update={"telephone_yen_a_day": spent + 1})
    await world.ask()


async def test_what_no_gateway_could_say_of_a_telephone_the_clock_ends(
    world: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.ask()
    async with world.database.transaction() as tx:
        attempt = await attempts.begin(tx, world.call, "caller")
    assert attempt not in await world.do(attempts.end_left, world.settings)
    await world.end("line_failed")
    # Its gateway may say so yet.
    assert attempt not in await world.do(attempts.end_left, world.settings)
    monkeypatch.setattr(attempts, "LEFT_SECONDS", 0)
    assert attempt in await world.do(attempts.end_left, world.settings)
    assert attempt not in await world.do(attempts.end_left, world.settings)
