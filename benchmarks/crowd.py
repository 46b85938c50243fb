"""Visitors who look at the list of rooms: idle connections, each watching the directory.

Started by `benchmarks.connections` as a process of its own, so that its memory is not the site's.
Reads a number from each line of its input, holds that many connections in all, and prints it.
"""

import asyncio
import contextlib
import sys

import aiohttp
import uvloop

PATH = "/socket.io/?EIO=4&transport=websocket"
# Engine.IO and Socket.IO: open, connect, an event that wants an answer, ping and pong.
CONNECT, CONNECTED = "40", "40"
WATCH, WATCHED = '420["directory:watch",{}]', "430"
PING, PONG = "2", "3"
AT_ONCE = 50
ANSWER_SECONDS = 30


class Crowd:
    """Connections to one site; like browsers, they offer to compress (permessage-deflate)."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []

    async def grow(self, count: int) -> None:
        """Open connections until there are `count`, all of them watching."""
        await asyncio.gather(*(self._enter() for _ in range(count - len(self._tasks))))

    async def _enter(self) -> None:
        async with self._gate, asyncio.timeout(ANSWER_SECONDS):
            socket = await self._client.ws_connect(PATH, compress=15)
            await socket.receive_str()
            await socket.send_str(CONNECT)
            await self._expect(socket, CONNECTED)
            await socket.send_str(WATCH)
            await self._expect(socket, WATCHED)
            # At once: the site's pings don't wait for the rest of the crowd.
            self._tasks.append(asyncio.create_task(self._stay(socket)))

    async def _expect(self, socket: aiohttp.ClientWebSocketResponse, start: str) -> None:
        """Read up to the packet that begins so, and answer pings on the way."""
        while not (text := await socket.receive_str()).startswith(start):
            if text == PING:
                await socket.send_str(PONG)
        if '"ok":false' in text:
            raise ConnectionError(text)

    async def _stay(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.data == PING:
                await socket.send_str(PONG)

    @property
    def present(self) -> int:
        """How many connections are open."""
        return sum(not task.done() for task in self._tasks)

    async def leave(self) -> None:
        """Close them all."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks)


async def run(base: str) -> None:
    """Follow the input to its end."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(base, connector=connector) as client:
        crowd = Crowd(client)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await crowd.grow(int(line))
            print(crowd.present, flush=True)
        await crowd.leave()


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1]))
