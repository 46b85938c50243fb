"""A talk's media as RTP: a picture of 480 lines at 1 Mbit/s and 30 a second, and sound."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
from av.video.frame import VideoFrame

WIDTH, HEIGHT, FPS, KBIT = 640, 480, 30, 1000
SECONDS = 4
MOST = 1100
SOUND_EVERY = 0.02


@dataclass(frozen=True)
class Due:
    """A packet, and when it is due in seconds of the loop."""

    at: float
    kind: str
    clock: int
    payload: bytes
    marker: bool


@cache
def loop() -> tuple[Due, ...]:
    """Some seconds of a talk, to be sent again and again."""
    return tuple(sorted((*_picture(), *_sound()), key=lambda due: due.at))


def _picture() -> Iterator[Due]:
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.bit_rate, codec.framerate = 1000 * KBIT, Fraction(FPS)
    rate = f"{KBIT}k"
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0",
                     "minrate": rate, "maxrate": rate, "bufsize": rate}  # fmt: skip
    frames = [_frame(number) for number in range(SECONDS * FPS)]
    for number, packet in enumerate(p for frame in frames for p in codec.encode(frame)):
        data = bytes(packet)
        parts = [data[at : at + MOST] for at in range(0, len(data), MOST)]
        for part, octets in enumerate(parts):
            descriptor = b"\x10" if part == 0 else b"\x00"
            yield Due(number / FPS, "video", 90_000 * number // FPS, descriptor + octets,
                      part == len(parts) - 1)  # fmt: skip


def _frame(number: int) -> VideoFrame:
    """Squares that move over noise, so that the encoder has what to do."""
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    dice = random.Random(number)
    for plane in frame.planes:
        octets = bytearray(b"\x60" * plane.buffer_size)
        for _ in range(60):
            at = dice.randrange(len(octets) - 64)
            octets[at : at + 64] = dice.randbytes(64)
        for row in range(0, plane.height, 4):
            at = row * plane.line_size + (5 * number + row) % (plane.width - 40)
            octets[at : at + 40] = bytes((number * 3 + row) % 256 for _ in range(40))
        plane.update(bytes(octets))
    frame.pts = number
    return frame


def _sound() -> Iterator[Due]:
    """Opus as long as a voice takes; nobody listens, but for MediaRelay, which decodes silence."""
    silence = b"\xf8\xff\xfe"
    for number in range(int(SECONDS / SOUND_EVERY)):
        payload = silence + bytes(77)
        yield Due(number * SOUND_EVERY, "audio", 960 * number, payload, False)
