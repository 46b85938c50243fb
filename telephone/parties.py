"""One side of a call: its telephone is rung, answered by a person, spoken to, and hung up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

from rooms.calling import rules
from rooms.ground.live import Side
from telephone.desk import CallDesk, Reachable
from telephone.port import End, LineAwayError, NotDialledError, PhoneLeg, PhoneLine
from telephone.speech import Speech

CONFIRMS = "1"


@dataclass(frozen=True)
class Patience:
    """How long a flow waits, in seconds."""

    ring: float = 30.0
    key: float = 5.0
    asks: int = 3
    window: float = 0.5
    beat: float = 5.0
    farewell: float = 15.0
    # By so much later the second of two telephones is told to be silent that fell so at once.
    together: float = 2.0


class CallFailedError(Exception):
    """A call ends before anybody was joined: `why` is one of the ends of a call."""

    def __init__(self, why: str, refusal: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.refusal = refusal


class Party:
    """The caller, or the cast, of one call."""

    def __init__(
        self, desk: CallDesk, speech: Speech, patience: Patience, call_id: int, side: Side
    ) -> None:
        self._desk = desk
        self._speech = speech
        self._patience = patience
        self._call_id = call_id
        self.side = side
        self.at = Reachable(None)
        self._leg: PhoneLeg | None = None

    @property
    def leg(self) -> PhoneLeg:
        """The telephone that was rung."""
        assert self._leg is not None
        return self._leg

    @property
    def answered(self) -> bool:
        """Whether somebody is on the line now."""
        leg = self._leg
        return leg is not None and leg.is_answered.is_set() and not leg.is_over.is_set()

    @property
    def was_answered(self) -> PhoneLeg | None:
        """The telephone, where somebody took it up, now over or not."""
        leg = self._leg
        return leg if leg is not None and leg.is_answered.is_set() else None

    async def know(self, user_id: int) -> None:
        """Look up how this person is rung, and spoken to."""
        self.at = await self._desk.reach(user_id)

    @contextlib.asynccontextmanager
    async def on_the_line(self, leg: PhoneLeg) -> AsyncIterator[None]:
        """Take one who has rung us, hang up at the end, and write down how it was."""
        self._leg = leg
        attempt = await self._desk.begin_attempt(self._call_id, self.side, incoming=True)
        async with self._noted(attempt), leg:
            yield

    async def ring(self, line: PhoneLine, hung_up: contextlib.AsyncExitStack) -> None:
        """Ring until a person answers; it is hung up when the stack is left.

        Raises CallFailedError where nobody does, or no call can be made.
        """
        if self.at.number is None:
            raise CallFailedError(f"{self.side}_unreachable")
        attempt = await self._desk.begin_attempt(self._call_id, self.side)
        await hung_up.enter_async_context(self._noted(attempt))
        try:
            self._leg = await hung_up.enter_async_context(await line.dial(self.at.number))
        except LineAwayError:
            raise CallFailedError("line_failed") from None
        except NotDialledError:
            raise CallFailedError(f"{self.side}_unreachable") from None
        await self._be_answered()
        await self._desk.note_leg(self._call_id, self.side, "answered", attempt)

    @contextlib.asynccontextmanager
    async def _noted(self, attempt: int) -> AsyncIterator[None]:
        try:
            yield
        finally:
            end = self._leg.end if self._leg else End.LINE_FAILED
            word = end or End.LINE_FAILED
            await self._desk.end_attempt(attempt, word, self.at.minute_yen)

    async def _be_answered(self) -> None:
        leg = self.leg
        told = asyncio.ensure_future(self._tell_that_it_rings(leg))
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.ring):
                    await first_of(leg.is_answered.wait(), leg.is_over.wait())
        finally:
            told.cancel()
            await asyncio.gather(told, return_exceptions=True)
        if not self.answered:
            await leg.hang_up(End.NO_ANSWER)
            raise self.failed()

    async def _tell_that_it_rings(self, leg: PhoneLeg) -> None:
        await leg.rings.wait()
        await self._desk.note_leg(self._call_id, self.side, "ringing")

    def failed(self) -> CallFailedError:
        """Return what it means for the call that this telephone is over."""
        return CallFailedError(rules.why_of(self.side, self.leg.end or End.NO_ANSWER))

    async def confirm(self, prompt: str, **figures: Any) -> None:
        """Let whoever answered press a key: a machine doesn't. Raises CallFailedError."""
        leg = self.leg
        for _ in range(self._patience.asks):
            await leg.say(self.speech(prompt, **figures), until_digit=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.key):
                    await first_of(leg.is_over.wait(), self._pressed())
                    # Who hung up has agreed to nothing.
                    if not leg.is_over.is_set():
                        return
            if leg.is_over.is_set():
                raise self.failed()
        raise CallFailedError(f"{self.side}_unconfirmed")

    async def _pressed(self) -> bool:
        """Wait for the key; others are passed over, however fast they come."""
        while await self.leg.digits.get() != CONFIRMS:
            pass
        return True

    def speech(self, prompt: str, **figures: Any) -> bytes:
        """Return a prompt in this person's language."""
        return self._speech(prompt, self.at.language, **figures)

    async def say(self, *prompts: str, **figures: Any) -> None:
        """Speak to whoever is there, if anybody is."""
        if self.answered:
            await self.leg.say(*(self.speech(prompt, **figures) for prompt in prompts))


def first_failed(group: "BaseExceptionGroup[CallFailedError]") -> CallFailedError:
    """Return the first of several that failed at once."""
    for one in group.exceptions:
        return one if isinstance(one, CallFailedError) else first_failed(one)
    raise AssertionError("a group has members")


async def fell_silent_together(caller: Party, cast: Party, patience: Patience) -> bool:
    """Say whether speech stopped to come from both at once: that is the line, and nobody's fault.

    One of them is told so first, and it takes a moment until the other is.
    """
    legs = [leg for party in (caller, cast) if (leg := party.was_answered)]
    if len(legs) < 2 or not any(leg.end is End.SILENT for leg in legs):
        return False
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience.together):
            for leg in legs:
                await leg.is_over.wait()
    return all(leg.end is End.SILENT for leg in legs)


async def first_of(*works: Awaitable[Any]) -> Any:
    """Wait for the first of several, end the others, and return what it returned.

    Where several are done at once, the one named first counts.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
