"""A web process's connection to one media process: kept, and made again when lost."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import TypeAlias

import structlog
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType
from pydantic import ValidationError

from foundation import background
from foundation.log import note_failure
from media.control.messages import (
    LARGEST_MESSAGE,
    TOLD,
    Answer,
    Answered,
    CountsAsked,
    Hello,
    HostState,
    LegsCounted,
    OfferAsked,
    RecordEnd,
    Refused,
)
from media.control.proof import HEADER, is_answer, prove
from media.hosts import MediaHost
from media.relay.terms import LegKey

log = structlog.get_logger(__name__)

PATH = "/control"
PING_SECONDS = 2.0
CONNECT_SECONDS = 2.0
SEND_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
MOST_WAITING = 1_000
ANSWER_SECONDS = 9.0
COUNT_SECONDS = 0.5

Command: TypeAlias = OfferAsked | CountsAsked | RecordEnd


class LinkError(Exception):
    """A media process has not done what it was asked, and why: `gone`, `late`, or its own code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MediaLink:
    """The connection to one media process. `lost` is called when it can't be reached."""

    def __init__(
        self,
        host: MediaHost,
        session: ClientSession,
        secret: str,
        lost: Callable[[MediaHost], None],
    ) -> None:
        self.host = host
        self._session = session
        self._secret = secret
        self._lost = lost
        self._up = asyncio.Event()
        self._leaving = self._broken = False
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._task = asyncio.create_task(self._run(), name="media link")

    async def answer(self, leg: LegKey, sdp: str) -> str:
        """Return the answer to a browser's offer. Raises LinkError."""
        talk, pair, side = leg.talk_id, leg.pair, leg.side
        found = await self._ask(
            lambda number: OfferAsked(id=number, talk_id=talk, pair=pair, side=side, sdp=sdp),
            ANSWER_SECONDS,
        )
        if not isinstance(found, Answered):
            raise LinkError("failed")
        return found.sdp

    async def counts(self, leg: LegKey) -> LegsCounted:
        """Return what came from and went to both sides of a pair, as of now. Raises LinkError.

        At once where the connection was lost: a beat is not to wait for it.
        """
        if self._broken:
            raise LinkError("gone")
        talk, pair, side = leg.talk_id, leg.pair, leg.side
        found = await self._ask(
            lambda number: CountsAsked(id=number, talk_id=talk, pair=pair, side=side),
            COUNT_SECONDS,
        )
        if not isinstance(found, LegsCounted):
            raise LinkError("failed")
        return found

    async def _ask(self, made: Callable[[int], Command], seconds: float) -> Answer:
        if len(self._asked) >= MOST_WAITING:
            raise LinkError("busy")
        number = next(self._numbers)
        try:
            async with asyncio.timeout(seconds):
                await self._up.wait()
                self._asked[number] = asyncio.get_running_loop().create_future()
                self.say(made(number))
                found = await self._asked[number]
        except TimeoutError:
            raise LinkError("late") from None
        finally:
            self._asked.pop(number, None)
        if isinstance(found, Refused):
            raise LinkError(found.code)
        return found

    def say(self, command: Command) -> None:
        """Send what is not answered. Raises LinkError where nothing can be sent."""
        if not self._up.is_set():
            raise LinkError("gone")
        text = command.model_dump_json()
        if len(text.encode()) > LARGEST_MESSAGE:
            # The other end would take it for an attack, and everybody's connection with it.
            raise LinkError("bad_offer")
        try:
            self._outgoing.put_nowait(text)
        except asyncio.QueueFull:
            raise LinkError("busy") from None

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    socket = await self._connect()
            except (ClientError, OSError, TimeoutError) as error:
                if pause == FIRST_PAUSE and not self._leaving:
                    log.warning("media.unreachable", host=self.host.id, why=type(error).__name__)
                self._lost(self.host)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            try:
                await self._serve(socket)
            except Exception as error:
                note_failure(log, "media.link_failed", error)
            finally:
                self._drop()
                with contextlib.suppress(Exception):
                    await socket.close()

    async def _connect(self) -> ClientWebSocketResponse:
        proof, expected = prove(self._secret)
        socket = await self._session.ws_connect(
            self.host.url + PATH,
            headers={HEADER: proof},
            heartbeat=PING_SECONDS,
            max_msg_size=LARGEST_MESSAGE,
        )
        try:
            hello = TOLD.validate_json(await socket.receive_str())
        except (ValidationError, TypeError):
            hello = None
        if not isinstance(hello, Hello) or not is_answer(expected, hello.answer):
            await socket.close()
            raise ClientError("a stranger answers")
        return socket

    async def _serve(self, socket: ClientWebSocketResponse) -> None:
        self._up.set()
        self._broken = False
        tasks = [asyncio.create_task(work(socket)) for work in (self._read, self._write)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                return
            try:
                told = TOLD.validate_json(frame.data)
            except ValidationError:
                log.warning("media.malformed", host=self.host.id)
                return
            if isinstance(told, HostState):
                self._leaving = told.draining
            elif not isinstance(told, Hello):
                self._answered(told)

    def _answered(self, told: Answer) -> None:
        waiting = self._asked.get(told.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(told)

    async def _write(self, socket: ClientWebSocketResponse) -> None:
        while True:
            text = await self._outgoing.get()
            async with asyncio.timeout(SEND_SECONDS):
                await socket.send_str(text)

    def _drop(self) -> None:
        """Whoever waits for an answer of this connection gets none."""
        self._up.clear()
        self._broken = True
        self._outgoing = asyncio.Queue(MOST_WAITING)
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(LinkError("gone"))

    async def close(self) -> None:
        """End the connection."""
        await background.end(self._task)
        self._drop()
