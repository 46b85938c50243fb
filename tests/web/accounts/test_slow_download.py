"""Who takes their own data along and then doesn't read it keeps a file of ours for a while only."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from aiohttp import ClientError

from foundation.database import Database
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, make_user
from web.pages.accounts import own_data

# More than lies in the sockets on both sides.
MANY = 64 * 2**20


async def test_a_download_that_nobody_reads_is_broken_off(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def files(*_: Any) -> AsyncIterator[tuple[str, bytes]]:
        yield "much.bin", os.urandom(2**20) * (MANY // 2**20)

    monkeypatch.setattr(own_data, "_files", files)
    # Random bytes can't be packed; a mebibyte again and again can't either, within 32 KiB.
    browser = await open_browser(download_seconds=0.3)
    await browser.sign_in(await make_user(database), database)
    with structlog.testing.capture_logs() as lines:
        answer = await browser.post("/settings/data", {"password": PASSWORD})
        assert answer.status == 200
        async with asyncio.timeout(60):
            while not any(line["event"] == "own_data.too_slow" for line in lines):
                await asyncio.sleep(0.01)
            with pytest.raises((ClientError, OSError)):
                await answer.read()
    assert not any(line["log_level"] == "error" for line in lines)
