"""The beats that this process has received, written to the database in one statement at a time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from rooms.lobby import presence
from rooms.talk import meter, readings
from rooms.talk.readings import Reading
from signaling.guard import Seated
from signaling.protocol import TalkBeat
from signaling.push import Push

log = structlog.get_logger(__name__)

MOST_WAITING = 20_000
MOST_AT_ONCE = 1000
GATHER_SECONDS = 0.1
ANSWER_SECONDS = 8


@dataclass
class _Waiting:
    beat: TalkBeat
    seated: Seated
    received: float
    answer: asyncio.Future[Reading | None]


class Pulse:
    """Gathers beats for a tenth of a second, writes them, and answers each with the meter."""

    def __init__(self, database: Database, settings: Settings, push: Push) -> None:
        self._database = database
        self._settings = settings
        self._push = push
        self._beats: list[_Waiting] = []
        self._casts: dict[int, list[asyncio.Future[bool]]] = {}
        self._anything = asyncio.Event()
        # Who flushes waits for a flush that is under way: then all that came before is written.
        self._writing = asyncio.Lock()

    async def beat(self, seated: Seated, beat: TalkBeat) -> Reading | None:
        """Record a beat and return the talk's meter after it; None where there is no such talk."""
        if len(self._beats) >= MOST_WAITING:
            log.error("pulse.full")
            return None
        answer: asyncio.Future[Reading | None] = asyncio.get_running_loop().create_future()
        self._beats.append(_Waiting(beat, seated, time.monotonic(), answer))
        self._anything.set()
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    async def standby(self, cast_id: int) -> bool:
        """Record a sign of life of a cast on stand-by; return whether they still are."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._casts.setdefault(cast_id, []).append(answer)
        self._anything.set()
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    async def run(self) -> None:
        """Write what has been gathered, again and again, until cancelled."""
        while True:
            await self._anything.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._anything.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits now, and answer it; what can't be written is refused."""
        async with self._writing:
            while self._beats:
                batch, self._beats = self._beats[:MOST_AT_ONCE], self._beats[MOST_AT_ONCE:]
                await self._write_or_part(batch)
            casts, self._casts = self._casts, {}
            if casts:
                await self._write_casts(casts)

    async def _write_or_part(self, batch: Sequence[_Waiting]) -> None:
        """Write a batch; where one beat spoils it, write each by itself and refuse the bad one."""
        try:
            await self._write(batch)
        except Exception as error:
            note_failure(log, "pulse.failed", error, beats=len(batch))
            if len(batch) > 1 and not _is_database_away(error):
                for waiting in batch:
                    await self._write_or_part([waiting])
                return
            for waiting in batch:
                _fail(waiting.answer, error)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        ids = sorted({waiting.beat.talk_id for waiting in batch})
        now = time.monotonic()
        async with self._database.transaction() as tx:
            interrupted = await meter.record(
                tx, self._settings, [_as_beat(waiting, now) for waiting in batch]
            )
            started = await meter.start(tx, self._settings, ids)
            after = await readings.read(tx, self._settings, ids)
        due = [talk for talk, reading in after.items() if _is_due(reading)]
        if due:
            after |= await self._settle(due)
        for waiting in batch:
            if not waiting.answer.done():
                waiting.answer.set_result(after.get(waiting.beat.talk_id))
        await self._push.talks([*interrupted, *started, *due])

    async def _settle(self, due: list[int]) -> dict[int, Reading]:
        # A round a transaction: each locks its wallets once, in id order.
        charged = due
        while charged:
            async with self._database.transaction() as tx:
                charged = await meter.charge(tx, self._settings, due)
        async with self._database.transaction() as tx:
            await meter.end_spent(tx, self._settings, due)
            return await readings.read(tx, self._settings, due)

    async def _write_casts(self, casts: dict[int, list[asyncio.Future[bool]]]) -> None:
        try:
            async with self._database.transaction() as tx:
                alive = set(await presence.touch(tx, sorted(casts)))
        except Exception as error:
            log.exception("pulse.failed")
            for answers in casts.values():
                for answer in answers:
                    _fail(answer, error)
            return
        for cast_id, answers in casts.items():
            for answer in answers:
                if not answer.done():
                    answer.set_result(cast_id in alive)


def _is_database_away(error: Exception) -> bool:
    """Whether nothing can be written now, as against one bad beat or one talk that is held."""
    held = isinstance(getattr(error, "orig", None), LockNotAvailable)
    return isinstance(error, OperationalError | PoolTimeout) and not held


def _as_beat(waiting: _Waiting, now: float) -> meter.Beat:
    beat = waiting.beat
    return meter.Beat(
        talk_id=beat.talk_id,
        side=waiting.seated.side,
        pair=beat.pair,
        age_ms=max(0, int((now - waiting.received) * 1000)),
        media=beat.media,
        packets=beat.packets,
        bytes=beat.bytes,
        lost=beat.lost,
        rtt_ms=beat.rtt_ms,
        hidden=beat.hidden,
    )


def _is_due(reading: Reading) -> bool:
    return reading.running and reading.connected_ms >= reading.paid_until_ms


def _fail(
    answer: "asyncio.Future[Reading | None] | asyncio.Future[bool]", error: Exception
) -> None:
    if not answer.done():
        answer.set_exception(error)
