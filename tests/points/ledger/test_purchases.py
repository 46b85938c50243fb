"""Bought points: made once, taken back with their money, restored when a dispute is won."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from points import books, ledger
from points.ledger import Taken
from points.tables import lots, purchases
from tests.points.till import Till, credit, new_purchase


@pytest.fixture
async def till(database: Database, owner_database: Database) -> AsyncIterator[Till]:
    """A caller at the till; afterwards every invariant of the books holds."""
    till = await Till.open(database, owner_database)
    yield till
    await till.prove()


async def test_a_purchase_makes_its_points_and_its_bonus(till: Till) -> None:
    purchase = await till.buy(5000, 100)
    held = await till.do(ledger.points_of, till.caller)
    assert [(lot.kind, lot.remaining) for lot in held.lots] == [("paid", 5000), ("bonus", 100)]
    async with till.database.transaction() as tx:
        row = (await tx.execute(sa.select(purchases).where(purchases.c.id == purchase))).one()
    assert (row.state, row.paid_lot, row.bonus_lot) == (
        "paid",
        held.lots[0].id,
        held.lots[1].id,
    )


async def test_credited_ten_times_at_once_it_is_credited_once(till: Till) -> None:
    async with till.database.transaction() as tx:
        purchase = await new_purchase(tx, till.caller, 1000, 50)
    await asyncio.gather(*(till.do(credit, purchase) for _ in range(10)))
    assert await till.points() == 1050


async def test_a_purchase_of_other_points_is_not_credited(till: Till) -> None:
    async with till.database.transaction() as tx:
        purchase = await new_purchase(tx, till.caller, 1000)
    with pytest.raises(ValueError, match="other points"):
        await till.do(
            ledger.credit_purchase,
            purchase,
            user_id=till.caller,
            points=1001,
            bonus=0,
            months=3,
        )


async def test_a_refund_takes_what_is_unspent(till: Till) -> None:
    purchase = await till.buy(1000, 100)
    taken = await till.do(ledger.take_back, purchase, 1100, why="r1")
    assert taken == Taken(1100, 0)
    assert await till.points() == 0


async def test_a_refund_leaves_the_points_of_other_purchases_alone(till: Till) -> None:
    first = await till.buy(1000)
    await till.buy(500)
    await till.enter()
    await till.charge(4)
    taken = await till.do(ledger.take_back, first, 1000, why="r1")
    assert taken == Taken(600, 400)
    assert await till.points() == 500
    assert await till.do(ledger.owed, till.caller) == 400


async def test_what_is_owed_closes_the_rooms_until_it_is_paid(till: Till) -> None:
    first = await till.buy(1000)
    await till.enter()
    await till.charge(4)
    await till.do(ledger.take_back, first, 1000, why="r1")
    async with till.database.transaction() as tx:
        await ledger.grant(tx, till.caller, 300, "present", actor_id=None, key="present")
    with pytest.raises(UserError, match="receivable_open"):
        await till.enter()
    await till.buy(1000)
    assert await till.do(ledger.owed, till.caller) == 0
    assert await till.points() == 900
    await till.enter()


async def test_what_is_taken_back_is_all_together_and_said_again_takes_nothing_more(
    till: Till,
) -> None:
    purchase = await till.buy(1000)
    for points in (400, 400, 800, 800, 1000, 1000):
        taken = await till.do(ledger.take_back, purchase, points, why="r1")
        assert taken == Taken(points, 0)
        assert await till.points() == 1000 - points


async def test_what_was_taken_too_much_goes_back_and_the_debt_goes_first(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(4)
    assert await till.do(ledger.take_back, purchase, 1000, why="r1") == Taken(600, 400)
    assert await till.do(ledger.take_back, purchase, 700, why="r2") == Taken(600, 100)
    assert await till.do(ledger.take_back, purchase, 500, why="r3") == Taken(500, 0)
    assert (await till.points(), await till.do(ledger.owed, till.caller)) == (100, 0)
    assert await till.do(ledger.take_back, purchase, 0, why="r4") == Taken(0, 0)
    assert await till.points() == 600


async def test_points_go_back_into_the_lots_they_were_taken_from_the_bonus_first(
    till: Till,
) -> None:
    purchase = await till.buy(1000, 100)
    await till.do(ledger.take_back, purchase, 1100, why="r1")
    for points, held in ((1050, [("bonus", 50)]), (900, [("paid", 100), ("bonus", 100)])):
        await till.do(ledger.take_back, purchase, points, why="r2")
        lots = (await till.do(ledger.points_of, till.caller)).lots
        assert [(lot.kind, lot.remaining) for lot in lots] == held


async def test_the_same_refund_ten_times_at_once_takes_once(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    taken = await asyncio.gather(
        *(till.do(ledger.take_back, purchase, 1000, why="r1") for _ in range(10))
    )
    assert set(taken) == {Taken(700, 300)}


async def test_points_that_had_expired_are_neither_taken_nor_owed(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    await till.run_out()
    await till.do(ledger.expire_due)
    taken = await till.do(ledger.take_back, purchase, 1000, why="r1")
    assert taken == Taken(0, 300)


async def test_a_won_dispute_restores_exactly_once(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    taken = await till.do(ledger.take_back, purchase, 1000, frozen=1000, why="d1")
    assert taken == Taken(700, 300, 1000)
    won = [till.do(ledger.take_back, purchase, 0, why="d1") for _ in range(5)]
    assert set(await asyncio.gather(*won)) == {Taken(0, 0)}
    assert await till.booked("restore") == 1000
    assert await till.points() == 700
    assert await till.do(ledger.owed, till.caller) == 0


async def test_a_lost_dispute_leaves_the_books_exactly_once_and_what_is_owed_stays(
    till: Till,
) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    await till.do(ledger.take_back, purchase, 1000, frozen=1000, why="d1")
    assert (await till.do(books.totals)).frozen == 1000
    lost = [till.do(ledger.take_back, purchase, 1000, why="d1") for _ in range(5)]
    assert set(await asyncio.gather(*lost)) == {Taken(700, 300)}
    assert await till.booked("lost") == 1000
    assert (await till.do(books.totals)).frozen == 0
    assert await till.points() == 0
    assert await till.do(ledger.owed, till.caller) == 300


async def test_what_is_gone_for_good_can_come_to_wait_for_a_dispute(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.do(ledger.take_back, purchase, 600, why="r1")
    assert await till.do(ledger.take_back, purchase, 800, frozen=700, why="d1") == Taken(
        800, 0, 700
    )
    assert await till.do(ledger.take_back, purchase, 800, frozen=100, why="d1") == Taken(
        800, 0, 100
    )
    assert await till.points() == 200


async def test_a_debt_that_was_paid_comes_back_when_the_dispute_is_won(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    await till.do(ledger.take_back, purchase, 1000, frozen=1000, why="d1")
    await till.buy(500)
    assert await till.points() == 200
    await till.do(ledger.take_back, purchase, 0, why="d1")
    assert await till.points() == 1200


async def test_what_a_dispute_held_too_long_comes_back_for_seven_days(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.do(ledger.take_back, purchase, 1000, frozen=1000, why="d1")
    async with till.owner.transaction() as tx:
        await tx.execute(sa.update(lots).values(expires_at=sa.func.clock_timestamp()))
    await till.do(ledger.take_back, purchase, 0, why="d1")
    assert await till.points() == 1000
    held = await till.do(ledger.points_of, till.caller)
    async with till.database.transaction() as tx:
        left = await tx.scalar(
            sa.select(sa.func.max(lots.c.expires_at) - sa.func.clock_timestamp()).where(
                lots.c.id == held.lots[0].id
            )
        )
    assert left is not None
    assert 7 <= left.days + 1 <= 8
    # Taken once more, they come from the lot they are in now, and go back again.
    await till.do(ledger.take_back, purchase, 1000, frozen=1000, why="d2")
    assert await till.points() == 0
    await till.do(ledger.take_back, purchase, 400, why="d2")
    assert await till.points() == 600


async def test_what_a_dispute_held_past_six_months_is_gone(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.do(ledger.take_back, purchase, 1000, frozen=1000, why="d1")
    async with till.owner.transaction() as tx:
        now = sa.func.clock_timestamp()
        await tx.execute(sa.update(lots).values(expires_at=now, latest=now + sa.text("'1 ms'")))
    await asyncio.sleep(0.01)
    for _ in range(2):
        await till.do(ledger.take_back, purchase, 0, why="d1")
        assert await till.points() == 0
        assert await till.booked("expiry") == 1000


async def test_an_unpaid_purchase_has_nothing_to_take(till: Till) -> None:
    async with till.database.transaction() as tx:
        purchase = await new_purchase(tx, till.caller, 1000)
    assert await till.do(ledger.take_back, purchase, 1000, why="r") == Taken(0, 0)


@pytest.mark.parametrize("points", [1001, -1, 1.5, 2**63, "1e9", "１００", True])
async def test_an_amount_that_is_none_or_too_much_is_not_taken(till: Till, points: object) -> None:
    purchase = await till.buy(1000)
    with pytest.raises(ValueError, match="can't be taken"):
        await till.do(ledger.take_back, purchase, points, why="r")
