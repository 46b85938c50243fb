"""The door of a media process for the site's web processes, on an internal address."""

import asyncio
from collections.abc import Callable

import structlog
from aiohttp import web

from media.control.line import ControlLine, Plane, Recorder
from media.control.messages import LARGEST_MESSAGE, Hello, HostState
from media.control.proof import HEADER, Proofs

log = structlog.get_logger(__name__)

# A web process that says nothing for so long, not even a pong, is gone.
PING_SECONDS = 2.0
STATE_SECONDS = 1.0
MOST_LINES = 64


class ControlServer:
    """Answers web processes that prove the secret, and tells all of them what happens here."""

    def __init__(
        self, plane: Plane, secret: str, state: Callable[[], HostState], recorder: Recorder | None
    ) -> None:
        self._plane = plane
        self._proofs = Proofs(secret)
        self._state = state
        self._recorder = recorder
        self._lines: set[ControlLine] = set()

    def __len__(self) -> int:
        return len(self._lines)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Take a web process's connection, and serve it until it ends."""
        answer = self._proofs.check(request.headers.get(HEADER, ""))
        if answer is None:
            log.warning("control.not_proved", address=request.remote)
            raise web.HTTPForbidden
        if len(self._lines) >= MOST_LINES:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        line = ControlLine(socket, self._plane, self._recorder)
        self._lines.add(line)
        try:
            line.say(Hello(answer=answer))
            line.say(self._state())
            await line.serve()
        finally:
            self._lines.discard(line)
        return socket

    def tell(self, state: HostState) -> None:
        """Tell every web process how this one is, as soon as it takes it."""
        for line in list(self._lines):
            line.say(state)

    async def run(self) -> None:
        """Tell how this process is, every second, until cancelled."""
        while True:
            self.tell(self._state())
            await asyncio.sleep(STATE_SECONDS)

    async def close(self) -> None:
        """End all connections."""
        for line in list(self._lines):
            await line.close()
