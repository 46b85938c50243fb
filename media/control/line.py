"""One web process's connection to a media process, from the media process's side."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Protocol

import structlog
from aiohttp import WSMsgType, web
from pydantic import ValidationError

from foundation.log import note_failure
from media.control.messages import (
    ASKED,
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
from media.relay.terms import Counts, LegKey, RelayError, other

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
MOST_OFFERS = 32
OFFER_SECONDS = 8.0
SEND_SECONDS = 3.0


class Plane(Protocol):
    """What the door needs of the relay."""

    async def answer(self, key: LegKey, offer_sdp: str) -> str: ...
    def counts(self, key: LegKey) -> Counts | None: ...


class Recorder(Protocol):
    """Who records."""

    async def end(self, recording_id: int) -> None: ...


class ControlLine:
    """One web process's connection."""

    def __init__(
        self, socket: web.WebSocketResponse, plane: Plane, recorder: Recorder | None
    ) -> None:
        self._socket = socket
        self._plane = plane
        self._recorder = recorder
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._working: set[asyncio.Task[None]] = set()
        self._overrun = asyncio.Event()

    def say(self, message: Answer | Hello | HostState) -> None:
        """Send a message; a web process that takes none is cut off, and comes again."""
        try:
            self._outgoing.put_nowait(message.model_dump_json())
        except asyncio.QueueFull:
            self._overrun.set()

    async def serve(self) -> None:
        """Answer until the connection ends, breaks the protocol or takes nothing more."""
        tasks = [asyncio.create_task(work()) for work in (self._read, self._write, self._stop)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, *self._working):
                task.cancel()
            await asyncio.gather(*tasks, *self._working, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.close()

    async def _stop(self) -> None:
        await self._overrun.wait()
        log.warning("control.overrun")

    async def _write(self) -> None:
        while True:
            text = await self._outgoing.get()
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_str(text)

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type is not WSMsgType.TEXT:
                return
            try:
                await self._heed(ASKED.validate_json(frame.data))
            except ValidationError:
                log.warning("control.malformed")
                return

    async def _heed(self, asked: object) -> None:
        match asked:
            case OfferAsked():
                self._offered(asked)
            case CountsAsked():
                counts = self._plane.counts
                across = LegKey(asked.talk_id, asked.pair, other(asked.side))
                self.say(LegsCounted(id=asked.id, own=counts(asked.leg), other=counts(across)))
            case RecordEnd() if self._recorder is not None:
                await self._do(self._recorder.end(asked.recording_id))

    def _offered(self, asked: OfferAsked) -> None:
        if len(self._working) >= MOST_OFFERS:
            self.say(Refused(id=asked.id, code="busy"))
            return
        task = asyncio.create_task(self._answer(asked))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _answer(self, asked: OfferAsked) -> None:
        try:
            async with asyncio.timeout(OFFER_SECONDS):
                sdp = await self._plane.answer(asked.leg, asked.sdp)
            self.say(Answered(id=asked.id, sdp=sdp))
        except RelayError as error:
            self.say(Refused(id=asked.id, code=error.code))
        except Exception as error:
            note_failure(log, "control.offer_failed", error)
            self.say(Refused(id=asked.id, code="failed"))

    async def _do(self, work: Awaitable[None]) -> None:
        """Do what is not answered; what fails harms nobody else."""
        try:
            async with asyncio.timeout(OFFER_SECONDS):
                await work
        except RelayError:
            return
        except Exception as error:
            note_failure(log, "control.failed", error)
