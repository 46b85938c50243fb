"""How long the staff's page of today takes in the database, with ten times the charged minutes.

.venv/bin/python -m benchmarks.today [--minutes 200000]

The minutes lie evenly over two years: what the page reads of them, six months at most, grows with
the site, but by nothing older.
"""

import argparse
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial

import psycopg
import uvloop

from benchmarks.report import machine, table
from benchmarks.server import durable_server, new_database
from foundation.database import Database, Tx
from points import sums
from points.sums import PERIODS
from rooms.care.desk import today

MINUTES, TIMES, READS = 200_000, 10, 5
# No other row is asked for, so none is there. A vacuum is what keeps the index by time whole.
FILL = """
SET session_replication_role = replica;
INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at,
  balance_after)
SELECT n / 20 + 1, n %% 20 + 1, n %% 5000 + 1, n %% 200 + 10000, 120, 72, 48,
  clock_timestamp() - (1 - n::float / %(count)s) * interval '730 days', 1000
FROM generate_series(0, %(count)s - 1) n;
VACUUM ANALYZE charges
"""


async def measure(url: str) -> list[float]:
    """Return the median milliseconds of each of the page's questions."""
    database = Database(url, pool_size=1)
    questions: list[Callable[[Tx], Awaitable[object]]] = [today.at_once, today.queues]
    questions += [partial(sums.by, step=step) for step in PERIODS]
    found = []
    for ask in questions:
        took = []
        for _ in range(READS):
            async with database.transaction() as tx:
                begun = time.perf_counter()
                await ask(tx)
                took.append((time.perf_counter() - begun) * 1000)
        found.append(statistics.median(took))
    await database.close()
    return found


def main() -> None:
    """Measure with so many minutes and with ten times as many, and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=MINUTES)
    least = parser.parse_args().minutes
    rows = []
    with durable_server() as server:
        for count in (least, least * TIMES):
            url, owner_url = new_database(server, f"today_{count}")
            with psycopg.connect(owner_url, autocommit=True) as owner:
                for statement in FILL.split(";"):
                    told = {"count": count} if "%(count)s" in statement else None
                    owner.execute(statement, told)
            rows.append([f"{count:,}", *(f"{ms:.1f}" for ms in uvloop.run(measure(url)))])
    heads = ("minutes in two years", "now", "queues", *(f"by {step}" for step in PERIODS))
    print(machine())
    print(table(heads, rows))


if __name__ == "__main__":
    main()
