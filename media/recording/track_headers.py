"""What a container must know of a track before its first frame, as a stream that PyAV can copy.

PyAV can't be told a track's parameters; it copies them from a stream that it has read. So a small
Matroska header is written by hand and read: nothing is decoded, also not to look at it.
"""

import io
import struct
from typing import NamedTuple

import av
from av.container import InputContainer

OPUS_RATE = 48_000
# Of browsers' encoders: so many samples come before the first one that was recorded.
OPUS_LEAD = 312
OPUS_HEAD = b"OpusHead\x01\x02" + struct.pack("<HIhB", OPUS_LEAD, OPUS_RATE, 0, 0)
# A decoder that begins anywhere needs so much before it is right.
OPUS_PREROLL_NANOSECONDS = 80_000_000
# Without it FFmpeg would decode the first frames to learn more.
UNDECODED = {"codec_whitelist": "none"}


class TrackHeader(NamedTuple):
    """A track: its codec ("vp8", "h264", "opus"), the codec's own header, a picture's size."""

    codec: str
    private: bytes
    width: int = 0
    height: int = 0


OPUS = TrackHeader("opus", OPUS_HEAD)
NAMES = {"vp8": b"V_VP8", "h264": b"V_MPEG4/ISO/AVC", "opus": b"A_OPUS"}


def opened(header: TrackHeader) -> InputContainer:
    """Return a container whose only stream has these parameters."""
    document = _element(0x1A45DFA3, _ebml()) + _element(0x18538067, _segment(header))
    return av.open(io.BytesIO(document), "r", format="matroska", options=UNDECODED)


def _ebml() -> bytes:
    return b"".join(
        (
            _number(0x4286, 1),
            _number(0x42F7, 1),
            _number(0x42F2, 4),
            _number(0x42F3, 8),
            _element(0x4282, b"matroska"),
            _number(0x4287, 2),
            _number(0x4285, 2),
        )
    )


def _segment(header: TrackHeader) -> bytes:
    info = _element(0x1549A966, _number(0x2AD7B1, 1_000_000))
    tracks = _element(0x1654AE6B, _element(0xAE, _track(header)))
    return info + tracks + _element(0x1F43B675, _number(0xE7, 0))


def _track(header: TrackHeader) -> bytes:
    sound = header.codec == "opus"
    entry = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 2 if sound else 1)
    entry += _element(0x86, NAMES[header.codec])
    if header.private:
        entry += _element(0x63A2, header.private)
    if sound:
        # Firefox plays no sound whose container says another lead than its own header.
        entry += _number(0x56AA, OPUS_LEAD * 1_000_000_000 // OPUS_RATE)
        entry += _number(0x56BB, OPUS_PREROLL_NANOSECONDS)
        form = _element(0xB5, struct.pack("!d", OPUS_RATE)) + _number(0x9F, 2)
        return entry + _element(0xE1, form)
    return entry + _element(0xE0, _number(0xB0, header.width) + _number(0xBA, header.height))


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(4, "big"))


def _element(name: int, content: bytes) -> bytes:
    length = (0x01 << 56 | len(content)).to_bytes(8, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + length + content
