"""The web sockets of one process: how they are opened, and how all of them are closed at once."""

import asyncio

import socketio
from aiohttp import hdrs, web

CLOSE_SECONDS = 1.0


class Sockets:
    """Answers the requests that become web sockets, and knows which of them are open."""

    def __init__(self, sio: socketio.AsyncServer) -> None:
        self._sio = sio
        self._open: set[asyncio.Task[object]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Let Socket.IO answer, without compression.

        That would cost each connection four times its memory, for messages of a few hundred bytes
        (docs/benchmarks.md).
        """
        headers = request.headers.copy()
        headers.popall(hdrs.SEC_WEBSOCKET_EXTENSIONS, None)
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            answer: web.StreamResponse = await self._sio.handle_request(
                request.clone(headers=headers)
            )
        finally:
            self._open.discard(task)
        return answer

    async def close(self, _: web.Application) -> None:
        """Let go of every socket: none of them would end by itself while the server waits."""
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(set(self._open), timeout=CLOSE_SECONDS)
