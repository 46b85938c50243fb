"""Taking one's own data along: a ZIP of JSON files, and the points' statement as a table."""

import asyncio
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from aiohttp.web import Request, Response, StreamResponse

from foundation.database import clock
from foundation.language import N_, translate
from foundation.threads import Threads
from people.accounts.accounts import User
from rooms.care import own_data
from web.http.filters import reader_zone
from web.http.forms import Filled
from web.http.keys import DATABASE, RATE_LIMITS, SETTINGS, SITE
from web.http.password_again import knows_password, proves_password
from web.http.tries import too_many_downloads
from web.http.visit import (
    Visit,
    reader_locale,
    visit,
)
from web.pages.points import moves, spreadsheet

log = structlog.get_logger(__name__)

TIMES_A_DAY = 3
DAY_SECONDS = 86_400
# What lies in memory before it lies on disk, and how much goes out at a time.
MEMORY_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
# Packing takes a core. Beyond these, members are asked to come back.
PACKED_AT_ONCE, MOST_PACKING = 1, 8

_threads = Threads("own data", PACKED_AT_ONCE, MOST_PACKING)

README = N_(
    "%(site)sに保存されているあなたの情報です。\n"
    "statement.csv はポイントの明細、そのほかのファイルは JSON 形式です。"
    "JSON の時刻は協定世界時（UTC）です。\n"
    "各ファイルは、新しいものから %(most)s 件までです。\n"
)


async def show_own_data(request: Request) -> Response:
    """Say what one can take along."""
    async with visit(request) as v:
        v.member()
        return await _page(v, Filled(reader_locale(request)))


async def send_own_data(request: Request) -> StreamResponse:
    """Send the member's own data."""
    async with visit(request) as v:
        user, locale, now = v.member(), reader_locale(request), await clock(v.tx)
    filled = Filled(locale)
    if not await proves_password(request, user, filled):
        async with visit(request) as v:
            return await _page(v, filled, 422)
    if not await request.app[RATE_LIMITS].hit(f"own data {user.id}", TIMES_A_DAY, DAY_SECONDS):
        raise too_many_downloads(TIMES_A_DAY)
    with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            async for name, content in _files(request, user, locale):
                await _threads.run(partial(archive.writestr, name, content))
        return await _sent(request, file, now)


async def _sent(request: Request, file: Any, now: datetime) -> StreamResponse:
    response = StreamResponse()
    response.content_type = "application/zip"
    response.content_length = file.tell()
    day = now.date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="hitotoki-{day}.zip"'
    await response.prepare(request)
    file.seek(0)
    try:
        async with asyncio.timeout(request.app[SETTINGS].download_seconds):
            while chunk := file.read(CHUNK_BYTES):
                await response.write(chunk)
            await response.write_eof()
    except TimeoutError:
        # Who reads so slowly keeps a file of ours on the disk.
        log.warning("own_data.too_slow")
        if request.transport is not None:
            request.transport.abort()
    return response


async def _files(request: Request, user: User, locale: str) -> AsyncIterator[tuple[str, bytes]]:
    """Yield each file; every part has a transaction of its own, so that none is long."""
    site = request.app[SITE].now.name(locale)
    yield "README.txt", translate(locale, README, site=site, most=own_data.MOST_ROWS).encode()
    for name in own_data.PARTS:
        async with request.app[DATABASE].transaction() as tx:
            found = await own_data.part(tx, user.id, name)
        yield f"{name}.json", _json(found)
    async with request.app[DATABASE].transaction() as tx:
        separator = spreadsheet.separator_for(request.headers.get("Accept-Language"))
        table = await moves.whole(tx, user.id, locale, reader_zone(user), separator)
    yield "statement.csv", table


def _json(found: Any) -> bytes:
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    return v.page(
        "own_data.html",
        status,
        form=filled,
        knows_password=knows_password(v.settings, v.member()),
        times=TIMES_A_DAY,
    )
