"""Two who are joined: what is counted, what the caller is told, and what ends it."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from foundation.log import note_failure
from rooms.calling import rules
from rooms.calling.rows import CallRow
from rooms.ground.live import SIDES, Side, other_side
from rooms.talk.readings import Reading
from telephone.desk import CallDesk
from telephone.evidence import SpeechEvidence
from telephone.parties import Party, Patience, fell_silent_together, first_of
from telephone.port import End
from telephone.till import Till
from telephone.topping_up import TopUp

log = structlog.get_logger(__name__)

# The meter's next moment is looked at so soon after it, and nothing more often than that.
AFTER_SECONDS, LEAST_SECONDS = 0.05, 0.1
# The caller is warned with so many minutes left; not of what the talk began with.
WARNED_MINUTES = (5, 1)
SLACK = 1.1
STOPPED = {"caller": "caller_left", "cast": "cast_left", "site": "stopped_by_staff"}


# What whoever is still on the line hears of a call that failed.
TOLD = {
    "cast_busy": "busy",
    "cast_declined": "busy",
    "cast_no_answer": "no_answer",
    "cast_unreachable": "no_answer",
    "cast_unconfirmed": "no_answer",
    "cast_hung_up": "no_answer",
    "caller_no_answer": "no_answer",
    "caller_busy": "no_answer",
    "caller_hung_up": "other_left",
    "called_off": "other_left",
    "refused": "refused",
}


@dataclass(frozen=True)
class Parting:
    """How a talk ended: by which reason, and whose telephone (None: neither)."""

    reason: str
    side: Side | None
    lost: bool


@dataclass
class Talking:
    """One talk, from its joining to its parting."""

    desk: CallDesk
    patience: Patience
    talk_id: int
    call: CallRow
    caller: Party
    cast: Party
    stop: "asyncio.Future[str]"
    till: Till | None = None
    evidence: SpeechEvidence = field(init=False)
    reading: Reading | None = None
    top_up: TopUp | None = field(init=False, default=None)
    # One thing is said to the caller at a time, beside the proving: that waits for no prompt.
    _voice: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _telling: set[asyncio.Task[None]] = field(init=False, default_factory=set)
    _warned: set[int] = field(default_factory=set)
    _together: bool = False

    def __post_init__(self) -> None:
        self.evidence = SpeechEvidence(self.caller.leg, self.cast.leg, self.patience.window)
        call = self.call
        if self.till is not None and call.pays == "points" and call.reservation_id is None:
            whose = call.caller_id, call.rate, self.caller
            self.top_up = TopUp(self.till, self.talk_id, *whose, self._voice)

    async def run(self) -> Parting:
        """Pass speech on until somebody hangs up, the points are spent, or it is stopped."""
        self._pass_on(on=True)
        works = [asyncio.create_task(work()) for work in (self._look, self._prove, self._begin)]
        if self.top_up is not None:
            works.append(asyncio.create_task(self.top_up.run()))
        try:
            over = [party.leg.is_over.wait() for party in (self.caller, self.cast)]
            await first_of(*over, asyncio.shield(self.stop), works[1])
        finally:
            works += self._telling
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            self._pass_on(on=False)
        self.evidence.look()
        with contextlib.suppress(Exception):
            await self._beat()
        self._together = await fell_silent_together(self.caller, self.cast, self.patience)
        return self._parting()

    async def _begin(self) -> None:
        reading = self.reading = await self.desk.prove(self.talk_id, [])
        self._note_what_it_began_with(reading)
        paid = "begin_free" if reading.free_ms else "begin_paid"
        prompt = "begin" if reading.reserved else paid
        await asyncio.gather(*(party.say(prompt) for party in (self.caller, self.cast)))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self.patience.window)
            self.evidence.look()

    async def _prove(self) -> None:
        """Tell what was counted, again and again, until the meter says that it is over.

        While the database is away nothing is proved, and so nothing costs.
        """
        while True:
            await asyncio.sleep(self._pause())
            try:
                reading = await self._beat()
            except Exception as error:
                note_failure(log, "telephone.not_proved", error, talk=self.talk_id)
                continue
            if reading.state == "ended":
                return
            self._pass_on(on=not reading.dark)
            await self._warn(reading)

    async def _beat(self) -> Reading:
        told = self.evidence.beats(self.talk_id)
        self.reading = await self.desk.prove(self.talk_id, told)
        self.evidence.written()
        return self.reading

    def _pause(self) -> float:
        """Until the next beat: soon where no meter runs, or its minute is nearly over."""
        reading, beat = self.reading, self.patience.beat
        if reading is None or not reading.running:
            return min(beat, 2 * self.patience.window)
        left = (min(reading.paid_until_ms, reading.ends_ms) - reading.connected_ms) / 1000
        return min(beat, max(LEAST_SECONDS, left + AFTER_SECONDS))

    def _pass_on(self, *, on: bool) -> None:
        """Let them hear each other; who isn't metered for long isn't heard."""
        caller, cast = self.caller.leg, self.cast.leg
        caller.join(cast if on else None)
        cast.join(caller if on else None)

    def _note_what_it_began_with(self, reading: Reading) -> None:
        for minutes in WARNED_MINUTES:
            if reading.ends_ms <= minutes * reading.minute_ms * SLACK:
                self._warned.add(minutes)

    async def _warn(self, reading: Reading) -> None:
        """Tell the caller alone that the end is near, once each; anew where it has moved on."""
        left = reading.ends_ms - reading.connected_ms
        self._warned -= {m for m in self._warned if left > m * reading.minute_ms * SLACK}
        due = [one for one in WARNED_MINUTES if left <= one * reading.minute_ms]
        fresh = [one for one in due if one not in self._warned]
        self._warned.update(due)
        if fresh and reading.running:
            telling = asyncio.create_task(self._tell_of_end(reading, min(fresh)))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell_of_end(self, reading: Reading, minutes: int) -> None:
        by_means = reading.ends_by == "points"
        prompt = "tab_minutes_left" if by_means and reading.pays == "tab" else "minutes_left"
        offer = await self.top_up.offer() if by_means and self.top_up else []
        async with self._voice:
            if self.caller.answered:
                await self.caller.leg.say(self.caller.speech(prompt, minutes=minutes), *offer)

    def _parting(self) -> Parting:
        ended = self.reading.end_reason if self.reading else None
        if ended is not None:
            return Parting(ended, None, False)
        side = self._who_left()
        if side is None:
            by = self.stop.result() if self.stop.done() else ""
            return Parting(STOPPED.get(by, "line_failed"), None, False)
        end = self._party(side).leg.end or End.LINE_FAILED
        if self._together:
            end = End.LINE_FAILED
        lost = end is not End.THEY_HUNG_UP
        return Parting(rules.talk_reason(side, str(end)), side, lost)

    async def cost(self) -> int:
        """Return what it cost by now, in points; once it has ended, without what went back.

        Where the database is away, as it was last known.
        """
        with contextlib.suppress(Exception):
            self.reading = await self.desk.prove(self.talk_id, [])
        reading = self.reading
        return reading.charged_minutes * reading.rate - reading.returned if reading else 0

    def _who_left(self) -> Side | None:
        """Whose telephone was over first; of both at once, the caller's."""
        over = [side for side in SIDES if self._party(side).leg.is_over.is_set()]
        return min(over, key=lambda side: self._party(side).leg.moments.ended or 0, default=None)

    def _party(self, side: Side) -> Party:
        return self.caller if side == "caller" else self.cast


async def say_goodbye(talking: Talking, parting: Parting, points: int) -> None:
    """Tell who is still there why it is over, and the caller what it cost.

    A reserved time was paid for before: of that nothing is said.
    """
    caller, cast, call = talking.caller, talking.cast, talking.call
    spent, ended = ("tab_spent", "ended_yen") if call.pays == "tab" else ("spent", "ended_points")
    over = "reserved_over"
    prompts = {"points_exhausted": spent, "spend_cap": spent, "reservation_over": over}
    left = other_side(parting.side) if parting.side else None
    why = "lost" if parting.lost else "other_left"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(talking.patience.farewell):
            told = prompts.get(parting.reason)
            to_caller = [told] if told else [why] if left == "caller" else []
            free = () if call.reservation_id else ("ended_free",)
            cost = (ended,) if points else free
            to_cast = over if told == over else why if left == "cast" else "bye"
            await asyncio.gather(
                caller.say(*to_caller, *cost, points=points, yen=points),
                cast.say(to_cast),
            )


async def say_why(call: CallRow, why: str, caller: Party, cast: Party, patience: Patience) -> None:
    """Say why nothing came of a call, to whoever is there still."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience.farewell):
            reserved = call.reservation_id is not None
            prompt = "reserved_failed" if reserved else TOLD.get(why, "line_away")
            await asyncio.gather(caller.say(prompt), cast.say(prompt))
