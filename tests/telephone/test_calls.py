"""Calls on a fake line, from the press to the bill; and everything that can come between."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.settings import Settings
from rooms.calling import leaving
from rooms.talk import ending
from telephone.port import Away, End
from tests.faults.databases import fresh_database
from tests.telephone.fake_line import FakePhone
from tests.telephone.scene import CALLER, CAST, QUICK, Rung

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> Rung:
    return await Rung.ready(database, settings)


async def over(world: Rung) -> str:
    """Wait for the end of the call; why it ended."""
    await world.wait_for(lambda: world.is_state("ended"))
    return str((await world.row()).why)


@pytest.mark.parametrize("ring", ["caller_first", "cast_first", "both"])
async def test_both_are_rung_joined_and_charged_until_one_hangs_up(
    database: Database, settings: Settings, ring: str
) -> None:
    world = await Rung.ready(database, settings, telephone_ring=ring)
    before = await world.points()
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(3))
        world.leg(CALLER).hangs_up()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert reading.end_reason == "caller_left"
    assert await world.points() == before - reading.charged_minutes * 120
    assert (reading.charged_minutes - 1) * 1000 <= reading.connected_ms
    dialled = {"caller_first": [CALLER, CAST], "cast_first": [CAST, CALLER]}.get(ring)
    assert world.line is not None
    assert world.line.dialled == (dialled or world.line.dialled)
    assert sorted(world.line.dialled) == sorted([CALLER, CAST])
    assert "begin_paid" in world.heard(CALLER)
    assert "begin_paid" in world.heard(CAST)
    assert world.heard(CAST)[-1] == "other_left"
    told = await world.attempts()
    assert {one.side: one.end_word for one in told} == {
        "caller": "they_hung_up",
        "cast": "we_hung_up",
    }
    assert all(one.cost_yen == 16 for one in told)


async def test_speech_goes_to_the_other_and_to_nobody_else(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        assert world.leg(CAST).got
        assert world.leg(CALLER).got
        assert world.leg(CAST).to is world.leg(CALLER)


async def test_a_cast_who_hangs_up_gives_the_cut_minute_back(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        world.leg(CAST).hangs_up()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert (reading.end_reason, reading.returned) == ("cast_left", 120)
    assert world.heard(CALLER)[-2:] == ["other_left", "ended_points"]


async def test_a_cast_who_hangs_up_at_once_costs_nothing(world: Rung) -> None:
    before = await world.points()
    async with world.gateway_runs():
        await world.rings_until("joined")
        world.leg(CAST).hangs_up()
        assert await over(world) == "talked"
    assert await world.points() == before
    assert world.heard(CALLER)[-1] == "ended_free"


async def test_both_hang_up_at_once_and_the_talk_ends_once(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        world.leg(CALLER).hangs_up()
        world.leg(CAST).hangs_up()
        world.leg(CAST).hangs_up()
        assert await over(world) == "talked"
    assert (await world.reading()).end_reason == "caller_left"


@pytest.mark.parametrize(
    ("refuses", "why", "told"),
    [
        (End.BUSY, "cast_busy", "busy"),
        (End.DECLINED, "cast_declined", "busy"),
        (End.UNREACHABLE, "cast_unreachable", "no_answer"),
        (None, "cast_no_answer", "no_answer"),
        (End.LINE_FAILED, "line_failed", "line_away"),
    ],
)
async def test_a_cast_who_is_not_reached_is_told_in_words_and_costs_nothing(
    world: Rung, refuses: End | None, why: str, told: str
) -> None:
    assert world.line is not None
    before = await world.points()
    answers = -1.0 if refuses is None else 1.0
    world.line.phones[CAST] = FakePhone(answers_after=answers, refuses=refuses)
    async with world.gateway_runs():
        await world.ask()
        assert await over(world) == why
        await world.wait_for(lambda: _is(world.leg(CALLER).is_over.is_set()))
    assert world.heard(CALLER)[-1] == told
    assert (await world.points(), await world.money()) == (before, [])
    standby = await world.standby()
    assert (await world.state(), standby.misses) == ("open", int(why != "line_failed"))


async def _is(found: bool) -> bool:
    return found


@pytest.mark.parametrize("refuses", [End.BUSY, End.DECLINED, End.UNREACHABLE, None])
async def test_a_caller_who_is_not_reached_frees_the_room_and_nobody_else_rings(
    world: Rung, refuses: End | None
) -> None:
    assert world.line is not None
    answers = -1.0 if refuses is None else 1.0
    world.line.phones[CALLER] = FakePhone(answers_after=answers, refuses=refuses)
    async with world.gateway_runs():
        await world.ask()
        assert (await over(world)).startswith("caller_")
    assert world.line.dialled == [CALLER]
    assert (await world.state(), (await world.standby()).misses) == ("open", 0)


@pytest.mark.parametrize("machine", [CALLER, CAST])
async def test_an_answering_machine_is_taken_for_nobody(world: Rung, machine: str) -> None:
    assert world.line is not None
    world.line.phones[machine] = FakePhone(answers_after=1)
    async with world.gateway_runs():
        await world.ask()
        side = "caller" if machine == CALLER else "cast"
        assert await over(world) == f"{side}_unconfirmed"
    assert await world.money() == []
    assert world.heard(machine).count(f"answer_{side}") == QUICK.asks


@pytest.mark.parametrize("ring", ["caller_first", "cast_first", "both"])
@pytest.mark.parametrize("hangs_up", [CALLER, CAST])
async def test_who_hangs_up_in_place_of_the_key_has_agreed_to_nothing(
    database: Database, settings: Settings, hangs_up: str, ring: str
) -> None:
    world = await Rung.ready(database, settings, telephone_ring=ring)
    world.patience = replace(QUICK, key=30.0, ring=30.0)
    assert world.line is not None
    side = "caller" if hangs_up == CALLER else "cast"
    world.line.phones[hangs_up] = FakePhone(answers_after=1)
    async with world.gateway_runs():
        await world.ask()
        await world.wait_for(lambda: _asked(world, hangs_up))
        world.leg(hangs_up).hangs_up()
        assert await over(world) == f"{side}_hung_up"
    row = await world.row()
    assert row.talk_id is None
    assert (await world.standby()).misses == int(side == "cast")


async def _asked(world: Rung, number: str) -> bool:
    assert world.line is not None
    return number in world.line.dialled and bool(world.leg(number).spoken)


async def test_where_picking_up_is_enough_no_key_is_asked_for(
    database: Database, settings: Settings
) -> None:
    world = await Rung.ready(database, settings, telephone_answer="pickup")
    assert world.line is not None
    for number in (CALLER, CAST):
        world.line.phones[number] = FakePhone(answers_after=1)
    async with world.gateway_runs():
        await world.rings_until("joined")
    assert "answer_cast" not in world.heard(CAST)


async def test_keys_faster_than_a_person_and_wrong_ones_before(world: Rung) -> None:
    assert world.line is not None
    world.line.phones[CAST] = FakePhone(answers_after=1, keys=("95#*1",))
    async with world.gateway_runs():
        await world.rings_until("joined")


async def test_a_caller_who_hangs_up_while_it_rings_stops_the_casts_telephone(
    world: Rung,
) -> None:
    assert world.line is not None
    world.patience = replace(QUICK, ring=30)
    world.line.phones[CAST] = FakePhone(answers_after=-1)
    async with world.gateway_runs():
        await world.rings_until("guided")
        await world.wait_for(lambda: _is(CAST in world.line.dialled))  # type: ignore[union-attr]
        world.leg(CALLER).hangs_up()
        assert await over(world) == "caller_hung_up"
        assert world.leg(CAST).end is End.WE_HUNG_UP
    assert (await world.standby()).misses == 0


@pytest.mark.parametrize("by", ["caller", "cast"])
async def test_hung_up_on_the_page_while_it_rings(world: Rung, by: str) -> None:
    assert world.line is not None
    world.patience = replace(QUICK, ring=30)
    world.line.phones[CAST] = FakePhone(answers_after=-1)
    async with world.gateway_runs():
        await world.rings_until("guided")
        who = world.caller if by == "caller" else world.cast
        await world.do(leaving.ask_to_stop, world.settings, world.call, who)
        assert await over(world) == "called_off"
    assert not world.line.legs
    assert await world.state() == "open"


async def test_hung_up_on_the_page_while_they_talk(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        await world.do(leaving.ask_to_stop, world.settings, world.call, world.caller)
        assert await over(world) == "talked"
        await world.wait_for(lambda: _is(not world.line.legs))  # type: ignore[union-attr]
    assert (await world.reading()).end_reason == "caller_left"


async def test_hold_stops_the_meter_and_nobody_is_heard_for_free(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        world.leg(CAST).holds()
        await world.wait_for(lambda: _stands(world))
        charged = (await world.reading()).charged_minutes
        await asyncio.sleep(1.5)
        assert (await world.reading()).charged_minutes == charged
        world.leg(CAST).holds(held=False)
        await world.wait_for(lambda: world.is_charged(charged + 1))


async def test_a_cast_who_hangs_up_as_soon_as_it_costs_has_earned_nothing(
    database: Database, settings: Settings
) -> None:
    """Half a second into the first minute: whoever does so all day would be paid for silence."""
    world = await Rung.ready(database, settings, minute_seconds=60)
    before = await world.points()
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        world.leg(CAST).hangs_up()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert (reading.end_reason, reading.charged_minutes, reading.returned) == ("cast_left", 1, 120)
    assert (await world.points(), reading.earned) == (before, 0)
    assert world.heard(CALLER)[-1] == "ended_free"


@pytest.mark.parametrize(("who", "back"), [(CALLER, 0), (CAST, 120)])
async def test_whoever_keeps_the_other_waiting_until_it_ends_has_ended_it(
    database: Database, settings: Settings, who: str, back: int
) -> None:
    world = await Rung.ready(database, settings, return_seconds=1)
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        world.leg(who).holds()
        await world.wait_for(lambda: _stands(world))
        await world.wait_for(lambda: _is_lost(world))
        assert await over(world) == "talked"
    reading = await world.reading()
    assert (reading.end_reason, reading.returned) == ("connection_lost", back)


async def _is_lost(world: Rung) -> bool:
    async with world.database.transaction() as tx:
        await ending.end_lost(tx, world.settings)
    return (await world.reading()).state == "ended"


async def _stands(world: Rung) -> bool:
    return (await world.reading()).state == "interrupted"


async def test_sound_one_way_alone_costs_nothing(world: Rung) -> None:
    world.speaks = False
    before = await world.points()
    async with world.gateway_runs():
        await world.rings_until("joined")
        for _ in range(100):
            world.leg(CALLER).speaks(20)
            await asyncio.sleep(0.02)
        assert (await world.reading()).state == "connecting"
    assert await world.points() == before


async def test_a_telephone_that_fell_silent_ends_it(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        world.leg(CAST).goes_silent()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert (reading.end_reason, reading.returned) == ("cast_left", 120)
    assert "lost" in world.heard(CALLER)


@pytest.mark.parametrize("first", [CALLER, CAST])
async def test_where_both_fall_silent_at_once_it_was_the_line(world: Rung, first: str) -> None:
    """A network that dies takes both: neither of them left, and the cut minute goes back."""
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        world.speaks = False
        world.leg(first).goes_silent()
        # The other is told to be silent a moment later.
        await asyncio.sleep(0.1)
        world.leg(CAST if first == CALLER else CALLER).goes_silent()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert (reading.end_reason, reading.returned) == ("line_failed", 120)


async def test_a_caller_who_alone_falls_silent_pays_the_begun_minute(world: Rung) -> None:
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        world.leg(CALLER).goes_silent()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert (reading.end_reason, reading.returned) == ("connection_lost", 0)
    assert "lost" in world.heard(CAST)


@pytest.mark.parametrize("ring", ["caller_first", "cast_first", "both"])
async def test_both_silent_before_they_are_joined_is_nobodys_miss(
    database: Database, settings: Settings, ring: str
) -> None:
    world = await Rung.ready(database, settings, telephone_ring=ring)
    world.patience = replace(QUICK, key=30.0, ring=30.0)
    assert world.line is not None
    # Both have answered, and the one who was rung last hasn't pressed the key yet.
    last = {"caller_first": CAST, "cast_first": CALLER, "both": CAST}[ring]
    world.line.phones[last] = FakePhone(answers_after=1)
    async with world.gateway_runs():
        await world.ask()
        await world.wait_for(lambda: _asked(world, last))
        await world.wait_for(lambda: _asked(world, CALLER))
        for number in (last, CALLER if last == CAST else CAST):
            world.leg(number).goes_silent()
        assert await over(world) == "line_failed"
    assert (await world.state(), (await world.standby()).misses) == ("open", 0)


async def test_the_points_end_it_announced(database: Database, settings: Settings) -> None:
    world = await Rung.ready(database, settings, points=600)
    async with world.gateway_runs():
        await world.rings_until("joined")
        assert await over(world) == "talked"
        await world.wait_for(lambda: _is(not world.line.legs))  # type: ignore[union-attr]
    reading = await world.reading()
    assert (reading.end_reason, reading.charged_minutes) == ("points_exhausted", 5)
    assert await world.points() == 0
    assert "spent" in world.heard(CALLER)


async def test_the_caller_alone_is_warned(database: Database, settings: Settings) -> None:
    world = await Rung.ready(database, settings, points=20 * 120)
    async with world.gateway_runs():
        await world.rings_until("joined")
        await world.wait_for(lambda: _is(world.heard(CALLER).count("minutes_left") == 2))
    assert "minutes_left" not in world.heard(CAST)


async def test_while_the_trunk_is_down_nobody_is_rung(world: Rung) -> None:
    assert world.line is not None
    async with world.gateway_runs():
        world.line.away = Away.REFUSED
        await world.ask()
        await world.do(leaving.ask_to_stop, world.settings, world.call, world.caller)
        assert await over(world) == "called_off"
    assert world.line.dialled == []


async def test_without_a_number_of_the_casts_nothing_rings_there(world: Rung) -> None:
    assert world.line is not None
    known = world.book

    async def book(*args: object) -> object:
        found = await known(*args)  # type: ignore[arg-type]
        return replace(found, number=None) if found.number == CAST else found

    world.book = book  # type: ignore[method-assign, assignment]
    async with world.gateway_runs():
        await world.ask()
        assert await over(world) == "cast_unreachable"
    assert world.line.dialled == [CALLER]


async def test_of_two_gateways_one_rings(world: Rung) -> None:
    assert world.line is not None
    async with world.gateway_runs() as first, world.gateway_runs() as second:
        assert first.desk.gateway_id != second.desk.gateway_id
        await world.rings_until("joined")
        assert sorted(world.line.dialled) == sorted([CALLER, CAST])


async def test_blocked_while_it_rings_they_are_not_joined(world: Rung) -> None:
    assert world.line is not None
    world.line.phones[CAST] = FakePhone(answers_after=600, keys=("1",))
    world.patience = replace(QUICK, ring=30)
    async with world.gateway_runs():
        await world.rings_until("guided")
        async with world.database.transaction() as tx:
            await tx.execute(
                sa.text("INSERT INTO blocks (blocker_id, blocked_id) VALUES (:a, :b)"),
                {"a": world.cast, "b": world.caller},
            )
        assert await over(world) == "refused"
    assert (await world.row()).refusal
    assert await world.money() == []
