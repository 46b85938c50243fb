"""Evidence of a talk by telephone: the gateway's own counts of speech that came from both sides.

Time is looked at in short windows. One counts for both where from both speech really came in most
of it, and neither keeps the other waiting: what one hears of the other's music is no talk. So hold,
mute by the network and one-way sound stop the meter, as what a browser doesn't receive does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rooms.ground.live import SIDES, Side
from rooms.talk.proof.beats import Beat, Flow
from telephone.port import FRAME_MS, PhoneLeg

WINDOW_SECONDS = 0.5
# What must have come of a window's speech: networks bring it in bursts.
LEAST = 0.4
# A window so much longer than it should be was watched by nobody.
LONGEST_WINDOWS = 4.0


@dataclass
class Heard:
    """What has come from one telephone by the last window, and by the last beat."""

    leg: PhoneLeg
    seen_ms: int = 0
    told_ms: int = 0

    def __post_init__(self) -> None:
        self.seen_ms = self.told_ms = self.leg.heard_ms


@dataclass
class SpeechEvidence:
    """The counts of one talk's two legs."""

    caller: PhoneLeg
    cast: PhoneLeg
    window: float = WINDOW_SECONDS
    now: Callable[[], float] = time.monotonic
    both_ms: int = 0
    both_at: float | None = None
    _heard: dict[Side, Heard] = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._heard = {"caller": Heard(self.caller), "cast": Heard(self.cast)}
        self._at = self.now()

    def look(self) -> None:
        """Close a window: did both speak, or at least send their silence?"""
        at = self.now()
        span, self._at = at - self._at, at
        came = [self._came(self._heard[side]) for side in SIDES]
        held = self.caller.held or self.cast.held
        whole = 0 < span <= LONGEST_WINDOWS * self.window
        if whole and not held and min(came) >= LEAST * span * 1000:
            self.both_ms += int(span * 1000)
            self.both_at = at

    def _came(self, heard: Heard) -> int:
        before, heard.seen_ms = heard.seen_ms, heard.leg.heard_ms
        return heard.seen_ms - before

    def beats(self, talk_id: int) -> list[Beat]:
        """Return what is to be told of both sides since what was `written`.

        Of one who keeps the other waiting there is nothing: they are away, and theirs is the fault
        when the talk ends of it.
        """
        ago = None if self.both_at is None else int((self.now() - self.both_at) * 1000)
        there = [side for side in SIDES if not self._heard[side].leg.held]
        return [self._beat(talk_id, side, ago) for side in there]

    def _beat(self, talk_id: int, side: Side, ago: int | None) -> Beat:
        heard = self._heard[side]
        sent = heard.seen_ms - heard.told_ms
        # Nobody holds reports of the other: what one side lacks is lacking for both.
        audio = Flow(self.both_ms, ago, sent, None, not heard.leg.held)
        packets = sent // FRAME_MS
        return Beat(talk_id, side, 1, 0, audio, None, packets, 0, 0, False, counted=True)

    def written(self) -> None:
        """Begin to count anew: what was told is in the books."""
        self.both_ms = 0
        for heard in self._heard.values():
            heard.told_ms = heard.seen_ms
