"""Headers that drip and connections that lie about are closed, in time and in number."""

import asyncio
import gzip
import resource
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop
from aiohttp import ClientSession, web
from structlog.testing import capture_logs

from cli.listener import LEAST, SPARE_FILES, Listener, listen, room_for
from foundation.settings import Settings

PATIENCE = 10
MOST = 20


class Site:
    """A site whose page answers when `may_answer` is set."""

    def __init__(self, settings: Settings) -> None:
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/slow", self._slow)
        app.router.add_post("/", self._length)
        self.may_answer, self.asked = asyncio.Event(), asyncio.Event()
        self.runner = web.AppRunner(app)
        self.settings = settings
        self.port = 0

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text="here")

    async def _length(self, request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def _slow(self, _: web.Request) -> web.Response:
        self.asked.set()
        await self.may_answer.wait()
        return web.Response(text="at last")

    async def open(self) -> None:
        await self.runner.setup()
        assert self.runner.server
        self.listener = Listener(self.runner.server, self.settings, MOST)
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self.listener, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self.server.close()
        await self.runner.cleanup()

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def holds(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.listener) != number:
                await asyncio.sleep(0.02)


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    """Headers have a second, and so does idleness."""
    quick = settings.model_copy(update={"header_seconds": 1, "idle_seconds": 1})
    site = Site(quick)
    await site.open()
    yield site
    await site.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What came until the server closed."""
    async with asyncio.timeout(PATIENCE):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send headers for as long as somebody takes them, a line every tenth of a second."""
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n")
    while not writer.is_closing():
        writer.write(b"X-Drip: drop\r\n")
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: here\r\n"])
async def test_headers_that_do_not_come_end_the_connection(site: Site, said: bytes) -> None:
    reader, writer = await site.dial()
    writer.write(said)
    assert await ended(reader) == b""
    await site.holds(0)


async def test_headers_that_drip_end_the_connection(site: Site) -> None:
    reader, writer = await site.dial()
    dripping = asyncio.create_task(drip(writer))
    assert await ended(reader) == b""
    dripping.cancel()


async def test_dripping_headers_of_a_second_request_end_it_too(site: Site) -> None:
    site.listener.idle_seconds = 1000
    reader, writer = await site.dial()
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (await reader.readuntil(b"here")).startswith(b"HTTP/1.1 200")
    dripping = asyncio.create_task(drip(writer))
    assert await ended(reader) == b""
    dripping.cancel()


async def test_an_idle_connection_is_closed_and_one_at_work_is_not(site: Site) -> None:
    idle_reader, idle_writer = await site.dial()
    idle_writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    busy_reader, busy_writer = await site.dial()
    busy_writer.write(b"GET /slow HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    # That the first is closed says that the time of both is over.
    assert (await ended(idle_reader)).endswith(b"here")
    site.may_answer.set()
    assert (await ended(busy_reader)).endswith(b"at last")


async def test_many_at_once_are_bounded_and_a_visitor_still_comes_through(site: Site) -> None:
    site.listener.header_seconds = 1000
    crowd = [await site.dial() for _ in range(MOST * 10)]
    for _, writer in crowd:
        writer.write(b"GET / HTTP/1.1\r\nX-Drip: ")
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{site.port}/") as answer:
        assert await answer.text() == "here"
    assert len(site.listener) <= MOST
    gone = [await ended(reader) for reader, _ in crowd[: MOST * 9]]
    assert set(gone) == {b""}


async def test_where_all_work_the_new_one_is_closed(site: Site) -> None:
    crowd = [await site.dial() for _ in range(MOST)]
    for _, writer in crowd:
        writer.write(b"GET /slow HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        while any(connection.rests for connection in site.listener._open):
            await asyncio.sleep(0.02)
        await site.asked.wait()
    reader, _ = await site.dial()
    assert await ended(reader) == b""
    site.may_answer.set()
    assert [(await ended(one)).endswith(b"at last") for one, _ in crowd] == [True] * MOST


def test_the_loop_that_serves_closes_them_too(settings: Settings) -> None:
    async def serve() -> bytes:
        site = Site(settings.model_copy(update={"header_seconds": 1}))
        await site.open()
        reader, writer = await site.dial()
        writer.write(b"GET / HTTP/1.1\r\n")
        said = await ended(reader)
        await site.holds(0)
        await site.close()
        return said

    assert uvloop.run(serve()) == b""


def limits(monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> list[Any]:
    """Let the system allow so many files; the limits that are set."""
    made: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: made.append(pair))
    return made


def test_room_is_made_for_as_many_as_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = limits(monkeypatch, 1024, 100_000)
    assert room_for(8000) == 8000
    assert made == [(8000 + SPARE_FILES, 100_000)]


def test_where_the_system_allows_fewer_there_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    made = limits(monkeypatch, 1024, 4096)
    assert room_for(8000) == 4096 - SPARE_FILES
    assert made == [(4096, 4096)]
    limits(monkeypatch, 100, 100)
    assert room_for(8000) == LEAST


async def test_a_port_taken_beforehand_is_listened_on(settings: Settings) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = await listen(runner, taken, settings)
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        async with ClientSession() as session, session.get(address) as answer:
            assert answer.status == 404
        server.close()
    await runner.cleanup()


async def test_what_is_packed_is_not_unpacked(site: Site) -> None:
    packed = gzip.compress(b"a" * 100_000)
    reader, writer = await site.dial()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}"
    writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + packed)
    answer = await ended(reader)
    writer.close()
    assert answer.endswith(str(len(packed)).encode())


@pytest.mark.parametrize(
    "broken", [b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"GET /" + b"x" * 9000 + b"\r\n\r\n"]
)
async def test_what_is_no_http_is_one_line_without_its_sender(
    site: Site, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        reader, writer = await site.dial()
        writer.write(broken)
        async with asyncio.timeout(PATIENCE):
            assert b" 400 " in await reader.readline()
        writer.close()
    assert [line for line in lines if line["event"] == "http.malformed"] == [
        {"event": "http.malformed", "log_level": "warning"}
    ]
    assert not [record for record in caplog.records if record.name == "aiohttp.server"]
