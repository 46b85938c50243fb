"""What flows need of the prompts, and the tones that they make themselves."""

import math
import struct
from functools import cache
from typing import Any, Protocol

from telephone.port import RATE, SAMPLE

# Japan's ringing tone: 400 Hz that swells 16 times a second, for one second in three.
TONE, SWELLS, LOUD = 400, 16, 5000


class Speech(Protocol):
    """The prompts, as `telephone.prompts.speech`: 8 kHz, 16 bit, one channel."""

    def __call__(self, name: str, language: Any = "ja", /, **figures: Any) -> bytes:
        """Return a prompt with its figures. Raises KeyError for one that there isn't."""


@cache
def ringing_tone() -> bytes:
    """Return one ring and the silence after it."""
    second = [
        int(
            LOUD
            * (0.6 + 0.4 * math.sin(2 * math.pi * SWELLS * i / RATE))
            * math.sin(2 * math.pi * TONE * i / RATE)
        )
        for i in range(RATE)
    ]
    return struct.pack(f"<{RATE}h", *second) + bytes(2 * RATE * SAMPLE)
