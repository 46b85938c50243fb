"""What a media process records: exactly what the database says that it may, of its own talks."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from foundation import background
from foundation.database import Database, Tx
from foundation.log import note_failure
from media.recording.files import RecordingFiles
from media.recording.parts import PartInfo, Side
from media.recording.recorder import TalkRecorder
from media.relay.relay import Relay
from rooms.recording import writing
from rooms.recording.writing import RecordedPart, RecordingOrder

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
# What another process left that was killed, and is not started again.
MEND_SECONDS = 600.0
# Without the database's word for so long, either may have stopped it without being heard.
SURE_SECONDS = 5.0
# What is to be told to the database, while that can't be reached.
MOST_NEWS = 1_000
NAMES_AT_ONCE = 500


@dataclass
class _Running:
    talk_id: int
    recorder: TalkRecorder


class TalkTapes:
    """Records the talks of one media process. Asks the database every second, and when told to."""

    def __init__(
        self, database: Database, relay: Relay, files: RecordingFiles, host_id: Callable[[], int]
    ) -> None:
        self._database = database
        self._relay = relay
        self._files = files
        self._host_id = host_id
        self._running: dict[int, _Running] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        self._failed: set[int] = set()
        self._news = deque[Callable[[Tx], Awaitable[object]]](maxlen=MOST_NEWS)
        self._one_at_a_time = asyncio.Lock()
        self._sure_at = 0.0

    def __len__(self) -> int:
        return len(self._running)

    async def end(self, recording_id: int) -> None:
        """A web process says that it is over: it is, whatever the database can say just now."""
        self._stop(recording_id)
        await self.look()

    async def run(self) -> None:
        """Finish what was left behind, and look every second until cancelled."""
        mending = asyncio.create_task(self._mend_all(), name="mend recordings")
        try:
            while True:
                try:
                    await self.look()
                except Exception as error:
                    note_failure(log, "recording.look_failed", error)
                    self._stop_unsure()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await background.end(mending)

    async def look(self) -> None:
        """Begin what may be recorded, stop what may not, and tell what has become of the rest."""
        async with self._one_at_a_time:
            await self._tell()
            async with self._database.transaction() as tx:
                orders = await writing.orders(tx, self._host_id())
            self._sure_at = time.monotonic()
            may = {order.recording_id for order in orders}
            self._failed &= may
            for recording_id in [one for one in self._running if one not in may]:
                self._stop(recording_id)
            for order in orders:
                if order.recording_id not in self._running.keys() | self._failed:
                    self._begin(order)
            talks = self._heard()
            heard = [key for key, one in self._running.items() if one.talk_id in talks]
            async with self._database.transaction() as tx:
                still = await writing.written(tx, heard)
            for recording_id in {*heard} - {*still}:
                self._stop(recording_id)

    def _heard(self) -> set[int]:
        """The talks of which anything has come: a leg alone may be one that never connects."""
        return {
            leg.talk_id
            for leg in self._relay.legs()
            if (counts := self._relay.counts(leg)) and (counts.audio.came or counts.video.came)
        }

    def _stop_unsure(self) -> None:
        """Stop everything where nobody could say for a while whether it may still be recorded."""
        if time.monotonic() - self._sure_at < SURE_SECONDS:
            return
        for recording_id in list(self._running):
            self._stop(recording_id)

    def _begin(self, order: RecordingOrder) -> None:
        def ask_key_frame(side: Side) -> None:
            self._relay.ask_key_frame(order.talk_id, side)

        recorder = self._files.begin(
            order.recording_id,
            ask_key_frame,
            self._part,
            partial(self._fail, order.recording_id),
        )
        self._running[order.recording_id] = _Running(order.talk_id, recorder)
        self._relay.tap(order.talk_id, recorder)
        log.info("recording.began", recording=order.recording_id)

    def _stop(self, recording_id: int) -> None:
        """Let nothing more be heard from this moment on; the files are finished beside."""
        found = self._running.pop(recording_id, None)
        if found is None:
            return
        self._relay.tap(found.talk_id, None)
        task = asyncio.create_task(found.recorder.stop(), name="finish a recording")
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        log.info("recording.stopped", recording=recording_id, dropped=found.recorder.dropped)

    def _fail(self, recording_id: int, why: str) -> None:
        self._failed.add(recording_id)
        self._news.append(lambda tx: writing.failed(tx, recording_id, why))
        self._stop(recording_id)

    def _part(self, info: PartInfo) -> None:
        self._news.append(lambda tx: self._keep(tx, info))

    async def _keep(self, tx: Tx, info: PartInfo) -> None:
        if not await writing.keep(tx, _part_of(info)):
            # Its recording is no longer known, so nobody may have it.
            await asyncio.to_thread(self._files.remove, info.name)

    async def _tell(self) -> None:
        """Tell the database what it was not told yet; what fails is told again the next time."""
        while self._news:
            try:
                async with self._database.transaction() as tx:
                    await self._news[0](tx)
            except (DBAPIError, OSError, TimeoutError) as error:
                if not isinstance(error, DataError | IntegrityError):
                    raise
                # What the database will never take keeps nothing else from it.
                log.exception("recording.not_taken")
            self._news.popleft()

    async def _mend_all(self) -> None:
        while True:
            await self._mend()
            await asyncio.sleep(MEND_SECONDS)

    async def _mend(self) -> None:
        """Finish what a killed process left, and tell of what it could not tell any more."""
        try:
            for info in await asyncio.to_thread(self._files.mend):
                self._part(info)
            names = sorted(await asyncio.to_thread(self._files.names))
            for first in range(0, len(names), NAMES_AT_ONCE):
                async with self._database.transaction() as tx:
                    unknown = await writing.forgotten(tx, names[first : first + NAMES_AT_ONCE])
                for name in unknown:
                    self._part(await asyncio.to_thread(self._files.look, name))
        except Exception as error:
            note_failure(log, "recording.mend_failed", error)

    async def close(self) -> None:
        """Stop everything, and tell of all the files."""
        for recording_id in list(self._running):
            self._stop(recording_id)
        if self._stopping:
            await asyncio.wait(self._stopping, timeout=20)
        try:
            await self._tell()
        except Exception as error:
            note_failure(log, "recording.not_told", error)
        await asyncio.to_thread(self._files.close)


def _part_of(info: PartInfo) -> RecordedPart:
    return RecordedPart(
        info.recording_id,
        info.side,
        info.part,
        info.name,
        info.media_type,
        datetime.fromtimestamp(info.begun_at, UTC),
        round(info.seconds * 1000),
        info.size,
        info.whole,
    )
