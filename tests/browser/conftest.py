"""Chromium with a fake camera, and demo sites to point it at."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.person import SECONDS
from tests.browser.site import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--mute-audio",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]

StartSite = Callable[..., Awaitable[Site]]

# A slow machine is no fault of a page's.
expect.set_options(timeout=30 * SECONDS)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of the test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def start_site(database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[StartSite]:
    """Starts demo sites on one fresh database, and stops them."""
    started: list[Site] = []

    async def start(**more: str) -> Site:
        started.append(await Site.start(database_url, owner_url, tmp_path / "data", **more))
        return started[-1]

    yield start
    for site in started:
        await site.stop()


@pytest.fixture
async def site(start_site: StartSite) -> Site:
    """One demo site with short minutes."""
    return await start_site()
