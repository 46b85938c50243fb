"""How long the expiry sweep takes over a million lots, and whether talks are charged meanwhile.

python -m benchmarks.expiry [--wallets 200000]
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa
import uvloop

from benchmarks.place import HASH, Place, percentile, place, told
from foundation.database import Database
from points import ledger
from points.ledger import DueMinute
from points.tables import lots
from rooms.ground.tables import talks
from scheduler.errands import LOTS_AT_ONCE

T = TypeVar("T")

WALLETS = 200_000
LOTS = 5  # a wallet; one more is good for another year
TALKS = 100
QUIET_SECONDS = 5
CHARGES_APART = 0.05

FILL = """
SET session_replication_role = replica;
INSERT INTO users (email, nickname, password_hash, confirmed_at)
SELECT 'b' || n || '@bench.example', 'b' || n, '{hash}', now()
FROM generate_series(1, {wallets}) n;
INSERT INTO wallets (kind, user_id, balance)
SELECT 'points', id, {lots} * 100 + 100000 FROM users;
CREATE TEMPORARY TABLE made AS
SELECT w.id AS wallet, n AS lot, row_number() OVER (ORDER BY n, w.id) AS k
FROM generate_series(0, {lots}) n CROSS JOIN wallets w WHERE w.kind = 'points';
CREATE TEMPORARY TABLE sources AS
WITH inserted AS (
  INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
    input_hash, at, balance_after)
  SELECT (SELECT id FROM wallets WHERE kind = 'issued'), wallet,
    CASE lot WHEN 0 THEN 100000 ELSE 100 END, 'grant', 'bench', 'bench-' || k, '\\x00',
    now() - interval '100 days', 100000 + 100 * lot
  FROM made ORDER BY k
  RETURNING id, idempotency_key)
SELECT id, substr(idempotency_key, 7)::bigint AS k FROM inserted;
INSERT INTO lots (wallet_id, kind, granted, remaining, expires_at, latest, source, created_at)
SELECT m.wallet, 'granted', CASE m.lot WHEN 0 THEN 100000 ELSE 100 END,
  CASE m.lot WHEN 0 THEN 100000 ELSE 100 END,
  CASE m.lot WHEN 0 THEN now() + interval '60 days' ELSE now() - interval '1 hour' END,
  now() + interval '80 days', s.id, now() - interval '100 days'
FROM made m JOIN sources s USING (k);
INSERT INTO lot_moves (transfer_id, lot_id, amount) SELECT source, id, granted FROM lots;
INSERT INTO users (email, nickname, password_hash, is_cast, confirmed_at)
VALUES ('cast@bench.example', 'cast', '{hash}', true, now());
INSERT INTO wallets (kind, user_id) SELECT 'earnings', id FROM users WHERE is_cast;
INSERT INTO rooms (cast_id, title, topic, rate) SELECT id, 'r', 't', 10 FROM users WHERE is_cast;
INSERT INTO talks (room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share, free_ms,
  minute_ms, with_video, state, ended_at, end_reason)
SELECT r.id, w.user_id, r.cast_id, w.id, (SELECT id FROM wallets WHERE kind = 'earnings'), 10, 8,
  60000, 60000, true, 'ended', now(), 'caller_left'
FROM rooms r CROSS JOIN (
  SELECT id, user_id FROM wallets WHERE kind = 'points' AND id % ({wallets} / {talks}) = 0
  ORDER BY id LIMIT {talks}) w;
SET session_replication_role = origin
"""


@dataclass
class Talks:
    """Talks whose callers' lots are being swept: each is charged every so often."""

    dues: list[DueMinute]
    minute: int = 0
    seconds: list[float] = field(default_factory=list)
    unpaid: int = 0

    @classmethod
    async def found(cls, database: Database) -> "Talks":
        """Return the talks of the database."""
        async with database.transaction() as tx:
            rows = (await tx.execute(sa.select(talks).order_by(talks.c.id))).all()
        return cls([DueMinute(row.id, 1, row.payer_wallet, row.cast_wallet, 10, 8) for row in rows])

    async def charge(self, database: Database) -> None:
        """Charge the next minute of all, and note how long that took."""
        self.minute += 1
        dues = [
            DueMinute(
                due.talk_id, self.minute, due.payer_wallet, due.cast_wallet, due.price, due.share
            )
            for due in self.dues
        ]
        began = time.perf_counter()
        async with database.transaction() as tx:
            paid = await ledger.charge(tx, dues)
        self.seconds.append(time.perf_counter() - began)
        self.unpaid += len(dues) - len(paid)

    async def go_on(self, database: Database) -> None:
        """Charge until cancelled."""
        while True:
            await self.charge(database)
            await asyncio.sleep(CHARGES_APART)


async def measure(found: Place) -> list[str]:
    """Sweep everything, once, while talks go on; return what was found."""
    database = Database(found.url, pool_size=4)
    batches: list[float] = []
    calm, busy = await Talks.found(database), await Talks.found(database)
    await _beside(calm, database, asyncio.sleep(QUIET_SECONDS))
    busy.minute = calm.minute
    began = time.perf_counter()
    swept = await _beside(busy, database, _sweep(database, batches))
    took = time.perf_counter() - began
    async with database.transaction() as tx:
        left = await tx.scalar(sa.select(sa.func.count()).where(_due()))
        wrong = await tx.scalar(_WRONG)
    await database.close()
    return [
        f"swept:   {swept:,} lots in {took:.1f} s ({swept / took:,.0f} a second), {left} left",
        _told_batches(batches),
        f"books:   {wrong} wallets whose balance is not the sum of their lots",
        f"charges: of {TALKS} talks at once, their callers spread over those swept",
        _told_charges("calm", calm),
        _told_charges("sweep", busy),
    ]


async def _beside(going: Talks, database: Database, work: Awaitable[T]) -> T:
    task = asyncio.create_task(going.go_on(database))
    try:
        return await work
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep(database: Database, batches: list[float]) -> int:
    swept = 0
    while True:
        began = time.perf_counter()
        async with database.transaction() as tx:
            booked = await ledger.expire_due(tx, LOTS_AT_ONCE)
        batches.append(time.perf_counter() - began)
        if not booked:
            return swept
        swept += booked


def _due() -> sa.ColumnElement[bool]:
    return sa.and_(~lots.c.closed, lots.c.expires_at <= sa.func.now())


_WRONG = sa.text("""
SELECT count(*) FROM wallets w JOIN (
  SELECT wallet_id, sum(remaining) AS held FROM lots GROUP BY 1) l ON l.wallet_id = w.id
WHERE w.balance <> l.held
""")


def _told_batches(batches: list[float]) -> str:
    middle, slowest = percentile(batches, 50), max(batches)
    size = f"{len(batches)} of about {LOTS_AT_ONCE:,} lots"
    return f"batches: {size}, median {middle:.2f} s, slowest {slowest:.2f} s"


def _told_charges(when: str, going: Talks) -> str:
    seconds = going.seconds
    return (
        f"  {when:5}  {len(seconds)} batches, median {percentile(seconds, 50) * 1000:.0f} ms, "
        f"slowest {max(seconds) * 1000:.0f} ms, {going.unpaid} minutes not paid"
    )


def main() -> None:
    """Measure on a database of its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--wallets", type=int, default=WALLETS, help=f"of {LOTS} lots each")
    wallets = options.parse_args().wallets
    with place() as found:
        found.fill(FILL.format(wallets=wallets, lots=LOTS, talks=TALKS, hash=HASH))
        goal = "a million lots under 60 s, other work not blocked"
        print(told("Expiry sweep", goal, uvloop.run(measure(found))))


if __name__ == "__main__":
    main()
