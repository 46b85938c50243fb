"""A reservation on the tab: refused beforehand above the limit, held, billed, freed."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import ledger, tab
from points.tab import bills
from rooms.booking import asking, reservations
from rooms.booking.views import Reservation
from rooms.care import withdrawal
from rooms.ground.tables import rooms, talks
from rooms.talk import billing
from rooms.talk.past import history
from tests.rooms.booked import Booked
from tests.world import HASH


async def on_tab(
    database: Database, owner: Database, settings: Settings, **changed: object
) -> Booked:
    """A caller without points before a room that takes reservations and the tab."""
    allowed = settings.model_copy(update={"tab": True, "tab_asks": "nothing"})
    world = await Booked.open(database, owner, allowed, points=0, **changed)  # type: ignore[arg-type]
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(takes_tab=True).where(rooms.c.id == world.room))
    return world


async def book(world: Booked, minutes: int = 30) -> Reservation:
    kept = await world.keep(minutes=minutes)
    return await world.do(reservations.confirm, world.settings, kept.id, world.caller, "", "tab")


async def state(world: Booked) -> tab.TabState:
    return await world.do(tab.state_of, world.settings, world.caller)


async def test_a_booking_above_the_limit_is_refused_beforehand_in_words(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await on_tab(database, owner_database, settings, rate=270)
    with pytest.raises(UserError, match="tab_short") as refused:
        await world.keep(minutes=30)
    assert refused.value.params == {"needed": "8,100", "left": "8,000"}


async def test_exactly_the_limit_may_be_booked_and_nothing_more(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await on_tab(database, owner_database, settings, rate=400)
    await book(world, minutes=20)
    found = await state(world)
    assert (found.left, found.held) == (0, 8000)
    with pytest.raises(UserError, match="tab_short"):
        await world.keep(hours=22, minutes=10)


async def test_what_is_cancelled_frees_the_limit_and_makes_no_bill(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await on_tab(database, owner_database, settings)
    booked = await book(world)
    assert booked.on_tab
    assert not (await world.read(booked, world.cast)).on_tab
    await world.cancel(booked)
    told = sa.text("SELECT user_id, text FROM notices ORDER BY id")
    for user, words in (await world.do(lambda tx: tx.execute(told))).all():
        assert ("ポイントは動きません" in words) == (user == world.caller)
    await world.do(billing.bill_settled, world.settings)
    assert (await state(world)).left == 8000
    assert await world.do(bills.bills_of, world.caller) == []
    assert await world.broken() == []


async def test_a_reserved_talk_is_billed_whole_and_going_on_is_billed_apart(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await on_tab(database, owner_database, settings)
    booked = await book(world, minutes=10)
    await world.until_start(booked, 1)
    await world.stand_by()
    talk = await world.come(booked)
    assert isinstance(talk, int)
    pays = sa.select(talks.c.pays).where(talks.c.id == talk)
    assert await world.do(lambda tx: tx.scalar(pays)) == "tab"
    await world.talk_on(60)
    await world.do(history.leave, world.settings, talk, world.caller)
    await world.pass_until(booked.ends_at, 3600)
    await world.sweep()
    await world.do(billing.bill_ended, world.settings)
    await world.do(billing.bill_settled, world.settings)
    (bill,) = await world.do(bills.bills_of, world.caller)
    assert (bill.yen, bill.owed) == (1000, 1000)
    (line,) = await world.do(bills.lines_of, [bill.id])
    assert (line.talk_id, line.reservation_id) == (None, booked.id)
    assert await world.earned() == booked.earning
    assert await world.broken() == []


async def test_a_request_holds_the_limit_until_it_is_withdrawn(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await on_tab(database, owner_database, settings, booking="request")
    starts = [await world.start()]
    made = await world.do(
        asking.ask, world.settings, world.room, world.caller, starts, 30, pays="tab"
    )
    assert (await state(world)).held == 3000
    await world.do(asking.withdraw, world.settings, made.id, world.caller)
    await world.do(billing.bill_settled, world.settings)
    assert (await state(world)).left == 8000


async def test_who_withdraws_settles_what_is_on_the_tab_first(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await on_tab(database, owner_database, settings)
    booked = await book(world)
    with pytest.raises(UserError, match="tab_reserved"):
        await world.do(withdrawal.withdraw, world.settings, world.caller, HASH)
    await world.until_start(booked, 1)
    await world.stand_by()
    await world.pass_until(booked.ends_at, 60)
    await world.sweep()
    with pytest.raises(UserError, match="bills_open"):
        await world.do(withdrawal.withdraw, world.settings, world.caller, HASH)
    assert await world.do(ledger.spendable, world.caller, "tab") == 8000 - booked.points
