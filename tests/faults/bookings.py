"""Reservations of every outcome, beside the books that are to be broken on purpose."""

import asyncio

from foundation.database import Database, Tx
from foundation.settings import Settings
from points import ledger
from rooms.booking import going_on
from rooms.care import claims, decisions
from tests.rooms.booked import Booked
from tests.world import new_user


def make_bookings(url: str, owner_url: str) -> None:
    """Add one reservation called off, one that waits, one whose caller missed it, and one that was
    kept and partly returned by a claim. The first hold drew on two lots.
    """
    asyncio.run(_make(url, owner_url))


async def _make(url: str, owner_url: str) -> None:
    database, owner = Database(url, pool_size=2), Database(owner_url, pool_size=1)
    try:
        world = await Booked.open(database, owner, Settings(), points=20_000)
        await world.do(_soon, world.caller)
        await world.cancel(await world.book(14))
        kept = await world.until_start(await world.book(2), 5)
        await world.stand_by()
        await world.come(kept)
        await world.until_start(kept, 1801)
        await world.do(going_on.end_due, world.settings)
        await world.sweep()
        await _claim(world, kept.id)
        missed = await world.until_start(await world.book(2), 5)
        await world.stand_by()
        await world.until_start(missed, 1801)
        await world.sweep()
        await world.book(20)
    finally:
        await database.close()
        await owner.close()


async def _soon(tx: Tx, caller: int) -> None:
    await ledger.grant(tx, caller, 500, "soon", actor_id=None, key="bookings-soon", months=1)


async def _claim(world: Booked, reservation_id: int) -> None:
    claim = await world.do(
        claims.file_reservation_claim,
        world.settings,
        reservation_id,
        world.caller,
        "other",
        "遅刻でした",
    )
    staff = await world.do(new_user, "スタッフ")
    await world.do(decisions.return_points, world.settings, claim, staff, 1000, "遅刻", "急ぎ")
