"""What ordinary people notice while a site is attacked: slow, many, malformed and forged.

.venv/bin/python -m benchmarks.attack [--seconds S]
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import uvloop

from benchmarks.demo_site import demo_site
from benchmarks.pages import PAGES, VISITOR, Child, child, member
from benchmarks.report import cpu_seconds, goal, machine, resident_kilobytes, table

SECONDS, QUIET_SECONDS = 600.0, 20.0
# Ordinary people: each reads a page, then the next.
READERS = 4
GOAL_P99 = 1.0


@dataclass(frozen=True)
class Phase:
    """What people saw in one stretch of time, and what the site took for it."""

    name: str
    answers: int
    wrong: int
    p50: float
    p99: float
    core: float
    kilobytes: int


@dataclass
class Stand:
    """The site, and those who read its pages: visitors and a member."""

    port: int
    pid: int
    readers: list[tuple[Child, str, str]]

    async def watch(self, name: str, seconds: float) -> Phase:
        """Let people read for so long."""
        before = cpu_seconds(self.pid)
        seen = await asyncio.gather(
            *(self._read(*reader, seconds=seconds) for reader in self.readers)
        )
        return Phase(
            name,
            sum(one["answers"] for one in seen),
            sum(one["wrong"] for one in seen),
            max(one["p50"] for one in seen),
            max(one["p99"] for one in seen),
            (cpu_seconds(self.pid) - before) / seconds,
            resident_kilobytes(self.pid),
        )

    async def _read(self, asked: Child, path: str, cookie: str, *, seconds: float) -> Any:
        headers = {"Accept-Language": "ja", "Cookie": cookie}
        return await asked.ask(
            {"port": self.port, "path": path, "headers": headers, "readers": READERS,
             "seconds": seconds, "pause": 0.25}
        )  # fmt: skip


async def measure(seconds: float) -> tuple[list[Phase], dict[str, int]]:
    """Watch before, during and after the attack."""
    async with AsyncExitStack() as stack:
        site, database = await stack.enter_async_context(demo_site())
        assert site.process
        known = await member(database)
        who = [(path, VISITOR) for path in PAGES.values()] + [("/points", known)]
        readers = [
            (await stack.enter_async_context(child("benchmarks.readers")), path, cookie)
            for path, cookie in who
        ]
        stand = Stand(site.port, site.process.pid, readers)
        found = [await stand.watch("before", QUIET_SECONDS)]
        attackers = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.attackers", str(site.port), str(seconds)),
            stdout=asyncio.subprocess.PIPE,
        )
        found.append(await stand.watch("under attack", seconds))
        out, _ = await attackers.communicate()
        found.append(await stand.watch("after", QUIET_SECONDS))
        return found, json.loads(out)


def tell(found: Sequence[Phase], told: dict[str, int]) -> str:
    """The tables, and whether the goal was reached."""
    rows = [
        (one.name, f"{one.answers:,}", one.wrong, f"{1000 * one.p50:.0f}", f"{1000 * one.p99:.0f}",
         f"{100 * one.core:.0f}", f"{one.kilobytes / 1024:.0f}")
        for one in found
    ]  # fmt: skip
    head = ("", "answers", "wrong", "p50, ms", "p99, ms", "% of a core", "MiB in RAM")
    during = found[1]
    reached = during.p99 <= GOAL_P99 and during.wrong == 0
    return "\n".join(
        (
            table(head, rows), "",
            table(("attackers", "times"), sorted(told.items())), "",
            goal(f"p99 of ordinary people's pages {during.p99:.2f} s (≤ {GOAL_P99:g}),"
                 f" {during.wrong} wrong answers", reached),
        )
    )  # fmt: skip


async def run(seconds: float) -> None:
    """Measure and print what was found."""
    print(f"An attack of {seconds:g} s; {machine()}\n", flush=True)
    print(tell(*await measure(seconds)), flush=True)
    print(f"- {machine()}")


def main() -> None:
    """Attack for as long as is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=SECONDS)
    uvloop.run(run(options.parse_args().seconds))


if __name__ == "__main__":
    main()
