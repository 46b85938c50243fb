"""The Socket.IO server, and what runs beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import socketio
from aiohttp import web

from foundation import background
from foundation.database import Database
from foundation.settings import Settings
from signaling import presence_events, record_events, ring_events, talk_events
from signaling.connections import Connections, VisitorOf
from signaling.door import Door
from signaling.guard import Guard
from signaling.memberships import LocalManager, SharedManager
from signaling.packets import PacketServer
from signaling.pulse import Pulse
from signaling.push import PUSH, Push
from signaling.relayed.counted import CountedBeats
from signaling.relayed.talks import RelayedTalks
from signaling.seating import SEATING, Seating
from signaling.sockets import Sockets, let_go
from signaling.written import topic_events, typing_signs

CONNECTIONS = web.AppKey("connections", Connections)
LIVE = web.AppKey("live", Database)
RELAYED = web.AppKey("relayed", RelayedTalks)

LARGEST_MESSAGE = 64 * 1024
PING_SECONDS = 10


def attach(
    app: web.Application, settings: Settings, database: Database, visitor_of: VisitorOf
) -> Push:
    """Hang the realtime door into a web application and return its push.

    Beats, talks and pushes get database connections of their own, which pages can't use up.
    """
    sio = _server(settings)
    live = database.apart(settings.talk_connections, "talks")
    push = Push(sio, live, settings)
    relayed = RelayedTalks(settings, live)
    pulse = Pulse(live, settings, push, CountedBeats(relayed))
    door = Door(sio, settings, database, live, Guard(settings), push, pulse, relayed)
    presence_events.add_handlers(door)
    talk_events.add_handlers(door)
    record_events.add_handlers(door)
    ring_events.add_handlers(door)
    topic_events.add_handlers(door)
    typing_signs.add_handlers(door)
    connections = Connections(door, visitor_of, let_go)
    connections.add_handlers()
    sockets = Sockets(sio, settings, connections)
    app.router.add_get("/socket.io/", sockets.handle)
    app.on_shutdown.append(sockets.close)
    app[PUSH] = push
    app[CONNECTIONS] = connections
    app[SEATING] = Seating(door)
    app[LIVE] = live
    app[RELAYED] = relayed
    app.cleanup_ctx.append(_beside(door, connections))
    return push


def _server(settings: Settings) -> socketio.AsyncServer:
    manager = LocalManager()
    if settings.redis_url:
        manager = SharedManager(
            settings.redis_url, channel="hitotoki", redis_options={"socket_connect_timeout": 2}
        )
    return PacketServer(
        async_mode="aiohttp",
        client_manager=manager,
        # No polling: a websocket needs no sticky sessions.
        transports=["websocket"],
        allow_upgrades=False,
        max_http_buffer_size=LARGEST_MESSAGE,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        # A socket that is silent for two pings ends by itself; nobody need walk through all.
        monitor_clients=False,
        # Behind a proxy, the address that people type is the only right origin.
        cors_allowed_origins=[settings.public_url] if settings.public_url else None,
    )


def _beside(
    door: Door, connections: Connections
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(_: web.Application) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(door.pulse.run(), name="pulse"),
            asyncio.create_task(door.pulse.tell(), name="news"),
            asyncio.create_task(connections.watch_sessions(), name="sessions"),
            asyncio.create_task(door.relayed.run(), name="media hosts"),
        ]
        yield
        for task in tasks:
            await background.end(task)
        await door.push.end()
        await door.relayed.close()
        await door.sio.shutdown()
        await door.live.close()

    return running
