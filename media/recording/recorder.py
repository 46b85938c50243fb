"""A talk that is recorded: takes packets in the loop, and works on them in a thread."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from media.recording.live_part import LivePart, PartFailedError
from media.recording.parts import SIDES, Kind, PartInfo, Side
from media.recording.side import FirstPart, OpenPart, SideRecording

log = structlog.get_logger(__name__)

# Some ten seconds of a good picture: what a disk that hangs may cost of memory.
MOST_QUEUED = 4096
# A talk's end waits so long for its files; they are finished all the same.
STOP_SECONDS = 300.0

Step: TypeAlias = Callable[[SideRecording], None]
# Finishes a file, and then calls with what there is to tell of it.
FinishPart: TypeAlias = Callable[[LivePart, Callable[[PartInfo | None], None]], None]


@dataclass(frozen=True)
class RecordingListener:
    """Who is told of a recording; all are called in the loop."""

    ask_key_frame: Callable[[Side], None]
    on_part: Callable[[PartInfo], None]
    on_failed: Callable[[str], None]


class TalkRecorder:
    """Hears both sides of a talk, and returns at once from whatever it is told.

    What can't be kept up with is dropped and counted (`dropped`); a recording that failed says so
    once and drops everything. Neither holds up the talk.
    """

    def __init__(
        self,
        recording_id: int,
        listener: RecordingListener,
        first_part: FirstPart,
        open_part: OpenPart,
        finish_part: FinishPart,
    ) -> None:
        self.recording_id = recording_id
        self.dropped = 0
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._finish_part = finish_part
        self._queue: deque[tuple[Side, Step]] = deque()
        self._stopping = False
        self._over = False
        self._done = asyncio.Event()
        # Files that are not told yet, and one for the recording itself.
        self._open = 1
        self._sides = {
            side: SideRecording(recording_id, side, first_part, open_part, self._ended)
            for side in SIDES
        }

    def codec(self, side: Side, kind: Kind, name: str, clock_rate: int, pair: int) -> None:
        """Begin a stream of packets. Raises ValueError for a codec that can't be recorded."""
        if name not in ({"opus"} if kind == "audio" else {"vp8", "h264"}):
            raise ValueError(f"no codec of a recording: {kind} {name}")
        self._put(side, lambda one: one.codec(kind, name, clock_rate, pair))

    def packet(self, side: Side, kind: Kind, packet: bytes, at: float) -> None:
        """Take a packet that came at a Unix time."""
        if len(self._queue) >= MOST_QUEUED:
            self.dropped += 1
            return
        self._put(side, lambda one: one.packet(kind, packet, at))

    def sender_report(
        self, side: Side, kind: Kind, ntp: int, rtp: int, at: float | None = None
    ) -> None:
        """Take what a sender report says that came at a Unix time, or now."""
        came = time.time() if at is None else at
        if len(self._queue) < MOST_QUEUED:
            self._put(side, lambda one: one.report(kind, ntp, rtp, came))

    async def stop(self) -> None:
        """End the recording, and wait until its files are finished and told."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._done.wait()

    def work(self, now: float) -> bool:
        """Do what has come, in the thread; return whether the recording is over."""
        stopping = self._stopping
        try:
            self._work(now, stopping=stopping)
        except PartFailedError as error:
            self._fail(error.code)
        except Exception:
            log.exception("recording.bug", recording=self.recording_id)
            self._fail("bug")
        if stopping and not self._over:
            self._over = True
            self._told()
        return self._over

    def _put(self, side: Side, step: Step) -> None:
        # Descriptions of codecs are few, and none may be lost.
        if not (self._stopping or self._over) and len(self._queue) < 2 * MOST_QUEUED:
            self._queue.append((side, step))

    def _work(self, now: float, *, stopping: bool) -> None:
        if self._over:
            self._queue.clear()
            return
        for _ in range(len(self._queue)):
            side, step = self._queue.popleft()
            step(self._sides[side])
        for name, one in self._sides.items():
            if stopping:
                one.finish()
            elif one.tick(now):
                self._call(self._listener.ask_key_frame, name)

    def _fail(self, code: str) -> None:
        """Keep what there is, say why there will be no more, and drop everything from now on."""
        log.warning("recording.failed", recording=self.recording_id, code=code)
        self._over = True
        self._queue.clear()
        for one in self._sides.values():
            with suppress(PartFailedError):
                one.abandon()
        self._call(self._listener.on_failed, code)
        self._told()

    def _ended(self, part: LivePart) -> None:
        self._open += 1
        self._finish_part(part, self._part_told)

    def _part_told(self, info: PartInfo | None) -> None:
        if info is not None:
            self._call(self._listener.on_part, info)
        self._told()

    def _told(self) -> None:
        self._call(self._one_less)

    def _one_less(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._done.set()

    def _call(self, what: Callable[..., None], *values: object) -> None:
        # The loop may be closed already, where the process ends.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *values)
