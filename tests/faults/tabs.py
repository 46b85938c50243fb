"""Two who paid afterwards, in a site's books, to be broken on purpose."""

import asyncio

from foundation.database import Database
from points.tab import write_offs
from tests.points.tab.scene import Guest
from tests.world import new_user


def make_tabs(url: str) -> None:
    """Add one who has paid a bill in part and whose last talk waits for one, and one given up."""
    asyncio.run(_make(url))


async def _make(url: str) -> None:
    database = Database(url, pool_size=2)
    try:
        payer = await Guest.of(database)
        await payer.talked(10)
        await payer.pay(400)
        await payer.talked(3, rate=10)
        lost = await Guest.of(database)
        await lost.talked(5)
        (bill,) = await lost.bills()
        first, second = await lost.do(new_user), await lost.do(new_user)
        made = await lost.do(write_offs.propose, bill.id, "books", actor_id=first, press="books")
        await lost.do(write_offs.agree, made.id, actor_id=second)
    finally:
        await database.close()
