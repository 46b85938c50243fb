"""Readers of pages: each asks, reads the answer to its end, and asks again, for some seconds.

Started by a benchmark as a process of its own, so that reading costs the site nothing. Each line of
its input is JSON: `port`, `path`, `headers`, `readers`, `seconds`, and the `pause` of a reader
between two pages, in seconds; each is answered with one: how many answers, and how long each took.
It reads no more of HTTP than aiohttp's answers need.
"""

import asyncio
import json
import sys
import time
from functools import partial
from typing import Any

import uvloop

from benchmarks.place import percentile


class Reader(asyncio.Protocol):
    """One connection that is kept open."""

    def __init__(self, asking: bytes, end: float, pause: float) -> None:
        self.seconds: list[float] = []
        self.wrong = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asking = asking
        self._end = end
        self._pause = pause
        self._heard = bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._heard.clear()
        self._asked = time.perf_counter()
        self._transport.write(self._asking)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head = self._heard.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._heard.find(b"Content-Length: ", 0, head)
        length = int(self._heard[at + 16 : self._heard.find(b"\r\n", at)])
        if len(self._heard) < head + 4 + length:
            return
        now = time.perf_counter()
        self.seconds.append(now - self._asked)
        self.wrong += not self._heard.startswith(b"HTTP/1.1 200")
        if now >= self._end:
            self._transport.close()
        elif self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._ask)
        else:
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def read(order: dict[str, Any]) -> dict[str, Any]:
    """Let readers read as ordered."""
    lines = [f"GET {order['path']} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in order["headers"].items()]
    asking = "\r\n".join([*lines, "", ""]).encode()
    loop, begun = asyncio.get_running_loop(), time.perf_counter()
    readers = [
        Reader(asking, begun + order["seconds"], order.get("pause", 0))
        for _ in range(order["readers"])
    ]
    for reader in readers:
        await loop.create_connection(partial(_same, reader), "127.0.0.1", order["port"])
    await asyncio.gather(*(reader.done for reader in readers))
    seconds = [one for reader in readers for one in reader.seconds]
    return {
        "answers": len(seconds),
        "seconds": time.perf_counter() - begun,
        "wrong": sum(reader.wrong for reader in readers),
        "p50": percentile(seconds, 50),
        "p99": percentile(seconds, 99),
    }


def _same(reader: Reader) -> Reader:
    return reader


async def run() -> None:
    """Follow the input to its end."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await read(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(run())
