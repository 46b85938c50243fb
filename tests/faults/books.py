"""A site's books with something in every table of money, to be broken on purpose."""

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from points import ledger
from points.desk import adjustments, proposals
from points.tables import claims, disputes, payment_events, purchases, refunds
from rooms.talk import entry
from rooms.talk.past import history
from tests.faults.scene import charge, grant, in_transaction
from tests.points.till import credit, new_purchase
from tests.world import World, new_user


@dataclass(frozen=True)
class Books:
    """One's talk goes on: its minutes used lot 1; 1 and 2; 2; 2; the second was returned.

    The other's has ended after two minutes, both from lot 3. Lot 4 is one's, and untouched.
    """

    talk: int
    ended: int
    lots: tuple[int, int, int, int]
    wallet: int


@dataclass(frozen=True)
class Sales:
    """A buyer's purchases. Of `refunded` two minutes were talked before its money went back.

    The debt was paid from `disputed`, whose rest is frozen. `unpaid` was never paid.
    """

    refunded: int
    disputed: int
    unpaid: int


def make_books(url: str) -> Books:
    """Fill a fresh database with two talks and all that can happen to their points."""
    return asyncio.run(_make(url))


def make_sales(url: str) -> Sales:
    """Add a buyer to a database, with what can happen to points that were bought."""
    return asyncio.run(_sell(url))


async def _make(url: str) -> Books:
    database = Database(url, pool_size=2)
    try:
        one, other = [await World.of(database, Settings(), points=0) for _ in range(2)]
        first = await grant(one, 160, "books-1", months=1)
        second = await grant(one, 1000, "books-2")
        third = await grant(other, 1000, "books-3")
        for world, minutes in [(one, 4), (other, 2)]:
            await _talk(world, minutes)
        await in_transaction(
            database,
            lambda tx: ledger.return_minute(tx, one.talk, 2, kind="claim", reason="books"),
        )
        await in_transaction(database, lambda tx: _claimed(tx, one, other.caller))
        async with database.transaction() as tx:
            # The ended talk had its evidence: two minutes after the free one.
            await tx.execute(
                sa.text("UPDATE talks SET connected_ms = 130000 WHERE id = :t"), {"t": other.talk}
            )
            await history.leave(tx, other.settings, other.talk, other.caller)
        fourth = await grant(one, 300, "books-4")
        wallet = await in_transaction(database, lambda tx: ledger.open_wallet(tx, one.caller))
        return Books(one.talk, other.talk, (first, second, third, fourth), wallet)
    finally:
        await database.close()


async def _sell(url: str) -> Sales:
    database = Database(url, pool_size=2)
    try:
        return await _purchases(database, await World.of(database, Settings(), points=0))
    finally:
        await database.close()


async def _talk(world: World, minutes: int) -> None:
    async with world.database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, world.caller)
    world.talk = entered.talk_id
    for _ in range(minutes):
        assert await charge(world)


async def _claimed(tx: Tx, world: World, decided_by: int) -> None:
    """The claim because of which a minute of the talk was returned."""
    await tx.execute(
        sa.insert(claims).values(
            talk_id=world.talk,
            user_id=world.caller,
            kind="no_media",
            state="returned",
            points=sa.text("(SELECT sum(gross) FROM charge_returns WHERE kind = 'claim')"),
            decided_by=decided_by,
            decided_at=sa.func.now(),
            reason="books",
        )
    )


async def _purchases(database: Database, buyer: World) -> Sales:
    """One purchase refunded when it was partly spent, one in dispute, one that nobody paid."""
    refunded = await _bought(database, buyer, 1000, 100)
    await _talk(buyer, 2)
    async with database.transaction() as tx:
        back = await ledger.take_back(tx, refunded, 1100, why="books")
        assert back.taken > 0
        assert back.owed > 0
        await tx.execute(
            sa.insert(refunds).values(id="books", purchase_id=refunded, amount_yen=1100)
        )
    disputed = await _bought(database, buyer, 500)
    async with database.transaction() as tx:
        back = await ledger.take_back(tx, disputed, 500, frozen=500, why="books")
        assert back.taken > 0
        assert back.owed > 0
        await tx.execute(
            sa.insert(disputes).values(id="books", purchase_id=disputed, amount_yen=500)
        )
    unpaid = await in_transaction(database, lambda tx: new_purchase(tx, buyer.caller, 1000))
    await _adjusted(database, buyer)
    return Sales(refunded, disputed, unpaid)


async def _adjusted(database: Database, buyer: World) -> None:
    """Points that one member of staff proposed to give, and another agreed to."""
    async with database.transaction() as tx:
        first, second = await new_user(tx), await new_user(tx)
        strict = Settings(second_staff_points=0)
        await adjustments.give(
            tx, strict, buyer.caller, 100, "books", actor_id=first, press="books", locale="ja"
        )
        (proposal,) = await proposals.waiting(tx)
        await adjustments.agree(tx, strict, proposal.id, second)


async def _bought(database: Database, buyer: World, points: int, bonus: int = 0) -> int:
    """A purchase that was paid, with the event that told so."""
    async with database.transaction() as tx:
        purchase = await new_purchase(tx, buyer.caller, points, bonus)
        await credit(tx, purchase)
        intent = sa.select(purchases.c.intent).where(purchases.c.id == purchase)
        await tx.execute(
            sa.insert(payment_events).values(
                id=f"books-{purchase}",
                type="payment_intent.succeeded",
                intent=intent.scalar_subquery(),
                livemode=False,
                payload={},
                handled_at=sa.func.now(),
                outcome="credited",
            )
        )
    return purchase
