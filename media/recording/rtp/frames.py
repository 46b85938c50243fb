"""Whole frames of one stream of packets, in order."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from media.recording.rtp.h264 import H264Pieces
from media.recording.rtp.packets import RtpPacket
from media.recording.rtp.vp8 import Vp8Pieces
from media.recording.track_headers import OPUS, TrackHeader

MOST_SOUND_BYTES = 1500


class Frame(NamedTuple):
    """A picture, or a piece of sound; `header` where one can begin to show or play."""

    timestamp: int
    data: bytes
    header: TrackHeader | None
    at: float


class Pieces(Protocol):
    """How a codec's frames are cut into packets."""

    def clear(self) -> None: ...
    def begins(self, payload: bytes) -> bool: ...
    def add(self, payload: bytes) -> bool: ...
    def frame(self) -> tuple[bytes, TrackHeader | None] | None: ...


class SoundFrames:
    """Every packet is a frame, and none needs another."""

    wants_key = False

    def feed(self, packet: RtpPacket, hole: bool) -> Sequence[Frame]:
        """Return the frame of a packet."""
        if 0 < len(packet.payload) <= MOST_SOUND_BYTES:
            return (Frame(packet.timestamp, packet.payload, OPUS, packet.at),)
        return ()


class PictureFrames:
    """Frames of a picture: only whole ones, and after a loss none before the next key frame."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._timestamp: int | None = None
        self._at = 0.0
        self._open = False
        self._spoilt = True
        self.wants_key = True

    def feed(self, packet: RtpPacket, hole: bool) -> Sequence[Frame]:
        """Return the frames that end with this packet, or that ended before it."""
        if hole:
            self._spoil()
        if not packet.payload:
            return ()
        before: Sequence[Frame] = ()
        if packet.timestamp != self._timestamp:
            before = self._done()
            self._begin(packet, hole)
        if not self._spoilt and not self._pieces.add(packet.payload):
            self._spoil()
        return (*before, *self._done()) if packet.marker else before

    def _begin(self, packet: RtpPacket, hole: bool) -> None:
        first = self._timestamp is None
        self._timestamp, self._at, self._open = packet.timestamp, packet.at, True
        self._pieces.clear()
        self._spoilt = (hole or first) and not self._pieces.begins(packet.payload)

    def _spoil(self) -> None:
        self._pieces.clear()
        self._spoilt = self.wants_key = True

    def _done(self) -> Sequence[Frame]:
        """Return the frame that was collected, if it is whole and can be shown."""
        if not self._open:
            return ()
        self._open = False
        found = None if self._spoilt else self._pieces.frame()
        self._pieces.clear()
        self._spoilt = True
        if found is None:
            self.wants_key = True
            return ()
        data, header = found
        if header is not None:
            self.wants_key = False
        if data and not self.wants_key and self._timestamp is not None:
            return (Frame(self._timestamp, data, header, self._at),)
        return ()


def frames_of(codec: str) -> SoundFrames | PictureFrames:
    """Return what puts a codec's frames together. Raises ValueError for an unknown codec."""
    if codec == "opus":
        return SoundFrames()
    if codec == "vp8":
        return PictureFrames(Vp8Pieces())
    if codec == "h264":
        return PictureFrames(H264Pieces())
    raise ValueError(f"no codec of a recording: {codec}")
