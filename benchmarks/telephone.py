"""What a joined call takes of a gateway, how late speech is, and how soon a hang-up is seen.

.venv/bin/python -m benchmarks.telephone [--talks 1,10,50] [--seconds 10]

Everything is on this machine: the telephones and the trunk too, which take more than the gateway.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

import uvloop

from benchmarks.report import cpu_seconds, goal, machine, resident_kilobytes, table
from tests.telephone.phone import Phone
from tests.telephone.sounds import LINEAR, SILENCE, tone
from tests.telephone.trunk_double import TrunkDouble

TALKS = (1, 10, 50)
SECONDS, SETTLE_SECONDS, JOIN_SECONDS = 10.0, 2.0, 60.0
FIRST_PORT = 7000
GOAL_SHARE, GOAL_DELAY, GOAL_SEEN = 50.0, 100.0, 200.0
# 40 ms of a tone in each second, by which it is seen when it arrives.
CLICK = tone(1000, 0.04) + SILENCE * 48
LOUD = 2000


class Gateway:
    """A gateway in a process of its own, and what it tells."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pid = process.pid
        self.told: list[str] = []
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line)["what"])

    def do(self, *words: str) -> None:
        """Tell it to do something."""
        assert self.process.stdin is not None
        self.process.stdin.write((" ".join(words) + "\n").encode())

    async def until(self, what: str, times: int) -> None:
        """Wait until something was told so often."""
        async with asyncio.timeout(JOIN_SECONDS):
            while self.told.count(what) < times:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def opened(trunk: TrunkDouble) -> AsyncIterator[Gateway]:
    """Start a gateway on a trunk."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.telephone.gateway_program", str(file),
            f"127.0.0.1:{trunk.port}", "127.0.0.1:15080", "udp", str(file),
            stdin=-1, stdout=-1,
        )  # fmt: skip
        gateway = Gateway(process)
        try:
            await gateway.until("ready", 1)
            yield gateway
        finally:
            gateway.reading.cancel()
            process.terminate()
            await process.wait()


class Clicking(Phone):
    """A telephone that says a click each second, and notes when it says and hears one."""

    async def __aenter__(self) -> Self:
        self.said: list[float] = []
        self.heard_clicks: list[float] = []
        self.was_loud = False
        return await super().__aenter__()

    def rtp(self, kind: int, stamp: int, payload: bytes) -> bytes:
        if payload == CLICK[:160]:
            self.said.append(time.monotonic())
        return super().rtp(kind, stamp, payload)

    def _rtp_came(self, data: bytes, peer: tuple[str, int]) -> None:
        is_loud = any(abs(LINEAR[octet]) > LOUD for octet in data[12:])
        if is_loud and not self.was_loud:
            self.heard_clicks.append(time.monotonic())
        self.was_loud = is_loud
        super()._rtp_came(data, peer)


def delay(speaker: Clicking, hearer: Clicking) -> float:
    """Return how many milliseconds a click took from one telephone to the other, in the middle."""
    took = [
        min(at - said for at in hearer.heard_clicks if at > said)
        for said in speaker.said
        if any(0 < at - said < 0.9 for at in hearer.heard_clicks)
    ]
    return 1000 * median(took)


@dataclass(frozen=True)
class Cost:
    """What some talks took of the gateway, in percent of a core, milliseconds and MiB."""

    talks: int
    share: float
    delay: float
    rings: float
    seen: float
    size: float


async def measure(talks: int, seconds: float) -> Cost:
    """Join so many talks, and look for a while."""
    async with TrunkDouble() as trunk, opened(trunk) as gateway, AsyncExitStack() as stack:
        first, second = Clicking(FIRST_PORT, CLICK), Clicking(FIRST_PORT + 1, CLICK)
        more = [Phone(FIRST_PORT + 2 + n, tone(440)) for n in range(2 * talks - 2)]
        for phone in (first, second, *more):
            await stack.enter_async_context(phone)
        begun = time.monotonic()
        gateway.do("join", first.number, second.number)
        rings = await first.until("rings", JOIN_SECONDS) - begun
        await gateway.until("joined", 1)
        for n in range(talks - 1):
            gateway.do("join", more[2 * n].number, more[2 * n + 1].number)
            await gateway.until("joined", n + 2)
        await asyncio.sleep(SETTLE_SECONDS)
        first.said.clear()
        second.heard_clicks.clear()
        pid, cpu, at = gateway.pid, cpu_seconds(gateway.pid), time.monotonic()
        await asyncio.sleep(seconds)
        share = 100 * (cpu_seconds(pid) - cpu) / (time.monotonic() - at)
        hung_up = time.monotonic()
        first.hang_up()
        seen = await second.until("BYE", JOIN_SECONDS) - hung_up
        size = resident_kilobytes(pid) / 1024
        return Cost(talks, share, delay(first, second), 1000 * rings, 1000 * seen, size)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--talks", default=",".join(map(str, TALKS)))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    costs = [uvloop.run(measure(int(talks), given.seconds)) for talks in given.talks.split(",")]
    head = (
        "talks at once", "% of a core", "% a talk", "speech is late by, ms",
        "asked to ringing, ms", "hang-up to hang-up, ms", "MiB",
    )  # fmt: skip
    rows = [
        (
            cost.talks, f"{cost.share:.1f}", f"{cost.share / cost.talks:.2f}",
            f"{cost.delay:.0f}", f"{cost.rings:.0f}", f"{cost.seen:.0f}", f"{cost.size:.0f}",
        )
        for cost in costs
    ]  # fmt: skip
    print(machine(), table(head, rows), sep="\n\n", end="\n\n")
    most, late = costs[-1], max(cost.delay for cost in costs)
    print(
        goal(
            f"{most.talks} talks in at most {GOAL_SHARE:.0f} % of a core", most.share <= GOAL_SHARE
        )
    )
    print(goal(f"speech at most {GOAL_DELAY:.0f} ms late", late <= GOAL_DELAY))
    seen = max(cost.seen for cost in costs)
    print(goal(f"a hang-up seen within {GOAL_SEEN:.0f} ms", seen <= GOAL_SEEN))


if __name__ == "__main__":
    main()
