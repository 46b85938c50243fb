"""The site on a real port, and browsers that connect to it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from tests.signaling.browser import FakeBrowser
from web.app import make_app

Connect = Callable[[int | None], Awaitable[FakeBrowser]]


@pytest.fixture
async def server(database: Database, settings: Settings) -> AsyncIterator[TestServer]:
    """The whole site, without the clock."""
    server = TestServer(make_app(settings, database))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def connect(
    server: TestServer, database: Database, settings: Settings
) -> AsyncIterator[Connect]:
    """Opens browsers, and closes them after the test."""
    opened: list[FakeBrowser] = []

    async def open_one(user_id: int | None) -> FakeBrowser:
        opened.append(await FakeBrowser.open(server, database, settings, user_id))
        return opened[-1]

    yield open_one
    for browser in opened:
        await browser.close()
