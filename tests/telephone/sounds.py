"""What telephones of tests say and hear: tones in G.711, and which one was heard."""

import math
import statistics
import struct
from collections.abc import Sequence


def _encode(sample: int) -> int:
    sign, sample = (0x80, -sample) if sample < 0 else (0, sample)
    sample = min(sample, 32635) + 132
    exponent = sample.bit_length() - 8
    return ~(sign | (exponent << 4) | ((sample >> (exponent + 3)) & 15)) & 255


def _decode(octet: int) -> int:
    octet = ~octet & 255
    sample = (((octet & 15) << 3) + 132 << ((octet >> 4) & 7)) - 132
    return -sample if octet & 0x80 else sample


LINEAR = [_decode(octet) for octet in range(256)]
SILENCE = b"\xff" * 160


def samples(hertz: float, seconds: float, level: int = 8000) -> list[int]:
    """A tone as 16 bits signed at 8 kHz."""
    step = 2 * math.pi * hertz / 8000
    return [int(level * math.sin(step * i)) for i in range(int(8000 * seconds))]


def tone(hertz: float, seconds: float = 1.0) -> bytes:
    """A tone in mu-law."""
    return bytes(_encode(one) for one in samples(hertz, seconds))


def pcm(hertz: float, seconds: float) -> bytes:
    """A tone as the port takes speech."""
    return b"".join(one.to_bytes(2, "little", signed=True) for one in samples(hertz, seconds))


def share(mu_law: bytes, hertz: float) -> float:
    """How much of what was heard is this tone, 0 to 1: the median of parts of 100 ms."""
    parts = [mu_law[at : at + 800] for at in range(0, len(mu_law) - 799, 800)]
    return statistics.median(_share(part, hertz) for part in parts)


def _share(mu_law: bytes, hertz: float) -> float:
    return _share_of([LINEAR[octet] for octet in mu_law], hertz)


def _share_of(heard: Sequence[int], hertz: float) -> float:
    # Goertzel's filter.
    energy = sum(one * one for one in heard)
    if not energy:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / 8000)
    before = last = 0.0
    for one in heard:
        before, last = last, one + factor * last - before
    power = last * last + before * before - factor * last * before
    return 2 * power / (energy * len(heard))


def pcm_share(speech: bytes, hertz: float) -> float:
    """As `share`, of speech as the port has it."""
    heard = struct.unpack(f"<{len(speech) // 2}h", speech)
    parts = [heard[at : at + 800] for at in range(0, len(heard) - 799, 800)]
    return statistics.median(_share_of(part, hertz) for part in parts)
