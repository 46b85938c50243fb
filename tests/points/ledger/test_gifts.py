"""Points that were given, not bought, earn a cast nothing, or the part that the site settled."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from points.tables import charges, holds
from rooms.booking import views
from rooms.talk.past import history
from tests.faults.scene import broken, charge, grant
from tests.points.till import file_papers
from tests.rooms.booked import Booked
from tests.world import World, buy, new_user


@pytest.fixture(autouse=True)
async def _books(database: Database) -> AsyncIterator[None]:
    """After every test, every invariant of the books holds."""
    yield
    async with database.transaction() as tx:
        await file_papers(tx)
    assert await broken(database) == []


async def talk(
    database: Database, gift_share: int, *given: int, rate: int = 100, bonus: int = 0
) -> World:
    """A caller in a talk, whose given points burn before 1,000 bought ones."""
    settings = Settings(entry_minutes=1, gift_share=gift_share)
    world = await World.of(database, settings, points=0, rate=rate)
    for number, points in enumerate(given):
        await grant(world, points, f"gift-{world.caller}-{number}", months=1)
    async with database.transaction() as tx:
        await buy(tx, world.caller, 1000, bonus)
    await world.enter()
    return world


async def shares(world: World) -> list[int]:
    """What each minute of the talk earned its cast."""
    async with world.database.transaction() as tx:
        rows = await tx.execute(
            sa.select(charges.c.share)
            .where(charges.c.talk_id == world.talk)
            .order_by(charges.c.minute)
        )
        return list(rows.scalars())


@pytest.mark.parametrize(
    ("gift_share", "rate", "expected"),
    [
        # 250 given: two minutes and a half at 100.
        (0, 100, [0, 0, 40, 80]),
        (50, 100, [40, 40, 60, 80]),
        (100, 100, [80, 80, 80, 80]),
        # At 99 the share is 79; of the third minute 52 were given, of whose 79 × 47 / 99 = 37.5.
        (0, 99, [0, 0, 37, 79]),
        (33, 99, [26, 26, 51, 79]),
    ],
)
async def test_a_minute_earns_by_the_lots_that_paid_it(
    database: Database, gift_share: int, rate: int, expected: list[int]
) -> None:
    world = await talk(database, gift_share, 100, 150, rate=rate)
    for _ in expected:
        assert await charge(world)
    assert await shares(world) == expected


async def test_a_bonus_counts_as_bought(database: Database) -> None:
    world = await talk(database, 0, bonus=500)
    for _ in range(15):
        assert await charge(world)
    assert await shares(world) == [80] * 15


async def test_a_minute_that_goes_back_takes_back_what_it_earned(database: Database) -> None:
    world = await talk(database, 0, 150)
    for _ in range(3):
        assert await charge(world)
    async with database.transaction() as tx:
        for minute in (1, 2, 3):
            await ledger.return_minute(tx, world.talk, minute, kind="cut_short", reason="x")
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text("SELECT gross, share FROM charge_returns WHERE talk_id = :t ORDER BY minute"),
            {"t": world.talk},
        )
        assert [tuple(row) for row in rows] == [(100, 0), (100, 40), (100, 80)]
    assert (await world.reading()).earned == 0


async def test_the_cast_sees_what_each_minute_earned_and_the_caller_does_not(
    database: Database,
) -> None:
    world = await talk(database, 0, 150)
    seen = []
    for _ in range(4):
        told = (await world.reading()).for_side("cast")
        seen.append([told[name] for name in ("earned", "minute_earned", "unearned_minutes")])
        assert await charge(world)
    assert seen == [[0, None, 0], [0, 0, 1], [40, 40, 1], [120, 80, 1]]
    told = (await world.reading()).for_side("caller")
    assert [told[name] for name in ("earned", "minute_earned", "unearned_minutes")] == [None] * 3
    async with database.transaction() as tx:
        account = await history.account(tx, world.talk, world.cast)
    assert account.earned == 200


async def test_what_given_points_earn_stays_what_it_was_at_entry(database: Database) -> None:
    world = await talk(database, 50, 150)
    world.settings = world.settings.model_copy(update={"gift_share": 0})
    await world.beat()
    await world.talk_for(70)
    assert await shares(world) == [40]


async def test_a_reservation_earns_by_the_lots_that_were_held_for_it(
    database: Database, owner_database: Database
) -> None:
    world = await Booked.open(database, owner_database, Settings(gift_share=25), points=0)
    async with database.transaction() as tx:
        key = f"gift-{world.caller}"
        await ledger.grant(tx, world.caller, 1000, "gift", actor_id=None, key=key, months=1)
        await buy(tx, world.caller, 9000)
    booked = await world.book(2)
    async with database.transaction() as tx:
        found = await views.reservation(tx, world.settings, booked.id, world.cast)
    full, points = 2400, 3000
    earning = full * (100 * points - 75 * 1000) // (100 * points)
    assert (found.points, found.earning) == (points, earning)
    await world.until_start(booked, 5)
    await world.stand_by()
    await world.until_start(booked, 1801)
    await world.sweep()
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(holds))).one()
    assert (row.given, row.gift_share, row.share) == (1000, 25, earning)
    assert earning == 1800


async def test_a_part_of_a_hold_that_goes_back_takes_its_part_of_what_was_earned(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        caller, cast = await new_user(tx, points=500), await new_user(tx)
        await ledger.grant(tx, caller, 500, "x", actor_id=None, key=f"gift-{caller}", months=1)
        held = await ledger.hold(tx, caller, 1000, key=f"hold-{caller}", reason="x")
        assert await ledger.earning_of(tx, held, 800) == 400
        assert await ledger.earning_of(tx, None, 800) == 800
        await ledger.pay_hold(tx, held, cast, 800, reason="x")
        await ledger.return_hold(tx, held, 250, cast_id=cast, share=800, reason="x", actor_id=cast)
        row = (await tx.execute(sa.select(holds).where(holds.c.id == held))).one()
        assert (row.share, row.fee, row.released) == (300, 450, 250)
        # It was no reservation's, which the books would notice.
        await tx.rollback()
