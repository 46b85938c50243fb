"""A person's window on a serving process: it enters, joins, and beats as the page does."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import socketio

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import sessions
from people.sign_in.sessions import cookie_name
from tests.signaling.browser import FakeBrowser, beat, join
from web.http.csrf import make_token

BEAT_SECONDS = 1.0
# How long a busy machine may take to answer.
PATIENCE_SECONDS = 15
TRIES = 5


@dataclass
class Window:
    """One connection of one tab; `proved` holds the moments of its beats that were acknowledged."""

    browser: FakeBrowser
    address: str
    tab: str
    cookie: str
    token: str
    talk: int = 0
    pair: int = 0
    proved: list[float] = field(default_factory=list)
    meter: dict[str, Any] = field(default_factory=dict)
    _beating: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, address: str, database: Database, settings: Settings, user: int | None, tab: str
    ) -> "Window":
        """Connect as a user, or as a visitor."""
        token = cookie = ""
        if user is not None:
            async with database.transaction() as tx:
                token = await sessions.open_for(tx, user, days=1)
            cookie = f"{cookie_name(settings)}={token}"
        browser = await _connect(address, {"Cookie": cookie} if cookie else {})
        return cls(browser, address.rstrip("/"), tab, cookie, token)

    async def ask(self, event: str, payload: object = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        answer = await self.browser.sio.call(event, payload, timeout=PATIENCE_SECONDS)
        assert isinstance(answer, dict)
        return answer

    async def hear(self, event: str, count: int = 1) -> Any:
        """Return the `count`th push of an event."""
        heard = self.browser.heard[event]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(heard) < count:
                await asyncio.sleep(0.02)
        return heard[count - 1]

    async def enter(self, room: int) -> int:
        """Press "enter" on the page; the talk."""
        form = {"csrf": make_token(self.token), "video": "1", "spend_cap": ""}
        return int((await self.enter_by(room, form))["talk_id"])

    async def enter_by(self, room: int, form: dict[str, str]) -> dict[str, Any]:
        """Send the entry's form; the answer, which is none of refusal."""
        headers = {"Cookie": self.cookie, "Accept": "application/json"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.address}/rooms/{room}/entry", data=form, headers=headers) as answer,
        ):
            told = await answer.json()
            assert answer.status == 200, told
            assert isinstance(told, dict)
            return told

    async def sit(self, talk: int, **more: Any) -> dict[str, Any]:
        """Join a talk in this tab."""
        ack = await self.ask("talk:join", join(talk, self.tab, **more))
        if ack["ok"]:
            self.talk, self.pair = talk, ack["pair"]
        return ack

    async def prove(self, *, media: bool = True) -> dict[str, Any]:
        """Send one beat of the pair that this side knows of."""
        news = self.browser.heard["talk:peer"]
        self.pair = max([self.pair, *(int(one["pair"]) for one in news if one["present"])])
        ack = await self.ask("talk:beat", beat(self.talk, self.pair, media=media))
        if ack["ok"]:
            self.proved.append(asyncio.get_running_loop().time())
            self.meter = ack["meter"]
        return ack

    def beat_on(self) -> None:
        """Beat every second until the connection or the window is closed."""
        self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while self.browser.sio.connected:
            # A beat that is lost is followed by the next one, as the page's are.
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                await self.prove()
            await asyncio.sleep(BEAT_SECONDS)

    async def stop_beating(self) -> None:
        """Say nothing more."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
            self._beating = None

    async def close(self) -> None:
        """Close the window."""
        await self.stop_beating()
        await self.browser.close()


async def _connect(address: str, headers: dict[str, str]) -> FakeBrowser:
    """Connect, trying again as the page does where the site is too busy to let it in."""
    for left in reversed(range(TRIES)):
        sio = socketio.AsyncClient(reconnection=False, request_timeout=PATIENCE_SECONDS)
        browser = FakeBrowser(sio)
        sio.on("*", browser._hear)
        try:
            # The library takes the cookie out of what it is given.
            await sio.connect(address, headers=dict(headers), transports=["websocket"])
        except socketio.exceptions.ConnectionError:
            if not left:
                raise
            await asyncio.sleep(1)
        else:
            return browser
    raise AssertionError("unreachable")
