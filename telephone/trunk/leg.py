"""One telephone on the trunk: baresip's call as the port knows legs."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

from baresip import AudioNotActive, AudioRestarted, BaresipError, Call, Event, StaleHandleError
from baresip.events import StackEvent

from telephone.port import BYTES_PER_MS, FRAME, FRAME_MS, End, PhoneLeg
from telephone.speaking import SpeakingLeg
from telephone.trunk.health import end_of
from telephone.trunk.mouth import Mouth

HANG_UP_SECONDS = 5.0
ANSWER_SECONDS = 10.0
# What may wait of a telephone's speech when it is joined: nobody's business by then.
LONGEST_LEFT = 1 << 15
MOST_READS = 64
MOST_MOVED = 4 * FRAME


class TrunkLeg(SpeakingLeg):
    """A telephone; `on_over` is told once, with baresip's words for how it ended."""

    def __init__(
        self, call: Call, number: str, called: str, on_over: Callable[["TrunkLeg", str], None]
    ) -> None:
        super().__init__(number, called)
        self.call = call
        # When something last came, from the answer on; the moment itself while it holds us.
        self.heard_at = math.inf
        self._mouth: Mouth = Mouth(call.audio)
        self._on_over = on_over
        call.on(self._happened)

    def _happened(self, event: StackEvent) -> None:
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                self.moments.rang = self.moments.rang or time.monotonic()
                self.rings.set()
            case Event.CALL_ESTABLISHED:
                self.moments.answered = self.heard_at = time.monotonic()
                self.is_answered.set()
            case Event.CALL_DTMF_START if event.text:
                self.press(event.text)
            case Event.CALL_HOLD:
                self.held = True
            case Event.CALL_RESUME:
                self.held = False
            case Event.CALL_CLOSED:
                self._closed(event.text or "")

    def _closed(self, words: str) -> None:
        if self.is_over.is_set():
            return
        self.moments.ended = time.monotonic()
        if self.end is None:
            self.end = end_of(words, answered=self.is_answered.is_set())
        self._mouth.be_silent()
        self._to = None
        self.is_over.set()
        self._on_over(self, words)

    async def answer(self) -> None:
        """Take an incoming call; raises TimeoutError after 10 s."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while not self.is_over.is_set():
                try:
                    await self.call.answer()
                    break
                except StaleHandleError:
                    break
                except BaresipError as error:
                    # The other side hasn't acknowledged our ringing yet (PRACK).
                    if "temporarily" not in str(error):
                        raise
                    await asyncio.sleep(FRAME_MS / 1000)
            await self.first(self.is_answered.wait())

    async def hang_up(self, end: End = End.WE_HUNG_UP) -> None:
        """End it; whoever said so first decides why it ended."""
        if self.is_over.is_set():
            return
        self.end = self.end or end
        with contextlib.suppress(BaresipError):
            await self.call.hangup()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANG_UP_SECONDS):
                await self.is_over.wait()
        self._closed("")

    def join(self, other: PhoneLeg | None) -> None:
        """Pass on what this one says to `other`; what it said before is dropped."""
        if other is not None and other is not self._to:
            self.stop_speech()
            with contextlib.suppress(BaresipError):
                for _ in range(MOST_READS):
                    if not self.call.audio.read(LONGEST_LEFT):
                        break
        self._to = other

    def pass_on(self, said: bytes) -> None:
        """Take speech of the joined leg; a prompt goes first."""
        if not self._mouth.speaks and self.is_answered.is_set() and not self.is_over.is_set():
            self.sent_ms += self._mouth.pass_on(said) // BYTES_PER_MS

    def move(self, now: float) -> None:
        """Move 20 ms of speech both ways; `now` is the moment."""
        if not self.is_answered.is_set() or self.is_over.is_set():
            return
        try:
            said = self.call.audio.read(MOST_MOVED)
        except (AudioRestarted, AudioNotActive):
            said = b""
        # Music of a network that holds us is nobody's speech.
        if said and not self.held:
            self.heard_at = now
            self.heard_ms += len(said) // BYTES_PER_MS
            if self._to is not None:
                self._to.pass_on(said)
        elif self.held:
            self.heard_at = now
        self._mouth.feed()
