"""What every realtime handler needs at hand, and how its handlers are added to the server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import socketio

from foundation.database import Database
from foundation.settings import Settings
from signaling.guard import Ack, Connection, Guard
from signaling.protocol import Payload
from signaling.pulse import Pulse
from signaling.push import Push

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class Door:
    """The realtime door: parses and guards events, opens transactions, commits, announces."""

    sio: socketio.AsyncServer
    settings: Settings
    database: Database
    guard: Guard
    push: Push
    pulse: Pulse

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

    async def end_if_hopeless(self, sid: str) -> None:
        """End the connection of a client that does nothing but break the protocol."""
        if self.guard.is_hopeless(sid):
            await self.sio.disconnect(sid)
