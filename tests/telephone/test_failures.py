"""What fails in the middle of a call: the gateway, the database, the line; and who rings in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.calling import attempts, leaving
from telephone import gateway as gateways
from telephone.port import End
from tests.faults.databases import fresh_database
from tests.telephone.fake_line import FakePhone
from tests.telephone.scene import CALLER, CAST, QUICK, Rung

pytestmark = pytest.mark.timeout(120)

# Nobody listens there.
NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> Rung:
    return await Rung.ready(database, settings)


@contextlib.asynccontextmanager
async def cut_off(gateway: gateways.Gateway) -> AsyncIterator[None]:
    """A gateway whose database is gone: nothing that it does is written down any more."""
    before, nowhere = gateway._database, Database(NOWHERE, pool_size=1)
    gateway._database = gateway.desk._database = nowhere
    try:
        yield
    finally:
        gateway._database = gateway.desk._database = before
        await nowhere.close()


async def test_a_lost_database_ends_the_talk_and_bills_nothing_after_the_last_proof(
    world: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "HANG_UP_SECONDS", 1)
    assert world.line is not None
    async with world.gateway_runs() as gateway:
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        async with cut_off(gateway):
            await world.wait_for(lambda: _is(not world.line.legs))  # type: ignore[union-attr]
        charged = (await world.reading()).charged_minutes
    # Where nobody could say that it is over, the clock does.
    if (await world.row()).state != "ended":
        await world.wait(25)
        await world.shift_call(leaving.DEAD_SECONDS + 1)
        await world.tick()
        assert await world.heal() == [world.call]
    reading = await world.reading()
    assert (reading.end_reason, reading.charged_minutes) == ("line_failed", charged)
    assert (await world.row()).why == "talked"
    # What could not be noted of a telephone's part, the clock notes.
    monkeypatch.setattr(attempts, "LEFT_SECONDS", 0)
    await world.do(attempts.end_left, world.settings)
    assert all(one.end_word for one in await world.attempts())


async def test_a_lost_database_while_one_hangs_up_bills_nothing_more(
    world: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "HANG_UP_SECONDS", 1)
    assert world.line is not None
    async with world.gateway_runs() as gateway:
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        async with cut_off(gateway):
            charged = (await world.reading()).charged_minutes
            world.leg(CALLER).hangs_up()
            await world.wait_for(lambda: _is(not world.line.legs))  # type: ignore[union-attr]
            await world.wait_for(lambda: _is(not gateway.calls.running))
    if (await world.row()).state != "ended":
        await world.wait(25)
        await world.shift_call(leaving.DEAD_SECONDS + 1)
        await world.tick()
        assert await world.heal() == [world.call]
    assert (await world.reading()).charged_minutes == charged
    assert (await world.row()).why == "talked"


async def test_a_lost_database_while_it_rings_leaves_the_room_free(
    world: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "HANG_UP_SECONDS", 1)
    assert world.line is not None
    world.patience = replace(QUICK, ring=30)
    world.line.phones[CAST] = FakePhone(answers_after=-1)
    async with world.gateway_runs() as gateway:
        await world.rings_until("guided")
        async with cut_off(gateway):
            await world.wait_for(lambda: _is(not world.line.legs))  # type: ignore[union-attr]
    # It may have been able to say so itself, in the end.
    if (await world.row()).state != "ended":
        await world.shift_call(leaving.DEAD_SECONDS + 1)
        assert await world.heal() == [world.call]
    assert ((await world.row()).why, await world.state()) == ("line_failed", "open")
    assert await world.money() == []


async def _is(found: bool) -> bool:
    return found


async def test_a_gateway_that_is_told_to_stop_ends_its_calls_itself(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
    assert (await world.row()).state == "ended"
    reading = await world.reading()
    # The platform cut it short: the last minute goes back.
    assert (reading.end_reason, reading.returned) == ("line_failed", 120)


async def test_another_gateway_takes_no_call_that_one_carries(world: Rung) -> None:
    assert world.line is not None
    async with world.gateway_runs() as first:
        await world.rings_until("joined")
        async with world.gateway_runs() as second:
            assert await second.desk.take_up(world.call) is None
            assert (await first.desk.keep_alive([world.call]))[world.call].over is False
            assert await second.desk.keep_alive([world.call]) == {}


async def test_a_call_whose_clock_was_just_set_is_nobodys_to_end(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        async with world.database.transaction() as tx:
            await tx.execute(
                sa.text(
                    "UPDATE calls SET alive_at = clock_timestamp() - interval '1 hour'"
                    " WHERE id = :call"
                ),
                {"call": world.call},
            )
        # The next sign of life is due within a second.
        await world.wait_for(lambda: _alive(world))
        assert await world.heal() == []
        assert (await world.row()).state == "joined"


async def _alive(world: Rung) -> bool:
    async with world.database.transaction() as tx:
        return bool(
            await tx.scalar(
                sa.text(
                    "SELECT alive_at > clock_timestamp() - interval '5 s' FROM calls"
                    " WHERE id = :call"
                ),
                {"call": world.call},
            )
        )


async def test_one_who_rings_in_is_joined_and_only_the_cast_is_rung(world: Rung) -> None:
    assert world.line is not None
    async with world.gateway_runs() as gateway:
        leg = world.line
        world.line.on_incoming = lambda _: None
        rings = leg.comes_in(CALLER, "+81501111")
        rings.answers()
        carried = asyncio.create_task(gateway.calls.incoming(rings, world.caller, world.room))
        await world.wait_for(lambda: _joined(world))
        assert world.line.dialled == [CAST]
        rings.hangs_up()
        await asyncio.wait_for(carried, 60)
    row = await world.row()
    assert (row.why, row.ring) == ("talked", "caller_is_there")
    told = {one.side: (one.incoming, one.cost_yen) for one in await world.attempts()}
    assert told == {"caller": (True, 0), "cast": (False, 16)}


async def _joined(world: Rung) -> bool:
    async with world.database.transaction() as tx:
        found = await tx.scalar(
            sa.text("SELECT max(id) FROM calls WHERE caller_id = :caller AND talk_id IS NOT NULL"),
            {"caller": world.caller},
        )
    world.call = int(found or 0)
    return found is not None


async def test_one_who_rings_in_and_may_not_is_told_why_and_stays_on_the_line(
    database: Database, settings: Settings
) -> None:
    world = await Rung.ready(database, settings, points=10)
    assert world.line is not None
    async with world.gateway_runs() as gateway:
        world.line.on_incoming = lambda _: None
        leg = world.line.comes_in(CALLER, "+81501111")
        leg.answers()
        with pytest.raises(UserError) as caught:
            await gateway.calls.incoming(leg, world.caller, world.room)
        assert caught.value.code == "points_short"
        assert not leg.is_over.is_set()
    assert world.line.dialled == []


async def test_who_rings_in_a_second_time_has_nobody_be_rung_again(world: Rung) -> None:
    """A cast whose telephone rings for the first line would be busy for the second."""
    assert world.line is not None
    world.line.phones[CAST] = FakePhone(answers_after=-1)
    world.patience = replace(QUICK, ring=60.0)
    async with world.gateway_runs() as gateway:
        world.line.on_incoming = lambda _: None
        first, second = (world.line.comes_in(CALLER, "+81501111") for _ in range(2))
        first.answers()
        second.answers()
        carried = asyncio.create_task(gateway.calls.incoming(first, world.caller, world.room))
        await world.wait_for(lambda: _rings(world))
        with pytest.raises(UserError) as caught:
            await gateway.calls.incoming(second, world.caller, world.room)
        assert caught.value.code == "already_in_call"
        assert await gateway.desk.take_up(int(str(caught.value.params["call_id"]))) is None
        assert world.line.dialled == [CAST]
        first.hangs_up()
        await asyncio.wait_for(carried, 60)
    assert (await world.standby()).misses == 0


async def _rings(world: Rung) -> bool:
    assert world.line is not None
    return CAST in world.line.dialled


async def test_a_price_that_changed_after_it_was_told_is_not_agreed_to(world: Rung) -> None:
    assert world.line is not None
    async with world.gateway_runs() as gateway:
        world.line.on_incoming = lambda _: None
        leg = world.line.comes_in(CALLER, "+81501111")
        leg.answers()
        async with world.database.transaction() as tx:
            await tx.execute(
                sa.text("UPDATE rooms SET rate = 9000 WHERE id = :room"), {"room": world.room}
            )
        with pytest.raises(UserError) as caught:
            await gateway.calls.incoming(leg, world.caller, world.room, "points", 120)
        assert caught.value.code == "rate_changed"
    assert world.line.dialled == []


async def test_a_line_that_fails_under_a_talk_is_nobodys_hang_up(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        world.leg(CAST).over(End.LINE_FAILED)
        await world.wait_for(lambda: world.is_state("ended"))
    reading = await world.reading()
    assert (reading.end_reason, reading.returned) == ("line_failed", 120)
    assert "lost" in world.heard(CALLER)
