"""What payouts cost: a cast's book, the books of all, and a run from gathering to closing.

.venv/bin/python -m benchmarks.payouts [--casts 200,2000]
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import uvloop

from benchmarks.place import HASH, Place, percentile, place
from benchmarks.report import goal, machine, table
from foundation.database import Database, clock
from foundation.settings import Settings
from payouts import book
from payouts.rules import next_bank_day
from payouts.runs import closing, gathering
from points.rules import SITE_ZONE

CASTS = (200, 2000)
# A year of a busy cast: four talks a week of twenty minutes.
TALKS, MINUTES = 200, 20
READS = 40
GOAL_GROWTH, GOAL_BOOK_MS = 1.5, 50
SETTINGS = Settings(talk_seller="cast", payout="request")

PEOPLE = f"""
INSERT INTO users (email, nickname, password_hash, is_cast, confirmed_at)
SELECT 'c' || n || '@bench.example', 'c' || n, '{HASH}', n <= {{casts}}, now()
FROM generate_series(1, {{casts}} + 2) n;
UPDATE users SET staff_role = 'finance' WHERE NOT is_cast;
INSERT INTO wallets (kind, user_id)
SELECT CASE WHEN is_cast THEN 'earnings' ELSE 'points' END, id FROM users;
INSERT INTO rooms (cast_id, title, topic, rate) SELECT id, 'r', 't', 100 FROM users WHERE is_cast;
INSERT INTO bank_accounts (user_id, sealed, bank, branch, tail, holder_kind, made_at, effective_at)
SELECT id, '\\x00', 'b', 'b', '123', 'person', now() - interval '1 day', now() - interval '1 hour'
FROM users WHERE is_cast
"""
TALKED = f"""
INSERT INTO talks (room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share, free_ms,
  minute_ms, with_video, state, entered_at, ended_at, end_reason, next_minute)
SELECT r.id, k.id, r.cast_id, p.id, e.id, 100, 80, 60000, 60000, true, 'ended',
  now() - n * interval '365 days' / {TALKS}, now(), 'caller_left', {MINUTES} + 1
FROM rooms r JOIN wallets e ON e.user_id = r.cast_id, generate_series(0, {TALKS} - 1) n,
  (SELECT min(id) AS id FROM users WHERE NOT is_cast) k JOIN wallets p ON p.user_id = k.id;
INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at,
  balance_after)
SELECT t.id, n, t.payer_wallet, t.cast_wallet, 100, 80, 20,
  t.entered_at + n * interval '1 minute', 1000
FROM talks t, generate_series(1, {MINUTES}) n
"""
ASKED = sa.text("""
INSERT INTO payouts (user_id, way, gross, bank_fee, requested_on)
SELECT id, 'request', 5000, 330, current_date FROM users WHERE is_cast
""")


@dataclass(frozen=True)
class Spent:
    """What was measured of so many casts; milliseconds, of a cast's book the p95 of many."""

    casts: int
    one_book: float
    books: float
    gather: float
    close: float


async def measure(found: Place, casts: int) -> Spent:
    """Measure with so many casts."""
    found.fill(*PEOPLE.format(casts=casts).split(";\n"), *TALKED.split(";\n"))
    database = Database(found.url, pool_size=2)
    async with database.transaction() as tx:
        query = "SELECT id, is_cast FROM users ORDER BY id"
        people = (await tx.execute(sa.text(query))).all()
        await tx.execute(ASKED)
    ids, staff = [one.id for one in people if one.is_cast], [p.id for p in people if not p.is_cast]
    one = [await _timed(database, ids[n * 7 % casts]) for n in range(READS)]
    every = await _timed(database, None)
    gather, close = await _run(database, found, staff)
    await database.close()
    return Spent(casts, percentile(one, 95), every, gather, close)


async def _timed(database: Database, user_id: int | None) -> float:
    begun = time.perf_counter()
    async with database.transaction() as tx:
        if user_id is None:
            assert await book.books(tx, SETTINGS)
        else:
            assert (await book.book_of(tx, SETTINGS, user_id)).payable > 0
    return (time.perf_counter() - begun) * 1000


async def _run(database: Database, found: Place, staff: Sequence[int]) -> tuple[float, float]:
    async with database.transaction() as tx:
        today: datetime = await clock(tx)
    day = next_bank_day(today.astimezone(SITE_ZONE).date())
    begun = time.perf_counter()
    async with database.transaction() as tx:
        run = (await gathering.gather(tx, SETTINGS, staff[0], "bench", "request", day)).run_id
        assert run is not None
    gathered = time.perf_counter()
    found.fill(
        "UPDATE payout_runs SET state = 'agreed', filed_at = now(), pay_on = current_date - 1"
    )
    filled = time.perf_counter()
    async with database.transaction() as tx:
        await closing.close(tx, run, staff[1])
    return (gathered - begun) * 1000, (time.perf_counter() - filled) * 1000


def _each(one: Spent) -> list[str]:
    """All of it, and a cast's part of it."""
    return [f"{ms:,.0f} ({ms / one.casts:.2f})" for ms in (one.books, one.gather, one.close)]


async def main(casts: Sequence[int]) -> None:
    """Measure and tell."""
    seen = []
    for number in casts:
        with place() as found:
            seen.append(await measure(found, number))
    rows = [(f"{one.casts:,} casts", f"{one.one_book:.1f}", *_each(one)) for one in seen]
    heads = ("", "a cast's book, p95 ms", "all books, ms (each)", "gather", "close")
    print(table(heads, rows), "\n")
    growth = max(
        (getattr(seen[-1], name) / seen[-1].casts) / (getattr(seen[0], name) / seen[0].casts)
        for name in ("books", "gather", "close")
    )
    print(goal(f"a cast's book {seen[-1].one_book:.1f} ms (≤ {GOAL_BOOK_MS})",
               seen[-1].one_book <= GOAL_BOOK_MS))  # fmt: skip
    print(goal(f"with {seen[-1].casts / seen[0].casts:.0f} × the casts each costs × {growth:.2f}"
               f" (≤ {GOAL_GROWTH})", growth <= GOAL_GROWTH))  # fmt: skip
    print(f"- {machine()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--casts", default=",".join(map(str, CASTS)))
    uvloop.run(main([int(number) for number in parser.parse_args().casts.split(",")]))
