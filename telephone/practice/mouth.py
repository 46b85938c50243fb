"""What is spoken into a page's telephone: prompts, else what the joined one says, else silence."""

import asyncio
import collections
import time
from fractions import Fraction

from aiortc import MediaStreamTrack
from av import AudioFrame

from telephone.port import FRAME, FRAME_MS, RATE, SAMPLE

# What a joined telephone says comes in bursts on a busy machine: some is kept ahead. What waits for
# longer than 160 ms is dropped, for clocks drift.
AHEAD_FRAMES, MOST_WAITING = 3, 8
SILENCE = bytes(FRAME)
# After so long behind, what was missed isn't made up for.
LATEST_SECONDS = 0.2


class PracticeMouth(MediaStreamTrack):
    """Speech to one page, frame by frame, at the pace at which it is heard."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._prompts: collections.deque[memoryview] = collections.deque()
        self._passed: collections.deque[bytes] = collections.deque(maxlen=MOST_WAITING)
        self._rest, self._flows = b"", False
        self._spoken = asyncio.Event()
        self._due: float | None = None
        self._frames = 0

    @property
    def speaks(self) -> bool:
        """Whether a prompt is under way."""
        return bool(self._prompts)

    def begin(self, speech: tuple[bytes, ...]) -> asyncio.Event:
        """Begin to speak; what is returned is set once all was sent."""
        self._prompts.clear()
        self._prompts.extend(memoryview(one) for one in speech if one)
        self._spoken = asyncio.Event()
        if not self._prompts:
            self._spoken.set()
        return self._spoken

    def be_silent(self) -> None:
        """Fall silent, at once."""
        self._prompts.clear()
        self._passed.clear()
        self._rest, self._flows = b"", False

    def pass_on(self, said: bytes) -> None:
        """Speak what a joined telephone said, in whole frames."""
        self._rest += said
        while len(self._rest) >= FRAME:
            self._passed.append(self._rest[:FRAME])
            self._rest = self._rest[FRAME:]

    def frame(self) -> bytes:
        """Return the next 20 ms."""
        if not self._prompts:
            return self._passed_frame()
        taken = bytes(self._prompts[0][:FRAME])
        rest = self._prompts[0][FRAME:]
        if rest:
            self._prompts[0] = rest
        else:
            self._prompts.popleft()
        if not self._prompts:
            self._spoken.set()
        return taken.ljust(FRAME, b"\0")

    def _passed_frame(self) -> bytes:
        self._flows = len(self._passed) >= (1 if self._flows else AHEAD_FRAMES)
        return self._passed.popleft() if self._flows else SILENCE

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms when they are due."""
        now = time.monotonic()
        due = now if self._due is None else self._due + FRAME_MS / 1000
        if now - due > LATEST_SECONDS:
            due = now
        self._due = due
        await asyncio.sleep(max(0.0, due - now))
        made = AudioFrame(format="s16", layout="mono", samples=FRAME // SAMPLE)
        made.planes[0].update(self.frame())
        made.sample_rate, made.time_base = RATE, Fraction(1, RATE)
        made.pts = self._frames * (FRAME // SAMPLE)
        self._frames += 1
        return made
