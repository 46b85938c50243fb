"""What each line of the timetable costs over a million reservations, and sweeps of a million rows.

python -m benchmarks.timetable [--rows 1000000]
"""

import argparse
import time
from collections.abc import Sequence

import sqlalchemy as sa
import uvloop

from benchmarks.bookings import fill
from benchmarks.place import Place, place, told
from foundation.database import Database
from foundation.settings import Settings
from notify.senders import leave_in_mailbox
from scheduler.errands import Tools
from scheduler.schedule import MINUTE, SCHEDULE

# Of one cast's reservations there are so many.
EACH = 14_624
# Each caller can keep one time.
LAPSED = 2000


def more(rows: int) -> str:
    """Return SQL for what is to be swept: times kept and never confirmed, old mails, sessions."""
    return f"""SET session_replication_role = replica;
INSERT INTO reservations (room_id, cast_id, caller_id, starts_at, ends_at, minutes, rate, share,
  points, state, kept_until, cancel_until)
SELECT r.id, r.cast_id, u.id, at, at + interval '10 minutes', 10, 100, 80, 1000, 'kept',
  now() - interval '1 hour', at - interval '12 hours'
FROM generate_series(1, {LAPSED}) n JOIN rooms r ON r.id = 1 + n % 2
JOIN users u ON u.nickname = 'b' || n + (SELECT count(*) FROM rooms)
CROSS JOIN LATERAL (SELECT date_trunc('day', now()) + interval '30 days'
  + n * interval '10 minutes' AS at) moment;
INSERT INTO mails (to_address, subject, text, created_at, sent_at, next_try_at)
SELECT 'b@bench.example', 's', repeat('words ', 50), now() - interval '200 days',
  now() - interval '200 days', NULL FROM generate_series(1, {rows});
INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at)
SELECT sha256(n::text::bytea), 1 + n % 2000, now() - interval '90 days',
  now() - interval '60 days', now() - interval '30 days' FROM generate_series(1, {rows}) n;
SET session_replication_role = origin"""


async def measure(found: Place, rows: int) -> list[str]:
    """Run what is due, and then each line of every minute with nothing due."""
    database = Database(found.url, pool_size=2)
    tools = Tools(Settings(demo=True), database, leave_in_mailbox)
    lines = [
        f"filled:  {await _count(database, 'reservations'):,} reservations",
        await _swept(tools, "lapse_keeps", "reservations", "state = 'kept'"),
        await _swept(tools, "sweep_mails", "mails"),
        await _swept(tools, "sweep_sessions", "sessions"),
    ]
    lines += [
        f"idle:    {line.name} {await _run(tools, line.name) * 1000:,.1f} ms"
        for line in SCHEDULE
        if line.cron == MINUTE
    ]
    await database.close()
    return lines


async def _swept(tools: Tools, name: str, table: str, where: str = "true") -> str:
    before = await _count(tools.database, table, where)
    seconds = await _run(tools, name)
    gone = before - await _count(tools.database, table, where)
    rate = gone / seconds
    return f"swept:   {name} {gone:,} of {before:,} in {seconds:,.1f} s, {rate:,.0f} a second"


async def _run(tools: Tools, name: str) -> float:
    began = time.perf_counter()
    await next(line for line in SCHEDULE if line.name == name).errand(tools)
    return time.perf_counter() - began


async def _count(database: Database, table: str, where: str = "true") -> int:
    async with database.transaction() as tx:
        found = await tx.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {where}"))
    return int(found or 0)


def main(words: Sequence[str] | None = None) -> None:
    """Measure on a database of its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args(words).rows
    with place() as found:
        found.fill(fill(max(2, rows // EACH)), more(rows))
        goal = "no line of a minute takes long, whatever lies in the tables"
        print(told("The timetable", goal, uvloop.run(measure(found, rows))))


if __name__ == "__main__":
    main()
