"""Live talks by robots over real sockets: what a beat costs, and how long its answer takes.

.venv/bin/python -m benchmarks.talks [--talks 200,1200,2000] [--processes 1,2] [--profile FOLDER]
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.demo_site import Sites, demo_sites
from benchmarks.entered_talks import EnteredTalks
from benchmarks.report import cpu_seconds, goal, machine, resident_kilobytes, table
from tests.browser.site import ROOT

TALKS = (200, 800, 1200, 2000)
PROCESSES = (1, 2)
# The first minutes are free: from then on minutes are charged, a thirtieth of the talks a second.
SETTLE_SECONDS = 20
BEAT_SECONDS = 5.0
WATCH_SECONDS = 40
ANSWER_SECONDS = 900
GOAL_SECONDS, GOAL_GROWTH, GOAL_TWO = 0.5, 1.3, 1.7
SETTINGS = {
    "HITOTOKI_SOCKET_UNPROVED_PER_IPV4": "100000",
    "HITOTOKI_SOCKET_CONNECTIONS": "100000",
    "HITOTOKI_CONNECTIONS": "100000",
    # They are entered all at once, and sit down one after the other.
    "HITOTOKI_CONNECT_SECONDS": "600",
}


@dataclass(frozen=True)
class Seen:
    """What was seen of `talks` on so many processes. CPU in seconds of all serving processes."""

    processes: int
    talks: int
    running: int
    acks: int
    late: int
    refused: dict[str, int]
    pushes: int
    p50: float
    p99: float
    cpu: float
    seconds: float
    kilobytes: int
    sat_down: float

    @property
    def beat_cpu(self) -> float:
        """CPU seconds a beat, with everything else that the processes do meanwhile."""
        return self.cpu / max(1, self.acks)


class Robots:
    """The process with the robots."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, verb: str, figure: float) -> dict[str, Any]:
        """Give an order and return its answer. Raises RuntimeError."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{verb} {figure}\n".encode())
        async with asyncio.timeout(ANSWER_SECONDS):
            told = await self._process.stdout.readline()
        if not told:
            raise RuntimeError("the robots are gone")
        answer: dict[str, Any] = json.loads(told)
        return answer


@asynccontextmanager
async def robots(pause: float, bases: Sequence[str]) -> AsyncIterator[Robots]:
    """Start the robots, and send them away at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.robots", str(pause), *bases),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Robots(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def measure(
    processes: int, steps: Sequence[int], pause: float, profile: Path | None
) -> list[Seen]:
    """Let the talks grow step by step, and look at the site after each."""
    found = []
    sampling = {}
    if profile:
        sampling["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'benchmarks' / 'sampling'}"
        sampling["SAMPLES"] = str(profile / f"talks-{processes}")
    async with demo_sites(processes, **SETTINGS, **sampling) as sites:
        talks = EnteredTalks.on(sites.server.owner_url)
        async with robots(pause, [site.url for site in sites.sites]) as crowd:
            for count in steps:
                talks.grow(count)
                grown = await crowd.tell("talks", count)
                await crowd.tell("watch", SETTLE_SECONDS)
                if profile:
                    _signal(sites, signal.SIGUSR1)
                found.append(await _look(sites, crowd, talks, grown))
                print(_row(found[-1]), file=sys.stderr, flush=True)
        talks.close()
    return found


def _pids(sites: Sites) -> list[int]:
    return [site.process.pid for site in sites.sites if site.process]


def _signal(sites: Sites, number: signal.Signals) -> None:
    for pid in _pids(sites):
        os.kill(pid, number)


async def _look(sites: Sites, crowd: Robots, talks: EnteredTalks, grown: dict[str, Any]) -> Seen:
    pids = _pids(sites)
    before = sum(cpu_seconds(pid) for pid in pids)
    told = await crowd.tell("watch", WATCH_SECONDS)
    cpu = sum(cpu_seconds(pid) for pid in pids) - before
    return Seen(
        processes=len(pids),
        talks=talks.count,
        running=talks.state()[0],
        acks=told["acks"],
        late=told["late"],
        refused=told["refused"],
        pushes=told["pushes"],
        p50=told["p50"],
        p99=told["p99"],
        cpu=cpu,
        seconds=WATCH_SECONDS,
        kilobytes=sum(resident_kilobytes(pid) for pid in pids),
        sat_down=grown["seconds"],
    )


HEAD = (
    "", "running", "beats a second", "CPU a beat, ms", "% of a core", "ack p50, ms", "p99, ms",
    "refused or late", "MiB in RAM",
)  # fmt: skip


def _row(seen: Seen) -> tuple[object, ...]:
    each = "process" if seen.processes == 1 else "processes"
    return (
        f"{seen.talks:,} talks, {seen.processes} {each}",
        f"{seen.running:,}",
        f"{seen.acks / seen.seconds:.0f}",
        f"{1000 * seen.beat_cpu:.2f}",
        f"{100 * seen.cpu / seen.seconds:.0f}",
        f"{1000 * seen.p50:.0f}",
        f"{1000 * seen.p99:.0f}",
        sum(seen.refused.values()) + seen.late,
        f"{seen.kilobytes / 1024:.0f}",
    )


def tell(found: Sequence[Seen]) -> str:
    """The table, and which goals were reached."""
    lines = [table(HEAD, [_row(seen) for seen in found]), ""]
    one = [seen for seen in found if seen.processes == 1]
    two = [seen for seen in found if seen.processes == 2]
    if len(one) > 1:
        first, last = one[0], one[-1]
        growth = last.beat_cpu / first.beat_cpu
        memory = (last.kilobytes - first.kilobytes) / (2 * (last.talks - first.talks))
        lines += [
            goal(f"{last.talks:,} talks: p99 {last.p99:.2f} s (≤ {GOAL_SECONDS})",
                 last.p99 <= GOAL_SECONDS),
            goal(f"CPU a beat × {growth:.2f} that at {first.talks:,} (≤ {GOAL_GROWTH})",
                 growth <= GOAL_GROWTH),
            f"- {memory:.1f} KiB a socket",
        ]  # fmt: skip
    if one and two:
        gain = 2 * one[-1].beat_cpu / two[-1].beat_cpu
        lines.append(
            goal(f"two processes carry {gain:.2f} × one, by CPU a beat (≥ {GOAL_TWO})",
                 gain >= GOAL_TWO)
        )  # fmt: skip
    lines += [f"- refused: {seen.refused}" for seen in found if seen.refused]
    return "\n".join(lines)


async def run(
    steps: Sequence[int], processes: Sequence[int], pause: float, profile: Path | None
) -> None:
    """Measure and print what was found."""
    begun = f"Live talks, a beat every {pause:g} s a side; {machine()}\n"
    print(begun, flush=True)
    found = []
    for count in processes:
        found += await measure(count, steps, pause, profile)
    print(tell(found), flush=True)
    print(f"- {machine()}")


def _figures(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Measure what is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--talks", type=_figures, default=TALKS)
    options.add_argument("--processes", type=_figures, default=PROCESSES)
    options.add_argument("--beat", type=float, default=BEAT_SECONDS)
    options.add_argument("--profile", type=Path)
    asked = options.parse_args()
    uvloop.run(run(asked.talks, asked.processes, asked.beat, asked.profile))


if __name__ == "__main__":
    main()
