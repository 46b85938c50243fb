"""The web sockets of one process: how they are opened, refused, ended, and closed all at once."""

import asyncio
import json
from typing import Any

import socketio
import structlog
from aiohttp import WSCloseCode, hdrs, web

from foundation.log import note_failure
from foundation.settings import Settings
from signaling.connections import PLACE, Connections
from signaling.places import SocketPlace
from signaling.refusals import ENDED, FullError, turned_away

log = structlog.get_logger(__name__)

CLOSE_SECONDS = 1.0
# Time for the last words to leave; then the socket is closed, and soon torn off.
LAST_WORDS_SECONDS = 0.5
TEAR_SECONDS = 2.0
# So long a refused socket may take to read why, and so many at once.
PARTING_SECONDS = 1.0
MOST_PARTING = 100


def let_go(place: SocketPlace) -> None:
    """Close a socket after its last words, whether or not the other end reads them."""
    transport = place.transport
    if transport is not None:
        loop = asyncio.get_running_loop()
        loop.call_later(LAST_WORDS_SECONDS, transport.close)
        loop.call_later(LAST_WORDS_SECONDS + TEAR_SECONDS, transport.abort)


class Sockets:
    """Answers the requests that become web sockets, and knows which of them are open."""

    def __init__(
        self, sio: socketio.AsyncServer, settings: Settings, connections: Connections
    ) -> None:
        self._sio = sio
        self._begin_seconds = settings.socket_begin_seconds
        self._connections = connections
        self._open: set[asyncio.Task[object]] = set()
        self._parting = 0
        opened = sio.eio.handlers["connect"]

        async def note(engine: str, environ: dict[str, Any]) -> object:
            environ["aiohttp.request"][PLACE].engine = engine
            return await opened(engine, environ)

        sio.eio.on("connect", note)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Give a request its place and let Socket.IO answer; where there is none, say why."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            place = await self._connections.arrive(request)
        except FullError as full:
            return await self._refuse(request, full)
        else:
            return await self._serve(request, place)
        finally:
            self._open.discard(task)

    async def _serve(self, request: web.Request, place: SocketPlace) -> web.StreamResponse:
        """Serve a socket to its end, without compression.

        That would cost each connection four times its memory, for messages of a few hundred bytes
        (docs/benchmarks.md).
        """
        headers = request.headers.copy()
        headers.popall(hdrs.SEC_WEBSOCKET_EXTENSIONS, None)
        request[PLACE] = place
        loop = asyncio.get_running_loop()
        begin = loop.call_later(self._begin_seconds, self._end_unbegun, place)
        try:
            answer: web.StreamResponse = await self._sio.handle_request(
                request.clone(headers=headers)
            )
        except Exception as error:
            return self._broken(place, error)
        else:
            return answer
        finally:
            begin.cancel()
            self._connections.places.leave(place)
            await self._forget(place)

    def _end_unbegun(self, place: SocketPlace) -> None:
        if place.connection is None and place.transport is not None:
            ENDED.labels("not_begun").inc()
            place.transport.abort()

    def _broken(self, place: SocketPlace, error: Exception) -> web.StreamResponse:
        """End a socket over which came what is no packet. Nobody else is touched by it."""
        ENDED.labels("broken").inc()
        if not isinstance(error, (ValueError, LookupError, TypeError, OSError)):
            note_failure(log, "signaling.socket_failed", error)
        if place.transport is not None:
            place.transport.abort()
        return web.Response(status=400)

    async def _forget(self, place: SocketPlace) -> None:
        """Let Engine.IO end what it keeps of a socket that broke off under its hands."""
        kept = self._sio.eio.sockets.pop(place.engine, None)
        if kept is not None:
            await kept.close(wait=False, abort=True)
            # The one who writes to the socket waits for this.
            await kept.queue.put(None)

    async def _refuse(self, request: web.Request, full: FullError) -> web.StreamResponse:
        """Say why there is no place, in the only way that a page's script can read, and close."""
        ENDED.labels(full.code).inc()
        answer = web.WebSocketResponse(timeout=PARTING_SECONDS)
        if not answer.can_prepare(request):
            plain = web.Response(status=503)
            plain.force_close()
            return plain
        locale = full.locale or self._connections.locale_of(request)
        refusal = {"message": full.code, "data": turned_away(full.code, locale)}
        try:
            await answer.prepare(request)
            await answer.send_str(_opening())
            await answer.send_str(f"44{json.dumps(refusal)}")
            await self._part(request, answer)
        except ConnectionError:
            # Gone before it was told.
            return web.Response(status=503)
        return answer

    async def _part(self, request: web.Request, answer: web.WebSocketResponse) -> None:
        """Let a page read its refusal, for a moment; where too many do, close without that."""
        if self._parting >= MOST_PARTING and request.transport is not None:
            request.transport.close()
            return
        self._parting += 1
        try:
            await answer.close(code=WSCloseCode.TRY_AGAIN_LATER)
        finally:
            self._parting -= 1

    async def close(self, _: web.Application) -> None:
        """Let go of every socket: none of them would end by itself while the server waits."""
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(set(self._open), timeout=CLOSE_SECONDS)


def _opening() -> str:
    """The packet with which Engine.IO opens, without a session behind it."""
    opening = {"sid": "refused", "upgrades": [], "pingInterval": 10_000, "pingTimeout": 10_000}
    return f"0{json.dumps(opening)}"
