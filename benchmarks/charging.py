"""How many minutes a second can be charged: set-based, against the ORM and against TPC-B.

.venv/bin/python -m benchmarks.charging [--rounds N]
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median

import uvloop

from benchmarks import orm
from benchmarks.live_talks import LiveTalks
from benchmarks.report import goal, machine, rate, ratio, table
from benchmarks.server import durable_server, new_database
from benchmarks.tpcb import CLIENTS, PgBench

LIVE = 5_000
ROUNDS = 9
# Batch size → batches in one turn, so that each turn lasts a few tenths of a second.
BATCHES = {1: 60, 100: 12, 1_000: 4, 5_000: 1}
ORM_CHARGES = 100
WORKERS = 8
TPCB_SECONDS = 3
YARD, ORM, ORM_MANY = f"TPC-B, {CLIENTS} clients", "ORM, one by one", f"ORM, {WORKERS} at once"

Turn = Callable[[], Awaitable[float]]


def name_of(size: int) -> str:
    """What the table calls a batch size."""
    return f"set-based, {size:,} a batch"


async def in_batches(talks: LiveTalks, size: int) -> float:
    """Charge some batches of `size` due minutes; return charges a second."""
    spent = 0.0
    for _ in range(BATCHES[size]):
        talks.fall_due(size)
        begun = time.perf_counter()
        await talks.charge_as_ticker()
        spent += time.perf_counter() - begun
    talks.must_be_charged()
    return BATCHES[size] * size / spent


async def by_orm(talks: LiveTalks, workers: int) -> float:
    """Charge due minutes with a transaction each; return charges a second."""
    due = talks.fall_due(ORM_CHARGES * workers)
    begun = time.perf_counter()
    shares = (due[i::workers] for i in range(workers))
    await asyncio.gather(*(orm.charge_each(talks.database, share) for share in shares))
    spent = time.perf_counter() - begun
    talks.must_be_charged()
    return len(due) / spent


async def measure(talks: LiveTalks, yard: PgBench, rounds: int) -> dict[str, list[float]]:
    """Let all take turns; return each one's rates, turn by turn. The first round only warms up."""

    async def tpcb() -> float:
        return await asyncio.to_thread(yard.rate, TPCB_SECONDS)

    turns: dict[str, Turn] = {
        **{name_of(size): partial(in_batches, talks, size) for size in BATCHES},
        ORM: partial(by_orm, talks, 1),
        ORM_MANY: partial(by_orm, talks, WORKERS),
        YARD: tpcb,
    }
    rates: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(rounds + 1):
        for name, turn in turns.items():
            found = await turn()
            if number:
                rates[name].append(found)
    return rates


def tell(rates: dict[str, list[float]]) -> str:
    """The table and whether the goals were reached."""
    rows = [
        (
            name,
            rate(found),
            *(f"{ratio(found, rates[other]):.2f}" for other in (YARD, ORM, ORM_MANY)),
        )
        for name, found in rates.items()
    ]
    thousand = rates[name_of(1_000)]
    yard, alone = ratio(thousand, rates[YARD]), ratio(thousand, rates[ORM])
    return "\n".join(
        (
            table(
                ("", "a second (slowest–fastest)", "× TPC-B", "× ORM", f"× ORM ×{WORKERS}"), rows
            ),
            "",
            goal(f"at 1,000 a batch {yard:.2f} × TPC-B (goal 3)", yard >= 3),
            goal(f"at 1,000 a batch {alone:.1f} × the ORM one by one (goal 50)", alone >= 50),
            f"- a full batch takes {1000 * 1000 / median(thousand):.0f} ms",
        )
    )


async def run(url: str, owner_url: str, yard: PgBench, rounds: int) -> None:
    """Measure on a filled database and print what was found."""
    talks = LiveTalks.begin(url, owner_url, LIVE)
    try:
        print(f"Charging, {LIVE:,} live talks; {rounds} rounds; {machine()}\n", flush=True)
        print(tell(await measure(talks, yard, rounds)))
        print(f"- {await talks.prove_books()}; {machine()}")
    finally:
        await talks.close()


def main() -> None:
    """Start a server and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    rounds: int = options.parse_args().rounds
    with durable_server() as server:
        yard = PgBench(server)
        uvloop.run(run(*new_database(server, "site"), yard, rounds))


if __name__ == "__main__":
    main()
