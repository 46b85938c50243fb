"""Who sits in a talk, in which pair, and from when on a pair is shown."""

import time
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.talk import seats
from tests.world import World


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    world = await World.of(database, settings)
    await world.enter()
    return world


async def kept(world: World, name: str) -> Any:
    async with world.database.transaction() as tx:
        return await tx.scalar(sa.select(talks.c[name]).where(talks.c.id == world.talk))


async def vacate(world: World, side: Any) -> bool:
    async with world.database.transaction() as tx:
        name = seats.seat_of(f"tab-{side}", "connection")
        return await seats.vacate(tx, world.talk, side, name)


async def test_a_pair_is_dark_until_both_have_told_that_they_made_it(world: World) -> None:
    began = time.monotonic()
    assert (await world.reading()).dark
    await world.beat("caller", media=False)
    assert (await world.reading()).dark
    await world.beat("cast", media=False)
    assert not (await world.reading()).dark
    await world.wait(8.1)
    await world.tick()
    assert (await world.reading()).dark
    # What the machine took for all this lies in between.
    assert 8_000 <= await kept(world, "unproved_ms") < 9_000 + 1000 * (time.monotonic() - began)
    await world.beat()
    reading = await world.reading()
    assert (reading.state, reading.dark) == ("talking", False)


async def test_a_running_meter_without_proof_is_dark_until_the_next_one(world: World) -> None:
    await world.beat()
    await world.talk_for(20)
    began = time.monotonic()
    await world.wait(7)
    await world.tick()
    assert not (await world.reading()).dark
    await world.wait(1.2)
    await world.tick()
    assert (await world.reading()).dark
    await world.beat()
    reading = await world.reading()
    assert (reading.state, reading.dark) == ("talking", False)
    assert await kept(world, "unproved_ms") < 500 + 1000 * (time.monotonic() - began)


async def test_the_second_pair_asked_for_within_a_minute_begins_dark(world: World) -> None:
    await world.beat()
    for dark in (False, True):
        await world.wait(20)
        await world.join("caller")
        await world.beat(media=False)
        assert (await world.reading()).dark is dark
        await world.beat()
        assert not (await world.reading()).dark
    await world.talk_for(61)
    await world.join("cast")
    await world.beat(media=False)
    assert not (await world.reading()).dark


async def test_a_socket_that_comes_back_keeps_its_pair(world: World) -> None:
    await world.beat()
    pair = await kept(world, "pair")
    assert await vacate(world, "caller")
    seat = await world.join("cast", fresh=False)
    assert not seat.peer
    seat = await world.join("caller", fresh=False)
    assert (seat.pair, seat.new_pair, seat.peer) == (pair, False, True)
    assert (await world.reading()).running


async def test_another_tab_may_sit_where_the_connection_has_gone(world: World) -> None:
    await world.beat()
    with pytest.raises(UserError, match="talk_elsewhere"):
        await world.join("caller", tab="tab-other")
    await vacate(world, "caller")
    assert (await world.join("caller", tab="tab-other")).new_pair


async def test_an_empty_seat_is_silence_at_once(world: World) -> None:
    await world.beat()
    await world.wait(16)
    await world.beat("caller")
    await vacate(world, "caller")
    reading = await world.reading()
    assert (reading.why, reading.whose) == ("silent", "both")
    await world.beat("cast", media=False)
    reading = await world.reading()
    assert (reading.why, reading.whose) == ("silent", "caller")
    assert reading.for_side("caller")["whose"] == "mine"
    assert reading.for_side("cast")["whose"] == "other"
