"""The meter counts connected time only, and charges exactly at its boundaries."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit, ledger
from rooms.talk import ending
from rooms.talk.past import history
from rooms.talk.proof import beats
from tests.world import World, flowing

# What a busy machine may take for a few statements; the gaps that must not count are longer.
SLOW_MS = 9_000


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


async def leave(world: World, side: str) -> None:
    async with world.database.transaction() as tx:
        user = world.caller if side == "caller" else world.cast
        await history.leave(tx, world.settings, world.talk, user)


@pytest.fixture(autouse=True)
async def _books(database: Database) -> object:
    """After every test, every invariant of the books holds."""
    yield
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


async def test_the_meter_waits_for_both_sides(world: World) -> None:
    await world.enter()
    await world.beat("caller")
    assert (await world.reading()).state == "connecting"
    await world.beat("cast")
    assert (await world.reading()).running


async def test_a_beat_without_media_is_no_evidence(world: World) -> None:
    await world.enter()
    await world.beat(media=False)
    assert (await world.reading()).state == "connecting"


async def test_the_first_minute_is_free(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(58)
    await leave(world, "caller")
    assert (await world.reading()).charged_minutes == 0
    assert await world.points() == 1000


async def test_the_first_minute_is_charged_at_its_beginning(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(60)
    assert (await world.reading()).charged_minutes == 1
    assert await world.points() == 900
    await world.talk_for(55)
    assert (await world.reading()).charged_minutes == 1
    await world.talk_for(7)
    assert (await world.reading()).charged_minutes == 2
    await leave(world, "caller")
    assert await world.points() == 800


async def test_a_due_minute_is_not_charged_without_the_evidence_of_both(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(55)
    await world.wait(6)
    await world.beat("caller")
    await world.tick()
    assert (await world.reading()).charged_minutes == 0
    await world.beat("cast")
    assert (await world.reading()).charged_minutes == 1


async def test_silence_interrupts_as_of_the_last_good_beat(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(57)
    before = await world.reading()
    await world.wait(16)
    await world.tick()
    reading = await world.reading()
    assert reading.state == "interrupted"
    assert 57_000 <= reading.connected_ms <= before.connected_ms
    assert reading.charged_minutes == 0


@pytest.mark.parametrize("frozen", ["caller", "cast"])
async def test_one_frozen_side_stops_the_meter(world: World, frozen: str) -> None:
    await world.enter()
    await world.beat()
    other = "cast" if frozen == "caller" else "caller"
    for _ in range(4):
        await world.wait(5)
        await world.beat(frozen, media=False)
        await world.beat(other)
    await world.tick()
    assert (await world.reading()).state == "interrupted"


async def test_coming_back_goes_on_without_a_second_free_minute(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(50)
    before = await world.reading()
    await world.wait(20)
    await world.tick()
    stands = await world.reading()
    assert 50_000 <= stands.connected_ms <= before.connected_ms
    await world.wait(60)
    await world.join("caller")
    await world.beat()
    reading = await world.reading()
    assert reading.running
    assert reading.connected_ms < stands.connected_ms + SLOW_MS
    await world.talk_for(12)
    assert (await world.reading()).charged_minutes == 1


async def test_a_reload_stops_the_meter_at_once(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(30)
    before = await world.reading()
    await world.join("caller")
    stands = await world.reading()
    assert stands.state == "interrupted"
    assert 30_000 <= stands.connected_ms <= before.connected_ms
    await world.wait(10)
    await world.beat()
    assert (await world.reading()).connected_ms < stands.connected_ms + SLOW_MS


async def test_beats_of_an_older_pair_are_dropped(world: World) -> None:
    await world.enter()
    await world.beat()
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE talks SET pair = pair + 1"))
    await world.wait(16)
    async with world.database.transaction() as tx:
        await beats.record(tx, world.settings, [flowing(world.talk, "caller", 1)])
    await world.tick()
    assert (await world.reading()).state == "interrupted"


async def test_nobody_comes_back_in_time(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.wait(16)
    await world.tick()
    await world.wait(75)
    await world.tick()
    reading = await world.reading()
    assert (reading.state, reading.end_reason) == ("ended", "connection_lost")


async def test_a_talk_that_never_connects_ends(world: World) -> None:
    await world.enter()
    await world.wait(61)
    await world.tick()
    assert (await world.reading()).end_reason == "never_connected"
    assert await world.points() == 1000


async def test_exactly_the_paid_time_is_talked(database: Database, settings: Settings) -> None:
    world = await World.of(database, settings, points=500)
    await world.enter()
    await world.beat()
    await world.talk_for(60 + 5 * 60 - 4)
    assert (await world.reading()).running
    await world.talk_for(6)
    reading = await world.reading()
    assert (reading.state, reading.end_reason) == ("ended", "points_exhausted")
    assert reading.connected_ms == 360_000
    assert await world.points() == 0


async def test_a_spend_cap_ends_the_talk(world: World) -> None:
    await world.enter(cap=2)
    await world.beat()
    assert (await world.reading()).ends_ms == 180_000
    await world.talk_for(180.2)
    reading = await world.reading()
    assert (reading.end_reason, reading.charged_minutes) == ("spend_cap", 2)


async def test_points_bought_in_the_talk_carry_it_on(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings, points=500)
    await world.enter()
    await world.beat()
    await world.talk_for(356)
    async with database.transaction() as tx:
        await ledger.grant(tx, world.caller, 100, "top-up", actor_id=None, key="top-up")
    await world.talk_for(6)
    reading = await world.reading()
    assert reading.running
    assert reading.charged_minutes == 6


@pytest.mark.parametrize(("side", "returned"), [("caller", 0), ("cast", 100)])
async def test_a_minute_that_the_cast_cut_short_is_returned(
    world: World, side: str, returned: int
) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(80)
    await leave(world, side)
    assert await world.points() == 900 + returned
    async with world.database.transaction() as tx:
        account = await history.account(tx, world.talk, world.caller)
    assert account.cost == 100 - returned
    assert account.returned_minutes == (1 if returned else 0)


@pytest.mark.parametrize(("present", "points"), [("cast", 900), ("caller", 1000), (None, 1000)])
async def test_a_lost_talk_returns_its_minute_unless_only_the_caller_was_gone(
    world: World, present: str | None, points: int
) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(80)
    for _ in range(22):
        await world.wait(5)
        if present:
            await world.beat(present, media=False)
        await world.tick()
    assert (await world.reading()).end_reason == "connection_lost"
    assert await world.points() == points


async def test_a_return_happens_once(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(80)
    await leave(world, "cast")
    await leave(world, "cast")
    async with world.database.transaction() as tx:
        assert not await ending.end(tx, world.settings, world.talk, "stopped_by_staff")
    assert await world.points() == 1000


async def test_the_account_adds_up(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    await world.wait(30)
    await world.tick()
    await world.join("cast")
    await world.beat()
    await world.talk_for(20)
    await leave(world, "caller")
    async with world.database.transaction() as tx:
        account = await history.account(tx, world.talk, world.caller)
        reading = await world.reading()
    kinds = [line.kind for line in account.lines]
    assert kinds == ["free", "paid", "interrupted", "paid"]
    assert sum(line.points for line in account.lines) == account.cost == 100
    assert abs(account.free_ms + account.paid_ms - reading.connected_ms) < 5
    assert account.interrupted_ms >= 29_000
    assert account.points_left == 900


async def test_a_stranger_sees_nothing(world: World) -> None:
    await world.enter()
    async with world.database.transaction() as tx:
        with pytest.raises(UserError, match="talk_unknown"):
            await history.account(tx, world.talk, 999_999)
