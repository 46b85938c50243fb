"""The listening end: how long a connection may take to ask, and how many there may be.

Whoever opens connections and lets their headers drip would hold the process's descriptors for ever.
So headers have their time, and where there are too many connections one that rests is closed for
the new one.
"""

import asyncio
import resource
import socket
from collections import OrderedDict
from typing import Any

import structlog
from aiohttp.http import HttpProcessingError
from aiohttp.web import AppRunner, Server
from aiohttp.web_protocol import RequestHandler
from prometheus_client import Counter

from foundation.settings import Settings

log = structlog.get_logger(__name__)

BACKLOG = 512
# Descriptors that the process needs beside its connections: database, Valkey, files, push.
SPARE_FILES = 200
LEAST = 64
# So many connections are looked at for one that rests, before the new one is closed instead.
MOST_LOOKS = 64

CLOSED = Counter("hitotoki_connections_closed", "Connections closed before they asked.", ["why"])


class TimedConnection(RequestHandler):
    """One connection of the web server, whose requests' headers have their time."""

    __slots__ = ("_listener", "_timer")

    def __init__(self, server: Server, listener: "Listener") -> None:
        # No browser packs what it sends; a little of it could become a lot before anyone looks.
        options: dict[str, Any] = {"access_log": None, "auto_decompress": False}
        options["keepalive_timeout"] = listener.idle_seconds
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._listener = listener
        self._timer: asyncio.TimerHandle | None = None

    @property
    def rests(self) -> bool:
        """Whether it waits for a request, of which nothing or not all of its headers have come."""
        return self._waiter is not None and not self._waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._wait_for_headers()
        self._listener.add(self)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and self.rests:
            self._wait_for_headers()
        asked = self._request_count
        super().data_received(data)
        if self._request_count > asked:
            self._stop_waiting()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        # A trace and the sender's address for each would be a stranger's way to fill a disk.
        if isinstance(kw.get("exc_info"), HttpProcessingError):
            log.warning("http.malformed")
        else:
            super().log_exception(*args, **kw)

    def _wait_for_headers(self) -> None:
        seconds = self._listener.header_seconds
        self._timer = self._loop.call_later(seconds, self.turn_out, "headers")

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def turn_out(self, why: str) -> None:
        """Close it at once, whatever it was about to ask."""
        CLOSED.labels(why).inc()
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_waiting()
        self._listener.remove(self)
        super().connection_lost(exc)


class Listener:
    """Makes connections, at most `most` of them at once."""

    def __init__(self, server: Server, settings: Settings, most: int) -> None:
        self._server = server
        self._most = most
        self._open: OrderedDict[TimedConnection, None] = OrderedDict()
        self.header_seconds = settings.header_seconds
        self.idle_seconds = settings.idle_seconds

    def __call__(self) -> TimedConnection:
        return TimedConnection(self._server, self)

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: TimedConnection) -> None:
        """Count a new connection; where there are too many, close one that rests, or this one."""
        if len(self._open) >= self._most:
            turned_out = self._resting() or connection
            self.remove(turned_out)
            turned_out.turn_out("too_many")
            if turned_out is connection:
                return
        self._open[connection] = None

    def _resting(self) -> TimedConnection | None:
        for _ in range(MOST_LOOKS):
            oldest = next(iter(self._open))
            if oldest.rests:
                return oldest
            # It works; the next looks needn't pass it again.
            self._open.move_to_end(oldest)
        return None

    def remove(self, connection: TimedConnection) -> None:
        """Forget a connection."""
        self._open.pop(connection, None)


async def listen(
    runner: AppRunner, taken: socket.socket, settings: Settings
) -> asyncio.AbstractServer:
    """Let the runner's site answer at a port. Close what is returned before the runner."""
    assert runner.server is not None
    listener = Listener(runner.server, settings, room_for(settings.connections))
    loop = asyncio.get_running_loop()
    return await loop.create_server(listener, sock=taken, backlog=BACKLOG)


def room_for(wanted: int) -> int:
    """Make room for so many connections; return how many the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    allowed = max(LEAST, soft - SPARE_FILES)
    log.warning("serve.few_files", connections=allowed, wanted=wanted, open_files=soft)
    return allowed
