"""Socket.IO rooms: their names, and which of them each connection is in.

That is told without walking through all of them. The library asks every room whether it holds a
connection: at each look, and once more at its end. What one connection does must never cost more
because others are there.
"""

from collections.abc import Collection
from typing import Any

import socketio

DIRECTORY = "directory"
TALK = "talk"
TOPIC = "topic"


def directory_room(room_id: int) -> str:
    """The Socket.IO room of those who hear of this room, but not of all."""
    return f"{DIRECTORY}:{room_id}"


def talk_room(talk_id: int, side: str) -> str:
    """The Socket.IO room of one side's seat in a talk."""
    return f"{TALK}:{talk_id}:{side}"


def user_room(user_id: int) -> str:
    """The Socket.IO room of all of a user's connections."""
    return f"user:{user_id}"


def topic_room(topic_id: int) -> str:
    """The Socket.IO room of those who have a topic of the board open."""
    return f"{TOPIC}:{topic_id}"


class _Memberships(socketio.base_manager.BaseManager):  # type: ignore[misc]  # socketio has no types
    """Keeps the rooms of each connection beside the connections of each room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of: dict[tuple[str, str], set[str | None]] = {}

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._of.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        super().basic_leave_room(sid, namespace, room)
        held = self._of.get((namespace, sid))
        if held is None:
            return
        held.discard(room)
        if not held:
            del self._of[namespace, sid]

    def get_rooms(self, sid: str, namespace: str) -> Collection[str]:
        """Return the rooms that a connection is in."""
        return [room for room in self._of.get((namespace, sid), ()) if room is not None]

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Forget a connection, as the library does, but without asking every room for it."""
        for room in list(self._of.get((namespace, sid), ())):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            waiting = pending.get(namespace, [])
            if sid in waiting:
                waiting.remove(sid)
                if not waiting:
                    del pending[namespace]


class LocalManager(_Memberships, socketio.AsyncManager):  # type: ignore[misc]  # socketio has no types
    """The connections of a site of one process."""


class SharedManager(_Memberships, socketio.AsyncRedisManager):  # type: ignore[misc]  # socketio has no types
    """The connections of this process, with the others told through Redis or Valkey."""

    async def emit(
        self, event: str, data: Any, namespace: str, room: Any = None, **told: Any
    ) -> None:
        """Send an event. A seat is one connection's: where it is here, no other process is told.

        Who comes anew to a seat has closed its room everywhere before. `skip_sid` means that there
        are two for a moment.
        """
        if not told.get("skip_sid") and self._is_seat_here(room, namespace):
            told["ignore_queue"] = True
        await super().emit(event, data, namespace=namespace, room=room, **told)

    def _is_seat_here(self, room: Any, namespace: str) -> bool:
        return (
            isinstance(room, str)
            and room.startswith(f"{TALK}:")
            and room in self.rooms.get(namespace, ())
        )
