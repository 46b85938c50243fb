"""Two real browsers agree to a recording, talk, stop it, and watch both sides of it in step."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, in_one_loop, one_talk
from tests.browser.media_process import SHARED, Carrier
from tests.browser.person import SECONDS, Person
from tests.browser.test_relay import Pair
from tests.browser.test_talk import ROOM

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(300)]

WAIT_SECONDS = 60
RECORDED_SECONDS = 15
# Two players on one clock: a picture at 5 a second stands for longer.
IN_STEP_SECONDS = 0.2

StartRecorder = Callable[[], Awaitable[Carrier]]


@pytest.fixture
def recording(tmp_path: Path) -> dict[str, str]:
    """What the site and its media processes have in common."""
    return {
        **SHARED,
        # Else casts, who hide their address, would go through the relay from the beginning.
        "HITOTOKI_HIDE_ADDRESSES": "choice",
        "HITOTOKI_RECORDING": "true",
        "HITOTOKI_RECORDING_KEY": "a key of the tests' recordings alone",
        "HITOTOKI_RECORDINGS": str(tmp_path / "recordings"),
    }


@in_one_loop()
async def recorders(database_url: str, recording: dict[str, str]) -> AsyncIterator[StartRecorder]:
    """Starts media processes that record, and stops them."""
    started: list[Carrier] = []

    async def start() -> Carrier:
        started.append(await Carrier.start(database_url, **recording))
        return started[-1]

    yield start
    for carrier in started:
        await carrier.end(signal.SIGTERM)


async def let_room_ask(database: Database) -> None:
    """The room had said for long that it may ask."""
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE rooms SET recording_since = now() - interval '1 day' WHERE id = :id"),
            {"id": ROOM},
        )


async def part(person: Person, name: str) -> None:
    await person.page.locator(f'[data-part="{name}"]').click()


async def ask_and_agree(both: Pair) -> None:
    """The cast asks, the caller reads and agrees; both see the mark turn red, and run."""
    await part(both.cast, "devices-open")
    await part(both.cast, "recording-open")
    await expect(both.cast.page.locator(".stage-consent-words li")).to_have_count(5)
    await part(both.cast, "recording-agree")
    title = both.caller.page.locator('[data-part="recording-title"]')
    await expect(title).to_contain_text("録画したいそうです")
    # Nothing runs yet, and the asker's page says that it waits.
    waiting = both.cast.page.locator('[data-part="recording"]')
    await expect(waiting).to_have_attribute("data-tone", "quiet")
    await part(both.caller, "recording-agree")
    await runs(both)


async def runs(both: Pair) -> None:
    for person in (both.caller, both.cast):
        text = person.page.locator('[data-part="recording-text"]')
        await expect(text).to_have_text("録画中", timeout=WAIT_SECONDS * SECONDS)
        mark = person.page.locator('[data-part="recording"]')
        await expect(mark).to_have_attribute("data-tone", "on")


async def until(database: Database, query: str) -> None:
    """Wait until a query says true."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            async with database.transaction() as tx:
                if await tx.scalar(sa.text(query)):
                    return
            await asyncio.sleep(0.1)


LONG_ENOUGH = f"""
SELECT run_ms + extract(epoch FROM clock_timestamp() - running_since) * 1000
  > {RECORDED_SECONDS * 1000} FROM recordings
"""
# Where each side's player stands, on the line of the recording's time.
PLACES = """
() => {
  const player = document.querySelector('[data-part="player"]');
  const files = JSON.parse(player.dataset.files);
  const places = [...player.querySelectorAll('[data-screen]')].map((screen) => {
    const video = screen.querySelector('video');
    const file = files.find((one) => video.currentSrc.endsWith(one.src));
    return { at: video.currentTime + (file?.at ?? NaN), size: video.videoWidth };
  });
  return { state: player.dataset.state, at: Number(player.dataset.at), places };
}
"""


async def plays_in_step(page: Page) -> None:
    """Look at both players again and again while they play."""
    looks: list[dict[str, Any]] = []
    async with asyncio.timeout(WAIT_SECONDS):
        while len(looks) < 10:
            look = await page.evaluate(PLACES)
            if look["state"] == "playing":
                looks.append(look)
            await asyncio.sleep(0.3)
    # A single look may fall between two steps of the clock.
    apart = sorted(abs(one["places"][0]["at"] - one["places"][1]["at"]) for one in looks[2:])
    print("apart in seconds", apart)
    assert apart[len(apart) // 2] < IN_STEP_SECONDS, looks
    assert looks[-1]["at"] > looks[0]["at"] + 1
    assert all(place["size"] > 0 for place in looks[-1]["places"])


async def test_both_agree_talk_stop_and_watch_it_in_step(
    browser: Browser,
    start_site: StartSite,
    recorders: StartRecorder,
    recording: dict[str, str],
    database: Database,
) -> None:
    await recorders()
    site = await start_site(**recording)
    await let_room_ask(database)
    both = await Pair.meet(browser, site.url, database)
    pair, path, _ = await both.path()
    assert path == "p2p"
    await ask_and_agree(both)
    assert (await both.goes_on(pair))[0] == "relay"
    # Who loads the page anew finds the mark there.
    await both.caller.page.reload()
    await both.talk()
    await runs(both)
    await until(database, LONG_ENOUGH)
    await part(both.caller, "recording-act")
    for person in (both.caller, both.cast):
        text = person.page.locator('[data-part="recording-text"]')
        await expect(text).to_contain_text("録画を止めました")
    await until(database, "SELECT count(*) = 2 FROM recording_parts WHERE whole")
    await both.end()
    for person in (both.caller, both.cast):
        page = person.page
        await page.goto(f"{site.url}/recordings")
        await page.locator(".lines a").click()
        await part(person, "play")
        await plays_in_step(page)
        # A tap on the account's line goes there, on both.
        await page.locator('[data-part="place"]').fill("8")
        await page.wait_for_function(
            "() => Number(document.querySelector('[data-part=player]').dataset.at) > 8.5"
        )
        await plays_in_step(page)
        assert person.problems == []


async def test_after_the_death_of_a_media_process_the_same_recording_goes_on(
    browser: Browser,
    start_site: StartSite,
    recorders: StartRecorder,
    recording: dict[str, str],
    database: Database,
) -> None:
    first = await recorders()
    site = await start_site(**recording)
    await let_room_ask(database)
    both = await Pair.meet(browser, site.url, database)
    await ask_and_agree(both)
    await until(database, LONG_ENOUGH.replace(str(RECORDED_SECONDS * 1000), "4000"))
    pair, path, _ = await both.path()
    assert path == "relay"
    await first.end(signal.SIGKILL)
    # Nobody writes any more: the pages say so.
    await until(database, "SELECT state = 'halted' FROM recordings")
    for person in (both.caller, both.cast):
        mark = person.page.locator('[data-part="recording"]')
        await expect(mark).to_have_attribute("data-tone", "still")
    await recorders()
    await both.goes_on(pair)
    await runs(both)
    await until(database, "SELECT count(*) = 1 FROM recordings WHERE state = 'running'")
    await until(database, LONG_ENOUGH.replace(str(RECORDED_SECONDS * 1000), "8000"))
    await part(both.cast, "recording-act")
    # What the killed one left was finished by the one that came after it.
    await until(database, "SELECT count(*) = 4 FROM recording_parts")
    await both.end()
