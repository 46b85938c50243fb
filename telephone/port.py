"""The telephone network as calls see it: a line, and legs that ring, are answered, speak and end.

`telephone/trunk.py` is the real line, a SIP trunk; practice telephones are another, and tests have
one of their own. All moments are of `time.monotonic()`, which the processes of a machine share.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

# Speech is G.711's rate, 16 bits signed, one channel; it is moved in frames of 20 ms.
RATE = 8000
SAMPLE = 2
FRAME_MS = 20
FRAME = RATE * SAMPLE * FRAME_MS // 1000
BYTES_PER_MS = RATE * SAMPLE // 1000
# Keys that wait to be read; nobody presses more, and what comes beyond is let fall.
MOST_DIGITS = 32


class End(enum.StrEnum):
    """Why a leg is over."""

    THEY_HUNG_UP = "they_hung_up"
    WE_HUNG_UP = "we_hung_up"
    # No speech came any more: a dead phone, or a dead network.
    SILENT = "silent"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    # There is no such number, or the network can't reach it.
    UNREACHABLE = "unreachable"
    # The trunk itself failed: everything goes back, nobody has missed anything.
    LINE_FAILED = "line_failed"


class Away(enum.StrEnum):
    """Why no call can be made now."""

    SILENT = "silent"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    # As many lines as the trunk has are in use.
    FULL = "full"
    # The process is about to stop: calls that run go on, no new ones begin.
    STOPPING = "stopping"


class LineAwayError(Exception):
    """No call can be made now; `why` says what is the matter."""

    def __init__(self, why: Away) -> None:
        super().__init__(f"the telephone line is away: {why}")
        self.why = why


class NotDialledError(ValueError):
    """That is no number that may be dialled."""


@dataclass
class Moments:
    """When things happened to a leg."""

    dialled: float = field(default_factory=time.monotonic)
    rang: float | None = None
    answered: float | None = None
    ended: float | None = None


class PhoneLeg(Protocol):
    """One telephone, from its first ring to its end."""

    # The other's number in E.164 without the plus where it could be read, or "" where withheld.
    number: str
    # Which of our numbers it called, or "" where we called.
    called: str
    moments: Moments
    end: End | None
    rings: asyncio.Event
    is_answered: asyncio.Event
    is_over: asyncio.Event
    digits: asyncio.Queue[str]
    # Speech that really came from this telephone, and that really went to it from the joined one.
    heard_ms: int
    sent_ms: int
    # The other side keeps us waiting, with music or without.
    held: bool

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None:
        """Hang up, whatever happened: no line stays open behind a mistake."""

    async def answer(self) -> None:
        """Take an incoming call; raises TimeoutError where the network doesn't let us."""

    async def hang_up(self, end: End = End.WE_HUNG_UP) -> None:
        """End it, at most after 5 s; it may be over already."""

    async def say(self, *speech: bytes, until_digit: bool = False) -> bool:
        """Speak; False where a digit (with `until_digit`) or the end came first."""

    def stop_speech(self) -> None:
        """Fall silent, at once."""

    def join(self, other: PhoneLeg | None) -> None:
        """Pass on what this one says to `other`, or to nobody."""

    def pass_on(self, said: bytes) -> None:
        """Take speech that a joined leg said; it is dropped while a prompt is spoken here."""


class PhoneLine(Protocol):
    """A way into the telephone network."""

    # Told of each incoming leg; who takes none leaves it None, and all are turned away.
    on_incoming: Callable[[PhoneLeg], None] | None

    @property
    def legs(self) -> Sequence[PhoneLeg]:
        """Those that aren't over."""

    @property
    def lines(self) -> int:
        """How many telephones it carries at once."""

    @property
    def away(self) -> Away | None:
        """Why no call can be made now; None where one can."""

    async def dial(self, number: str) -> PhoneLeg:
        """Ring a number (E.164 with or without plus, or as one dials at home).

        Raises LineAwayError, and NotDialledError for what is no number.
        """

    async def close(self) -> None:
        """Hang up all and leave the network."""
