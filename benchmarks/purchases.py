"""How many purchases are settled a second: from the provider's signed event to points on hand.

Each is two transactions, as at the webhook: the event is kept, then handled. HTTP is left out.
"""

import asyncio
import time
from pathlib import Path

import sqlalchemy as sa
import uvloop

from benchmarks.place import HASH, Place, percentile, place, told
from foundation.database import Database
from foundation.settings import Settings
from points import audit
from points.payments import events, purchases, settling
from points.payments.events import House
from points.payments.purchases import Purchase
from points.payments.wire.demo import DemoGateway
from points.tables import purchases as orders

BUYERS = 200
PURCHASES = 1000
AT_ONCE = 16

FILL = f"""
INSERT INTO users (email, nickname, password_hash, confirmed_at)
SELECT 'b' || n || '@bench.example', 'b' || n, '{HASH}', now()
FROM generate_series(1, {BUYERS}) n;
INSERT INTO purchases (user_id, points, bonus, price_yen, provider, press)
SELECT u.id, 10000, 300, 10000, 'demo', 'bench-' || n
FROM generate_series(1, {PURCHASES}) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS k FROM users) u ON u.k = n % {BUYERS} + 1
"""


async def measure(found: Place) -> list[str]:
    """Settle every purchase, with some at once; return what was found."""
    database = Database(found.url, pool_size=AT_ONCE)
    house = House("demo", livemode=False, lot_months=3)
    spent: list[float] = []

    async def deliver(body: bytes, signature: str) -> None:
        began = time.perf_counter()
        event = demo.read_event(body, signature)
        async with database.transaction() as tx:
            await events.keep(tx, event)
        await settling.settle(database, house, str(event["id"]))
        spent.append(time.perf_counter() - began)

    demo = DemoGateway(Settings(data=Path("/nowhere"), demo=True), deliver)
    async with database.transaction() as tx:
        rows = await tx.execute(sa.select(orders.c.id, orders.c.user_id).order_by(orders.c.id))
        bought = [await purchases.find(tx, row.id, row.user_id) for row in rows.all()]

    async def worker(mine: list[Purchase]) -> None:
        for purchase in mine:
            await demo.act(purchase, "card_ok", None)

    began = time.perf_counter()
    await asyncio.gather(*(worker(bought[n::AT_ONCE]) for n in range(AT_ONCE)))
    took = time.perf_counter() - began
    lines = _lines(took, spent)
    async with database.transaction() as tx:
        broken = [proof.name for proof in await audit.prove(tx) if proof.broken]
    await database.close()
    return [*lines, f"books:   {broken or 'right'}"]


def _lines(took: float, spent: list[float]) -> list[str]:
    # A card sends two events: that it was paid, and how.
    slowest = [f"{percentile(spent, percent) * 1000:.0f} ms" for percent in (50, 99)]
    scale = f"{PURCHASES:,} of {BUYERS:,} buyers, {AT_ONCE} at once, {took:.1f} s"
    return [
        f"settled: {PURCHASES / took:,.0f} purchases a second ({scale})",
        f"events:  {len(spent) / took:,.0f} a second, median {slowest[0]}, 99 %: {slowest[1]}",
    ]


def main() -> None:
    """Measure on a database of its own."""
    with place() as found:
        found.fill(FILL)
        goal = "none is set; a busy site sells one a second"
        print(told("Purchases settled", goal, uvloop.run(measure(found))))


if __name__ == "__main__":
    main()
