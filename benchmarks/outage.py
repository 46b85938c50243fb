"""How soon a talk goes on after an outage: two Chromium on two computers (network namespaces).

.venv/bin/python -m benchmarks.outage [--rounds N] [--seconds 5 30 …] [--busy]   (as root)
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import uvloop
from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from benchmarks.demo_site import demo_site
from benchmarks.entry import ROOM, title_of
from benchmarks.report import machine, table
from tests.browser import apart
from tests.browser.apart import Apart
from tests.browser.lab import Host, Lab, lab

ROUNDS = 5
SECONDS = (5, 12, 20, 30, 45, 60, 80)
SIDES = ("caller", "cast", "both")
# Then it counts as lost.
PATIENCE = 60
# A talk may stand still for three minutes in all, and not too often; the next cut is another's.
MOST_STANDSTILL, MOST_CUTS = 150, 3
BEGINNINGS = 3


@dataclass(frozen=True)
class Cut:
    """What happens to whose link, for how long."""

    what: str
    side: str
    seconds: int


@dataclass
class Stand:
    """The two browsers, and the talk that is going on in them."""

    place: Lab
    base: str
    browsers: list[Browser]
    title: str
    talk: Apart | None = None
    stood: float = 0.0
    cuts: int = 0
    found: dict[Cut, list[float | None]] = field(default_factory=dict)

    async def talking(self, cut: Cut) -> Apart:
        """The talk that is cut: a new one where the present one has stood still for long."""
        stands_long = self.stood + cut.seconds > MOST_STANDSTILL or self.cuts == MOST_CUTS
        if self.talk and stands_long:
            await self.leave()
        if self.talk is None:
            self.talk = await self._begin()
            self.stood, self.cuts = 0.0, 0
        self.cuts += 1
        return self.talk

    async def _begin(self) -> Apart:
        for tries_left in reversed(range(BEGINNINGS)):
            try:
                return await apart.begin(self.place, self.base, self.browsers, (ROOM, self.title))
            except (AssertionError, PlaywrightError) as error:
                # The machine stood still; what is measured is coming back.
                print(f"a talk did not begin: {error}", file=sys.stderr, flush=True)
                for context in (one for each in self.browsers for one in each.contexts):
                    await context.close()
                if not tries_left:
                    raise
        raise AssertionError

    async def leave(self) -> None:
        """Hang up, if there is still a talk, and close both windows."""
        assert self.talk
        with contextlib.suppress(Exception):
            await self.talk.caller.hang_up()
            await self.talk.caller.see_account()
        await self.talk.caller.close()
        await self.talk.cast.close()
        self.talk = None

    async def measure(self, cut: Cut) -> None:
        """Cut once, and note how many seconds after the network's return both go on."""
        talk = await self.talking(cut)
        # Long enough for both to have proved that they are back, never the same phase of a beat.
        await apart.settle(talk, 6 + random.random() * 5)
        returned = await _cut(cut, talk.hosts_of(cut.side))
        seconds = await _longest(talk, returned)
        self.found.setdefault(cut, []).append(seconds)
        self.stood += cut.seconds + (seconds or PATIENCE)
        print(f"{cut.what}, {cut.side}, {cut.seconds} s: {seconds}", flush=True)
        if seconds is None:
            await self.leave()


async def _longest(talk: Apart, returned: float) -> float | None:
    """The seconds until both go on; None where one does not, or is told that the talk is over."""
    try:
        took = (await talk.goes_on(returned, PATIENCE)).values()
    except PlaywrightError:
        return None
    back = [seconds for seconds in took if seconds is not None]
    return max(back) if len(back) == len(took) else None


async def _cut(cut: Cut, hosts: Sequence[Host]) -> float:
    if cut.what == "another address":
        moved = time.time()
        for host in hosts:
            host.move()
        # What was still on its way is no sign that the talk goes on.
        await asyncio.sleep(1.5)
        return moved
    for host in hosts:
        host.unplug() if cut.what == "plug pulled" else host.enter_tunnel()
    await asyncio.sleep(cut.seconds)
    for host in hosts:
        host.plug() if cut.what == "plug pulled" else host.leave_tunnel()
    return time.time()


def cuts(seconds: Sequence[int]) -> list[Cut]:
    """Every length on every side, and what else may happen to a link."""
    tunnels = [Cut("tunnel", side, length) for length in seconds for side in SIDES]
    plugs = [Cut("plug pulled", side, min(30, *seconds)) for side in SIDES[:2]]
    return [*tunnels, *plugs, *(Cut("another address", side, 0) for side in SIDES[:2])]


def tell(found: dict[Cut, list[float | None]]) -> str:
    """The table: how many came back, and how soon."""
    rows = []
    for cut, took in found.items():
        back = [seconds for seconds in took if seconds is not None]
        times = (f"{median(back):.1f}", f"{max(back):.1f}") if back else ("–", "–")
        length = f"{cut.seconds} s" if cut.seconds else "–"
        rows.append((cut.what, cut.side, length, f"{len(back)} of {len(took)}", *times))
    return table(("what", "whose link", "for", "came back", "s, median", "s, worst"), rows)


@contextlib.contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Keep every core busy with something else, if wanted."""
    spinning = multiprocessing.get_context("spawn")
    others = [
        spinning.Process(target=_spin, daemon=True)
        for _ in range((os.cpu_count() or 1) if wanted else 0)
    ]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.terminate()


def _spin() -> None:
    while True:
        pass


@contextlib.asynccontextmanager
async def stand() -> AsyncIterator[Stand]:
    """A site, two computers and a browser on each."""
    with lab() as place:
        async with demo_site(HITOTOKI_HOST="0.0.0.0") as (site, database):
            base = f"http://{place.address}:{site.port}"
            title = await title_of(database, ROOM)
            async with apart.two_browsers(place, base) as browsers:
                yield Stand(place, base, browsers, title)


async def run(rounds: int, seconds: Sequence[int], *, with_others: bool) -> None:
    """Cut, wait, and print what was found."""
    others = ", every core busy with something else" if with_others else ""
    print(f"Outages, {rounds} rounds{others}; {machine()}\n", flush=True)
    async with stand() as place:
        with busy(with_others):
            for _ in range(rounds):
                for cut in cuts(seconds):
                    await place.measure(cut)
        print(f"\n{tell(place.found)}\n\n- {machine()}")


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seconds", type=int, nargs="+", default=SECONDS)
    options.add_argument("--busy", action="store_true", help="with a process on every core")
    given = options.parse_args()
    uvloop.run(run(given.rounds, given.seconds, with_others=given.busy))


if __name__ == "__main__":
    main()
