"""The beats that this process has received, written to the database in one statement at a time."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from rooms.talk import held, meter, readings
from rooms.talk.proof import beats
from rooms.talk.readings import Reading
from signaling.guard import Seated, TooBusyError
from signaling.protocol import TalkBeat, TalkFlow
from signaling.push import Push
from signaling.relayed.counted import CountedBeats
from signaling.signs import Signs, StandbyNow, is_database_away

log = structlog.get_logger(__name__)

MOST_WAITING = 20_000
MOST_AT_ONCE = 1000
GATHER_SECONDS = 0.1
# Where a crowd came while the last were gathered, it pays to wait longer, and once more for a few.
CROWD, WORTH = 30, 100
GATHER_CROWD_SECONDS = 0.15
ANSWER_SECONDS = 8


@dataclass
class _Waiting:
    beat: TalkBeat
    seated: Seated
    received: float
    answer: asyncio.Future[Reading | None]
    counted: bool


class Pulse:
    """Gathers beats for a tenth of a second, a crowd's for longer; answers each with the meter.

    The first beat of a pair, and its first with media, wait for no others, save in a crowd.
    """

    def __init__(
        self, database: Database, settings: Settings, push: Push, counted: CountedBeats
    ) -> None:
        self._database = database
        self._settings = settings
        self._push = push
        self._counted = counted
        self._beats: list[_Waiting] = []
        self._signs = Signs(database, settings)
        self._anything = asyncio.Event()
        self._urgent = asyncio.Event()
        self._changed: set[int] = set()
        self._news = asyncio.Event()
        self._full = False
        # Who flushes waits for a flush that is under way: then all that came before is written.
        self._writing = asyncio.Lock()

    async def beat(self, seated: Seated, beat: TalkBeat) -> Reading | None:
        """Record a beat and return the talk's meter after it; None where there is no such talk.

        Raises TooBusyError where more wait than can be written soon, or nothing can be now.
        """
        self._must_have_room()
        answer: asyncio.Future[Reading | None] = asyncio.get_running_loop().create_future()
        with self._counted.coming(beat.talk_id):
            beat, counts = await self._counted.look(seated, beat)
            counted = counts is not None
            self._beats.append(_Waiting(beat, seated, time.monotonic(), answer, counted))
        self._anything.set()
        if seated.awaits(beat.pair, flows=beat.flows):
            self._urgent.set()
        async with asyncio.timeout(ANSWER_SECONDS):
            reading = await answer
        if counts is not None and reading is not None:
            self._counted.written(seated, beat, counts)
        return reading

    async def standby(self, cast_id: int, *, works: bool = True) -> StandbyNow:
        """Record a sign of life of a cast on stand-by, and whether the devices there work.

        Raises TooBusyError as `beat` does.
        """
        self._must_have_room()
        answer = self._signs.add(cast_id, works)
        self._anything.set()
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    def _must_have_room(self) -> None:
        waiting = len(self._beats) + len(self._signs)
        if waiting < MOST_WAITING:
            self._full = False
            return
        if not self._full:
            # Once, not once a beat: they come in thousands.
            log.error("pulse.full", waiting=waiting)
        self._full = True
        raise TooBusyError

    async def run(self) -> None:
        """Write what has been gathered, again and again, until cancelled."""
        gathered = 0
        while True:
            await self._anything.wait()
            await self._gather(crowd=gathered >= CROWD)
            self._anything.clear()
            self._urgent.clear()
            gathered = len(self._beats)
            await self.flush()

    async def _gather(self, *, crowd: bool) -> None:
        seconds = GATHER_SECONDS
        if crowd:
            await asyncio.sleep(GATHER_CROWD_SECONDS)
            seconds = GATHER_CROWD_SECONDS if len(self._beats) < WORTH else 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._urgent.wait()

    async def tell(self) -> None:
        """Push what beats have changed, again and again, until cancelled; no beat waits for it."""
        while True:
            await self._news.wait()
            self._news.clear()
            changed, self._changed = self._changed, set()
            await self._push.talks(changed)

    async def flush(self, talk_id: int | None = None) -> None:
        """Write all that waits now, and answer it; what can't be written is refused.

        The beats of talks that somebody holds just now are left for the next time; but for those of
        `talk_id`, which are waited for.
        """
        if talk_id is not None:
            await self._counted.settle(talk_id)
        async with self._writing:
            # What comes meanwhile is gathered again: a writing costs much the same for few or many.
            left = len(self._beats)
            later: list[_Waiting] = []
            while left > 0:
                most = min(left, MOST_AT_ONCE)
                batch, self._beats = self._beats[:most], self._beats[most:]
                left -= len(batch)
                later += await self._write_or_part(batch)
            await self._write_or_part(
                [one for one in later if one.beat.talk_id == talk_id], patient=True
            )
            self._put_back([one for one in later if one.beat.talk_id != talk_id])
            await self._signs.write()

    def _put_back(self, later: Sequence[_Waiting]) -> None:
        """Leave beats for the next time: evidence, though its sender may wait no more."""
        self._beats = [*later, *self._beats]
        if later:
            self._anything.set()

    async def _write_or_part(
        self, batch: Sequence[_Waiting], *, patient: bool = False
    ) -> list[_Waiting]:
        """Write a batch, and return what is held; where a beat spoils it, find and refuse it."""
        if not batch:
            return []
        try:
            return await self._write(batch, patient=patient)
        except Exception as error:
            note_failure(log, "pulse.failed", error, beats=len(batch))
            away = is_database_away(error)
            if len(batch) > 1 and not away:
                # By halves: however many there are, one bad beat costs a few more writings.
                middle = len(batch) // 2
                first = await self._write_or_part(batch[:middle], patient=patient)
                return first + await self._write_or_part(batch[middle:], patient=patient)
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(TooBusyError() if away else error)
            return []

    async def _write(self, batch: Sequence[_Waiting], *, patient: bool) -> list[_Waiting]:
        ids = sorted({waiting.beat.talk_id for waiting in batch})
        async with self._database.transaction() as tx:
            free = set(ids) if patient else await held.lock_free(tx, ids)
            ready = [waiting for waiting in batch if waiting.beat.talk_id in free]
            now = time.monotonic()
            changed = await beats.record(
                tx, self._settings, [_as_beat(waiting, now) for waiting in ready]
            )
            after = await readings.read(tx, self._settings, sorted(free))
        due = [talk for talk, reading in after.items() if _is_due(reading)]
        after |= await self._settle(due)
        for waiting in ready:
            if not waiting.answer.done():
                waiting.answer.set_result(after.get(waiting.beat.talk_id))
        self._note({*changed, *due})
        return [waiting for waiting in batch if waiting.beat.talk_id not in free]

    def _note(self, changed: set[int]) -> None:
        if changed:
            self._changed |= changed
            self._news.set()

    async def _settle(self, due: list[int]) -> dict[int, Reading]:
        """Charge what is due. Where that fails, beats are written, and a tick makes up for it."""
        if not due:
            return {}
        # A round a transaction: each locks its wallets once, in id order.
        charged = due
        try:
            while charged:
                async with self._database.transaction() as tx:
                    charged = await meter.charge(tx, self._settings, due)
            async with self._database.transaction() as tx:
                await meter.end_spent(tx, self._settings, due)
                return await readings.read(tx, self._settings, due)
        except Exception as error:
            # Whatever it is: raised, it would have beats written once more that are in the books.
            note_failure(log, "pulse.not_settled", error, talks=len(due))
            return {}


def _as_beat(waiting: _Waiting, now: float) -> beats.Beat:
    beat = waiting.beat
    return beats.Beat(
        talk_id=beat.talk_id,
        side=waiting.seated.side,
        pair=beat.pair,
        age_ms=max(0, int((now - waiting.received) * 1000)),
        audio=_as_flow(beat.audio),
        video=_as_flow(beat.video),
        packets=beat.packets,
        lost=beat.lost,
        rtt_ms=beat.rtt_ms,
        hidden=beat.hidden,
        counted=waiting.counted,
    )


def _as_flow(flow: TalkFlow | None) -> beats.Flow | None:
    return None if flow is None else beats.Flow(**flow.model_dump())


def _is_due(reading: Reading) -> bool:
    return reading.running and reading.connected_ms >= reading.paid_until_ms
