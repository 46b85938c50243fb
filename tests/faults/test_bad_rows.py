"""One row that can't be worked on stops no other: each work over many rows, with one spoiled."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from notify.senders import leave_in_mailbox
from people.meeting import favourites
from people.sign_in import sessions
from points import reminders
from rooms.booking import (
    answering,
    asking,
    calling_off,
    going_on,
    no_shows,
    requests,
    reservations,
)
from rooms.booking import reminders as booking_reminders
from rooms.care import sanctioning
from rooms.lobby import online, presence, turns, waiting
from rooms.talk import ending, meter
from rooms.talk.past import history
from rooms.talk.proof import disagreements
from scheduler.errands import Tools
from tests.faults.scene import broken, minutes
from tests.faults.spoiling import faults, mend, spoil, told
from tests.rooms.booked import Booked
from tests.scheduler.lines import run_line
from tests.world import World, new_user


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


async def until_none(database: Database, verb: Callable[[Tx], Awaitable[int]]) -> None:
    """As the timetable does, but with an end."""
    for _ in range(20):
        async with database.transaction() as tx:
            if not await verb(tx):
                return
    raise AssertionError("it never ends")


async def once(database: Database, verb: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    async with database.transaction() as tx:
        return await verb(tx, *args)


async def state(world: World) -> str:
    query = sa.text("SELECT coalesce(end_reason, state) FROM talks WHERE id = :talk")
    async with world.database.transaction() as tx:
        return str(await tx.scalar(query, {"talk": world.talk}))


async def charged_talk(database: Database, settings: Settings) -> World:
    """A talk whose first minute is charged, and then cut short."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    return world


async def lost_talks(database: Database, settings: Settings) -> list[World]:
    """Two talks to which nobody came back."""
    worlds = [await charged_talk(database, settings) for _ in range(2)]
    for world in worlds:
        await world.wait(20)
        await once(database, meter.interrupt, settings)
        await world.wait(100)
    return worlds


async def test_a_lost_talk_whose_minute_cannot_be_returned_keeps_no_other(
    database: Database, owner_url: str, settings: Settings
) -> None:
    bad, good = await lost_talks(database, settings)
    spoil(owner_url, "INSERT", "charge_returns", f"NEW.talk_id = {bad.talk}")
    assert await once(database, ending.end_lost, settings) == [good.talk]
    assert (await state(bad), await state(good)) == ("interrupted", "connection_lost")
    assert await good.points() == 1000
    assert faults(owner_url) == [("end_lost", f"talk:{bad.talk}")]
    assert told(owner_url) == 1
    assert await once(database, ending.end_lost, settings) == []
    mend(owner_url, "charge_returns")
    assert await once(database, ending.end_lost, settings) == [bad.talk]
    assert (faults(owner_url), await bad.points()) == ([], 1000)
    assert await broken(database) == []


async def test_a_minute_that_cannot_be_charged_keeps_no_other(
    database: Database, owner_url: str, settings: Settings
) -> None:
    bad, good = [await World.of(database, settings) for _ in range(2)]
    spoil(owner_url, "INSERT", "charges", f"NEW.payer_wallet = {await wallet_of(bad)}")
    for world in (bad, good):
        await world.enter()
        await world.beat()
        await world.wait(61)
        await prove(world)
    assert await once(database, meter.charge, settings) == [good.talk]
    assert await once(database, meter.charge, settings) == []
    assert (await minutes(database, bad.talk), await minutes(database, good.talk)) == ([], [1])
    assert faults(owner_url) == [("charge", f"talk:{bad.talk}")]
    mend(owner_url, "charges")
    assert await once(database, meter.charge, settings) == [bad.talk]
    assert await broken(database) == []


async def wallet_of(world: World) -> int:
    query = sa.text("SELECT id FROM wallets WHERE user_id = :user AND kind = 'points'")
    async with world.database.transaction() as tx:
        return int(await tx.scalar(query, {"user": world.caller}) or 0)


async def prove(world: World) -> None:
    """Both sides report now; nothing is charged yet."""
    now = sa.text(
        "UPDATE talks SET caller_good_at = clock_timestamp(), cast_good_at = clock_timestamp(),"
        " caller_seen_at = clock_timestamp(), cast_seen_at = clock_timestamp() WHERE id = :talk"
    )
    await once(world.database, lambda tx: tx.execute(now, {"talk": world.talk}))


async def test_a_talk_that_cannot_end_keeps_no_other_whose_points_are_used_up(
    database: Database, owner_url: str, settings: Settings
) -> None:
    worlds = [await World.of(database, settings, points=500) for _ in range(2)]
    for world in worlds:
        await world.enter(cap=1)
        await world.beat()
        await world.talk_for(110)
        await world.wait(11)
        await prove(world)
    bad, good = worlds
    spoil(owner_url, "UPDATE", "talks", f"NEW.id = {bad.talk} AND NEW.state = 'ended'")
    assert await once(database, meter.end_spent, settings) == [good.talk]
    assert faults(owner_url) == [("end_spent", f"talk:{bad.talk}")]
    mend(owner_url, "talks")
    assert await once(database, meter.end_spent, settings) == [bad.talk]


async def test_a_talk_that_cannot_end_keeps_no_other_from_its_reserved_end(
    database: Database, owner_url: str, settings: Settings
) -> None:
    worlds = [await charged_talk(database, settings) for _ in range(2)]
    due = sa.text("UPDATE talks SET must_end_at = clock_timestamp() - interval '1 s'")
    await once(database, lambda tx: tx.execute(due))
    bad, good = worlds
    spoil(owner_url, "INSERT", "charge_returns", f"NEW.talk_id = {bad.talk}")
    assert await once(database, going_on.end_due, settings) == [good.talk]
    assert faults(owner_url) == [("end_reserved", f"talk:{bad.talk}")]
    mend(owner_url, "charge_returns")
    assert await once(database, going_on.end_due, settings) == [bad.talk]


async def test_a_talk_that_cannot_end_keeps_no_other_whose_sides_disagree(
    database: Database, owner_url: str, settings: Settings
) -> None:
    worlds = [await charged_talk(database, settings) for _ in range(2)]
    for world in worlds:
        await world.wait(20)
    await once(database, meter.interrupt, settings)
    disagreed = sa.text("UPDATE talks SET disagree_ms = 600000, stopped_by = 'disagree'")
    await once(database, lambda tx: tx.execute(disagreed))
    bad, good = worlds
    spoil(owner_url, "UPDATE", "talks", f"NEW.id = {bad.talk} AND NEW.state = 'ended'")
    assert await once(database, disagreements.end, settings) == [good.talk]
    assert (await state(bad), await state(good)) == ("interrupted", "reports_disagree")
    assert faults(owner_url) == [("end_disagreeing", f"talk:{bad.talk}")]
    mend(owner_url, "talks")
    assert await once(database, disagreements.end, settings) == [bad.talk]


async def two_booked(world: Booked) -> list[Any]:
    return [await world.book(2), await world.book(3, caller=await world.another())]


async def test_a_reservation_that_cannot_be_judged_keeps_no_other_unpaid(
    world: Booked, owner_url: str
) -> None:
    bad, good = await two_booked(world)
    await world.stand_by()
    await world.until_start(good, 3600)
    spoil(owner_url, "UPDATE", "reservations", f"NEW.id = {bad.id} AND NEW.judged_at IS NOT NULL")
    await until_none(world.database, lambda tx: no_shows.judge(tx, world.settings))
    assert (await world.read(bad)).state == "booked"
    assert (await world.read(good)).state != "booked"
    assert faults(owner_url) == [("judge", f"reservation:{bad.id}")]
    mend(owner_url, "reservations")
    await until_none(world.database, lambda tx: no_shows.judge(tx, world.settings))
    assert (await world.read(bad)).state != "booked"
    assert (faults(owner_url), await world.broken()) == ([], [])


async def test_points_that_cannot_go_back_keep_no_others(world: Booked, owner_url: str) -> None:
    bad, good = await two_booked(world)
    await world.until_start(good, 7200)
    await until_none(world.database, lambda tx: no_shows.judge(tx, world.settings))
    await world.pass_time(7200)
    spoil(owner_url, "UPDATE", "reservations", f"NEW.id = {bad.id} AND NEW.returned_at IS NOT NULL")
    await until_none(world.database, lambda tx: no_shows.give_back(tx, world.settings))
    assert (await world.read(bad)).returned_at is None
    assert (await world.read(good)).returned_at is not None
    assert faults(owner_url) == [("return_no_show", f"reservation:{bad.id}")]
    mend(owner_url, "reservations")
    await until_none(world.database, lambda tx: no_shows.give_back(tx, world.settings))
    assert (await world.read(bad)).returned_at is not None


async def test_a_time_called_off_that_cannot_be_settled_keeps_no_other(
    world: Booked, owner_url: str
) -> None:
    bad, good = await two_booked(world)
    await world.pass_time(601)
    for one in (bad, good):
        await world.do(calling_off.call_off, world.settings, one.id, one.caller_id)
    await world.pass_time(4 * 3600)
    spoil(owner_url, "UPDATE", "reservations", f"NEW.id = {bad.id} AND NEW.judged_at IS NOT NULL")
    await until_none(world.database, lambda tx: no_shows.judge_called_off(tx, world.settings))
    assert await world.earned() == 2400
    assert faults(owner_url) == [("judge_called_off", f"reservation:{bad.id}")]
    mend(owner_url, "reservations")
    await until_none(world.database, lambda tx: no_shows.judge_called_off(tx, world.settings))
    assert (faults(owner_url), await world.earned()) == ([], 4800)
    assert await world.broken() == []


async def test_a_reservation_that_cannot_be_paid_unclaimed_keeps_no_other(
    world: Booked, owner_url: str
) -> None:
    bad, good = await two_booked(world)
    await world.until_start(good, 7200)
    both_came = sa.text(
        "UPDATE reservations SET state = 'apart', judged_at = clock_timestamp(),"
        " decide_by = clock_timestamp() - interval '1 s'"
    )
    await once(world.owner, lambda tx: tx.execute(both_came))
    spoil(owner_url, "UPDATE", "reservations", f"NEW.id = {bad.id} AND NEW.decide_by IS NULL")
    await until_none(world.database, lambda tx: no_shows.pay_unclaimed(tx, world.settings))
    assert await world.earned() == 2400
    assert faults(owner_url) == [("pay_unclaimed", f"reservation:{bad.id}")]
    mend(owner_url, "reservations")
    await until_none(world.database, lambda tx: no_shows.pay_unclaimed(tx, world.settings))
    assert (faults(owner_url), await world.earned()) == ([], 4800)
    assert await world.broken() == []


async def test_a_request_that_cannot_lapse_keeps_no_other(
    database: Database, owner_database: Database, owner_url: str, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings, booking="request")
    asked = []
    for hours, caller in ((15, world.caller), (16, await world.another())):
        starts = [await world.start(hours)]
        asked.append(await world.do(asking.ask, settings, world.room, caller, starts, 30, ""))
    bad, good = asked
    await world.pass_time(17 * 3600)
    spoil(owner_url, "UPDATE", "reservation_requests", f"NEW.id = {bad.id}")
    await until_none(database, lambda tx: answering.lapse(tx, settings))
    assert (await world.do(requests.request, bad.id, world.caller)).state == "open"
    assert faults(owner_url) == [("lapse_request", f"request:{bad.id}")]
    mend(owner_url, "reservation_requests")
    await until_none(database, lambda tx: answering.lapse(tx, settings))
    query = sa.text("SELECT DISTINCT state FROM reservation_requests")
    assert list(await once(database, lambda tx: tx.scalars(query))) == ["lapsed"]
    assert good.state == "open"


@pytest.mark.parametrize(("what", "kind"), [("UPDATE", "lapse_keep"), ("DELETE", "forget_keep")])
async def test_a_kept_time_that_cannot_go_keeps_no_other(
    world: Booked, owner_url: str, what: str, kind: str
) -> None:
    bad = await world.keep(20)
    good = await world.keep(22, caller=await world.another())
    await world.pass_time(3600)
    if what == "DELETE":
        await until_none(world.database, reservations.lapse)
        await world.pass_time(25 * 3600)
    which = "OLD" if what == "DELETE" else "NEW"
    spoil(owner_url, what, "reservations", f"{which}.id = {bad.id}")
    await until_none(world.database, reservations.lapse)
    query = sa.text("SELECT id FROM reservations WHERE state = :state")
    left = await once(
        world.database,
        lambda tx: tx.scalars(query, {"state": "lapsed" if what == "DELETE" else "kept"}),
    )
    assert good.id not in list(left)
    assert faults(owner_url) == [(kind, f"reservation:{bad.id}")]
    mend(owner_url, "reservations")
    await until_none(world.database, reservations.lapse)
    assert faults(owner_url) == []


async def test_a_reminder_that_cannot_be_told_keeps_no_other(world: Booked, owner_url: str) -> None:
    bad, good = await two_booked(world)
    await world.until_start(good, -3000)
    spoil(owner_url, "UPDATE", "reservations", f"NEW.id = {bad.id} AND NEW.reminded > 0")
    await until_none(world.database, lambda tx: booking_reminders.remind(tx, world.settings))
    assert "reminder" in await kinds_told(world.database, good.caller_id)
    assert faults(owner_url) == [("remind_reservation", f"reservation:{bad.id}")]
    mend(owner_url, "reservations")
    await until_none(world.database, lambda tx: booking_reminders.remind(tx, world.settings))
    assert faults(owner_url) == []


async def kinds_told(database: Database, user: int) -> list[str]:
    query = sa.text("SELECT kind FROM notices WHERE user_id = :user ORDER BY id")
    async with database.transaction() as tx:
        return list(await tx.scalars(query, {"user": user}))


async def test_a_reminder_of_points_that_cannot_be_told_keeps_no_other(
    database: Database, owner_database: Database, owner_url: str
) -> None:
    async with database.transaction() as tx:
        bad, good = [await new_user(tx, points=100) for _ in range(2)]
    soon = sa.text("UPDATE lots SET expires_at = clock_timestamp() + interval '10 days'")
    await once(owner_database, lambda tx: tx.execute(soon))
    spoil(owner_url, "INSERT", "notices", f"NEW.user_id = {bad}")
    await until_none(database, lambda tx: reminders.remind(tx, None, 200))
    assert (await kinds_told(database, bad), await kinds_told(database, good)) == ([], ["expiry"])
    assert [kind for kind, _ in faults(owner_url)] == ["remind_expiry"]
    mend(owner_url, "notices")
    await until_none(database, lambda tx: reminders.remind(tx, None, 200))
    assert await kinds_told(database, bad) == ["expiry"]
    assert faults(owner_url) == []


async def test_a_session_that_cannot_be_swept_keeps_no_other(
    database: Database, owner_url: str, settings: Settings
) -> None:
    async with database.transaction() as tx:
        bad, good = [await new_user(tx) for _ in range(2)]
        for user in (bad, good):
            await sessions.open_for(tx, user, days=1)
        await tx.execute(
            sa.text(
                "UPDATE sessions SET created_at = created_at - interval '9 days',"
                " expires_at = expires_at - interval '9 days'"
            )
        )
    spoil(owner_url, "DELETE", "sessions", f"OLD.user_id = {bad}")
    await run_line("sweep_sessions", Tools(settings, database, leave_in_mailbox))
    left = await once(database, lambda tx: tx.scalars(sa.text("SELECT user_id FROM sessions")))
    assert list(left) == [bad]
    assert [kind for kind, _ in faults(owner_url)] == ["sweep_sessions"]
    mend(owner_url, "sessions")
    await run_line("sweep_sessions", Tools(settings, database, leave_in_mailbox))
    assert faults(owner_url) == []


async def test_a_follower_who_cannot_be_told_keeps_no_other(world: Booked, owner_url: str) -> None:
    bad, good = await world.another(), await world.another()
    for user in (bad, good):
        await world.do(favourites.add, user, world.cast)
        await world.do(favourites.set_tells, user, world.cast, True)
    await world.stand_by()
    spoil(owner_url, "INSERT", "notices", f"NEW.user_id = {bad}")
    assert await world.do(online.tell_followers, world.settings, world.cast, 100) == 2
    assert await kinds_told(world.database, good) == ["online"]
    assert faults(owner_url) == [("tell_online", f"user:{bad}")]


async def test_a_turn_that_cannot_be_told_calls_the_others(
    database: Database, owner_url: str, settings: Settings
) -> None:
    waiters = []
    for _ in range(2):
        world = await World.of(database, settings)
        await world.enter()
        waiter = await once(database, lambda tx: new_user(tx, points=5000))
        await once(database, waiting.join, settings, world.room, waiter)
        await once(database, history.leave, settings, world.talk, world.caller)
        await once(database, presence.open_standby, world.cast, world.room)
        waiters.append(waiter)
    spoil(owner_url, "INSERT", "notices", f"NEW.user_id = {waiters[0]}")
    called = await once(database, turns.call_next, settings)
    assert sorted(turn.user_id for turn in called) == sorted(waiters)
    assert await kinds_told(database, waiters[1]) == ["turn"]


async def test_staff_suspend_somebody_one_of_whose_reservations_cannot_be_ended(
    world: Booked, owner_url: str
) -> None:
    bad, good = await two_booked(world)
    staff = await world.another()
    promoted = sa.text("UPDATE users SET staff_role = 'administrator' WHERE id = :id")
    await once(world.database, lambda tx: tx.execute(promoted, {"id": staff}))
    spoil(owner_url, "UPDATE", "reservations", f"NEW.id = {bad.id} AND NEW.state = 'declined'")
    await world.do(
        sanctioning.suspend, world.settings, staff, world.cast, 3, reason="通報", words="迷惑"
    )
    assert (await world.read(bad)).state == "booked"
    assert (await world.read(good)).state == "declined"
    assert faults(owner_url) == [("stop_reservation", f"reservation:{bad.id}")]
    assert told(owner_url) == 1
    assert await world.broken() == []
