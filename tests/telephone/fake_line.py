"""A line for tests: telephones that ring, answer, press keys, speak, hold, die and hang up.

Time runs `FakeLine.pace` times as fast: with the usual 0.001 a second takes a millisecond, so a
prompt of four seconds is spoken in four. What is not told to happen doesn't: a test says what a
telephone does when it rings (`phones`), and moves it by hand afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from telephone.port import (
    BYTES_PER_MS,
    MOST_DIGITS,
    Away,
    End,
    LineAwayError,
    Moments,
    NotDialledError,
    PhoneLeg,
)


@dataclass
class FakePhone:
    """What a telephone does when it is rung; times in seconds as a person feels them."""

    # Below zero: it rings for ever.
    answers_after: float = 2.0
    # It is refused so in place of an answer.
    refuses: End | None = None
    # It never even rings: the network finds nobody.
    silent: bool = False
    # What it presses at each question (`say` with `until_digit`): one item a question, so "12" is
    # a 1 and then a 2, ("4711", "1") four digits at once and then a 1.
    keys: Sequence[str] = ()


@dataclass
class Spoken:
    """One piece of speech that was spoken to a telephone, and whether to its end."""

    speech: bytes
    whole: bool


class FakeLeg:
    """A telephone on the fake line."""

    def __init__(
        self, line: FakeLine, number: str, called: str = "", keys: Sequence[str] = ()
    ) -> None:
        self.line, self.number, self.called = line, number, called
        self.moments = Moments()
        self.end: End | None = None
        self.rings, self.is_answered = asyncio.Event(), asyncio.Event()
        self.is_over = asyncio.Event()
        self.digits: asyncio.Queue[str] = asyncio.Queue(MOST_DIGITS)
        self.heard_ms = self.sent_ms = 0
        self.held = False
        self.to: PhoneLeg | None = None
        # All that was spoken to it, in order.
        self.spoken: list[Spoken] = []
        # Speech of the joined leg, as it came.
        self.got = bytearray()
        self.asked = asyncio.Event()
        self._keys, self._cut = list(keys), asyncio.Event()
        line.legs.append(self)

    # --- what calls do with it ---

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self.hang_up())

    async def answer(self) -> None:
        self.answers()

    async def hang_up(self, end: End = End.WE_HUNG_UP) -> None:
        self.over(end)

    async def say(self, *speech: bytes, until_digit: bool = False) -> bool:
        self._cut.clear()
        self.asked.set()
        for one in speech:
            if (until_digit and not self.digits.empty()) or self.is_over.is_set():
                return False
            whole = await self._speak(one, until_digit)
            self.spoken.append(Spoken(one, whole))
            if not whole:
                return False
        return not self.is_over.is_set()

    async def _speak(self, speech: bytes, until_digit: bool) -> bool:
        lasts = self.line.real(len(speech) / BYTES_PER_MS / 1000)
        due = time.monotonic() + lasts
        while (left := due - time.monotonic()) > 0:
            if self.is_over.is_set() or self._cut.is_set():
                return False
            if until_digit and self._press_next():
                return False
            await asyncio.sleep(min(left, 0.001))
        return not self.is_over.is_set()

    def _press_next(self) -> bool:
        if self._keys:
            self.press(self._keys.pop(0))
        return not self.digits.empty()

    def stop_speech(self) -> None:
        self._cut.set()

    def join(self, other: PhoneLeg | None) -> None:
        if other is not self.to:
            self.stop_speech()
        self.to = other

    def pass_on(self, said: bytes) -> None:
        if not self.is_over.is_set():
            self.got += said
            self.sent_ms += len(said) // BYTES_PER_MS

    # --- what its owner does with it ---

    def rings_now(self) -> None:
        """The network says that it rings."""
        self.moments.rang = time.monotonic()
        self.rings.set()

    def answers(self) -> None:
        """Somebody, or a machine, takes it up."""
        if not self.is_over.is_set():
            self.moments.answered = time.monotonic()
            self.is_answered.set()

    def press(self, keys: str) -> None:
        """Press keys, faster than any person."""
        for key in keys:
            with contextlib.suppress(asyncio.QueueFull):
                self.digits.put_nowait(key)

    def speaks(self, milliseconds: int = 5000) -> None:
        """Let speech of so long come from it; the joined one gets it."""
        said = bytes(milliseconds * BYTES_PER_MS)
        if self.is_over.is_set():
            return
        self.heard_ms += milliseconds
        if self.to is not None:
            self.to.pass_on(said)

    def holds(self, held: bool = True) -> None:
        """Put us on hold, or take us back."""
        self.held = held

    def hangs_up(self) -> None:
        """Its owner hangs up."""
        self.over(End.THEY_HUNG_UP)

    def goes_silent(self) -> None:
        """A dead battery, a tunnel: the line has noticed that nothing comes any more."""
        self.over(End.SILENT)

    def over(self, end: End) -> None:
        """End it, once."""
        if self.is_over.is_set():
            return
        self.end, self.moments.ended, self.to = end, time.monotonic(), None
        self.is_over.set()
        self.line.legs.remove(self)


class FakeLine:
    """A line whose telephones are objects of the test."""

    def __init__(self, pace: float = 0.001, lines: int = 10) -> None:
        self.pace, self.lines = pace, lines
        self.phones: dict[str, FakePhone] = {}
        self.legs: list[FakeLeg] = []
        self.away: Away | None = None
        self.on_incoming: Callable[[PhoneLeg], None] | None = None
        # All numbers dialled, and all legs that there ever were, in order.
        self.dialled: list[str] = []
        self.all: list[FakeLeg] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def real(self, seconds: float) -> float:
        """Return how long so many seconds take here."""
        return seconds * self.pace

    async def dial(self, number: str) -> FakeLeg:
        if not re.fullmatch(r"\+?[0-9]{3,15}", number):
            raise NotDialledError(number)
        if self.away is not None:
            raise LineAwayError(self.away)
        self.dialled.append(number)
        phone = self.phones.get(number, FakePhone())
        leg = FakeLeg(self, number, keys=phone.keys)
        self.all.append(leg)
        task = asyncio.create_task(self._ring(leg, phone))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return leg

    async def _ring(self, leg: FakeLeg, phone: FakePhone) -> None:
        await asyncio.sleep(self.real(0.1))
        if not phone.silent:
            leg.rings_now()
        if phone.answers_after < 0 or phone.silent:
            return
        await asyncio.sleep(self.real(phone.answers_after))
        if phone.refuses is not None:
            leg.over(phone.refuses)
        else:
            leg.answers()

    def comes_in(self, number: str, called: str, keys: Sequence[str] = ()) -> FakeLeg:
        """Let a telephone ring us: `number` is "" where it is withheld."""
        leg = FakeLeg(self, number, called, keys)
        leg.rings_now()
        self.all.append(leg)
        if self.on_incoming is None:
            leg.over(End.DECLINED)
        else:
            self.on_incoming(leg)
        return leg

    def leg(self, number: str) -> FakeLeg:
        """Return the last leg of a number."""
        return next(leg for leg in reversed(self.all) if leg.number == number)

    async def close(self) -> None:
        for leg in list(self.legs):
            leg.over(End.WE_HUNG_UP)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
