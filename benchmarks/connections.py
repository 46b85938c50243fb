"""How many idle connections one process holds, and what each of them costs.

.venv/bin/python -m benchmarks.connections [--most N]
"""

import argparse
import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvloop

from benchmarks.demo_site import demo_site
from benchmarks.report import cpu_seconds, machine, resident_kilobytes, table
from signaling.server import PING_SECONDS

MOST = 2_000
STEPS = 4
# The first connections also load what every later one shares.
WARM_UP = 50
GROW_SECONDS = 120
# Descriptors that a process needs beside its connections.
SPARE_FILES = 200


@dataclass(frozen=True)
class Held:
    """A process that holds `count` idle connections. `share` is that of one core, 0…1."""

    count: int
    kilobytes: int
    seconds: float
    share: float


class Crowd:
    """The process with the visitors."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def grow(self, count: int) -> float:
        """Let there be `count` visitors; return the seconds it took. Raises RuntimeError."""
        begun = time.monotonic()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{count}\n".encode())
        async with asyncio.timeout(GROW_SECONDS):
            told = await self._process.stdout.readline()
        if not told or int(told) != count:
            raise RuntimeError(f"{count} connections were wanted, and there were {told!r}")
        return time.monotonic() - begun


@asynccontextmanager
async def visitors(base: str) -> AsyncIterator[Crowd]:
    """Start the crowd, and send it away at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.crowd", base),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Crowd(process)
    finally:
        process.terminate()
        await process.wait()


def roomy(most: int) -> dict[str, str]:
    """The settings of a site that takes so many visitors from one address."""
    names = ("SOCKET_UNPROVED_PER_IPV4", "SOCKET_CONNECTIONS")
    room = {f"HITOTOKI_{name}": str(most) for name in names}
    return {**room, "HITOTOKI_CONNECTIONS": str(most + SPARE_FILES)}


async def measure(most: int) -> list[Held]:
    """Start a site, let the crowd grow step by step, and look at the site after each."""
    found = []
    counts = [WARM_UP, *(most * step // STEPS for step in range(1, STEPS + 1))]
    async with demo_site(**roomy(most)) as (site, _):
        assert site.process
        async with visitors(site.url) as crowd:
            for count in counts:
                seconds = await crowd.grow(count)
                found.append(await _look(site.process.pid, count, seconds))
    return found


async def _look(pid: int, count: int, seconds: float) -> Held:
    """Watch the idle process through one round of pings."""
    before, begun = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(PING_SECONDS)
    share = (cpu_seconds(pid) - before) / (time.monotonic() - begun)
    return Held(count, resident_kilobytes(pid), seconds, share)


def tell(found: Sequence[Held]) -> str:
    """The table of the crowd, and what it says of one connection."""
    head = ("", "MiB in RAM", "KiB a connection", "opened a second", "% of a core")
    rows: list[tuple[object, ...]] = []
    for last, held in zip([None, *found], found, strict=False):
        each, pace = "–", "–"
        if last:
            each = f"{(held.kilobytes - last.kilobytes) / (held.count - last.count):.1f}"
            pace = f"{(held.count - last.count) / held.seconds:.0f}"
        memory = f"{held.kilobytes / 1024:.0f}"
        rows.append((f"{held.count:,} connections", memory, each, pace, f"{100 * held.share:.1f}"))
    return f"{table(head, rows)}\n\n- {_extent(found[0], found[-1])}\n"


def _extent(first: Held, last: Held) -> str:
    more = last.count - first.count
    kilobytes = (last.kilobytes - first.kilobytes) / more
    share = max(1e-9, (last.share - first.share) / more)
    return (
        f"{kilobytes:.1f} KiB a connection: 1 GiB holds {1024**2 / kilobytes:,.0f} more; "
        f"pings alone would fill a core at {1 / share:,.0f}"
    )


async def run(most: int) -> None:
    """Measure and print what was found."""
    print(f"Connections, each watching the directory; {machine()}\n", flush=True)
    print(tell(await measure(most)), flush=True)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    print(f"- this account may open {files:,} files a process; {machine()}")


def main() -> None:
    """Measure as many as this account may open."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most", type=int, default=MOST)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    uvloop.run(run(min(options.parse_args().most, files - SPARE_FILES)))


if __name__ == "__main__":
    main()
