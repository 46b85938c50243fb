"""A joined call is a talk: its price, its meter, its end; and what becomes of the stand-by."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.meeting import blocks
from rooms.calling import joining, leaving, orders, progress, rules, standing
from rooms.lobby import pauses
from rooms.talk import seats
from tests.faults.databases import fresh_database
from tests.rooms.calling.scene import Calling


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> Calling:
    return await Calling.begun(database, settings)


async def test_nothing_is_free_and_the_line_is_the_sites(world: Calling) -> None:
    before = await world.points()
    await world.joined()
    await world.beat()
    await world.talk_for(61)
    fee = world.settings.telephone_line_fee
    reading = await world.reading()
    assert (reading.free_ms, reading.charged_minutes) == (0, 2)
    assert await world.points() == before - 2 * (100 + fee)
    assert reading.earned == 2 * 80


async def test_the_free_time_counts_where_the_site_wants_it(
    database: Database, settings: Settings
) -> None:
    generous = settings.model_copy(update={"telephone_free": True})
    world = await Calling.begun(database, generous)
    await world.joined()
    assert (await world.reading()).free_ms == 60_000


async def test_the_told_price_stays_though_the_room_becomes_dearer(world: Calling) -> None:
    await world.rung()
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE rooms SET rate = 300 WHERE id = :room"), {"room": world.room}
        )
    world.talk = await world.do(joining.join, world.settings, world.call)
    assert (await world.reading()).rate == 120


async def test_no_minute_without_proof_of_both(world: Calling) -> None:
    await world.joined()
    for _ in range(4):
        await world.wait(5)
        await world.beat("caller")
    assert (await world.reading()).state == "connecting"
    await world.beat()
    await world.wait(5)
    await world.beat("cast")
    await world.wait(20)
    await world.tick()
    reading = await world.reading()
    # The minute's beginning was proved by one alone.
    assert (reading.state, reading.charged_minutes) == ("interrupted", 0)


async def test_a_browser_takes_no_seat_in_it(world: Calling) -> None:
    await world.joined()
    with pytest.raises(UserError) as caught:
        await world.do(
            seats.join,
            world.settings,
            world.talk,
            world.caller,
            "tab",
            "connection",
            fresh=True,
            take_over=True,
        )
    assert caught.value.code == "talk_by_telephone"


async def test_joined_twice_it_is_one_talk(world: Calling) -> None:
    first = await world.joined()
    assert await world.do(joining.join, world.settings, world.call) == first


async def test_who_blocked_meanwhile_is_not_joined(world: Calling) -> None:
    await world.rung()
    await world.do(blocks.block, world.cast, world.caller)
    with pytest.raises(UserError) as caught:
        await world.do(joining.join, world.settings, world.call)
    assert caught.value.code == "room_unknown"


@pytest.mark.parametrize("why", ["caller_busy", "caller_hung_up", "caller_unreachable"])
async def test_where_the_caller_was_not_reached_the_room_is_free_again(
    world: Calling, why: str
) -> None:
    until = (await world.standby()).until
    await world.ask()
    assert await world.end(why)
    assert not await world.end(why)
    standby = await world.standby()
    assert (standby.until, standby.misses) == (until, 0)
    assert await world.state() == "open"
    assert await world.money() == []


async def test_rung_twice_in_vain_the_room_closes_and_the_cast_is_told(world: Calling) -> None:
    await world.ask()
    await world.end("cast_no_answer")
    assert (await world.state(), (await world.standby()).misses) == ("open", 1)
    await world.ask()
    await world.end("cast_unconfirmed")
    assert (await world.state(), await world.standby()) == ("closed", None)
    async with world.database.transaction() as tx:
        told = await tx.scalar(
            sa.text(
                "SELECT count(*) FROM notices WHERE user_id = :cast AND key LIKE 'call_missed%'"
            ),
            {"cast": world.cast},
        )
    assert told == 1


async def test_a_talk_makes_up_for_a_vain_ring(world: Calling) -> None:
    await world.ask()
    await world.end("cast_busy")
    await world.joined()
    await world.beat()
    await world.talk_for(10)
    await world.end_talk("caller_left")
    await pass_pause(world)
    assert await world.do(standing.resume, world.settings) == [world.room]
    assert (await world.standby()).misses == 0


async def pass_pause(world: Calling) -> None:
    assert await world.do(pauses.of, world.cast)
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE pauses SET ends_at = clock_timestamp()"))


async def test_after_a_talk_the_cast_rests_and_then_waits_by_telephone_again(
    world: Calling,
) -> None:
    until = (await world.standby()).until
    await world.joined()
    await world.beat()
    await world.talk_for(10)
    assert await world.end_talk("cast_left")
    assert await world.state() == "busy"
    assert await world.do(standing.resume, world.settings) == []
    await pass_pause(world)
    assert await world.do(standing.resume, world.settings) == [world.room]
    standby = await world.standby()
    assert (standby.medium, standby.until) == ("telephone", until)


async def test_who_stops_in_the_rest_waits_no_more(world: Calling) -> None:
    await world.joined()
    await world.beat()
    await world.talk_for(10)
    await world.end_talk("cast_left")
    await world.do(standing.stop, world.cast)
    assert await world.do(standing.resume, world.settings) == []
    assert await world.state() == "closed"


async def test_who_stops_while_it_rings_waits_no_more_after_it(world: Calling) -> None:
    await world.ask()
    await world.do(standing.stop, world.cast)
    await world.end("caller_hung_up")
    assert await world.state() == "closed"


async def test_a_call_that_nobody_took_is_over_at_once_when_called_off(world: Calling) -> None:
    await world.ask()
    await world.do(leaving.ask_to_stop, world.settings, world.call, world.caller)
    row = await world.row()
    assert (row.state, row.why) == ("ended", "called_off")
    assert await world.do(progress.take_up, world.call, world.gateway) is None


async def test_a_carried_call_is_hung_up_by_its_gateway_alone(world: Calling) -> None:
    await world.rung()
    await world.do(leaving.ask_to_stop, world.settings, world.call, world.cast)
    assert not (await world.row()).why
    assert (await world.do(progress.keep_alive, world.gateway, [world.call]))[
        world.call
    ].stop_asked_by == "cast"
    other = await world.do(orders.take, world.gateway + 10**6, 50)
    assert world.call not in [one.call_id for one in other if one.kind == "hang_up"]
    mine = await world.do(orders.take, world.gateway, 50)
    assert world.call in [one.call_id for one in mine if one.kind == "hang_up"]
    with pytest.raises(UserError):
        await world.do(joining.join, world.settings, world.call)


async def test_a_stranger_hangs_nothing_up(world: Calling) -> None:
    await world.ask()
    with pytest.raises(UserError) as caught:
        await world.do(leaving.ask_to_stop, world.settings, world.call, 10**9)
    assert caught.value.status == 404


@pytest.mark.parametrize("asked_only", [True, False])
async def test_a_gateway_that_died_while_it_rang_leaves_nothing(
    world: Calling, asked_only: bool
) -> None:
    await (world.ask() if asked_only else world.rung())
    assert await world.heal() == []
    await world.shift_call(leaving.DEAD_SECONDS + 1)
    assert await world.heal() == [world.call]
    assert await world.heal() == []
    assert (await world.row()).why == "line_failed"
    standby = await world.standby()
    assert (await world.state(), standby.misses) == ("open", 0)
    assert await world.money() == []


async def test_a_gateway_that_died_in_a_talk_bills_nothing_after_the_last_proof(
    world: Calling,
) -> None:
    before = await world.points()
    await world.joined()
    await world.beat()
    await world.talk_for(50)
    await world.wait(25)
    await world.shift_call(leaving.DEAD_SECONDS + 1)
    await world.tick()
    assert await world.heal() == [world.call]
    reading = await world.reading()
    assert (reading.state, reading.end_reason) == ("ended", "line_failed")
    assert reading.connected_ms <= 51_000
    # The minute that the platform cut short goes back.
    assert await world.points() == before
    assert await world.state() == "open"


async def test_a_talk_that_its_points_ended_ends_its_call(
    database: Database, settings: Settings
) -> None:
    world = await Calling.begun(database, settings, points=600)
    await world.joined()
    await world.beat()
    await world.talk_for(301)
    assert (await world.reading()).end_reason == "points_exhausted"
    carried = (await world.do(progress.keep_alive, world.gateway, [world.call]))[world.call]
    assert (carried.talk_over, carried.talk_end) == (True, "points_exhausted")
    assert await world.end_talk("caller_left")
    assert (await world.reading()).end_reason == "points_exhausted"
    assert (await world.row()).why == "talked"
    assert await world.points() == 0


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [("cast_busy", 0, 1), ("cast_no_answer", 1, 2), ("caller_busy", 1, 1), ("talked", 1, 0),
     ("line_failed", 1, 1), ("called_off", 1, 1), ("refused", 0, 0)],
)  # fmt: skip
def test_whose_misses_count(why: str, before: int, after: int) -> None:
    assert rules.misses_after(why, before) == after


@pytest.mark.parametrize(("seconds", "yen"), [(0, 0), (0.1, 16), (60, 16), (60.5, 32)])
def test_a_begun_minute_of_the_line_costs_a_whole_one(seconds: float, yen: int) -> None:
    assert rules.cost_yen(seconds, 16) == yen
