"""How long it takes from the press of "enter" to the other's face, in two Chromium windows.

.venv/bin/python -m benchmarks.entry [--talks N]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import sqlalchemy as sa
import uvloop
from playwright.async_api import async_playwright

from benchmarks.demo_site import demo_site
from benchmarks.report import machine, table
from foundation.database import Database
from tests.browser.conftest import AWAKE, CHROMIUM, FLAGS
from tests.browser.person import SECONDS, Person

TALKS = 20
# As most cameras have it indoors: the tests' own is slower, and its first picture comes later.
CAMERA = "--use-fake-device-for-media-stream=fps=20"
CAST, CALLER, ROOM = "はるか", "健太", 1
# Notes in each page, by the clock that both share, when what happened for the first time.
MARKS = Path(__file__).with_name("marks.js")

# Step → the side and the mark that tell it, in the order in which they usually come.
STEPS = {
    "the POST is answered": ("caller", "answered"),
    "the cast is told (talk:entered)": ("cast", "entered"),
    "the caller's seat (talk:join)": ("caller", "joined"),
    "the cast's seat (talk:join)": ("cast", "joined"),
    "the caller is connected (ICE, DTLS)": ("caller", "connected"),
    "the cast is connected (ICE, DTLS)": ("cast", "connected"),
    "the caller's first beat with media": ("caller", "beat"),
    "the cast's first beat with media": ("cast", "beat"),
    "the meter runs (a beat's answer)": ("caller", "talking"),
    "the caller's browser has decoded a frame": ("caller", "decoded"),
    "the cast's browser has decoded a frame": ("cast", "decoded"),
    "**the caller sees the cast**": ("caller", "seen"),
    "**the cast sees the caller**": ("cast", "seen"),
    "the caller sees more than black": ("caller", "lit"),
    "the cast sees more than black": ("cast", "lit"),
    "nothing lies over the cast's picture": ("caller", "open"),
    "nothing lies over the caller's picture": ("cast", "open"),
}

Marks = dict[str, dict[str, float]]


async def one_talk(caller: Person, cast: Person, title: str) -> dict[str, float]:
    """Enter, see each other, hang up; return each step's milliseconds since the press."""
    await cast.stand_by(title)
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}/enter")
    button = caller.page.locator("[data-part=enter]:enabled")
    await button.wait_for(timeout=15 * SECONDS)
    # Both pages have come to rest, as they have when somebody has read the price.
    await caller.page.wait_for_timeout(1 * SECONDS)
    await button.click()
    sides = {"caller": caller, "cast": cast}
    marks: Marks = {}
    for side, person in sides.items():
        wanted = [mark for whose, mark in STEPS.values() if whose == side]
        await person.page.wait_for_function(
            "names => names.every(name => name in window.marks)", arg=wanted, timeout=30 * SECONDS
        )
        marks[side] = await person.page.evaluate("window.marks")
    await caller.hang_up()
    await caller.see_account()
    await cast.see_account()
    pressed = marks["caller"]["pressed"]
    return {step: marks[side][mark] - pressed for step, (side, mark) in STEPS.items()}


async def measure(base: str, title: str, talks: int) -> list[dict[str, float]]:
    """Hold some talks one after the other in two windows; the first one only warms up."""
    async with async_playwright() as playwright:
        flags = [*FLAGS, *AWAKE, CAMERA]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        caller = await Person.arrive(browser, base, CALLER)
        cast = await Person.arrive(browser, base, CAST)
        for person in (caller, cast):
            await person.page.add_init_script(path=MARKS)
        found = [await one_talk(caller, cast, title) for _ in range(talks + 1)]
        await browser.close()
    return found[1:]


def tell(found: Sequence[dict[str, float]]) -> str:
    """The table of steps, in ms since the press."""
    rows = []
    for step in STEPS:
        times = sorted(talk[step] for talk in found)
        rows.append((step, f"{median(times):.0f}", f"{times[0]:.0f}", f"{times[-1]:.0f}"))
    return table(("ms after the press", "median", "fastest", "slowest"), rows)


async def title_of(database: Database, room: int) -> str:
    """The title by which the cast chooses the room."""
    async with database.transaction() as tx:
        query = sa.text("SELECT title FROM rooms WHERE id = :room")
        return str(await tx.scalar(query, {"room": room}))


async def run(talks: int) -> None:
    """Start a site, hold the talks and print what was found."""
    async with demo_site() as (site, database):
        print(f"Entry, {talks} talks, two windows of one Chromium; {machine()}\n", flush=True)
        print(tell(await measure(site.url, await title_of(database, ROOM), talks)))
        print(f"\n- {machine()}")


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--talks", type=int, default=TALKS)
    uvloop.run(run(options.parse_args().talks))


if __name__ == "__main__":
    main()
