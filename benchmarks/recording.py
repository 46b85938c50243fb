"""What a recorded talk costs: ours, Janus with .mjr, aiortc's MediaRelay with MediaRecorder.

.venv/bin/python -m benchmarks.recording [--talks 1,8] [--seconds 20] [--rounds 2]

The talks are those of `benchmarks.relay`: 480 lines at 1 Mbit/s from each side, and sound. CPU is
the server process's own, before the recording and during it; what finishing the files costs
afterwards is spread over the time that was recorded.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import uvloop

from benchmarks.place import percentile
from benchmarks.relays import janus
from benchmarks.relays.child import Child, child
from benchmarks.relays.crowd import Crowd, Meet, Sender
from benchmarks.relays.stream import loop
from benchmarks.report import cpu_seconds, goal, machine, ratio, table

TALKS, SECONDS, ROUNDS = (1, 8), 20.0, 2
# Until what is held back at a beginning has been written.
SETTLE_SECONDS = 5.0
OURS, JANUS = "this relay, sealed WebM", "Janus, video call, .mjr"
THEIRS = "aiortc's MediaRelay, MediaRecorder"
# It takes most of a core a talk, so that more than a few are not to be had here.
MOST_OF_THEIRS = 1
WANTED_KBIT = 1200
GOAL_JANUS, GOAL_THEIRS = 1.2, 8.0


@dataclass(frozen=True)
class RecordingCost:
    """Percent of a core for each talk, and how long its packets took, p99 in ms."""

    plain: float
    recorded: float
    finishing: float
    plain_ms: float
    recorded_ms: float

    @property
    def whole(self) -> float:
        """What a recorded talk costs with all that belongs to it."""
        return self.recorded + self.finishing


@dataclass(frozen=True)
class RecordingServer:
    """One of those that are compared: its process, how two meet on it, how a talk is recorded."""

    pid: int
    meet: Meet
    record: Callable[[int], Awaitable[Any]]
    stop: Callable[[int], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def by_lines(module: str, folder: Path) -> AsyncIterator[RecordingServer]:
    """A server that is spoken with by lines."""
    async with child(f"benchmarks.recorded.{module}", str(folder)) as running:
        yield RecordingServer(
            running.pid,
            _meeting(running),
            lambda talk: running.ask(record=talk),
            lambda talk: running.ask(stop=talk),
        )


def _meeting(running: Child) -> Meet:
    async def meet(number: int, one: Sender, other: Sender) -> None:
        for side, sender in (("caller", one), ("cast", other)):
            offer = await sender.peer.offer()
            told = await running.ask(talk_id=number, side=side, sdp=offer)
            await sender.peer.accept(told["sdp"])

    return meet


@asynccontextmanager
async def by_janus(folder: Path) -> AsyncIterator[RecordingServer]:
    """Janus."""
    async with janus.janus() as (pid, base), aiohttp.ClientSession() as client:
        calls: dict[int, tuple[janus.Call, janus.Call]] = {}

        async def meet(number: int, one: Sender, other: Sender) -> None:
            calls[number] = await janus.meet(client, base, one.peer, other.peer)

        async def record(talk: int) -> None:
            for side, call in enumerate(calls[talk]):
                await call.say(request="set", record=True, filename=str(folder / f"{talk}-{side}"))
                await call.hear("set")

        async def stop(talk: int) -> dict[str, Any]:
            for call in calls[talk]:
                await call.say(request="set", record=False)
                await call.hear("set")
            files = list(folder.glob(f"{talk}-*.mjr"))
            return {"bytes": sum(file.stat().st_size for file in files), "dropped": 0}

        yield RecordingServer(pid, meet, record, stop)


@asynccontextmanager
async def opened(server: str, folder: Path) -> AsyncIterator[RecordingServer]:
    """Start a server."""
    if server == JANUS:
        async with by_janus(folder) as one:
            yield one
    else:
        async with by_lines("ours" if server == OURS else "media_recorder", folder) as one:
            yield one


async def measure(server: str, talks: int, seconds: float, folder: Path) -> RecordingCost:
    """Let some talks go on for so long without a recording, and as long with one."""
    async with opened(server, folder) as running:
        decoded = server == THEIRS
        crowd = Crowd(stamped=not decoded, kbit=WANTED_KBIT if decoded else 0)
        await crowd.grow(talks, running.meet)
        await crowd.talk(SETTLE_SECONDS)
        plain, plain_ms = await _percent(running.pid, crowd, talks, seconds)
        for talk in range(talks):
            await running.record(talk)
        await crowd.talk(SETTLE_SECONDS)
        recorded, recorded_ms = await _percent(running.pid, crowd, talks, seconds)
        used = cpu_seconds(running.pid)
        for talk in range(talks):
            told = await running.stop(talk)
            # 1 Mbit/s of each of the two, or what MediaRecorder makes of it.
            assert told["dropped"] == 0, told
            assert told["bytes"] > (1000 if decoded else seconds * 100_000), told
        finishing = (cpu_seconds(running.pid) - used) / (SETTLE_SECONDS + seconds)
        await crowd.close()
    return RecordingCost(plain, recorded, 100 * finishing / talks, plain_ms, recorded_ms)


async def _percent(pid: int, crowd: Crowd, talks: int, seconds: float) -> tuple[float, float]:
    """Return the percent of a core for each talk, and the p99 of its packets in ms."""
    crowd.took()
    used = cpu_seconds(pid)
    await crowd.talk(seconds)
    share = 100 * (cpu_seconds(pid) - used) / seconds / talks
    took = crowd.took()
    return share, 1000 * percentile(took, 99) if took else 0.0


Costs = dict[tuple[str, int], list[RecordingCost]]


async def costs(steps: Sequence[int], seconds: float, rounds: int) -> Costs:
    """Measure all servers, which take turns."""
    servers = [OURS, *([JANUS] if janus.JANUS else []), THEIRS]
    if not janus.JANUS:
        print("Janus is not installed (apt-get install janus): left out", flush=True)
    found: Costs = defaultdict(list)
    for talks in steps:
        for _ in range(rounds):
            for server in servers if talks <= MOST_OF_THEIRS else servers[:-1]:
                with tempfile.TemporaryDirectory(prefix="hitotoki-recordings-") as name:
                    cost = await measure(server, talks, seconds, Path(name))
                found[server, talks].append(cost)
                print(f"  {server}, {talks}: {cost}", flush=True)
    return found


def told(found: Costs) -> str:
    """The table of what recorded talks cost, and which goals were reached."""
    head = ("", "talks", "% of a core a talk, plain", "recorded", "finishing its files",
            "latency p99, ms, plain", "recorded")  # fmt: skip
    parts = ("plain", "recorded", "finishing", "plain_ms", "recorded_ms")
    rows = [
        (server, talks, *(f"{median(getattr(one, part) for one in of):.2f}" for part in parts))
        for (server, talks), of in found.items()
    ]
    lines = [table(head, rows), ""]
    whole = {key: [one.whole for one in of] for key, of in found.items()}
    for (server, talks), of in whole.items():
        ours = whole[OURS, talks]
        if server == JANUS:
            times = ratio(ours, of)
            reached = times <= GOAL_JANUS
            lines.append(goal(f"{talks} talks: {times:.2f} × Janus (≤ {GOAL_JANUS})", reached))
        elif server == THEIRS:
            less = ratio(of, ours)
            text = f"{less:.1f} × below MediaRelay and MediaRecorder (≥ {GOAL_THEIRS:g})"
            lines.append(goal(text, less >= GOAL_THEIRS))
    return "\n".join(lines)


async def run(steps: Sequence[int], seconds: float, rounds: int) -> None:
    """Measure and print what was found."""
    print(f"Recordings; {machine()}\n", flush=True)
    # Made once: meanwhile a leg would be taken for a silent one.
    loop()
    print(told(await costs(steps, seconds, rounds)))
    print(f"- {machine()}")


def main() -> None:
    """Measure what is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--talks", type=lambda text: [int(part) for part in text.split(",")], default=TALKS
    )
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    asked = options.parse_args()
    uvloop.run(run(asked.talks, asked.seconds, asked.rounds))


if __name__ == "__main__":
    main()
