"""One stream of packets of one side: from what came to frames with their counts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from media.recording.parts import Kind
from media.recording.rtp.clocks import BrowserClock, StreamClock
from media.recording.rtp.frames import Frame, frames_of
from media.recording.rtp.packets import RtpPacket
from media.recording.rtp.reordering import Reordering
from media.recording.track_headers import OPUS_LEAD, OPUS_RATE

# What was asked for again has come by then, nearly always.
HOPE_SECONDS = 0.6
OPUS_LEAD_SECONDS = OPUS_LEAD / OPUS_RATE


class TimedFrame(NamedTuple):
    """A frame and its place in its stream's own count."""

    kind: Kind
    clock: StreamClock
    place: float
    frame: Frame

    def moment(self) -> float:
        """Return the Unix time at which it was taken."""
        moment = self.clock.moment(self.place, self.frame.at)
        # A decoder gives back what an encoder was given so much earlier.
        return moment - OPUS_LEAD_SECONDS if self.kind == "audio" else moment


class Source:
    """What one side sends of one kind, from one description of its codec to the next."""

    def __init__(self, kind: Kind, codec: str, rate: int, browser: BrowserClock) -> None:
        self.kind: Kind = kind
        self.codec = codec
        self.seen = False
        self._rate = rate
        self._browser = browser
        self._sender: int | None = None
        self._begin()

    def wants_key(self, now: float) -> bool:
        """Say whether nothing more can be shown before a key frame, or soon will."""
        return self._frames.wants_key or self._order.waited(now) > HOPE_SECONDS

    def push(self, packet: RtpPacket) -> Iterable[TimedFrame]:
        """Return the frames that a packet completes."""
        if packet.source == self._sender and self._order.follows(packet):
            return self._feed(packet, False)
        return self._push(packet)

    def _push(self, packet: RtpPacket) -> Iterator[TimedFrame]:
        if packet.source != self._sender:
            if self._sender is not None:
                yield from self.rest()
                self._begin()
            self._sender = packet.source
        for ready, hole in self._order.push(packet):
            yield from self._feed(ready, hole)

    def late(self, now: float) -> Iterator[TimedFrame]:
        """Yield what waited in vain for packets that lack."""
        for ready, hole in self._order.late(now):
            yield from self._feed(ready, hole)

    def rest(self) -> Iterator[TimedFrame]:
        """Yield what is left, when nothing more comes."""
        for ready, hole in self._order.rest():
            yield from self._feed(ready, hole)

    def _begin(self) -> None:
        self._order = Reordering()
        self._frames = frames_of(self.codec)
        self.clock = StreamClock(self.kind, self._rate, self._browser)

    def _feed(self, packet: RtpPacket, hole: bool) -> Sequence[TimedFrame]:
        if not (frames := self._frames.feed(packet, hole)):
            return ()
        self.seen = True
        kind, clock = self.kind, self.clock
        return [TimedFrame(kind, clock, clock.count(one.timestamp), one) for one in frames]
