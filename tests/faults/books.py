"""A site's books with something in every table of money, to be broken on purpose."""

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from rooms import entry, talks
from tests.faults.scene import charge, grant, in_transaction
from tests.world import World


@dataclass(frozen=True)
class Books:
    """One's talk goes on: its minutes used lot 1; 1 and 2; 2; 2; the second was returned.

    The other's has ended after two minutes, both from lot 3. Lot 4 is one's, and untouched.
    """

    talk: int
    ended: int
    lots: tuple[int, int, int, int]
    wallet: int


def make_books(url: str) -> Books:
    """Fill a fresh database with two talks and all that can happen to their points."""
    return asyncio.run(_make(url))


async def _make(url: str) -> Books:
    database = Database(url, pool_size=2)
    try:
        one, other = [await World.of(database, Settings(), points=0) for _ in range(2)]
        first = await grant(one, 160, "books-1", months=1)
        second = await grant(one, 1000, "books-2")
        third = await grant(other, 1000, "books-3")
        for world, minutes in [(one, 4), (other, 2)]:
            async with database.transaction() as tx:
                entered = await entry.enter(tx, world.settings, world.room, world.caller)
            world.talk = entered.talk_id
            for _ in range(minutes):
                assert await charge(world)
        await in_transaction(
            database,
            lambda tx: ledger.return_minute(tx, one.talk, 2, kind="claim", reason="books"),
        )
        async with database.transaction() as tx:
            # The ended talk had its evidence: two minutes after the free one.
            await tx.execute(
                sa.text("UPDATE talks SET connected_ms = 130000 WHERE id = :t"), {"t": other.talk}
            )
            await talks.leave(tx, other.settings, other.talk, other.caller)
        fourth = await grant(one, 300, "books-4")
        wallet = await in_transaction(database, lambda tx: ledger.open_wallet(tx, one.caller))
        return Books(one.talk, other.talk, (first, second, third, fourth), wallet)
    finally:
        await database.close()
