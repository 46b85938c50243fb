"""Who may connect, and what is known of each connection for as long as it lasts."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

import socketio
import structlog
from aiohttp import web

from foundation.log import note_failure
from people.accounts.accounts import User
from people.sign_in import sessions
from rooms.ground.live import live_talk
from signaling import talk_events
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.memberships import talk_room, user_room
from signaling.places import SocketPlace, SocketPlaces
from signaling.refusals import ENDED, FullError, turned_away

log = structlog.get_logger(__name__)

PLACE = web.RequestKey("place", SocketPlace)

CONNECT_SECONDS = 10
CHECK_SECONDS = 4.5
# Sessions that are looked up at once: a rush of them leaves connections to those in a talk.
LOOK_UPS = 2


class Visitor(Protocol):
    """What the door for people knows of a request."""

    @property
    def address(self) -> str: ...
    @property
    def locale(self) -> str: ...


VisitorOf = Callable[[web.Request], Visitor]


class Connections:
    """Who arrives, and the handlers of connect, disconnect and events unknown to the protocol.

    `let_go` closes the socket of a place whose connection has ended.
    """

    def __init__(
        self,
        door: Door,
        visitor_of: VisitorOf,
        let_go: Callable[[SocketPlace], None] = lambda _: None,
    ) -> None:
        self._door = door
        self._visitor_of = visitor_of
        self._let_go = let_go
        self._look_ups = asyncio.Semaphore(LOOK_UPS)
        self._endings: set[asyncio.Task[None]] = set()
        self._place_of: dict[str, SocketPlace] = {}
        self._of_session: dict[str, set[str]] = {}
        self.places = SocketPlaces(door.settings, self._sits)

    def add_handlers(self) -> None:
        """Have the server call these handlers on connect, disconnect and unknown events."""
        sio = self._door.sio
        sio.on("connect", self._connect)
        sio.on("disconnect", self._disconnect)
        sio.on("*", self._unknown)

    async def arrive(self, request: web.Request) -> SocketPlace:
        """Count a request that is to become a socket, and find out whose it is.

        Raises FullError where there is no place for it, or nobody can say whose it is.
        """
        visitor, cookie = self._visitor_of(request), request.headers.get("Cookie")
        place = SocketPlace(visitor.address, request.transport, locale=visitor.locale)
        token = sessions.token_of(self._door.settings, cookie)
        self.places.arrive(place, token, known=token in self._of_session)
        try:
            if token is not None:
                await self._settle(place, token, cookie)
        except BaseException:
            self.places.leave(place)
            raise
        return place

    def locale_of(self, request: web.Request) -> str:
        """Return the language in which a request's page is told something."""
        return self._visitor_of(request).locale

    async def _settle(self, place: SocketPlace, token: str, cookie: str | None) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                user, in_talk = await self._known(cookie)
        except Exception as error:
            # Refused in words, the browser tries again; left to itself it would wait for ever.
            note_failure(log, "signaling.not_connected", error)
            raise FullError("try_again") from error
        if user is not None:
            place.user_id, place.locale, place.token = user.id, user.locale, token
        given = self.places.settle(place, in_talk=in_talk)
        if given is not None:
            ending = asyncio.create_task(self._give_up(given))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def _known(self, cookie: str | None) -> tuple[User | None, bool]:
        """Return whose session it is, and whether they are in a talk just now."""
        # It may be somebody on the way back into a talk, who can't wait behind pages.
        async with self._look_ups, self._door.talking() as tx:
            user = await sessions.session_user(tx, self._door.settings, cookie)
            talk = await live_talk(tx, user.id) if user else None
        return user, talk is not None

    def _sits(self, place: SocketPlace) -> bool:
        """Say whether a socket is the one by which its person sits in a talk."""
        seated = place.connection.seated if place.connection else None
        if place.connection is None or seated is None:
            return False
        rooms = self._door.sio.rooms(place.connection.sid)
        return talk_room(seated.talk_id, seated.side) in rooms

    async def _give_up(self, place: SocketPlace) -> None:
        ENDED.labels("gave_way").inc()
        if place.connection is None:
            self._let_go(place)
            return
        sid = place.connection.sid
        why = "too_many_windows" if place.user_id else "server_full"
        await self._door.push.turned_away(sid, turned_away(why, place.locale))
        await self._door.sio.disconnect(sid)

    async def _connect(self, sid: str, environ: Any, auth: object = None) -> None:
        # A client can send an event of this name; only the server has a request to give.
        request = environ.get("aiohttp.request") if isinstance(environ, dict) else None
        if not isinstance(request, web.Request) or sid in self._door.guard.connections:
            return
        place = request.get(PLACE)
        if place is None or place.given_up or place.connection is not None:
            raise socketio.exceptions.ConnectionRefusedError("try_again")
        burst = float(self._door.settings.events_burst)
        connection = Connection(sid, place.user_id, place.locale, place.address, burst)
        connection.token = place.token
        place.connection = connection
        self._place_of[sid] = place
        self._door.guard.connections[sid] = connection
        if place.token is not None:
            self._of_session.setdefault(place.token, set()).add(sid)
        if place.user_id is not None:
            await self._door.sio.enter_room(sid, user_room(place.user_id))

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
        place = self._place_of.pop(connection.sid, None)
        if place is not None:
            # Whoever ends the connection keeps no socket: it would be a place without a use.
            self._let_go(place)
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
