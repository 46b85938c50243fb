"""A talk of two browsers on two computers, and what an outage between them does to it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, async_playwright

from foundation.database import Database
from tests.browser.conftest import AWAKE, StartSite
from tests.browser.conftest import FLAGS as FAKES
from tests.browser.lab import Host, Lab, NoLabError, lab
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.test_talk import ROOM, room_title

# Names of .local are resolved by multicast, which these namespaces don't have.
FLAGS = [*FAKES, *AWAKE, "--disable-features=WebRtcHideLocalIpsWithMdns"]

# Notes since when the talk has been going on without a break, by the clock that all share.
# A break: no frame of the other side's for a second, or anything that lies over the picture.
WATCH = """
window.flow = { since: null, frames: 0, at: 0, seen: [] };
setInterval(() => {
  const stage = document.querySelector("talk-stage");
  const video = stage?.querySelector("[data-part=remote]");
  const veil = stage?.querySelector("[data-part=veil]");
  if (!video || !veil) return;
  const { flow } = window;
  const frames = video.getVideoPlaybackQuality().totalVideoFrames;
  const now = Date.now();
  const shown = stage.dataset.state + (veil.hidden ? "" : ":" + veil.dataset.kind);
  if (flow.seen.at(-1)?.[1] !== shown) flow.seen.push([now, shown]);
  if (frames !== flow.frames) flow.at = now;
  flow.frames = frames;
  const goes = now - flow.at < 1000 && shown === "talking";
  if (!goes) flow.since = null;
  else flow.since ??= flow.at;
}, 50);
"""


@dataclass
class Apart:
    """The caller on host b and the cast on host a, in a talk."""

    lab: Lab
    caller: Person
    cast: Person

    @property
    def people(self) -> dict[str, tuple[Person, Host]]:
        """Each side's person and computer."""
        a, b = self.lab.hosts
        return {"cast": (self.cast, a), "caller": (self.caller, b)}

    def hosts_of(self, side: str) -> list[Host]:
        """The computers of one side, or of `both`."""
        return [host for name, (_, host) in self.people.items() if side in (name, "both")]

    async def goes_on(self, after: float, seconds: float) -> dict[str, float | None]:
        """Wait until both see the talk go on since `after` (s); the seconds that each took."""
        took = await asyncio.gather(
            *(_flows(person, after, seconds) for person, _ in self.people.values())
        )
        return dict(zip(self.people, took, strict=True))


async def _flows(person: Person, after: float, seconds: float) -> float | None:
    until = time.time() + seconds
    while time.time() < until:
        since = await person.page.evaluate("window.flow.since")
        if since is not None and since / 1000 > after:
            return float(since) / 1000 - after
        await asyncio.sleep(0.25)
    return None


@contextlib.asynccontextmanager
async def two_browsers(place: Lab, base: str, *more: str) -> AsyncIterator[list[Browser]]:
    """One Chromium on each host, with more flags."""
    flags = [*FLAGS, f"--unsafely-treat-insecure-origin-as-secure={base}", *more]
    async with async_playwright() as playwright:
        browsers = [
            await playwright.chromium.launch(executable_path=host.chromium, args=flags)
            for host in place.hosts
        ]
        try:
            yield browsers
        finally:
            for browser in browsers:
                await browser.close()


async def begin(
    place: Lab,
    base: str,
    browsers: list[Browser],
    room: tuple[int, str],
    prepare: Callable[[Person, Person], Awaitable[None]] | None = None,
) -> Apart:
    """Let the two meet in a room (its number and title), each on their computer."""
    cast = await Person.arrive(browsers[0], base, "はるか", PHONE)
    caller = await Person.arrive(browsers[1], base, "健太", PHONE)
    for person in (cast, caller):
        await person.page.add_init_script(WATCH)
    if prepare:
        await prepare(caller, cast)
    await cast.stand_by(room[1])
    await caller.enter(room[0])
    apart = Apart(place, caller, cast)
    went = await apart.goes_on(0, 60)
    if None in went.values():
        seen = [await person.page.evaluate("window.flow.seen") for person in (cast, caller)]
        raise AssertionError(f"the talk never began: {went}; they saw {seen}")
    return apart


async def settle(apart: Apart, seconds: float = 4) -> None:
    """Let the talk run undisturbed."""
    await apart.caller.page.wait_for_timeout(seconds * SECONDS)


async def meet(
    opened: contextlib.AsyncExitStack,
    start_site: StartSite,
    database: Database,
    prepare: Callable[[Person, Person], Awaitable[None]] | None = None,
    *,
    lossy: bool = False,
    **settings: str,
) -> Apart:
    """Let two people on two computers of their own meet in a talk, until `opened` is closed.

    Skips the test where the machine does not allow that.
    """
    try:
        computers = opened.enter_context(lab(lossy=lossy))
    except NoLabError as reason:
        pytest.skip(f"no network namespaces here: {reason}")
    site = await start_site(HITOTOKI_HOST="0.0.0.0", **settings)
    base = f"http://{computers.address}:{site.port}"
    browsers = await opened.enter_async_context(two_browsers(computers, base))
    room = ROOM, await room_title(database)
    return await begin(computers, base, browsers, room, prepare)
