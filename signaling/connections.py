"""Who may connect, and what is known of each connection for as long as it lasts."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import socketio
import structlog
from aiohttp import web

from foundation.language import choose
from foundation.log import note_failure
from people.sign_in import sessions
from signaling import talk_events
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.push import user_room

log = structlog.get_logger(__name__)

AddressOf = Callable[[web.Request], str]

CONNECT_SECONDS = 10
CHECK_SECONDS = 4.5


class Connections:
    """The handlers of connect, disconnect and of events that the protocol does not know."""

    def __init__(self, door: Door, address_of: AddressOf) -> None:
        self._door = door
        self._address_of = address_of
        self._per_address: Counter[str] = Counter()
        self._of_session: dict[str, set[str]] = {}

    def add_handlers(self) -> None:
        """Have the server call these handlers on connect, disconnect and unknown events."""
        sio = self._door.sio
        sio.on("connect", self._connect)
        sio.on("disconnect", self._disconnect)
        sio.on("*", self._unknown)

    async def _connect(self, sid: str, environ: Any, auth: object = None) -> None:
        # A client can send an event of this name; only the server has a request to give.
        request = environ.get("aiohttp.request") if isinstance(environ, dict) else None
        if not isinstance(request, web.Request) or sid in self._door.guard.connections:
            return
        address = self._address_of(request)
        if self._per_address[address] >= self._door.settings.socket_connections_per_address:
            raise socketio.exceptions.ConnectionRefusedError("too_many_connections")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await self._known(sid, request, address)
        except Exception as error:
            # Refused in words, the browser tries again; left to itself it would wait for ever.
            note_failure(log, "signaling.not_connected", error)
            raise socketio.exceptions.ConnectionRefusedError("try_again") from error
        self._per_address[address] += 1
        self._door.guard.connections[sid] = connection
        if connection.token is not None:
            self._of_session.setdefault(connection.token, set()).add(sid)
        if connection.user_id is not None:
            await self._door.sio.enter_room(sid, user_room(connection.user_id))

    async def _known(self, sid: str, request: web.Request, address: str) -> Connection:
        settings, cookie = self._door.settings, request.headers.get("Cookie")
        user = None
        if sessions.token_of(settings, cookie):
            # It may be somebody on the way back into a talk, who can't wait behind pages.
            async with self._door.talking() as tx:
                user = await sessions.session_user(tx, settings, cookie)
        locale = user.locale if user else choose(request.headers.get("Accept-Language"))
        connection = Connection(
            sid, user.id if user else None, locale, address, float(settings.events_burst)
        )
        connection.token = sessions.token_of(settings, cookie) if user else None
        return connection

    async def _disconnect(self, sid: str, reason: object = None) -> None:
        # Likewise: somebody still connected only sent an event of this name.
        if self._door.sio.manager.is_connected(sid, "/"):
            return
        connection = self._door.guard.connections.pop(sid, None)
        if connection is None:
            return
        self._forget(connection)
        try:
            await talk_events.disconnected(self._door, connection)
        except Exception as error:
            note_failure(log, "signaling.not_vacated", error)

    def _forget(self, connection: Connection) -> None:
        self._per_address[connection.address] -= 1
        if self._per_address[connection.address] <= 0:
            del self._per_address[connection.address]
        if connection.token is not None:
            of_session = self._of_session.get(connection.token, set())
            of_session.discard(connection.sid)
            if not of_session:
                self._of_session.pop(connection.token, None)

    async def _unknown(self, event: object, sid: object, *_: object) -> Ack | None:
        # An event may be named like the catch-all itself, or by something that is not a name.
        if not isinstance(event, str) or not isinstance(sid, str):
            return None
        ack = self._door.guard.refuse_unknown(sid, event)
        await self._door.end_if_hopeless(sid)
        return ack

    async def watch_sessions(self) -> None:
        """End the connections whose session was closed, wherever that happened, within 5 s."""
        while True:
            await asyncio.sleep(CHECK_SECONDS / 3)
            try:
                await self._end_signed_out(time.monotonic())
            except Exception as error:
                note_failure(log, "signaling.sessions_unchecked", error)

    async def _end_signed_out(self, now: float) -> None:
        due = [
            connection
            for connection in self._door.guard.connections.values()
            if connection.token and now - connection.checked_at > CHECK_SECONDS * 2 / 3
        ]
        await self._end_closed(due, now)

    async def recheck(self, user_id: int) -> None:
        """End at once this process's connections of a user whose session was just closed."""
        connections = self._door.guard.connections
        theirs = self._door.sio.manager.get_participants("/", user_room(user_id))
        found = [connections[sid] for sid, _ in theirs if sid in connections]
        await self._end_closed(found, time.monotonic())

    async def _end_closed(self, connections: list[Connection], now: float) -> None:
        if not connections:
            return
        async with self._door.live.transaction() as tx:
            still = await sessions.open_among(tx, [c.token for c in connections if c.token])
        for connection in connections:
            connection.checked_at = now
            if connection.token not in still:
                await self._door.sio.disconnect(connection.sid)

    async def end_session(self, token: str) -> None:
        """End at once this process's connections of a session that has just been closed."""
        for sid in list(self._of_session.get(token, ())):
            await self._door.sio.disconnect(sid)
