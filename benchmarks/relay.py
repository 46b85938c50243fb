"""What a talk by the relay costs, against aiortc's MediaRelay and Janus, and how it looks.

.venv/bin/python -m benchmarks.relay [--talks 1,8,20] [--seconds 15] [--only talks|pages]
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import uvloop

from benchmarks.place import percentile
from benchmarks.relays import janus
from benchmarks.relays.child import Child, child
from benchmarks.relays.crowd import Crowd, Meet, Sender
from benchmarks.relays.pages import CHROMIUM, Answer, Sight, connect, pages, sight
from benchmarks.report import cpu_seconds, goal, machine, resident_kilobytes, table

TALKS = (1, 8, 20)
SETTLE_SECONDS = 3.0
SECONDS = 15.0
OURS, JANUS, THEIRS = "this relay", "Janus, video call", "aiortc's MediaRelay"
# It takes half a core a talk, so that more than a few are not to be had here.
MOST_OF_THEIRS = 1
WANTED_KBIT = 1200
PAGE_SETTLE_SECONDS, PAGE_SECONDS = 10.0, 20.0
SIZES = {(640, 480): 1000, (1280, 720): 2000}
GOAL_JANUS, GOAL_THEIRS, GOAL_FPS = 1.2, 12.0, 0.97


@dataclass(frozen=True)
class Cost:
    """What some talks took of one server, and how long their packets."""

    server: str
    talks: int
    cpu: float
    sent: int
    arrived: int
    took: Sequence[float]
    kilobytes: int

    @property
    def share(self) -> float:
        """Percent of a core for each talk."""
        return 100 * self.cpu / self.talks


@asynccontextmanager
async def opened(server: str) -> AsyncIterator[tuple[int, Meet]]:
    """Start a server; yield its process, and how two meet on it."""
    if server == JANUS:
        async with janus.janus() as (pid, base), aiohttp.ClientSession() as client:

            async def call(number: int, one: Sender, other: Sender) -> None:
                await janus.meet(client, base, one.peer, other.peer)

            yield pid, call
        return
    module = "ours" if server == OURS else "media_relay"
    async with child(f"benchmarks.relays.{module}") as running:

        async def meet(number: int, one: Sender, other: Sender) -> None:
            for side, sender in (("caller", one), ("cast", other)):
                offer = await sender.peer.offer()
                told = await running.ask(talk_id=number, side=side, sdp=offer)
                await sender.peer.accept(told["sdp"])

        yield running.pid, meet


async def measure(server: str, talks: int, seconds: float) -> Cost:
    """Let some talks go on for so long."""
    decoded = server == THEIRS
    async with opened(server) as (pid, meet):
        crowd = Crowd(stamped=not decoded, kbit=WANTED_KBIT if decoded else 0)
        await crowd.grow(talks, meet)
        await crowd.talk(SETTLE_SECONDS)
        crowd.took()
        cpu, (sent, arrived) = cpu_seconds(pid), crowd.counts()
        await crowd.talk(seconds)
        cpu = cpu_seconds(pid) - cpu
        sent, arrived = (now - before for now, before in
                         zip(crowd.counts(), (sent, arrived), strict=True))  # fmt: skip
        cost = Cost(server, talks, cpu / seconds, sent, arrived, crowd.took(),
                    resident_kilobytes(pid))  # fmt: skip
        await crowd.close()
    return cost


async def costs(steps: Sequence[int], seconds: float) -> list[Cost]:
    """Measure all servers, which take turns."""
    servers = [OURS, *([JANUS] if janus.JANUS else [])]
    if not janus.JANUS:
        print("Janus is not installed (apt-get install janus): left out", flush=True)
    found = []
    for talks in steps:
        for server in [*servers, *([THEIRS] if talks <= MOST_OF_THEIRS else [])]:
            found.append(await measure(server, talks, seconds))
            print(f"  {server}, {talks}: {found[-1].share:.2f} %", flush=True)
    return found


def tell_costs(found: Sequence[Cost]) -> str:
    """The table of what talks cost, and which goals were reached."""
    head = ("", "talks", "% of a core a talk", "latency p50, ms", "p99, ms",
            "packets sent", "arrived", "MiB in RAM")  # fmt: skip
    lines = [table(head, [_row(cost) for cost in found]), ""]
    ours = {cost.talks: cost.share for cost in found if cost.server == OURS}
    for cost in found:
        against = cost.share / ours[cost.talks]
        if cost.server == JANUS:
            lines.append(goal(f"{cost.talks} talks: {1 / against:.2f} × Janus (≤ {GOAL_JANUS})",
                              1 / against <= GOAL_JANUS))  # fmt: skip
        elif cost.server == THEIRS:
            lines.append(goal(f"{against:.1f} × below MediaRelay (≥ {GOAL_THEIRS:g})",
                              against >= GOAL_THEIRS))  # fmt: skip
    return "\n".join(lines)


def _row(cost: Cost) -> tuple[object, ...]:
    took = [f"{1000 * percentile(cost.took, each):.1f}" if cost.took else "–" for each in (50, 99)]
    return (cost.server, cost.talks, f"{cost.share:.2f}", *took, f"{cost.sent:,}",
            f"{cost.arrived:,}", f"{cost.kilobytes / 1024:.0f}")  # fmt: skip


async def look(size: tuple[int, int], *, relayed: bool) -> list[Sight]:
    """What each of two real pages sees of the other."""
    async with child("benchmarks.relays.ours") as server, pages(size, SIZES[size]) as (one, other):
        await connect(one, other, _answered_by(server) if relayed else None)
        await asyncio.sleep(PAGE_SETTLE_SECONDS)
        before = [await page.evaluate("look()") for page in (one, other)]
        await asyncio.sleep(PAGE_SECONDS)
        after = [await page.evaluate("look()") for page in (one, other)]
    return [sight(*each) for each in zip(before, after, strict=True)]


def _answered_by(server: Child) -> Answer:
    async def answer(side: str, sdp: str) -> str:
        return str((await server.ask(talk_id=1, side=side, sdp=sdp))["sdp"])

    return answer


async def looks() -> str:
    """Compare real pages by the relay and directly, at each size."""
    if not CHROMIUM:
        return "Chromium is not installed: no pages were looked at"
    rows, lines = [], []
    for size in SIZES:
        fps = {}
        for way in ("directly", "by the relay", "directly again"):
            seen = await look(size, relayed=way == "by the relay")
            fps[way] = min(each.fps for each in seen)
            rows.append(_seen(size, way, seen))
            print(f"  {rows[-1]}", flush=True)
        direct = min(fps["directly"], fps["directly again"])
        what = f"{size[0]} × {size[1]}: {fps['by the relay']:.1f} a second, directly {direct:.1f}"
        lines.append(goal(what, fps["by the relay"] >= GOAL_FPS * direct))
    head = ("", "pictures a second", "freezes", "seconds frozen", "kbit/s", "came as")
    return "\n".join([table(head, rows), "", *lines])


def _seen(size: tuple[int, int], way: str, seen: Sequence[Sight]) -> tuple[object, ...]:
    return (
        f"{size[0]} × {size[1]}, {way}",
        " and ".join(f"{each.fps:.1f}" for each in seen),
        " and ".join(f"{each.freezes:.0f}" for each in seen),
        " and ".join(f"{each.frozen:.1f}" for each in seen),
        " and ".join(f"{each.kbit:,.0f}" for each in seen),
        " and ".join(f"{each.width:.0f}" for each in seen),
    )


async def run(steps: Sequence[int], seconds: float, only: str | None) -> None:
    """Measure and print what was found."""
    print(f"The relay; {machine()}\n", flush=True)
    if only != "pages":
        print(tell_costs(await costs(steps, seconds)), flush=True)
    if only != "talks":
        print(f"\n{await looks()}", flush=True)
    print(f"- {machine()}")


def main() -> None:
    """Measure what is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--talks", type=lambda text: [int(part) for part in text.split(",")],
                         default=TALKS)  # fmt: skip
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--only", choices=("talks", "pages"))
    asked = options.parse_args()
    uvloop.run(run(asked.talks, asked.seconds, asked.only))


if __name__ == "__main__":
    main()
