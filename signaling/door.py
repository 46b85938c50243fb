"""What every realtime handler needs at hand, and how its handlers are added to the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import socketio

from foundation.database import Database, Tx
from foundation.errors import ProtocolError
from foundation.settings import Settings
from signaling.guard import Ack, Connection, Guard
from signaling.protocol import Payload
from signaling.pulse import Pulse
from signaling.push import Push
from signaling.relayed.talks import RelayedTalks

P = TypeVar("P", bound=Payload)

KEPT_FOR_BEATS = 2


@dataclass(frozen=True)
class Door:
    """The realtime door: parses and guards events, opens transactions, commits, announces.

    `database` is shared with the pages. `live` is a pool apart for beats, talks and pushes.
    """

    sio: socketio.AsyncServer
    settings: Settings
    database: Database
    live: Database
    guard: Guard
    push: Push
    pulse: Pulse
    relayed: RelayedTalks
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        turns = max(1, self.settings.talk_connections - KEPT_FOR_BEATS)
        object.__setattr__(self, "_turns", asyncio.Semaphore(turns))

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[Tx]:
        """Open a transaction of somebody in a talk, or on the way to one.

        However many of them come at once, they leave connections to the beats.
        """
        async with self._turns, self.live.transaction() as tx:
            yield tx

    def on(
        self,
        event: str,
        model: type[P],
        handler: Callable[["Door", Connection, P], Awaitable[Ack]],
    ) -> None:
        """Let `handler` answer an event whose payload is a `model`."""

        def bound(connection: Connection, payload: P) -> Awaitable[Ack]:
            return handler(self, connection, payload)

        async def answer(sid: str, payload: object = None, *extra: object) -> Ack:
            # An event takes one argument; what else came is not a payload of ours.
            seen = payload if not extra else None
            ack = await self.guard.run(sid, event, model, bound, seen)
            await self.end_if_hopeless(sid)
            return ack

        self.sio.on(event, answer)

    def must_be_connected(self, connection: Connection) -> None:
        """Raise ProtocolError `not_connected` for whoever has gone, who can be told nothing more.

        Asked right before the server is: it knows a connection no longer once that has ended.
        """
        if not self.sio.manager.is_connected(connection.sid, "/"):
            raise ProtocolError("not_connected")

    async def end_if_hopeless(self, sid: str) -> None:
        """End the connection of a client that does nothing but break the protocol."""
        if self.guard.is_hopeless(sid):
            await self.sio.disconnect(sid)
