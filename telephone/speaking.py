"""What every telephone does alike, on a trunk or on a page: it is told keys, and speaks."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, Protocol, Self

from telephone.port import MOST_DIGITS, End, Moments, PhoneLeg


class SpeakingMouth(Protocol):
    """What speaks into a telephone."""

    @property
    def speaks(self) -> bool:
        """Whether a prompt is under way."""

    def begin(self, speech: tuple[bytes, ...]) -> asyncio.Event:
        """Begin to speak; what is returned is set once all has been heard."""

    def be_silent(self) -> None:
        """Fall silent, at once."""


class SpeakingLeg(ABC):
    """A `telephone.port.PhoneLeg` but for how it is answered, hung up, and how speech comes."""

    _mouth: SpeakingMouth

    def __init__(self, number: str, called: str) -> None:
        self.number, self.called = number, called
        self.moments = Moments()
        self.end: End | None = None
        self.rings, self.is_answered = asyncio.Event(), asyncio.Event()
        self.is_over = asyncio.Event()
        self.digits: asyncio.Queue[str] = asyncio.Queue(MOST_DIGITS)
        self.heard_ms = self.sent_ms = 0
        self.held = False
        self._to: PhoneLeg | None = None
        self._pressed, self._cut = asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self.hang_up())

    @abstractmethod
    async def hang_up(self, end: End = End.WE_HUNG_UP) -> None:
        """End it; whoever said so first decides why it ended."""

    def press(self, key: str) -> None:
        """Take a key that was pressed there; nobody presses more than can wait."""
        with contextlib.suppress(asyncio.QueueFull):
            self.digits.put_nowait(key[:1])
        self._pressed.set()

    async def first(self, *waits: Coroutine[Any, Any, object]) -> None:
        """Wait until one of these has come, or the call is over."""
        tasks = [asyncio.ensure_future(one) for one in (*waits, self.is_over.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def say(self, *speech: bytes, until_digit: bool = False) -> bool:
        """Speak; False where a digit (with `until_digit`) or the end came first."""
        if (until_digit and not self.digits.empty()) or self.is_over.is_set():
            return False
        self._pressed.clear()
        self._cut.clear()
        spoken = self._mouth.begin(speech)
        keys = [self._pressed.wait()] if until_digit else []
        try:
            await self.first(spoken.wait(), self._cut.wait(), *keys)
        finally:
            whole = spoken.is_set() and not self.is_over.is_set()
            if not whole:
                self._mouth.be_silent()
        return whole

    def stop_speech(self) -> None:
        """Fall silent, at once."""
        if self._mouth.speaks:
            self._mouth.be_silent()
            self._cut.set()
