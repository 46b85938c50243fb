"""The Socket.IO server, proof against whatever is no packet of its protocol."""

import asyncio
from typing import Any, cast

import socketio
import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

# The site's events are text. Of what comes in parts, somebody could send the first one only.
IN_PARTS = ("5", "6")


class PacketServer(socketio.AsyncServer):  # type: ignore[misc]  # socketio has no types
    """Ends a connection that sends what can't be read, in one line.

    The library would log a trace for each such packet and go on: a stranger's cheapest way to fill
    a disk. Handlers are guarded by themselves (`signaling.guard`), so what arrives here is never
    a bug of theirs.
    """

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        transport = self._transport(eio_sid)
        if transport is None or transport.is_closing():
            return
        try:
            if not isinstance(data, str) or data.startswith(IN_PARTS):
                raise ValueError("in parts")
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            log.warning("signaling.no_packet", error=type(error).__name__)
            transport.abort()

    def _transport(self, eio_sid: str) -> asyncio.WriteTransport | None:
        request: web.Request | None = self.environ.get(eio_sid, {}).get("aiohttp.request")
        return cast("asyncio.WriteTransport | None", request and request.transport)
