"""Chromium with a fake camera, and demo sites to point it at."""

import asyncio
import functools
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext, BrowserType, async_playwright, expect

from foundation.database import Database
from foundation.embedded import APP_ROLE, EmbeddedPostgres
from notify.tables import notices
from tests.browser.forked_site import ForkedSite
from tests.browser.person import SECONDS
from tests.browser.site import Site
from tests.conftest import TEMPLATE, Owner, copy_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
# The same engine without windows around its pages, where it is installed: a third less to do.
LIGHT = shutil.which("chromium-headless-shell") or CHROMIUM
FLAGS = [
    # Few pictures a second: what is tested is that they come, not how many a slow machine draws.
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--mute-audio",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
]
# What lets a page in the background live as one in the foreground, whatever else is on the screen.
AWAKE = [
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]

SLOW_AT_ONCE = "IntensiveWakeUpThrottling:grace_period_seconds/5"

# Before its first look at the clock there is nothing to do yet.
LEFT_TO_DO = sa.text("""
SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing'
    OR status = 'todo' AND scheduled_at IS NULL)
  OR EXISTS (SELECT FROM room_search_due) OR NOT EXISTS (SELECT FROM payout_terms)
""")

StartSite = Callable[..., Awaitable[Site]]

# Talks with cameras and sound take much of a core: no more than these two go on at once.
one_talk, other_talk = (pytest.mark.xdist_group(name) for name in ("one talk", "other talk"))

# What people meet is shown once in all of the browser that they have, windows included.
whole_browser = pytest.mark.whole_browser

# The browser's tests share a loop, for their one Chromium belongs to it.
in_one_loop = functools.partial(pytest_asyncio.fixture, loop_scope="session")

# A slow machine is no fault of a page's.
expect.set_options(timeout=30 * SECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the browser's tests run in the loop of their fixtures."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@in_one_loop(scope="session")
async def chromium() -> AsyncIterator[BrowserType]:
    """What starts browsers."""
    async with async_playwright() as playwright:
        yield playwright.chromium


@in_one_loop(scope="session")
async def running(chromium: BrowserType) -> AsyncIterator[dict[str, Browser]]:
    """The worker's browsers by their programs, one of each."""
    started: dict[str, Browser] = {}
    yield started
    for browser in started.values():
        await browser.close()


@in_one_loop()
async def browser(
    request: pytest.FixtureRequest, chromium: BrowserType, running: dict[str, Browser]
) -> AsyncIterator[Browser]:
    """A Chromium that knows nothing of the tests before."""
    program = CHROMIUM if request.node.get_closest_marker("whole_browser") else LIGHT
    if program not in running or not running[program].is_connected():
        running[program] = await chromium.launch(executable_path=program, args=[*FLAGS, *AWAKE])
    yield running[program]
    await _close_windows(running)


async def _close_windows(running: dict[str, Browser]) -> None:
    for browser in running.values():
        for context in browser.contexts:
            await context.close()


@in_one_loop()
async def power_saver(chromium: BrowserType, tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """The windows of a Chromium that slows down what is in the background, as people's do.

    Playwright tells the pages of a browser that it starts that they are always seen. So this one is
    started by hand; and what is slowed down most, by default after five minutes, is so at once.
    """
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, *FLAGS, "--headless", "--accept-lang=ja-JP", "--remote-debugging-port=0"),
        *(f"--user-data-dir={tmp_path / 'chromium'}", f"--enable-features={SLOW_AT_ONCE}"),
        stderr=asyncio.subprocess.PIPE,
    )
    address = await _heard(process)
    browser = await chromium.connect_over_cdp(address, no_defaults=True)
    yield browser.contexts[0]
    await browser.close()
    process.terminate()
    await process.communicate()


async def _heard(process: asyncio.subprocess.Process) -> str:
    """Where a Chromium says that it listens."""
    assert process.stderr
    async with asyncio.timeout(60):
        async for line in process.stderr:
            if found := re.search(rb"listening on (ws://\S+)", line):
                return found[1].decode()
    raise RuntimeError("Chromium ended.")


@in_one_loop(scope="session")
async def demo_template(
    postgres: EmbeddedPostgres, server_owner: Owner, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """A database on which a demo site has begun: a site in its copies need not do that again.

    It has its people, who have read what they are told at once, and finds its rooms. That a site
    comes so far in an empty one is for tests/cli to show.
    """
    with copy_of(server_owner, TEMPLATE) as name:
        url = postgres.url(APP_ROLE, name)
        site = await ForkedSite.start(url, None, tmp_path_factory.mktemp("begun"))
        database = Database(url, pool_size=1)
        try:
            await has_begun(database)
            # What tells of something new in a test tells of nothing else.
            async with database.transaction() as tx:
                await tx.execute(sa.update(notices).values(read_at=sa.func.now()))
        finally:
            # Nobody may be connected to what is copied.
            await database.close()
            await site.stop()
        yield name


async def has_begun(database: Database) -> None:
    """Wait until a site has done what it does at first: nothing of it is left twice in a row."""
    done = 0
    async with asyncio.timeout(120):
        while done < 2:
            async with database.transaction() as tx:
                done = 0 if await tx.scalar(LEFT_TO_DO) else done + 1
            await asyncio.sleep(1)


@pytest.fixture
def database_name(server_owner: Owner, demo_template: str) -> Iterator[str]:
    """The name of a fresh copy of the demo site's database, dropped after the test."""
    with copy_of(server_owner, demo_template) as name:
        yield name


@in_one_loop()
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database, as the application sees it."""
    opened = Database(database_url, pool_size=5)
    yield opened
    await opened.close()


@in_one_loop()
async def owner_database(owner_url: str) -> AsyncIterator[Database]:
    """The same fresh database, as the owner of its tables."""
    opened = Database(owner_url, pool_size=2)
    yield opened
    await opened.close()


@in_one_loop()
async def start_site(
    database_url: str, tmp_path: Path, running: dict[str, Browser]
) -> AsyncIterator[StartSite]:
    """Starts demo sites on one fresh database, and stops them. They have no past."""
    started: list[Site] = []

    async def start(**more: str) -> Site:
        site = await ForkedSite.start(database_url, None, tmp_path / "data", **more)
        started.append(site)
        return site

    yield start
    # A site that stops waits for pages that are open, which go on working meanwhile.
    await _close_windows(running)
    for site in started:
        await site.stop()


@in_one_loop()
async def site(start_site: StartSite) -> Site:
    """One demo site with short minutes."""
    return await start_site()
