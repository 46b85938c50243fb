"""Lines are few: who is rung has them, who rings in gets a part, and nobody gets one twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.calling import gateways, leaving, orders
from rooms.ground.calling_tables import telephone_orders
from telephone.desk import Reachable
from telephone.gateway import Gateway
from telephone.menus import Menus
from telephone.menus.board import KnownCaller
from telephone.menus.keypad import Waits
from telephone.places import MOST_AT_ONCE, MOST_VAIN, VAIN_SECONDS, LinePlaces
from telephone.port import End
from telephone.reception import Reception
from tests.faults.databases import fresh_database
from tests.telephone.fake_line import FakeLeg, FakeLine, FakePhone
from tests.telephone.scene import QUICK, Rung, spoken
from tests.telephone.test_menus import Board

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


# --- the count alone ---


def test_what_is_taken_is_not_free_until_it_is_given_back_once() -> None:
    places = LinePlaces(FakeLine(lines=4))
    first, second = places.take(2), places.take(1)
    assert places.free == 1
    first.back()
    first.back()
    assert places.free == 3
    second.back()
    assert places.free == 4


async def test_what_is_on_the_line_and_nobodys_yet_counts() -> None:
    line = FakeLine(lines=4)
    places = LinePlaces(line)
    line.on_incoming = lambda _: None
    for _ in range(3):
        line.comes_in("0900", "03")
    assert places.free == 1
    assert (places.take(2).count, places.free) == (2, 1)
    await line.close()


@pytest.mark.parametrize(("lines", "most"), [(10, 5), (4, 2), (3, 1), (2, 1)])
def test_visits_get_half_of_the_lines_and_none_that_a_talk_has(lines: int, most: int) -> None:
    places = LinePlaces(FakeLine(lines=lines))
    welcome = [places.welcome(f"090{visit}") for visit in range(lines)]
    assert lines - welcome.count(None) == most
    assert places.free == lines - most
    busy = LinePlaces(FakeLine(lines=lines))
    busy.take(lines)
    assert busy.welcome("0901") is None


def test_a_number_has_few_visits_at_once_and_in_vain() -> None:
    moment = 0.0
    places = LinePlaces(FakeLine(lines=100), lambda: moment)
    for number in ("0901", ""):
        assert all(places.welcome(number) for _ in range(MOST_AT_ONCE))
        assert places.welcome(number) is None

    def visit(*, vain: bool, times: int = 1) -> None:
        for _ in range(times):
            found = places.welcome("0902")
            assert found is not None
            places.leave(found, vain=vain)

    visit(vain=True, times=MOST_VAIN)
    assert places.welcome("0902") is None
    assert places.welcome("0903")
    moment = VAIN_SECONDS
    visit(vain=False)
    visit(vain=True, times=MOST_VAIN - 1)
    visit(vain=False)


def test_who_was_put_through_is_no_visitor_and_keeps_the_line() -> None:
    places = LinePlaces(FakeLine(lines=2))
    first = places.welcome("0901")
    assert first is not None
    assert places.welcome("0902") is None
    places.put_through("0901")
    second = places.welcome("0902")
    assert second is not None
    assert places.free == 0
    places.leave(first, vain=False)
    assert places.free == 1


# --- orders ---


async def book(_tx: Tx, _settings: Settings, user_id: int) -> Reachable:
    """Each member has a number of their own."""
    return Reachable(f"+8190{user_id:08}", "ja", b"na" * 80, 16)


async def several(database: Database, settings: Settings, count: int, line: FakeLine) -> list[Rung]:
    """Callers and casts who all wait; they share the line of one gateway."""
    worlds = [await Rung.ready(database, settings) for _ in range(count)]
    for world in worlds:
        world.line, world.book = line, book  # type: ignore[method-assign, assignment]
    return worlds


async def test_no_order_is_taken_for_which_there_are_no_lines(
    database: Database, settings: Settings
) -> None:
    line = FakeLine(lines=5)
    worlds = await several(database, settings, 3, line)
    for world in worlds:
        for user in (world.caller, world.cast):
            line.phones[f"+8190{user:08}"] = FakePhone(answers_after=-1)
        world.patience = replace(QUICK, ring=30.0)
        await world.ask()
    first, second, third = worlds
    async with first.gateway_runs() as gateway:
        await first.wait_for(lambda: first.is_state("ringing"))
        await first.wait_for(lambda: second.is_state("ringing"))
        # One line is left for two telephones: what is asked for waits, and others are told.
        await first.wait_for(lambda: why_not(first, "busy"))
        assert gateway.places.free == 1
        with pytest.raises(UserError) as told:
            await first.do(gateways.must_be_free, first.settings)
        assert told.value.code == "telephone_busy"
        await first.do(gateways.must_be_there, first.settings)
        assert await third.is_state("asked")
        # Hanging up needs no line; and then there is one.
        await first.do(leaving.ask_to_stop, first.settings, first.call, first.caller)
        await first.wait_for(lambda: third.is_state("ringing"))
        assert len(line.legs) <= line.lines
    assert (await first.row()).why == "called_off"


async def why_not(world: Rung, why: str | None) -> bool:
    return bool(await world.do(gateways.why_not, world.settings) == why)


async def test_whose_order_waits_in_vain_is_told_that_the_lines_are_busy(
    database: Database, settings: Settings
) -> None:
    (world,) = await several(database, settings, 1, FakeLine())
    await world.ask()
    # Others' gateways in the same database have gone.
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE telephone_gateways SET away = 'silent'"))
    await world.beat_gateway("full")
    await world.shift_call(leaving.DEAD_SECONDS + 1)
    await world.beat_gateway("full")
    assert await world.heal() == [world.call]
    assert ((await world.row()).why, await world.state()) == ("line_busy", "open")
    assert (await world.standby()).misses == 0


async def test_nobody_overtakes_who_needs_two_and_a_proof_needs_one(
    database: Database, settings: Settings
) -> None:
    (world,) = await several(database, settings, 1, FakeLine())
    async with database.transaction() as tx:
        await tx.execute(sa.delete(telephone_orders))
    await world.ask()
    proofs = [
        await world.do(orders.place, "prove", user_id=world.caller, subject=subject)
        for subject in (1, 2)
    ]
    assert await world.do(orders.take, world.gateway, 50, 1) == []
    taken = await world.do(orders.take, world.gateway, 50, 3)
    assert [(one.kind, one.id in proofs) for one in taken] == [("call", False), ("prove", True)]
    assert [one.id for one in await world.do(orders.take, world.gateway, 50, 1)] == proofs[1:]


# --- visits ---


class Slow(Board):
    """A site that everybody is known to, and whose PIN nobody knows."""

    async def who(self, number: str) -> KnownCaller | None:
        return KnownCaller(7, "ja") if number else None


def reception(world: Rung, gateway: Gateway, waits: Waits) -> Reception:
    menus = Menus(Slow(), spoken, waits=waits)
    return Reception(world.settings.model_copy(update={"telephone": True}), gateway, menus)


async def test_a_flood_of_200_leaves_half_of_the_lines_to_those_who_are_rung(
    database: Database, settings: Settings
) -> None:
    line = FakeLine(lines=6)
    (world,) = await several(database, settings, 1, line)
    for user in (world.caller, world.cast):
        line.phones[f"+8190{user:08}"] = FakePhone(answers_after=1, keys=("1",))
    async with world.gateway_runs() as gateway:
        waits = Waits(first=30.0, next=30.0, unsure=60.0)
        line.on_incoming = reception(world, gateway, waits).take
        flood = [line.comes_in(f"0900000{n:04}", "0312345678") for n in range(200)]
        await world.wait_for(lambda: only(flood, 3))
        assert all(leg.end is End.DECLINED for leg in flood if leg.is_over.is_set())
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        assert len([leg for leg in flood if not leg.is_over.is_set()]) == 3
        # Who has gone leaves the place to another.
        next(leg for leg in flood if not leg.is_over.is_set()).hangs_up()
        await world.wait_for(lambda: comes_in(line, "09011110000"))
        for leg in list(line.legs):
            leg.hangs_up()


async def only(flood: list[FakeLeg], count: int) -> bool:
    return sum(not leg.is_over.is_set() for leg in flood) == count


async def comes_in(line: FakeLine, number: str) -> bool:
    leg = line.comes_in(number, "0312345678")
    await asyncio.sleep(0.05)
    return not leg.is_over.is_set()


async def test_a_forged_number_holds_a_line_for_a_minute_and_a_half_at_most(
    database: Database, settings: Settings
) -> None:
    """Whoever presses one key after the other is asked for the PIN and never done."""
    assert Waits().unsure <= 90.0
    line = FakeLine(pace=0.0001)
    (world,) = await several(database, settings, 1, line)
    async with world.gateway_runs() as gateway:
        waits = Waits(first=20.0, next=20.0, unsure=0.3)
        line.on_incoming = reception(world, gateway, waits).take
        leg = line.comes_in("09012345678", "0312345678", ["7"])
        await asyncio.wait_for(leg.is_over.wait(), 30)
        assert leg.end is End.WE_HUNG_UP
        await world.wait_for(lambda: all_free(gateway))


async def all_free(gateway: Gateway) -> bool:
    return gateway.places.free == gateway.places._line.lines


async def test_who_rang_in_is_put_through_where_a_line_is_left_for_the_cast(
    database: Database, settings: Settings
) -> None:
    line = FakeLine(lines=2)
    (world,) = await several(database, settings, 1, line)
    line.phones[f"+8190{world.cast:08}"] = FakePhone(answers_after=1, keys=("1",))
    async with world.gateway_runs() as gateway:
        line.on_incoming = lambda _: None
        leg = line.comes_in(f"+8190{world.caller:08}", "+81501111")
        leg.answers()
        other = gateway.places.take(2)
        with pytest.raises(UserError) as told:
            await gateway.calls.incoming(leg, world.caller, world.room)
        assert told.value.code == "telephone_busy"
        assert not leg.is_over.is_set()
        other.back()
        carried = asyncio.create_task(gateway.calls.incoming(leg, world.caller, world.room))
        await world.wait_for(lambda: rings(line))
        assert gateway.places.free == 0
        await world.wait_for(lambda: all_answered(line))
        leg.hangs_up()
        await asyncio.wait_for(carried, 60)
        assert gateway.places.free == 2


async def rings(line: FakeLine) -> bool:
    return bool(line.dialled)


async def all_answered(line: FakeLine) -> bool:
    return len(line.legs) == 2 and all(leg.is_answered.is_set() for leg in line.legs)
