"""A browser's realtime side, without the browser: a Socket.IO client with a session cookie."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import socketio
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import sessions
from people.sign_in.sessions import cookie_name

WAIT_SECONDS = 5


@dataclass
class FakeBrowser:
    """One connection; every event that the server pushes is kept by its name."""

    sio: socketio.AsyncClient
    heard: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    async def open(
        cls, server: TestServer, database: Database, settings: Settings, user_id: int | None
    ) -> "FakeBrowser":
        """Connect as a user, or as a visitor."""
        browser = cls(socketio.AsyncClient(reconnection=False))
        browser.sio.on("*", browser._hear)
        headers = {}
        if user_id is not None:
            async with database.transaction() as tx:
                token = await sessions.open_for(tx, user_id, days=1)
            headers["Cookie"] = f"{cookie_name(settings)}={token}"
        address = str(server.make_url("/"))
        for last in (False, False, True):
            try:
                await browser.sio.connect(address, headers=headers, transports=["websocket"])
                break
            except socketio.exceptions.ConnectionError:
                # A starved site says `try_again`, and a browser does.
                if last:
                    raise
        return browser

    async def _hear(self, event: str, *data: Any) -> None:
        self.heard[event].append(data[0] if data else None)

    async def ask(self, event: str, payload: object = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        answer = await self.sio.call(event, payload, timeout=WAIT_SECONDS)
        assert isinstance(answer, dict)
        return answer

    async def wait_for(self, event: str, count: int = 1) -> Any:
        """Return the `count`th push of an event, which comes within five seconds."""
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.heard[event]) < count:
                await asyncio.sleep(0.02)
        return self.heard[event][count - 1]

    async def close(self) -> None:
        """Disconnect."""
        await self.sio.disconnect()


def join(talk_id: int, tab: str = "tab-one-0001", **more: Any) -> dict[str, Any]:
    """The payload of talk:join."""
    return {"talk_id": talk_id, "tab": tab, "fresh": True, "take_over": False, **more}


def beat(talk_id: int, pair: int, *, media: bool = True) -> dict[str, Any]:
    """The payload of talk:beat."""
    figures = {"packets": 9, "lost": 0, "rtt_ms": 12, "hidden": False, "video": None}
    return {"talk_id": talk_id, "pair": pair, "audio": flow(media=media), **figures}


def flow(*, media: bool = True, **more: Any) -> dict[str, Any]:
    """One kind of media of a beat, on its way in both directions; the other reports of nothing."""
    arrives = {"received": 900, "received_ago_ms": 0} if media else NOTHING
    return {"sent": 900, "reported_ago_ms": None, "on": True, **arrives, **more}


NOTHING = {"received": 0, "received_ago_ms": None}
