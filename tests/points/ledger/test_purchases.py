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
    taken = await till.do(ledger.take_back, purchase, 1100, kind="refund", key="refund:r1")
    assert taken == Taken(1100, 0)
    assert await till.points() == 0


async def test_a_refund_leaves_the_points_of_other_purchases_alone(till: Till) -> None:
    first = await till.buy(1000)
    await till.buy(500)
    await till.enter()
    await till.charge(4)
    taken = await till.do(ledger.take_back, first, 1000, kind="refund", key="refund:r1")
    assert taken == Taken(600, 400)
    assert await till.points() == 500
    assert await till.do(ledger.owed, till.caller) == 400


async def test_what_is_owed_closes_the_rooms_until_it_is_paid(till: Till) -> None:
    first = await till.buy(1000)
    await till.enter()
    await till.charge(4)
    await till.do(ledger.take_back, first, 1000, kind="refund", key="refund:r1")
    async with till.database.transaction() as tx:
        await ledger.grant(tx, till.caller, 300, "present", actor_id=None, key="present")
    with pytest.raises(UserError, match="receivable_open"):
        await till.enter()
    await till.buy(1000)
    assert await till.do(ledger.owed, till.caller) == 0
    assert await till.points() == 900
    await till.enter()


async def test_a_part_refunded_twice_takes_two_parts_and_never_more(till: Till) -> None:
    purchase = await till.buy(1000)
    for key in ("refund:r1", "refund:r2", "refund:r1", "refund:r2"):
        taken = await till.do(ledger.take_back, purchase, 400, kind="refund", key=key)
        assert taken == Taken(400, 0)
    assert await till.points() == 200
    rest = await till.do(ledger.take_back, purchase, 400, kind="refund", key="refund:r3")
    assert rest == Taken(200, 0)
    assert await till.do(ledger.take_back, purchase, 1, kind="refund", key="refund:r4") == Taken(
        0, 0
    )


async def test_the_same_refund_ten_times_at_once_takes_once(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    taken = await asyncio.gather(
        *(
            till.do(ledger.take_back, purchase, 1000, kind="refund", key="refund:r1")
            for _ in range(10)
        )
    )
    assert set(taken) == {Taken(700, 300)}


async def test_points_that_had_expired_are_neither_taken_nor_owed(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    await till.run_out()
    await till.do(ledger.expire_due)
    taken = await till.do(ledger.take_back, purchase, 1000, kind="refund", key="refund:r1")
    assert taken == Taken(0, 300)


async def test_a_won_dispute_restores_exactly_once(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    taken = await till.do(ledger.take_back, purchase, 1000, kind="dispute", key="dispute:d1")
    assert taken == Taken(700, 300)
    restored = await asyncio.gather(
        *(till.do(ledger.restore, purchase, "dispute:d1") for _ in range(5))
    )
    assert sorted(restored) == [0, 0, 0, 0, 700]
    assert await till.points() == 700
    assert await till.do(ledger.owed, till.caller) == 0


async def test_a_lost_dispute_leaves_the_books_exactly_once_and_what_is_owed_stays(
    till: Till,
) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    await till.do(ledger.take_back, purchase, 1000, kind="dispute", key="dispute:d1")
    assert (await till.do(books.totals)).frozen == 1000
    lost = [till.do(ledger.book_lost, purchase, "dispute:d1") for _ in range(5)]
    assert sorted(await asyncio.gather(*lost)) == [0, 0, 0, 0, 1000]
    assert (await till.do(books.totals)).frozen == 0
    assert await till.points() == 0
    assert await till.do(ledger.owed, till.caller) == 300


async def test_a_dispute_is_either_lost_or_won(till: Till) -> None:
    first, second = await till.buy(1000), await till.buy(500)
    for purchase, key in ((first, "dispute:d1"), (second, "dispute:d2")):
        await till.do(ledger.take_back, purchase, 500, kind="dispute", key=key)
    assert await till.do(ledger.book_lost, first, "dispute:d1") == 500
    assert await till.do(ledger.restore, first, "dispute:d1") == 0
    assert await till.do(ledger.restore, second, "dispute:d2") == 500
    assert await till.do(ledger.book_lost, second, "dispute:d2") == 0
    assert await till.points() == 1000


async def test_a_debt_that_was_paid_comes_back_when_the_dispute_is_won(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.enter()
    await till.charge(3)
    await till.do(ledger.take_back, purchase, 1000, kind="dispute", key="dispute:d1")
    await till.buy(500)
    assert await till.points() == 200
    assert await till.do(ledger.restore, purchase, "dispute:d1") == 1000
    assert await till.points() == 1200


async def test_what_a_dispute_held_too_long_comes_back_for_seven_days(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.do(ledger.take_back, purchase, 1000, kind="dispute", key="dispute:d1")
    async with till.owner.transaction() as tx:
        await tx.execute(sa.update(lots).values(expires_at=sa.func.clock_timestamp()))
    assert await till.do(ledger.restore, purchase, "dispute:d1") == 1000
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


async def test_what_a_dispute_held_past_six_months_is_gone(till: Till) -> None:
    purchase = await till.buy(1000)
    await till.do(ledger.take_back, purchase, 1000, kind="dispute", key="dispute:d1")
    async with till.owner.transaction() as tx:
        now = sa.func.clock_timestamp()
        await tx.execute(sa.update(lots).values(expires_at=now, latest=now + sa.text("'1 ms'")))
    await asyncio.sleep(0.01)
    assert await till.do(ledger.restore, purchase, "dispute:d1") == 0
    assert await till.booked("expiry") == 1000
    assert await till.do(ledger.restore, purchase, "dispute:d1") == 0


async def test_an_unpaid_purchase_has_nothing_to_take(till: Till) -> None:
    async with till.database.transaction() as tx:
        purchase = await new_purchase(tx, till.caller, 1000)
    assert await till.do(ledger.take_back, purchase, 1000, kind="refund", key="refund:r") == Taken(
        0, 0
    )


@pytest.mark.parametrize("points", [0, -1, 1.5, 2**63, "1e9", "１００", True])
async def test_an_amount_that_is_none_is_not_taken(till: Till, points: object) -> None:
    purchase = await till.buy(1000)
    with pytest.raises(ValueError, match="can't be taken"):
        await till.do(ledger.take_back, purchase, points, kind="refund", key="refund:r")
