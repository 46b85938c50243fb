"""One call of a practice telephone: a connection with its page, as the port knows legs."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from foundation import background
from telephone.port import BYTES_PER_MS, End, PhoneLeg
from telephone.practice.mouth import PracticeMouth
from telephone.practice.speech import BrowserSpeech, OpensSpeech
from telephone.speaking import SpeakingLeg

ANSWER_SECONDS = 10.0


class PracticeLeg(SpeakingLeg):
    """A call; `changed` is told of each step of it, and `silence` is how long nothing may come."""

    def __init__(
        self, number: str, called: str, changed: Callable[["PracticeLeg"], None], silence: float
    ) -> None:
        super().__init__(number, called)
        self._changed, self._silence = changed, silence
        self._heard_at = 0.0
        self._mouth: PracticeMouth = PracticeMouth()
        self._speech: BrowserSpeech | None = None
        self._lives: asyncio.Task[None] | None = None

    # --- what its owner does with it ---

    def ring(self) -> None:
        """It is seen and heard to ring."""
        if not self.is_over.is_set():
            self.moments.rang = self.moments.rang or time.monotonic()
            self.rings.set()
            self._changed(self)

    @property
    def is_taken_up(self) -> bool:
        """Whether a page speaks, or is about to speak, with it."""
        return self._speech is not None

    async def take_up(self, offer: str, opens: OpensSpeech) -> str:
        """Connect it with a page's offer; return the answer. Raises ValueError for what is none."""
        speech = self._speech = opens(self._mouth, self._hear, self._lost)
        answer = await speech.answer(offer)
        if not self.is_over.is_set():
            self._lives = asyncio.create_task(self._live(speech), name="practice telephone")
        return answer

    def turn_away(self, end: End) -> None:
        """It was never anybody's: the telephone is in use, or the number leads nowhere."""
        self._over(end)

    async def put_down(self) -> None:
        """Its owner hangs up, or doesn't take it up."""
        await self.hang_up(End.THEY_HUNG_UP if self.is_answered.is_set() else End.DECLINED)

    async def _live(self, speech: BrowserSpeech) -> None:
        """See that it comes about in time, and that something comes for as long as it lasts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.first(speech.connected.wait())
        if speech.connected.is_set() and not self.called and not self.is_over.is_set():
            self._answered()
        self._heard_at = time.monotonic()
        while speech.connected.is_set() and (left := self._until_silent()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.is_over.wait()
                    return
        self._over(End.SILENT)

    def _until_silent(self) -> float:
        return self._heard_at + self._silence - time.monotonic()

    def _hear(self, said: bytes) -> None:
        self._heard_at = time.monotonic()
        if self.is_answered.is_set() and not self.is_over.is_set():
            self.heard_ms += len(said) // BYTES_PER_MS
            if self._to is not None:
                self._to.pass_on(said)

    def _lost(self) -> None:
        self._over(End.SILENT)

    def _answered(self) -> None:
        self.moments.answered = time.monotonic()
        self.is_answered.set()
        self._changed(self)

    def _over(self, end: End) -> None:
        if self.is_over.is_set():
            return
        self.moments.ended, self.end = time.monotonic(), self.end or end
        self._mouth.be_silent()
        self._to = None
        self.is_over.set()
        self._changed(self)

    # --- what calls do with it ---

    async def answer(self) -> None:
        """Take an incoming call; raises TimeoutError where its page doesn't connect."""
        assert self._speech is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.first(self._speech.connected.wait())
        if not self.is_over.is_set():
            self._answered()

    async def hang_up(self, end: End = End.WE_HUNG_UP) -> None:
        """End it; whoever said so first decides why it ended."""
        self._over(end)
        speech, self._speech = self._speech, None
        if speech is not None:
            await speech.close()
        if self._lives is not None:
            await background.end(self._lives)

    def join(self, other: PhoneLeg | None) -> None:
        """Pass on what this one says to `other`, or to nobody."""
        if other is not None and other is not self._to:
            self.stop_speech()
        self._to = other

    def pass_on(self, said: bytes) -> None:
        """Take speech that a joined leg said; it is dropped while a prompt is spoken here."""
        if self.is_answered.is_set() and not self.is_over.is_set() and not self._mouth.speaks:
            self.sent_ms += len(said) // BYTES_PER_MS
            self._mouth.pass_on(said)
