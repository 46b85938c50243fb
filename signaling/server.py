"""The Socket.IO server: who may connect, and what runs beside it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import socketio
import structlog
from aiohttp import web

from foundation.database import Database
from foundation.language import choose
from foundation.settings import Settings
from people import sessions
from signaling import presence_events, talk_events
from signaling.door import Door
from signaling.guard import Ack, Connection, Guard
from signaling.pulse import Pulse
from signaling.push import PUSH, Push, user_room

log = structlog.get_logger(__name__)

LARGEST_MESSAGE = 64 * 1024
PING_SECONDS = 10

AddressOf = Callable[[web.Request], str]


def attach(
    app: web.Application, settings: Settings, database: Database, address_of: AddressOf
) -> Push:
    """Hang the realtime door into a web application and return its push."""
    sio = _server(settings)
    sio.attach(app)
    push = Push(sio, database, settings)
    door = Door(sio, settings, database, Guard(settings), push, Pulse(database, settings, push))
    presence_events.register(door)
    talk_events.register(door)
    _hang_in(door, address_of)
    app[PUSH] = push
    app.cleanup_ctx.append(_beside(door))
    return push


def _server(settings: Settings) -> socketio.AsyncServer:
    manager = (
        socketio.AsyncRedisManager(settings.redis_url, channel="hitotoki")
        if settings.redis_url
        else None
    )
    return socketio.AsyncServer(
        async_mode="aiohttp",
        client_manager=manager,
        # No polling: a websocket needs no sticky sessions.
        transports=["websocket"],
        allow_upgrades=False,
        max_http_buffer_size=LARGEST_MESSAGE,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        # Behind a proxy, the address that people type is the only right origin.
        cors_allowed_origins=[settings.public_url] if settings.public_url else None,
    )


def _hang_in(door: Door, address_of: AddressOf) -> None:
    connected: Counter[str] = Counter()

    async def connect(sid: str, environ: Any, auth: object = None) -> None:
        # A client can send an event of this name; only the server has a request to give.
        request = environ.get("aiohttp.request") if isinstance(environ, dict) else None
        if not isinstance(request, web.Request) or sid in door.guard.connections:
            return
        address = address_of(request)
        if connected[address] >= door.settings.socket_connections_per_address:
            raise socketio.exceptions.ConnectionRefusedError("too_many_connections")
        connected[address] += 1
        connection = await _connection(door, sid, request, address)
        door.guard.connections[sid] = connection
        if connection.user_id is not None:
            await door.sio.enter_room(sid, user_room(connection.user_id))

    async def disconnect(sid: str, reason: object = None) -> None:
        # Likewise: somebody still connected only sent an event of this name.
        if door.sio.manager.is_connected(sid, "/"):
            return
        connection = door.guard.connections.pop(sid, None)
        if connection is None:
            return
        connected[connection.address] -= 1
        if connected[connection.address] <= 0:
            del connected[connection.address]
        await talk_events.disconnected(door, connection)

    async def unknown(event: str, sid: str, *_: object) -> Ack:
        ack = door.guard.refuse_unknown(sid, event)
        await door.end_if_hopeless(sid)
        return ack

    door.sio.on("connect", connect)
    door.sio.on("disconnect", disconnect)
    door.sio.on("*", unknown)


async def _connection(door: Door, sid: str, request: web.Request, address: str) -> Connection:
    async with door.database.transaction() as tx:
        user = await sessions.session_user(tx, door.settings, request.headers.get("Cookie"))
    locale = user.locale if user else choose(request.headers.get("Accept-Language"))
    return Connection(
        sid, user.id if user else None, locale, address, float(door.settings.events_burst)
    )


def _beside(door: Door) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(door.pulse.run(), name="pulse")
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await door.sio.shutdown()

    return running
