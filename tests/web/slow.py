"""A client that says what it likes, byte by byte, over a socket of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Any

from tests.web.scene import Browser

PATIENCE_SECONDS = 20


@dataclass
class Line:
    """One connection to the site."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        """Send some bytes, now."""
        self.writer.write(data)
        await self.writer.drain()

    async def post(self, path: str, body: bytes = b"", **headers: Any) -> None:
        """Send the head of a POST, and what has come of its body."""
        named = {"Host": "127.0.0.1", "Accept": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        await self.say(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)

    async def status(self) -> int:
        """Wait for the answer; its status."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, _, rest = head.partition(b"\r\n")
            length = BytesHeaderParser().parsebytes(rest)["Content-Length"]
            await self.reader.readexactly(int(length or 0))
        return int(first.split()[1])


@asynccontextmanager
async def line_to(browser: Browser) -> AsyncIterator[Line]:
    """Open a connection to a browser's site."""
    url = browser.client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()
