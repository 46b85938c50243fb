"""A talk on the tab: entered within the limit, ended at it, billed by the clock."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit, ledger, limits, tab
from points.payments.bills import arrivals
from points.payments.bills.arrivals import MoneyIn
from points.tab import bills
from rooms.care import claims, decisions, withdrawal
from rooms.ground.tables import rooms, talks, waiting_turns
from rooms.lobby import means
from rooms.talk import billing, entry
from rooms.talk.past import history
from tests.points.tab.scene import payment
from tests.world import HASH, World, new_room, new_user


async def on_tab(database: Database, settings: Settings, *, rate: int = 100, **site: Any) -> World:
    """A caller without points before a room that takes the tab."""
    allowed = settings.model_copy(update={"tab": True, "tab_asks": "nothing", **site})
    world = await World.of(database, allowed, points=0, rate=rate)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(takes_tab=True).where(rooms.c.id == world.room))
    return world


async def enter(world: World, pays: Any = "tab") -> int:
    async with world.database.transaction() as tx:
        made = await entry.enter(tx, world.settings, world.room, world.caller, pays=pays)
    world.talk = made.talk_id
    await world.join("caller")
    await world.join("cast")
    return world.talk


async def do(world: World, verb: Any, *args: Any, **kwargs: Any) -> Any:
    async with world.database.transaction() as tx:
        return await verb(tx, *args, **kwargs)


async def state(world: World) -> tab.TabState:
    found: tab.TabState = await do(world, tab.state_of, world.settings, world.caller)
    return found


@pytest.mark.parametrize(("limit", "enters"), [(500, True), (499, False)])
async def test_entry_needs_five_minutes_of_the_limit(
    database: Database, settings: Settings, limit: int, enters: bool
) -> None:
    world = await on_tab(database, settings, tab_limit=limit)
    if enters:
        assert await enter(world)
        return
    with pytest.raises(UserError, match="tab_short"):
        await enter(world)


async def test_a_room_that_wants_points_takes_no_tab(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(takes_tab=False).where(rooms.c.id == world.room))
    with pytest.raises(UserError, match="tab_not_taken"):
        await enter(world)


async def test_who_chose_points_enters_by_points_alone(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    with pytest.raises(UserError, match="points_short"):
        await enter(world, "points")


async def test_who_can_pay_by_the_tab_may_wait_and_apply(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    pay = means.must_pay_entry
    assert await do(world, pay, world.settings, world.caller, 100, takes_tab=True) is None
    with pytest.raises(UserError, match="points_short"):
        await do(world, pay, world.settings, world.caller, 100, takes_tab=False)


async def test_at_the_limit_the_talk_ends_at_the_paid_time_and_is_billed(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings, tab_limit=500)
    await enter(world)
    await world.beat()
    # Announced before it comes, to both, and to the caller as the end of their limit.
    await world.talk_for(60 + 4 * 60 + 10)
    near = await world.reading()
    assert near.state == "talking"
    assert near.for_side("caller")["ends_by"] == "points"
    ends = {near.for_side(side)["ends_ms"] for side in ("caller", "cast")}
    assert ends == {360_000}
    await world.talk_for(110)
    reading = await world.reading()
    assert (reading.state, reading.end_reason) == ("ended", "points_exhausted")
    assert (reading.charged_minutes, reading.connected_ms) == (5, 360_000)
    assert reading.for_side("caller")["pays"] == "tab"
    assert reading.for_side("cast")["pays"] is None
    assert await do(world, billing.bill_ended, world.settings) == [world.talk]
    (bill,) = await do(world, bills.bills_of, world.caller)
    assert (bill.yen, bill.owed) == (500, 500)
    assert (await state(world)).left == 0
    # The cast has all of their share, whoever pays when.
    share = sa.text("SELECT sum(share) FROM charges WHERE talk_id = :talk")
    earned = await do(world, lambda tx: tx.scalar(share, {"talk": world.talk}))
    assert earned == 5 * 100 * (100 - settings.fee_percent) // 100


async def test_the_account_says_what_is_left_of_the_limit_and_only_to_the_caller(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    await enter(world)
    await world.beat()
    await world.talk_for(130)
    await do(world, history.leave, world.settings, world.talk, world.caller)
    mine = await do(world, history.account, world.talk, world.caller)
    theirs = await do(world, history.account, world.talk, world.cast)
    assert (mine.pays, mine.cost, mine.points_left) == ("tab", 200, 7800)
    assert theirs.pays is None


async def test_ones_own_limit_of_a_day_counts_the_tab(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    await do(world, limits.set_limits, world.caller, day_points=300, month_points=None)
    await enter(world)
    await world.beat()
    await world.talk_for(60 + 6 * 60)
    reading = await world.reading()
    assert (reading.end_reason, reading.charged_minutes) == ("spend_cap", 3)
    used = await do(world, limits.limits_of, world.caller)
    assert (used.spent_today, used.spendable) == (300, 0)


async def test_a_granted_claim_lowers_the_bill_and_gives_no_points(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    await enter(world)
    await world.beat()
    await world.talk_for(60 + 130)
    await do(world, history.leave, world.settings, world.talk, world.caller)
    await do(world, billing.bill_ended, world.settings)
    made = await do(
        world, claims.file_claim, world.settings, world.talk, world.caller, "other", "x"
    )
    staff = await do(world, new_user)
    now = "the cast was asked by mail"
    await do(world, decisions.return_points, world.settings, made, staff, 200, "heard", now)
    (bill,) = await do(world, bills.bills_of, world.caller)
    assert (bill.yen, bill.owed) == (100, 100)
    assert (await state(world)).left == 7900
    assert await do(world, ledger.spendable, world.caller) == 0
    told = sa.text("SELECT title FROM notices WHERE user_id = :user AND kind = 'claim'")
    titles = (await do(world, lambda tx: tx.scalars(told, {"user": world.caller}))).all()
    assert titles == ["ご利用料金から差し引きました（¥200）"]


async def test_a_talk_that_is_billed_is_left_alone_by_the_next_tick(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    await enter(world)
    await world.beat()
    await world.talk_for(130)
    await do(world, history.leave, world.settings, world.talk, world.caller)
    assert await do(world, billing.bill_ended, world.settings) == [world.talk]
    assert await do(world, billing.bill_ended, world.settings) == []
    query = sa.select(talks.c.to_bill).where(talks.c.id == world.talk)
    assert await do(world, lambda tx: tx.scalar(query)) is False


async def used(world: World, minutes: int) -> None:
    """A talk of so many charged minutes, over and billed."""
    await enter(world)
    await world.beat()
    await world.talk_for(60 * minutes + 10)
    await do(world, history.leave, world.settings, world.talk, world.caller)
    await do(world, billing.bill_ended, world.settings)


async def broken(world: World) -> list[str]:
    return [proof.name for proof in await do(world, audit.prove) if proof.broken]


async def test_who_goes_leaves_too_little_to_be_collected_behind(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings, rate=20)
    await used(world, 2)
    assert (await state(world)).waiting == 40
    await do(world, withdrawal.withdraw, world.settings, world.caller, HASH)
    (bill,) = await do(world, bills.bills_of, world.caller)
    assert (bill.state, bill.written_off) == ("written_off", 40)
    assert (await state(world)).limit == 0
    assert await broken(world) == []


async def test_who_owes_pays_before_they_go_and_what_is_over_is_told_to_staff(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    await used(world, 3)
    with pytest.raises(UserError, match="bills_open"):
        await do(world, withdrawal.withdraw, world.settings, world.caller, HASH)
    await do(world, bills.settle, world.caller, payment(500, "pi_goes"))
    await do(world, withdrawal.withdraw, world.settings, world.caller, HASH)
    told = sa.text("SELECT details FROM alarms WHERE kind = 'tab_over'")
    assert await do(world, lambda tx: tx.scalar(told)) == {"yen": 200}
    assert await broken(world) == []


async def test_what_arrives_after_they_went_is_told_to_staff(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    await used(world, 3)
    await do(world, bills.settle, world.caller, payment(300, "pi_pays"))
    await do(world, withdrawal.withdraw, world.settings, world.caller, HASH)
    late = MoneyIn("demo", "pi_late", 200, "transfer", datetime(2026, 11, 1, tzinfo=UTC))
    assert await do(world, arrivals.settle, world.caller, late, None)
    told = sa.text("SELECT details FROM alarms WHERE kind = 'tab_over'")
    assert await do(world, lambda tx: tx.scalar(told)) == {"yen": 200}
    assert await broken(world) == []


async def test_who_waits_elsewhere_enters_on_the_tab_in_the_order_of_locks(
    database: Database, settings: Settings
) -> None:
    world = await on_tab(database, settings)
    async with database.transaction() as tx:
        other = await new_room(tx, await new_user(tx, "もみじ"), 100)
        turn = {"room_id": other, "user_id": world.caller}
        await tx.execute(sa.insert(waiting_turns).values(turn))
    assert await enter(world)
    count = sa.select(sa.func.count()).select_from(waiting_turns)
    assert await do(world, lambda tx: tx.scalar(count)) == 0
