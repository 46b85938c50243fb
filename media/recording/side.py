"""What one side of a talk sends, on its way into files."""

from collections.abc import Callable

from media.recording.live_part import LivePart
from media.recording.parts import KINDS, MOST_PARTS, Ending, Kind, PartName, Side
from media.recording.rtp.clocks import BrowserClock
from media.recording.rtp.packets import parse
from media.recording.rtp.source import Source, TimedFrame
from media.recording.track_headers import TrackHeader

# So long a beginning waits: until there is a picture, and until reports have told how it and the
# sound belong together.
HOLD_SECONDS = 3.0
MOST_HELD_BYTES = 8 * 1024 * 1024
# A hole is told at most so often. A picture that comes without holes gets a key frame now and
# then all the same: a player can begin nowhere else.
ASK_SECONDS = 1.0
KEY_SECONDS = 10.0

FirstPart = Callable[[int, Side], int]
OpenPart = Callable[[PartName, TrackHeader | None, float], LivePart]


class SideRecording:
    """One side's streams and the file they go to: a new one only where the old has no place."""

    def __init__(
        self,
        recording_id: int,
        side: Side,
        first_part: FirstPart,
        open_part: OpenPart,
        ended: Callable[[LivePart], None],
    ) -> None:
        self._recording_id = recording_id
        self._side: Side = side
        self._first_part = first_part
        self._next_part: int | None = None
        self._open_part = open_part
        self._ended = ended
        self._sources: dict[Kind, Source] = {}
        self._pair: int | None = None
        self._browser = BrowserClock()
        # What has come since the last step, or since the beginning of a pair.
        self._held: list[TimedFrame] = []
        self._holds = True
        self._part: LivePart | None = None
        self._asked_at = self._key_at = 0.0

    def codec(self, kind: Kind, codec: str, rate: int, pair: int) -> None:
        """Begin a stream; those of an older pair are over."""
        if pair != self._pair:
            self._finish_sources()
            self._pair, self._browser = pair, BrowserClock()
        elif kind in self._sources:
            self._held += self._sources.pop(kind).rest()
        self._sources[kind] = Source(kind, codec, rate, self._browser)
        self._holds = True

    def packet(self, kind: Kind, data: bytes, at: float) -> None:
        """Take a packet that came at a Unix time."""
        source = self._sources.get(kind)
        packet = parse(data, at)
        if source is not None and packet is not None:
            self._held += source.push(packet)

    def report(self, kind: Kind, ntp: int, rtp: int, came: float) -> None:
        """Take what a sender report said."""
        if (source := self._sources.get(kind)) is not None:
            source.clock.report(ntp, rtp, came)

    def tick(self, now: float) -> bool:
        """Do what is due; return whether the side should be asked for a key frame.

        Raises PartFailedError.
        """
        for source in self._sources.values():
            self._held += source.late(now)
        if self._held and not self._must_hold(now):
            self._release()
        if self._part is not None:
            self._part.flush(now)
        return self._must_ask(now)

    def finish(self) -> None:
        """End the file with all that has come. Raises PartFailedError."""
        self._finish_sources()
        self._end_part()

    def abandon(self) -> None:
        """End the file as it is: nothing more can be written."""
        self._held, self._sources = [], {}
        self._end_part()

    def _finish_sources(self) -> None:
        for source in self._sources.values():
            self._held += source.rest()
        self._release()
        self._sources = {}

    def _must_hold(self, now: float) -> bool:
        if not self._holds or now - self._held[0].frame.at >= HOLD_SECONDS:
            return False
        streams = self._sources.values()
        if len(streams) == len(KINDS) and all(s.seen and s.clock.reported for s in streams):
            return False
        return sum(len(one.frame.data) for one in self._held) < MOST_HELD_BYTES

    def _release(self) -> None:
        """Write what was held, in the order in which it was taken."""
        held, self._held, self._holds = self._held, [], False
        moments = [(frame.moment(), frame) for frame in held]
        self._write(sorted(moments, key=lambda pair: pair[0]))

    def _write(self, frames: list[tuple[float, TimedFrame]]) -> None:
        """Write frames, into a new file from the first on that the present one can't take."""
        while frames:
            if self._part is None or not self._part.takes(frames[0][1]):
                self._begin_part(frames)
            part, many = self._part, 0
            if part is None:
                return
            while many < len(frames) and part.takes(frames[many][1]):
                many += 1
            part.write(frames[:many])
            self._note_keys(frames[:many])
            frames = frames[many:]

    def _begin_part(self, frames: list[tuple[float, TimedFrame]]) -> None:
        self._end_part()
        if self._next_part is None:
            self._next_part = self._first_part(self._recording_id, self._side)
        if self._next_part >= MOST_PARTS:
            return
        header = self._picture(frames)
        ending: Ending = "mp4" if header is not None and header.codec == "h264" else "webm"
        name = PartName(self._recording_id, self._side, self._next_part, ending)
        self._next_part += 1
        self._part = self._open_part(name, header, frames[0][0])

    def _picture(self, frames: list[tuple[float, TimedFrame]]) -> TrackHeader | None:
        """Return the header of the picture that these frames bring.

        A file can't be given one later: a player would read all of it to find the first picture.
        """
        headers = (frame.header for _, (kind, _, _, frame) in frames if kind == "video")
        return next((header for header in headers if header is not None), None)

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            self._ended(part)

    def _note_keys(self, frames: list[tuple[float, TimedFrame]]) -> None:
        for moment, (kind, _, _, frame) in frames:
            if kind == "video" and frame.header is not None:
                self._key_at = moment

    def _must_ask(self, now: float) -> bool:
        video = self._sources.get("video")
        if video is None or now - self._asked_at < ASK_SECONDS:
            return False
        if not video.wants_key(now) and (not video.seen or now - self._key_at < KEY_SECONDS):
            return False
        self._asked_at = now
        return True
