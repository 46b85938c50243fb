"""What is spoken into a leg: prompts, kept a little ahead of the wire so that they never break."""

import asyncio
import collections
import contextlib

from baresip import AudioNotActive, AudioRestarted, BaresipError
from baresip.audio import CallAudio

from telephone.port import FRAME, FRAME_MS

# With 60 ms prompts broke on a busy machine, with 240 ms they were whole.
AHEAD_FRAMES = 12
AHEAD = AHEAD_FRAMES * FRAME
# A joined leg that lags more than 120 ms drops a frame: telephones' clocks drift.
BEHIND = 6 * FRAME
LOOK_EVERY = 10


class Mouth:
    """The speech that waits to be spoken into one call."""

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._waiting: collections.deque[memoryview] = collections.deque()
        self._spoken = asyncio.Event()
        self._passed = 0

    @property
    def speaks(self) -> bool:
        """Whether a prompt is under way."""
        return bool(self._waiting)

    def begin(self, speech: tuple[bytes, ...]) -> asyncio.Event:
        """Begin to speak; what is returned is set once all has been heard."""
        self._waiting.clear()
        self._waiting.extend(memoryview(one) for one in speech if one)
        self._spoken = asyncio.Event()
        if not self._waiting:
            self._spoken.set()
        return self._spoken

    def be_silent(self) -> None:
        """Fall silent, also with what was already given to baresip."""
        self._waiting.clear()
        with contextlib.suppress(BaresipError):
            self._audio.flush_tx()

    def feed(self) -> None:
        """Give baresip as much as keeps it ahead; called every 20 ms."""
        if not self._waiting:
            return
        with contextlib.suppress(AudioNotActive, AudioRestarted):
            room = AHEAD - self._audio.info().tx_buffered
            while room > 0 and self._waiting:
                part = self._waiting[0][: max(FRAME, room - room % FRAME)]
                taken = self._audio.write(bytes(part))
                if taken == 0:
                    return
                room -= taken
                self._take(taken)
            if not self._waiting:
                loop, seconds = asyncio.get_running_loop(), AHEAD_FRAMES * FRAME_MS / 1000
                loop.call_later(seconds, self._spoken.set)

    def _take(self, count: int) -> None:
        rest = self._waiting[0][count:]
        if rest:
            self._waiting[0] = rest
        else:
            self._waiting.popleft()

    def pass_on(self, said: bytes) -> int:
        """Speak what a joined leg said; return how many bytes went in."""
        self._passed += 1
        try:
            if self._passed % LOOK_EVERY == 0 and self._audio.info().tx_buffered > BEHIND:
                return 0
            return self._audio.write(said)
        except (AudioNotActive, AudioRestarted):
            return 0
