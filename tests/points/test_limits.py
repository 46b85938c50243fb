"""A customer's own limits: lowered at once, raised a day later, and kept by every door."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import limits
from points.tables import spending_limits
from rooms.ground.tables import talks
from rooms.talk import caps
from tests.points.till import Till
from tests.world import World

LIMITS = st.none() | st.integers(0, 10_000)


@pytest.fixture
async def till(database: Database, owner_database: Database) -> Till:
    return await Till.open(database, owner_database)


async def choose(till: Till, day: int | None, month: int | None = None) -> limits.Limits:
    async with till.database.transaction() as tx:
        return await limits.set_limits(tx, till.caller, day_points=day, month_points=month)


async def a_day_later(till: Till) -> None:
    async with till.owner.transaction() as tx:
        await tx.execute(
            sa.update(spending_limits).values(
                next_from=spending_limits.c.next_from - sa.text("interval '24 hours'"),
                cool_off_until=spending_limits.c.cool_off_until - sa.text("interval '24 hours'"),
            )
        )


@given(LIMITS, LIMITS)
def test_nothing_that_holds_at_once_is_looser_than_before(
    before: int | None, wanted: int | None
) -> None:
    now = limits.lowered(before, wanted)
    assert now in (before, wanted)
    for limit in (before, wanted):
        assert limit is None or (now is not None and now <= limit)


async def test_lowering_holds_at_once_and_raising_a_day_later(till: Till) -> None:
    assert (await choose(till, 500)).day_points == 500
    assert (await choose(till, 300)).day_points == 300
    raised = await choose(till, 800)
    assert (raised.day_points, raised.next_day_points) == (300, 800)
    await a_day_later(till)
    held = await till.do(limits.limits_of, till.caller)
    assert (held.day_points, held.next_from) == (800, None)


async def test_taking_a_limit_away_is_raising_it(till: Till) -> None:
    await choose(till, 500, 1000)
    removed = await choose(till, None, 900)
    assert (removed.day_points, removed.month_points) == (500, 900)
    assert (removed.next_day_points, removed.next_month_points) == (None, 900)
    await a_day_later(till)
    held = await till.do(limits.limits_of, till.caller)
    assert (held.day_points, held.month_points) == (None, 900)


async def test_lowering_again_calls_a_raise_off(till: Till) -> None:
    await choose(till, 500)
    await choose(till, 5000)
    held = await choose(till, 400)
    assert (held.day_points, held.next_from) == (400, None)


@pytest.mark.parametrize("points", [-1, 1.5, 2**63, "1e9", "１００"])
async def test_what_is_no_limit_is_refused(till: Till, points: object) -> None:
    with pytest.raises(UserError, match="limit_out_of_bounds"):
        await till.do(limits.set_limits, till.caller, day_points=points, month_points=None)


async def test_no_more_is_bought_than_the_limit_leaves(till: Till) -> None:
    await choose(till, 1500)
    await till.do(limits.check_purchase, till.caller, 1000)
    await till.buy(1000)
    with pytest.raises(UserError, match="purchase_over_limit") as refused:
        await till.do(limits.check_purchase, till.caller, 501)
    assert refused.value.params["points"] == 500
    await till.do(limits.check_purchase, till.caller, 500)


async def test_nothing_is_bought_while_cooling_off(till: Till) -> None:
    await till.do(limits.cool_off, till.caller, 1)
    with pytest.raises(UserError, match="cooling_off"):
        await till.do(limits.check_purchase, till.caller, 1)
    await a_day_later(till)
    await till.do(limits.check_purchase, till.caller, 1)


async def test_a_cool_off_grows_and_never_shrinks(till: Till) -> None:
    longer = await till.do(limits.cool_off, till.caller, 30)
    assert await till.do(limits.cool_off, till.caller, 1) == longer
    for days in (0, -1, 1.5, 366):
        with pytest.raises(UserError, match="cool_off_out_of_bounds"):
            await till.do(limits.cool_off, till.caller, days)


async def test_a_talk_ends_at_the_limit_and_no_other_begins(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        await limits.set_limits(tx, world.caller, day_points=250, month_points=None)
    await world.enter()
    assert (await world.reading()).cap_minutes == 2
    async with database.transaction() as tx:
        await caps.set_cap(tx, world.talk, world.caller, None)
    assert (await world.reading()).cap_minutes == 2
    await world.beat()
    await world.talk_for(181, step=14)
    assert (await world.reading()).end_reason == "spend_cap"
    assert await world.points() == 800
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE talks SET entered_at = entered_at"))
    async with database.transaction() as tx:
        await limits.set_limits(tx, world.caller, day_points=200, month_points=None)
    with pytest.raises(UserError, match="own_limit_reached"):
        await world.enter()


async def test_a_limit_lowered_in_a_talk_bounds_it(database: Database, settings: Settings) -> None:
    world = await World.of(database, settings)
    await world.enter()
    async with database.transaction() as tx:
        await limits.set_limits(tx, world.caller, day_points=None, month_points=300)
        assert await caps.keep_limits(tx, world.caller) == world.talk
        assert await tx.scalar(sa.select(talks.c.spend_cap_minutes)) == 3
