"""Applications by telephone on a fake line: the cast says yes, and both are rung at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.telephones import numbers
from points import limits
from rooms.applying import answering, applying, ringing
from rooms.calling import applied, leaving, standing
from rooms.ground.tables import rooms
from rooms.lobby import presence
from rooms.lobby.talk_applications import TalkApplication
from rooms.talk import entry
from telephone.port import End
from tests.faults.databases import fresh_database
from tests.telephone.fake_line import FakePhone
from tests.telephone.promised import Promised
from tests.telephone.scene import CALLER, CAST, QUICK
from tests.world import new_room

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Promised:
    """Nobody stands by; the room takes applications."""
    made = await Promised.of_two(database, owner_database, settings)
    await made.do(standing.stop, made.cast)
    async with database.transaction() as tx:
        taking = sa.update(rooms).where(rooms.c.id == made.room)
        await tx.execute(taking.values(by_application=True))
    return made


async def apply(world: Promised, **more: Any) -> TalkApplication:
    told = {"medium": "telephone", "seen_rate": 120} | more
    made, _ = await world.do(
        applying.apply, world.settings, world.room, world.caller, 30, "ねこの話", **told
    )
    return made  # type: ignore[no-any-return]


async def accept(world: Promised, one: TalkApplication) -> int:
    world.call, _ = await world.do(applied.accept, world.settings, one.id, world.cast)
    return world.call


async def state_of(world: Promised, one: TalkApplication) -> str:
    async with world.database.transaction() as tx:
        found = await tx.scalar(
            sa.text("SELECT state FROM talk_applications WHERE id = :id"), {"id": one.id}
        )
    return str(found)


async def over(world: Promised) -> str:
    await world.wait_for(lambda: world.is_state("ended"))
    return str((await world.row()).why)


async def test_said_yes_to_both_are_rung_at_once_and_talk_at_the_told_price(
    world: Promised,
) -> None:
    one = await apply(world)
    before = await world.points()
    async with world.gateway_runs():
        await accept(world, one)
        assert await state_of(world, one) == "rung"
        assert await world.state() == "busy"
        await world.wait_for(lambda: world.is_state("joined"))
        world.talk = (await world.row()).talk_id
        assert await state_of(world, one) == "entered"
        await world.wait_for(lambda: world.is_charged(2))
        world.leg(CALLER).hangs_up()
        assert await over(world) == "talked"
    reading = await world.reading()
    assert await world.points() == before - reading.charged_minutes * 120
    assert await world.books.broken() == []


@pytest.mark.parametrize(
    ("number", "refuses", "state"),
    [
        (CALLER, End.BUSY, "lapsed"),
        (CALLER, None, "lapsed"),
        (CAST, End.DECLINED, "open"),
        (CAST, None, "open"),
        (CAST, End.LINE_FAILED, "open"),
        (CALLER, End.LINE_FAILED, "open"),
    ],
)
async def test_what_is_not_answered_ends_it_for_the_caller_and_not_for_the_cast(
    world: Promised, number: str, refuses: End | None, state: str
) -> None:
    assert world.line is not None
    answers = -1.0 if refuses is None else 1.0
    world.line.phones[number] = FakePhone(answers_after=answers, refuses=refuses)
    one = await apply(world)
    async with world.gateway_runs():
        await accept(world, one)
        await over(world)
    assert await state_of(world, one) == state
    assert await world.money() == []
    assert await world.state() == "closed"
    if state == "open":
        world.line.phones[number] = FakePhone(answers_after=1, keys=("1",))
        async with world.gateway_runs():
            await accept(world, one)
            await world.wait_for(lambda: world.is_state("joined"))


@pytest.mark.parametrize(("by", "state"), [("caller", "withdrawn"), ("cast", "open")])
async def test_called_off_on_the_calls_page(world: Promised, by: str, state: str) -> None:
    assert world.line is not None
    world.patience = replace(QUICK, ring=30, key=30)
    world.line.phones[CAST] = FakePhone(answers_after=-1)
    one = await apply(world)
    async with world.gateway_runs():
        await accept(world, one)
        await world.wait_for(lambda: world.is_state("guided"))
        who = world.caller if by == "caller" else world.cast
        await world.do(leaving.ask_to_stop, world.settings, world.call, who)
        assert await over(world) == "called_off"
    assert await state_of(world, one) == state


async def test_nobody_is_rung_by_telephone_who_applied_to_talk_in_the_browser(
    world: Promised,
) -> None:
    one = await apply(world, medium="browser", seen_rate=100)
    with pytest.raises(UserError, match="application_unknown"):
        await accept(world, one)
    assert await state_of(world, one) == "open"


async def test_nor_in_the_browser_who_applied_for_a_call(world: Promised) -> None:
    one = await apply(world)
    with pytest.raises(UserError, match="application_unknown"):
        await world.do(answering.accept, world.settings, one.id, world.cast)
    assert await state_of(world, one) == "open"


async def test_nobody_has_a_caller_be_rung_again_and_again(world: Promised) -> None:
    assert world.line is not None
    one = await apply(world)
    async with world.gateway_runs():
        # What the line fails is nobody's try.
        world.line.phones[CAST] = FakePhone(refuses=End.LINE_FAILED)
        await accept(world, one)
        await over(world)
        world.line.phones[CAST] = FakePhone(refuses=End.DECLINED)
        for _ in range(3):
            await accept(world, one)
            await over(world)
    with pytest.raises(UserError, match="application_rung_often"):
        await accept(world, one)
    assert await state_of(world, one) == "open"


async def test_a_days_budget_holds_for_applications_too(world: Promised) -> None:
    one = await apply(world)
    world.settings = world.settings.model_copy(update={"telephone_yen_a_day": 0})
    with pytest.raises(UserError, match="telephone_away"):
        await accept(world, one)


@pytest.mark.parametrize(("by", "state"), [("caller", "withdrawn"), ("cast", "open")])
async def test_called_off_before_any_process_rings(world: Promised, by: str, state: str) -> None:
    one = await apply(world)
    await accept(world, one)
    who = world.caller if by == "caller" else world.cast
    await world.do(leaving.ask_to_stop, world.settings, world.call, who)
    assert await over(world) == "called_off"
    assert await state_of(world, one) == state


@pytest.mark.parametrize("how", ["withdrawn", "declined", "let_go"])
async def test_taken_back_while_both_are_rung_hangs_up_and_joins_nobody(
    world: Promised, how: str
) -> None:
    assert world.line is not None
    world.patience = replace(QUICK, ring=30, key=30)
    world.line.phones[CAST] = FakePhone(answers_after=-1)
    one = await apply(world)
    async with world.gateway_runs():
        await accept(world, one)
        await world.wait_for(lambda: world.is_state("guided"))
        if how == "withdrawn":
            await world.do(applying.withdraw, world.settings, one.id, world.caller)
        elif how == "declined":
            await world.do(answering.decline, world.settings, one.id, world.cast)
        else:
            await world.do(answering.let_go, world.settings, one.id, world.cast)
        assert await over(world) == "called_off"
        await world.wait_for(lambda: nobody_on_the_line(world))
    assert await state_of(world, one) == ("open" if how == "let_go" else how)


async def nobody_on_the_line(world: Promised) -> bool:
    assert world.line is not None
    return not world.line.legs


async def test_taken_back_and_joined_at_once_one_of_the_two_counts(world: Promised) -> None:
    one = await apply(world)
    async with world.gateway_runs():
        await accept(world, one)
        found = await asyncio.gather(
            world.do(applying.withdraw, world.settings, one.id, world.caller),
            world.wait_for(lambda: settled(world)),
            return_exceptions=True,
        )
        joined = (await world.row()).talk_id is not None
        assert isinstance(found[0], UserError) is joined
    assert (await state_of(world, one) == "entered") is joined


async def settled(world: Promised) -> bool:
    await world.heal()
    return (await world.row()).state in ("joined", "ended")


async def test_pressed_twice_at_once_both_are_rung_once(world: Promised) -> None:
    one = await apply(world)
    found = await asyncio.gather(*(accept(world, one) for _ in range(3)))
    assert len(set(found)) == 1


async def test_who_is_in_another_talk_meanwhile_is_not_rung(world: Promised) -> None:
    one = await apply(world)
    another = await world.books.another()
    room = await world.do(new_room, another)
    await world.do(presence.open_standby, another, room)
    await world.do(entry.enter, world.settings, room, world.caller)
    with pytest.raises(UserError, match="caller_in_talk"):
        await accept(world, one)
    assert await state_of(world, one) == "open"


async def test_without_a_number_any_more_or_means_it_waits_on(world: Promised) -> None:
    one = await apply(world)
    async with world.database.transaction() as tx:
        await limits.set_limits(tx, world.caller, day_points=100, month_points=None)
    with pytest.raises(UserError, match="caller_cannot_pay"):
        await accept(world, one)
    async with world.database.transaction() as tx:
        await numbers.erase(tx, world.caller)
    with pytest.raises(UserError, match="caller_without_number"):
        await accept(world, one)
    assert await state_of(world, one) == "open"


async def test_a_line_that_is_away_is_told_and_it_waits_on(world: Promised) -> None:
    one = await apply(world)
    await world.beat_gateway("unavailable")
    with pytest.raises(UserError, match="telephone_away"):
        await accept(world, one)
    assert await state_of(world, one) == "open"


async def test_an_application_by_telephone_needs_both_numbers_and_the_whole_price(
    world: Promised,
) -> None:
    with pytest.raises(UserError, match="rate_changed"):
        await apply(world, seen_rate=100)
    async with world.database.transaction() as tx:
        await numbers.erase(tx, world.caller)
    with pytest.raises(UserError, match="telephone_needed"):
        await apply(world)
    async with world.database.transaction() as tx:
        await numbers.erase(tx, world.cast)
    with pytest.raises(UserError, match="room_without_telephone"):
        await apply(world)
    assert (await apply(world, medium="browser", seen_rate=100)).rate == 100


async def test_a_dead_gateway_leaves_it_waiting(world: Promised) -> None:
    one = await apply(world)
    await accept(world, one)
    await world.shift_call(60)
    assert await world.heal() == [world.call]
    assert await state_of(world, one) == "open"


async def test_who_waits_by_telephone_elsewhere_is_taken_by_nobody_and_waits_again(
    world: Promised,
) -> None:
    one = await apply(world)
    await world.stand_by()
    await accept(world, one)
    assert await world.state() == "busy"
    stranger = await world.books.another()
    with pytest.raises(UserError, match=r"room_busy|room_rung"):
        await world.ask(stranger)
    await world.calls_of_application(one.id)
    await world.do(leaving.end, world.settings, world.call, "cast_busy")
    assert await world.standby() is not None


async def test_run_out_before_the_cast_says_yes_nobody_is_rung(world: Promised) -> None:
    one = await apply(world)
    async with world.books.owner.transaction() as tx:
        past = sa.text(
            "UPDATE talk_applications SET made_at = made_at - interval '1 hour',"
            " wait_until = wait_until - interval '1 hour', due_at = due_at - interval '1 hour'"
            " WHERE id = :id"
        )
        await tx.execute(past, {"id": one.id})
    with pytest.raises(UserError, match="application_answered"):
        await accept(world, one)
    await world.do(ringing.turn, world.settings)
    assert await state_of(world, one) == "expired"
