"""What every push stands on: how an event goes out, and where what it tells is read."""

from collections.abc import Mapping
from typing import Any

import socketio

from foundation.database import Database
from foundation.settings import Settings


class Emitting:
    """Sends events to the Socket.IO rooms of a site, on whatever process a connection is."""

    def __init__(self, sio: socketio.AsyncServer, database: Database, settings: Settings) -> None:
        self._sio = sio
        self._database = database
        self._settings = settings

    async def _emit(
        self, event: str, data: Mapping[str, Any], room: str | list[str], skip: str | None = None
    ) -> None:
        await self._sio.emit(event, data, room=room, skip_sid=skip)
