"""What the tests of faults may ask for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from signaling.server import LIVE
from tests.browser.forked_site import ForkedSite
from tests.browser.site import Site
from tests.faults.window import Window
from web.app import make_app

StartSite = Callable[..., Awaitable[Site]]
Open = Callable[..., Awaitable[Window]]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What this process logs; drawing every trace would take longer than the tests."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def server_here(database: Database, settings: Settings) -> AsyncIterator[TestServer]:
    """The whole site in this process, without the clock."""
    server = TestServer(make_app(settings, database))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def here(server_here: TestServer) -> str:
    """The address of the whole site in this process, without the clock."""
    return str(server_here.make_url("/"))


@pytest.fixture
def live(server_here: TestServer) -> Database:
    """That site's connections for beats and talks."""
    return server_here.app[LIVE]


@pytest.fixture
async def open_window(database: Database, settings: Settings) -> AsyncIterator[Open]:
    """Opens windows on sites of the test's database, and closes them."""
    opened: list[Window] = []

    async def open_one(address: str, user: int | None, tab: str = "tab-one-0001") -> Window:
        opened.append(await Window.open(address, database, settings, user, tab))
        return opened[-1]

    yield open_one
    for window in opened:
        await window.close()


@pytest.fixture
async def start_site(database_url: str, tmp_path: Path) -> AsyncIterator[StartSite]:
    """Starts serving processes on the test's database, and stops them."""
    started: list[Site] = []

    async def start(**more: str) -> Site:
        site = await ForkedSite.start(database_url, None, tmp_path / "data", **more)
        started.append(site)
        return site

    yield start
    for site in started:
        await site.stop()
