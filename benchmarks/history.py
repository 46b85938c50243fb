"""Whether charging slows down as the books grow: ten million old charges against none.

.venv/bin/python -m benchmarks.history [--charges N] [--rounds N]
"""

import argparse
import time
from statistics import median

import psycopg
import uvloop

from benchmarks.live_talks import FIRST_WALLET, RATE, SHARE, LiveTalks
from benchmarks.report import goal, machine, rate, ratio, table
from benchmarks.server import durable_server, new_database

LIVE = 5_000
BATCH = 1_000
CHARGES = 10_000_000
ROUNDS = 12
MINUTES = 50
FILL_SECONDS = 900

# Old talks go round the live callers, so that the history lies under the very wallets that are
# charged. Each lasted 50 minutes and emptied one lot. Ids go on where the live rows end.
_OLD = """
CREATE TEMP TABLE old AS
SELECT %(live)s + i AS talk, 3 * %(live)s + i AS lot, (i - 1) %% %(live)s + 1 AS caller,
  now() - interval '2 years' + i * interval '2 years' / (%(talks)s + 1) AS began
FROM generate_series(1, %(talks)s) i;
INSERT INTO talks (id, room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share,
  free_ms, minute_ms, with_video, state, entered_at, connected_ms, next_minute, ended_at,
  end_reason) OVERRIDING SYSTEM VALUE
SELECT talk, caller, caller, %(live)s + caller, %(first)s + caller, %(first)s + %(live)s + caller,
  %(rate)s, %(share)s, 60000, 60000, true, 'ended', began, 60000 * %(minutes)s, %(minutes)s + 1,
  began + interval '51 minutes', 'caller_left' FROM old;
INSERT INTO transfers (id, debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at) OVERRIDING SYSTEM VALUE
SELECT lot, (SELECT id FROM wallets WHERE kind = 'issued'), %(first)s + caller,
  %(rate)s * %(minutes)s, 'grant', 'benchmark', 'old-' || lot, '', began FROM old;
INSERT INTO lots (id, wallet_id, kind, granted, remaining, expires_at, latest, source,
  created_at)
OVERRIDING SYSTEM VALUE
SELECT lot, %(first)s + caller, 'granted', %(rate)s * %(minutes)s, 0, began + interval '3 months',
  began + interval '5 months', lot, began FROM old;
INSERT INTO lot_moves (transfer_id, lot_id, amount) SELECT lot, lot, %(rate)s * %(minutes)s FROM old
"""
_CHARGES = """
INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at,
  balance_after)
SELECT talk, m, %(first)s + caller, %(first)s + %(live)s + caller, %(rate)s, %(share)s,
  %(rate)s - %(share)s, began + m * interval '1 minute', 0
FROM old, generate_series(1, %(minutes)s) m
"""
_USES = """
INSERT INTO lot_uses (talk_id, minute, lot_id, amount)
SELECT talk, m, lot, %(rate)s FROM old, generate_series(1, %(minutes)s) m
"""
_PLAIN_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN ('charges'::regclass, 'lot_uses'::regclass) AND NOT indisprimary
"""
_SIZE = """
SELECT count(*), pg_size_pretty(pg_total_relation_size('charges')
  + pg_total_relation_size('lot_uses')) FROM charges
"""


def fill(owner: psycopg.Connection, charges: int) -> float:
    """Write old charges with all that belongs to them; return the seconds it took.

    Set-based and unchecked, with the plain indexes built afterwards as the migrations have them.
    """
    begun = time.monotonic()
    figures = {
        "talks": charges // MINUTES,
        "minutes": MINUTES,
        "live": LIVE,
        "first": FIRST_WALLET,
        "rate": RATE,
        "share": SHARE,
    }
    owner.execute(f"SET statement_timeout = '{FILL_SECONDS}s'")
    owner.execute("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'")
    owner.execute(_OLD, figures)
    indexes = owner.execute(_PLAIN_INDEXES).fetchall()
    for name, _ in indexes:
        owner.execute(f"DROP INDEX {name}")
    owner.execute(_CHARGES, figures)
    owner.execute(_USES, figures)
    for _, definition in indexes:
        owner.execute(definition)
    owner.execute("VACUUM (ANALYZE)")
    owner.execute("RESET session_replication_role")
    return time.monotonic() - begun


async def all_once(talks: LiveTalks) -> float:
    """Charge a minute of every live talk, 1,000 a batch; return charges a second."""
    spent = 0.0
    for _ in range(talks.count // BATCH):
        talks.fall_due(BATCH)
        begun = time.perf_counter()
        await talks.charge_as_ticker()
        spent += time.perf_counter() - begun
    talks.must_be_charged()
    return talks.count / spent


async def measure(empty: LiveTalks, full: LiveTalks, rounds: int) -> dict[str, list[float]]:
    """Let both take turns, the first alternately; the first round only warms up.

    A checkpoint halfway makes both write their pages whole again, as a site does every 5 minutes.
    """
    rates: dict[str, list[float]] = {"empty": [], "full": []}
    order = [("empty", empty), ("full", full)]
    for number in range(rounds + 1):
        if number in (1, 1 + rounds // 2):
            empty.owner.execute("CHECKPOINT")
        for name, talks in order:
            found = await all_once(talks)
            if number:
                rates[name].append(found)
        order.reverse()
    return rates


def tell(rates: dict[str, list[float]], size: tuple[int, str]) -> str:
    """The table and whether the goal was reached."""
    kept = ratio(rates["full"], rates["empty"])
    rows = [
        ("no old charges", rate(rates["empty"]), "1.00"),
        (f"{size[0]:,} old charges, {size[1]}", rate(rates["full"]), f"{kept:.2f}"),
    ]
    slowest = min(f / e for f, e in zip(rates["full"], rates["empty"], strict=True))
    batch = 1000 * BATCH / median(rates["full"])
    return "\n".join(
        (
            table(("1,000 a batch", "a second (slowest–fastest)", "× empty"), rows),
            "",
            goal(f"{kept:.3f} of the empty tables' rate (goal 0.8)", kept >= 0.8),
            f"- the worst turn {slowest:.2f}; a full batch takes {batch:.0f} ms",
        )
    )


async def run(small: tuple[str, str], large: tuple[str, str], charges: int, rounds: int) -> None:
    """Fill, measure and print what was found."""
    empty, full = LiveTalks.begin(*small, LIVE), LiveTalks.begin(*large, LIVE)
    try:
        seconds = fill(full.owner, charges)
        size = full.owner.execute(_SIZE).fetchone()
        assert size is not None
        print(f"Charging under {size[0]:,} old charges (filled in {seconds:.0f} s), ", end="")
        print(f"{LIVE:,} live talks; {rounds} rounds; {machine()}\n", flush=True)
        print(tell(await measure(empty, full, rounds), (size[0], size[1])))
        print(f"- {await empty.prove_books()}; {machine()}")
    finally:
        await empty.close()
        await full.close()


def main() -> None:
    """Start a server with two databases and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--charges", type=int, default=CHARGES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    with durable_server() as server:
        small, large = new_database(server, "empty"), new_database(server, "grown")
        uvloop.run(run(small, large, given.charges, given.rounds))


if __name__ == "__main__":
    main()
