"""A picture that flashes and a sound that beeps at each full second, as a browser would send them.

Encoded once a process; small, so that a busy machine does it in a moment.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import av

from media.recording.parts import Kind

WIDTH, HEIGHT, RATE = 160, 120, 15
FLASH_SECONDS = 2 / RATE
SOUND_SAMPLES = 960
BEEP_SECONDS = 0.1
MTU = 400
ENCODERS = {"vp8": "libvpx", "h264": "libx264"}
OPTIONS = {
    "vp8": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "15"},
    "h264": {"tune": "zerolatency", "profile": "baseline", "preset": "ultrafast", "g": "15"},
}
NTP_EPOCH = 2_208_988_800


@cache
def pictures(codec: str, seconds: int, width: int = WIDTH, height: int = HEIGHT) -> list[bytes]:
    """Return encoded pictures: bright at each full second, dark between, never the same."""
    encoder = av.CodecContext.create(ENCODERS[codec], "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, RATE)
    encoder.options = OPTIONS[codec]
    found: list[bytes] = []
    for number in range(seconds * RATE):
        frame = av.VideoFrame(width, height, "yuv420p")
        bright = number % RATE < FLASH_SECONDS * RATE and number >= RATE
        for index, plane in enumerate(frame.planes):
            level = 128 if index else (230 if bright else 20 + number % 3)
            plane.update(bytes([level]) * plane.buffer_size)
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        found += [bytes(packet) for packet in encoder.encode(frame)]
    found += [bytes(packet) for packet in encoder.encode(None)]
    return found


@cache
def sounds(seconds: int) -> list[bytes]:
    """Return pieces of sound of 20 ms: a beep at each full second, silence between."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.time_base = Fraction(1, 48_000)
    encoder.options = {"application": "voip", "frame_duration": "20"}
    found: list[bytes] = []
    for number in range(seconds * 50):
        frame = av.AudioFrame("s16", "stereo", SOUND_SAMPLES)
        frame.planes[0].update(b"".join(_samples(number * SOUND_SAMPLES)))
        frame.pts, frame.sample_rate = number * SOUND_SAMPLES, 48_000
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return found


def _samples(first: int) -> Iterator[bytes]:
    for place in range(first, first + SOUND_SAMPLES):
        loud = place % 48_000 < BEEP_SECONDS * 48_000 and place >= 48_000
        level = int(12_000 * math.sin(place * 2 * math.pi / 48)) if loud else 0
        yield struct.pack("<hh", level, level)


@dataclass
class Sent:
    """A packet, or a report, with the Unix time at which it arrives."""

    at: float
    kind: Kind
    packet: bytes | None = None
    report: tuple[int, int] | None = None
    codec: tuple[str, int] | None = None


@dataclass
class Performance:
    """One side of a talk. `delays` are the seconds that each kind is on its way."""

    codec: str = "vp8"
    seconds: int = 4
    begins: float = 1_700_000_000.0
    sender_clock: float = 86_400.0
    delays: dict[Kind, float] = field(default_factory=lambda: {"audio": 0.02, "video": 0.08})
    reports: bool = True
    numbers: int = 65_500
    timestamps: int = (1 << 32) - 100_000
    source: int = 1
    size: tuple[int, int] = (WIDTH, HEIGHT)

    def sent(self, kinds: tuple[Kind, ...] = ("audio", "video")) -> list[Sent]:
        """Return what arrives, in order of arrival."""
        found: list[Sent] = []
        if "audio" in kinds:
            found += self._sound()
        if "video" in kinds:
            found += self._picture()
        if self.reports:
            for kind in kinds:
                found += self._reports(kind)
        return sorted(found, key=lambda one: one.at)

    def _sound(self) -> Iterator[Sent]:
        for number, data in enumerate(sounds(self.seconds)):
            stamp = self.timestamps + number * SOUND_SAMPLES
            packet = rtp(self.numbers + number, stamp, self.source, data, marker=False)
            yield Sent(self.begins + number * 0.02 + self.delays["audio"], "audio", packet)

    def _picture(self) -> Iterator[Sent]:
        following = self.numbers
        cut = packets_of_vp8 if self.codec == "vp8" else packets_of_h264
        for number, data in enumerate(pictures(self.codec, self.seconds, *self.size)):
            payloads = cut(data)
            for index, payload in enumerate(payloads):
                marker = index == len(payloads) - 1
                stamp = self.timestamps + number * 90_000 // RATE
                packet = rtp(following, stamp, self.source + 1, payload, marker=marker)
                at = self.begins + number / RATE + self.delays["video"] + index * 1e-4
                yield Sent(at, "video", packet)
                following += 1

    def _reports(self, kind: Kind) -> Iterator[Sent]:
        rate = 48_000 if kind == "audio" else 90_000
        for number in range(self.seconds):
            later = number + 0.5
            ntp = int((self.begins + later + self.sender_clock + NTP_EPOCH) * 2**32)
            stamp = (self.timestamps + int(later * rate)) & 0xFFFFFFFF
            yield Sent(self.begins + later + 0.02, kind, report=(ntp, stamp))


def rtp(number: int, stamp: int, source: int, payload: bytes, *, marker: bool) -> bytes:
    """Return a packet; its extension stands for those that browsers send."""
    kind = 96 | (0x80 if marker else 0)
    head = struct.pack("!BBHII", 0x90, kind, number & 0xFFFF, stamp & 0xFFFFFFFF, source)
    return head + b"\xbe\xde\x00\x01\x51\x00\x01\x00" + payload


def packets_of_vp8(data: bytes) -> list[bytes]:
    """Cut a frame into payloads, with the long descriptor that Chromium uses."""
    pieces = [data[place : place + MTU] for place in range(0, len(data), MTU)]
    return [
        bytes([0x80 | (0x10 if index == 0 else 0), 0x80, 0x81, 0x23]) + piece
        for index, piece in enumerate(pieces)
    ]


def units(data: bytes) -> list[bytes]:
    """Return the units of a picture with start codes."""
    parts = data.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [part for part in parts if part]


def packets_of_h264(data: bytes) -> list[bytes]:
    """Cut a picture into payloads: parameters together, long units in fragments."""
    small = [unit for unit in units(data) if unit[0] & 0x1F in {6, 7, 8}]
    found = []
    if small:
        found.append(b"\x18" + b"".join(struct.pack("!H", len(one)) + one for one in small))
    for unit in units(data):
        if unit in small:
            continue
        if len(unit) <= MTU:
            found.append(unit)
            continue
        pieces = [unit[place : place + MTU] for place in range(1, len(unit), MTU)]
        for index, piece in enumerate(pieces):
            ends = (0x80 if index == 0 else 0) | (0x40 if index == len(pieces) - 1 else 0)
            found.append(bytes([unit[0] & 0xE0 | 28, ends | unit[0] & 0x1F]) + piece)
    return found
