"""Two at once: whatever comes first, a cast is promised to one, and a caller applies once."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts import locking
from rooms.applying import answering, applying, ringing
from rooms.lobby import presence, turns, waiting
from rooms.talk import entry
from rooms.talk.past import history
from tests.rooms.applying.applied import Applied
from tests.world import new_room, new_user

ROUNDS = 6


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Applied:
    return await Applied.open(database, owner_database, settings)


async def code_of(doing: Awaitable[Any]) -> str:
    """What came of it: "" where it was done, else the code of the refusal."""
    try:
        await doing
    except UserError as error:
        return error.code
    return ""


async def test_two_presses_at_once_are_one_application(world: Applied) -> None:
    codes = await asyncio.gather(*(code_of(world.apply()) for _ in range(4)))
    assert sorted(codes) == ["", *["application_exists"] * 3]


async def test_two_rooms_at_once_are_one_application(world: Applied) -> None:
    async with world.database.transaction() as tx:
        rooms = [await new_room(tx, await new_user(tx, "あおい")) for _ in range(3)]
    codes = await asyncio.gather(*(code_of(world.apply(room)) for room in rooms))
    assert sorted(codes) == ["", *["application_elsewhere"] * 2]


async def test_two_devices_of_the_cast_promise_one(world: Applied) -> None:
    callers = [world.caller, await world.another(), await world.another()]
    made = [await world.apply(caller=one) for one in callers]
    await asyncio.gather(*(code_of(world.ring(one)) for one in made))
    states = [await world.state(one) for one in made]
    assert states.count("rung") <= 1
    assert states.count("rung") + states.count("accepted") + states.count("open") == len(made)
    assert states.count("rung") + states.count("accepted") == 1


async def test_a_stranger_who_enters_as_the_cast_rings_gets_in_before_or_not(
    world: Applied,
) -> None:
    for _ in range(ROUNDS):
        one, stranger = await world.apply(), await world.another()
        async with world.database.transaction() as tx:
            await presence.open_standby(tx, world.cast, world.room)
        await world.accept(one)
        rung, entered = await asyncio.gather(
            code_of(world.do(ringing.ring, one.id, world.cast)),
            code_of(world.do(entry.enter, world.room, stranger)),
        )
        assert (rung, entered) in {
            ("", "room_rung"),
            ("application_answered", ""),
            ("already_in_talk", ""),
        }
        await clear(world, one.id)


async def test_a_turn_that_is_called_as_the_cast_rings_is_called_before_or_after(
    world: Applied,
) -> None:
    for _ in range(ROUNDS):
        async with world.database.transaction() as tx:
            await presence.open_standby(tx, world.cast, world.room)
        first, second = await world.another(), await world.another()
        talk = await world.enter_room(first)
        one = await world.apply()
        await world.do(history.leave, talk, first)
        await world.accept(one)
        async with world.database.transaction() as tx:
            await tx.execute(
                sa.text("INSERT INTO waiting_turns (room_id, user_id) VALUES (:room, :user)"),
                {"room": world.room, "user": second},
            )
            await presence.open_standby(tx, world.cast, world.room)
        await asyncio.gather(
            code_of(world.do(ringing.ring, one.id, world.cast)),
            code_of(world.do(turns.call_next)),
            code_of(world.do(turns.call_next)),
        )
        async with world.database.transaction() as tx:
            called = await tx.scalar(
                sa.text("SELECT count(*) FROM waiting_turns WHERE called_at IS NOT NULL")
            )
        assert (await world.state(one) == "rung") + int(called or 0) <= 1
        await clear(world, one.id)


async def test_the_end_of_a_ring_and_an_entry_at_once(world: Applied) -> None:
    for _ in range(ROUNDS):
        one = await world.apply()
        await world.ring(one)
        async with world.owner.transaction() as tx:
            over = "UPDATE talk_applications SET due_at = clock_timestamp() WHERE state = 'rung'"
            await tx.execute(sa.text(over))
        entered, _ = await asyncio.gather(
            code_of(world.do(entry.enter, world.room, world.caller)), world.turn()
        )
        assert (entered, await world.state(one)) in {("", "entered"), ("room_closed", "lapsed")}
        await clear(world, one.id)


async def test_withdrawn_and_rung_at_once(world: Applied) -> None:
    for _ in range(ROUNDS):
        one = await world.apply()
        await world.accept(one)
        withdrawn, rung = await asyncio.gather(
            code_of(world.do(applying.withdraw, one.id, world.caller)),
            code_of(world.do(ringing.ring, one.id, world.cast)),
        )
        assert withdrawn == ""
        assert rung in ("", "application_answered")
        assert (await world.state(one), await world.stands_by_in()) == ("withdrawn", None)


async def test_declined_and_entered_at_once(world: Applied) -> None:
    for _ in range(ROUNDS):
        one = await world.apply()
        await world.ring(one)
        declined, entered = await asyncio.gather(
            code_of(world.do(answering.decline, one.id, world.cast)),
            code_of(world.do(entry.enter, world.room, world.caller)),
        )
        assert (declined, entered) in {("", "room_closed"), ("application_answered", "")}
        await clear(world, one.id)


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE talk_applications SET state = 'rung'",
        "UPDATE talk_applications SET state = 'entered', due_at = NULL, ended_at = now()",
        "UPDATE talk_applications SET state = 'declined'",
        "UPDATE talk_applications SET reply = 'いいえ'",
        "UPDATE talk_applications SET due_at = NULL",
    ],
)
async def test_the_database_refuses_what_must_never_be(world: Applied, broken: str) -> None:
    await world.apply()
    with pytest.raises(sa.exc.IntegrityError):
        async with world.database.transaction() as tx:
            await tx.execute(sa.text(broken))


async def test_the_database_refuses_two_promises_and_two_applications(world: Applied) -> None:
    one, two = await world.apply(), await world.apply(caller=await world.another())
    await world.accept(one)
    for broken in (
        "UPDATE talk_applications SET state = 'accepted', accepted_at = now() WHERE id = :id",
        (
            "INSERT INTO talk_applications (room_id, cast_id, caller_id, rate, minutes, wait_until,"
            " due_at) SELECT room_id, cast_id, caller_id, rate, minutes, wait_until, due_at"
            " FROM talk_applications WHERE id = :id"
        ),
    ):
        with pytest.raises(sa.exc.IntegrityError):
            async with world.database.transaction() as tx:
                await tx.execute(sa.text(broken), {"id": two.id})


async def clear(world: Applied, application_id: int) -> None:
    """As it was before: nobody talks, waits, stands by or applies."""
    async with world.database.transaction() as tx:
        live = await tx.execute(
            sa.text("SELECT id, caller_id FROM talks WHERE ended_at IS NULL ORDER BY id")
        )
        for talk, caller in live.all():
            await history.leave(tx, world.settings, talk, caller)
    async with world.database.transaction() as tx:
        for (user,) in (await tx.execute(sa.text("SELECT user_id FROM waiting_turns"))).all():
            await waiting.leave_all(tx, user)
    async with world.database.transaction() as tx:
        await locking.lock_people(tx, world.cast)
        await presence.close_standby(tx, world.cast)
    await code_of(world.do(applying.withdraw, application_id, world.caller))
