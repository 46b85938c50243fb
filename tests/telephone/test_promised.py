"""Reservations by telephone on a fake line: both are rung, and what becomes of it is fair."""

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.telephones import numbers
from rooms.booking import reserved_talks
from rooms.calling import joining, leaving, progress, promised
from rooms.care import blocking
from rooms.ground.tables import waiting_turns
from rooms.lobby import presence, turns
from rooms.talk import ending, entry
from telephone.port import End
from tests.faults.databases import fresh_database
from tests.telephone.fake_line import FakePhone
from tests.telephone.promised import POINTS, Promised
from tests.telephone.scene import CALLER, CAST
from tests.world import new_room

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Promised:
    return await Promised.of_two(database, owner_database, settings)


def nobody(world: Promised, *numbers_: str) -> None:
    """These telephones ring, and nobody comes."""
    assert world.line is not None
    for number in numbers_:
        world.line.phones[number] = FakePhone(answers_after=-1)


async def test_its_time_rings_both_and_the_talk_is_the_reserved_one(world: Promised) -> None:
    booked = await world.booked()
    assert (booked.rate, booked.line_fee, booked.points) == (120, 20, 3600)
    async with world.gateway_runs():
        assert await world.ring() == 1
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
        row = await world.row()
        world.talk = row.talk_id
        reading = await world.reading()
        assert (reading.reserved, reading.prepaid, reading.charged_minutes) == (True, 3600, 0)
        assert await world.ring() == 0
        world.leg(CALLER).hangs_up()
        assert await world.tried(booked, 1) == ["talked"]
    assert "begin" in world.heard(CALLER)
    assert not {"begin_paid", "begin_free", "ended_free"} & set(world.heard(CALLER))
    assert "answer_reserved" in world.heard(CAST)
    assert await world.points() == POINTS - 3600
    assert await world.money() == []


async def test_a_talk_of_its_length_pays_the_cast_without_the_lines_part(world: Promised) -> None:
    booked = await world.booked(minutes=10)
    async with world.gateway_runs():
        await world.ring()
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
        world.leg(CAST).hangs_up()
        await world.tried(booked, 1)
    async with world.books.owner.transaction() as tx:
        talked = sa.text("UPDATE talks SET connected_ms = 590000 WHERE reservation_id = :id")
        await tx.execute(talked, {"id": booked.id})
    await world.books.pass_until(booked.ends_at, 1)
    done = await world.judged(booked)
    assert (done.state, done.returned) == ("done", 0)
    share = 100 - world.settings.fee_percent
    assert await world.books.earned() == 10 * share
    assert await world.books.broken() == []


@pytest.mark.parametrize(
    ("away", "state", "back", "earns"),
    [
        ((CAST,), "cast_missed", 3600, False),
        ((CALLER,), "caller_missed", 0, True),
        ((CALLER, CAST), "cast_missed", 3600, False),
    ],
)
async def test_who_did_not_answer_twice_has_missed_it(
    world: Promised, away: tuple[str, ...], state: str, back: int, earns: bool
) -> None:
    nobody(world, *away)
    booked = await world.booked()
    async with world.gateway_runs():
        ends = await world.twice(booked)
        await world.books.pass_time(90)
        assert await world.ring() == 0
    assert all(end.endswith("_no_answer") for end in ends)
    judged = await world.judged(booked)
    assert (judged.state, judged.returned) == (state, back)
    assert await world.points() == POINTS - 3600 + back
    assert bool(await world.books.earned()) is earns
    assert await world.books.broken() == []


async def test_an_answering_machine_is_nobody(world: Promised) -> None:
    assert world.line is not None
    world.line.phones[CALLER] = FakePhone(answers_after=1)
    booked = await world.booked()
    async with world.gateway_runs():
        assert await world.twice(booked) == ["caller_unconfirmed"] * 2
    assert (await world.judged(booked)).state == "caller_missed"


@pytest.mark.parametrize("carried", [False, True])
@pytest.mark.parametrize(
    ("by", "state", "back"), [("caller", "caller_missed", 0), ("cast", "cast_missed", 3600)]
)
async def test_who_calls_off_the_ringing_has_missed_it_and_not_the_other(
    world: Promised, by: str, state: str, back: int, carried: bool
) -> None:
    nobody(world, CALLER, CAST)
    who = world.caller if by == "caller" else world.cast
    booked = await world.booked()

    async def call_off(times: int) -> None:
        assert await world.ring() == 1
        await world.calls_of(booked)
        if carried:
            await world.wait_for(lambda: world.is_state("ringing"))
        await world.do(leaving.ask_to_stop, world.settings, world.call, who)
        assert await world.tried(booked, times) == ["called_off"] * times
        await world.books.pass_time(world.settings.telephone_again_seconds + 1)

    async with world.gateway_runs() if carried else contextlib.AsyncExitStack():
        await call_off(1)
        await call_off(2)
    judged = await world.judged(booked)
    assert (judged.state, judged.returned) == (state, back)
    assert bool(await world.books.earned()) is (by == "caller")
    assert await world.books.broken() == []


async def test_who_answers_the_second_time_talks(world: Promised) -> None:
    nobody(world, CAST)
    booked = await world.booked()
    async with world.gateway_runs():
        await world.ring()
        await world.tried(booked, 1)
        assert world.heard(CALLER)[-1] == "reserved_failed"
        assert await world.ring() == 0
        assert world.line is not None
        world.line.phones[CAST] = FakePhone(answers_after=1, keys=("1",))
        await world.books.pass_time(world.settings.telephone_again_seconds + 1)
        await world.ring()
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
    assert (await world.books.read(booked)).state == "running"


async def test_both_were_there_but_apart_is_for_people_to_decide(world: Promised) -> None:
    nobody(world, CAST)
    booked = await world.booked()
    async with world.gateway_runs():
        await world.ring()
        await world.tried(booked, 1)
        assert world.line is not None
        nobody(world, CALLER)
        world.line.phones[CAST] = FakePhone(answers_after=1, keys=("1",))
        await world.books.pass_time(world.settings.telephone_again_seconds + 1)
        await world.ring()
        await world.tried(booked, 2)
    assert (await world.judged(booked)).state == "apart"


async def test_a_line_that_is_away_has_nobody_miss_it_and_all_goes_back(world: Promised) -> None:
    booked = await world.booked()
    await world.beat_gateway("unavailable")
    for _ in range(12):
        await world.ring()
        await world.books.pass_time(30)
    assert await world.calls_of(booked) == []
    judged = await world.judged(booked)
    assert (judged.state, judged.returned) == ("line_failed", 3600)
    assert await world.points() == POINTS
    assert await world.books.broken() == []
    assert "line_failed" in await world.books.told(world.caller)
    assert "line_failed_cast" in await world.books.told(world.cast)


async def test_a_try_that_the_line_failed_is_none_and_is_made_again(world: Promised) -> None:
    assert world.line is not None
    world.line.phones[CAST] = FakePhone(refuses=End.LINE_FAILED)
    booked = await world.booked()
    async with world.gateway_runs():
        await world.ring()
        assert await world.tried(booked, 1) == ["line_failed"]
        world.line.phones[CAST] = FakePhone(answers_after=1, keys=("1",))
        await world.books.pass_time(20)
        await world.ring()
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))


async def test_no_process_takes_the_call_and_it_is_made_again(world: Promised) -> None:
    booked = await world.booked()
    await world.ring()
    await world.calls_of(booked)
    await world.shift_call(30)
    assert await world.heal() == [world.call]
    assert await world.calls_of(booked) == ["line_failed"]
    await world.beat_gateway()
    await world.books.pass_time(20)
    assert await world.ring() == 1


async def test_a_talk_that_the_line_cut_is_rung_anew_and_what_is_lost_goes_back(
    world: Promised,
) -> None:
    booked = await world.booked()
    async with world.gateway_runs():
        await world.ring()
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
        world.leg(CAST).over(End.LINE_FAILED)
        assert await world.tried(booked, 1) == ["talked"]
        await world.books.pass_time(20)
        assert await world.ring() == 1
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
        world.leg(CAST).over(End.LINE_FAILED)
        await world.tried(booked, 2)
    await world.beat_gateway("unavailable")
    async with world.books.owner.transaction() as tx:
        talked = sa.text(
            "UPDATE talks SET connected_ms = 605000 WHERE id = (SELECT max(id) FROM talks"
            " WHERE reservation_id = :id)"
        )
        await tx.execute(talked, {"id": booked.id})
    await world.books.pass_until(booked.ends_at, 1)
    done = await world.judged(booked)
    assert (done.state, done.returned) == ("done", 3600 - 11 * 120)
    assert await world.books.broken() == []


async def test_broken_off_one_of_the_two_may_have_both_be_rung_anew(world: Promised) -> None:
    booked = await world.booked()
    with pytest.raises(UserError, match="not_rung_again"):
        await world.do(promised.again, world.settings, booked.id, world.caller)
    async with world.gateway_runs():
        await world.ring()
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
        with pytest.raises(UserError, match="not_rung_again"):
            await world.do(promised.again, world.settings, booked.id, world.cast)
        world.leg(CALLER).hangs_up()
        await world.tried(booked, 1)
        assert await world.ring() == 0
        await world.do(promised.again, world.settings, booked.id, world.caller)
        assert await world.ring() == 1
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))


async def test_cancelled_before_nobody_is_rung(world: Promised) -> None:
    booked = await world.books.confirm(await world.books.keep(medium="telephone"))
    world.reservation = booked.id
    await world.books.cancel(booked)
    await world.books.until_start(booked, seconds=1)
    assert await world.ring() == 0
    assert await world.points() == POINTS


async def test_two_tickers_at_once_ring_once(world: Promised) -> None:
    booked = await world.booked()
    found = await asyncio.gather(*(world.do(promised.ring_due, world.settings) for _ in range(4)))
    assert sum(booked.id in one for one in found) >= 1
    assert await world.calls_of(booked) == [""]


async def test_who_is_in_another_talk_all_the_time_has_missed_it(world: Promised) -> None:
    booked = await world.booked()
    another = await world.books.another()
    room = await world.do(new_room, another)
    await world.do(presence.open_standby, another, room)
    await world.do(entry.enter, world.settings, room, world.caller)
    for _ in range(12):
        await world.ring()
        await world.books.pass_time(30)
    assert await world.calls_of(booked) == []
    assert (await world.judged(booked)).state == "caller_missed"


async def test_who_is_in_another_talk_until_late_and_then_does_not_answer_has_missed_it(
    world: Promised,
) -> None:
    nobody(world, CALLER)
    booked = await world.booked()
    another = await world.books.another()
    room = await world.do(new_room, another)
    await world.do(presence.open_standby, another, room)
    talk = await world.do(entry.enter, world.settings, room, world.caller)
    await world.ring()
    await world.books.pass_time(280)
    await world.ring()
    await world.do(ending.end, world.settings, talk.talk_id, "caller_left")
    await world.books.pass_time(4)
    async with world.gateway_runs():
        await world.twice(booked)
    judged = await world.judged(booked)
    assert (judged.state, judged.returned) == ("caller_missed", 0)
    assert await world.books.broken() == []


async def test_who_hangs_up_elsewhere_as_the_time_runs_out_is_still_rung(world: Promised) -> None:
    booked = await world.booked()
    another = await world.books.another()
    room = await world.do(new_room, another)
    await world.do(presence.open_standby, another, room)
    talk = await world.do(entry.enter, world.settings, room, world.caller)
    await world.ring()
    await world.books.pass_time(295)
    await world.ring()
    await world.do(ending.end, world.settings, talk.talk_id, "caller_left")
    await world.books.pass_time(6)
    async with world.gateway_runs():
        assert await world.ring() == 1
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))


async def test_rung_for_it_nobody_else_takes_the_cast_and_the_stand_by_stays(
    world: Promised,
) -> None:
    booked = await world.booked()
    await world.ring()
    await world.calls_of(booked)
    assert await world.standby() is not None
    assert await world.state() == "busy"
    with pytest.raises(UserError, match="reserved_by_telephone"):
        await world.do(reserved_talks.enter, world.settings, booked.id, world.caller)


async def test_a_number_that_was_removed_is_not_rung_and_misses_it(world: Promised) -> None:
    booked = await world.booked()
    world.numbers.pop("caller")
    async with world.gateway_runs():
        assert await world.twice(booked) == ["caller_unreachable"] * 2
    assert world.line is not None
    assert CALLER not in world.line.dialled
    assert (await world.judged(booked)).state == "caller_missed"


async def test_without_numbers_nobody_books_a_call(world: Promised) -> None:
    async with world.database.transaction() as tx:
        await numbers.erase(tx, world.caller)
    kept = await world.books.keep(medium="telephone")
    with pytest.raises(UserError, match="telephone_needed"):
        await world.books.confirm(kept)
    async with world.database.transaction() as tx:
        await numbers.erase(tx, world.cast)
    with pytest.raises(UserError, match="room_without_telephone"):
        await world.books.keep(medium="telephone")


async def test_a_gateway_that_dies_in_the_talk_has_both_be_rung_anew(world: Promised) -> None:
    booked = await world.booked()
    async with world.gateway_runs():
        await world.ring()
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))
    assert await world.tried(booked, 1) == ["talked"]
    await world.books.pass_time(20)
    async with world.gateway_runs():
        assert await world.ring() == 1
        await world.calls_of(booked)
        await world.wait_for(lambda: world.is_state("joined"))


async def test_nobody_carries_the_talk_any_more_and_it_is_rung_anew(world: Promised) -> None:
    booked = await world.booked()
    await world.ring()
    await world.calls_of(booked)
    await world.do(progress.take_up, world.call, world.gateway)
    for side in ("caller", "cast"):
        await world.do(progress.note_leg, world.call, side, "answered")
    await world.do(joining.join, world.settings, world.call)
    await world.shift_call(60)
    assert await world.heal() == [world.call]
    await world.books.pass_time(20)
    await world.beat_gateway()
    assert await world.ring() == 1


async def test_blocked_while_both_are_rung_nobody_is_joined(world: Promised) -> None:
    booked = await world.booked()
    await world.ring()
    await world.calls_of(booked)
    await world.do(progress.take_up, world.call, world.gateway)
    await world.do(blocking.block, world.settings, world.cast, world.caller, POINTS)
    with pytest.raises(UserError, match="call_over"):
        await world.do(joining.join, world.settings, world.call)
    await world.do(leaving.end, world.settings, world.call, "called_off")
    await world.books.pass_time(120)
    assert await world.ring() == 0
    assert (await world.books.read(booked)).state == "stopped"
    assert await world.points() == POINTS


async def test_the_waiting_list_calls_nobody_while_the_cast_is_rung(world: Promised) -> None:
    await world.booked()
    await world.ring()
    waiting = await world.books.another()
    async with world.database.transaction() as tx:
        turn = {"room_id": world.room, "user_id": waiting}
        await tx.execute(sa.insert(waiting_turns).values(turn))
    called = await world.do(turns.call_next, world.settings)
    assert [one for one in called if one.user_id == waiting and one.state == "called"] == []
