"""The site's own voice, where it is installed: Open JTalk with "Mei" (docs/decisions/spoken.md).

Its dictionary takes a hundred megabytes, so it lives in a process of its own for as long as a text
takes: `python -m media.speech.voice` reads katakana from its input and writes μ-law.
"""

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

from media.speech import mulaw

# On a busy machine; where it is idle, one.
SECONDS = 60
# Twenty letters spoken slowly take five.
MOST_BYTES = 160_000
LEVEL = 0.1
ROOT = Path(__file__).resolve().parents[2]


class VoiceFailedError(Exception):
    """The voice said nothing, or did not come to an end."""


def has_voice() -> bool:
    """Say whether this machine has the voice."""
    return importlib.util.find_spec("pyopenjtalk") is not None


async def speak(reading: str) -> bytes:
    """Return a reading in katakana as speech in μ-law. Raises VoiceFailedError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media.speech.voice", cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate(reading.encode())
    except TimeoutError:
        raise VoiceFailedError("it did not come to an end") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not 0 < len(said) <= MOST_BYTES:
        raise VoiceFailedError(f"it ended with {process.returncode}, {len(said)} bytes")
    return said


def rendered(text: str) -> bytes:
    """Return a Japanese text as speech in μ-law. Wants the voice in this process."""
    import pyopenjtalk  # noqa: PLC0415 - a hundred megabytes

    samples, rate = pyopenjtalk.tts(text)
    return mulaw.encode(for_telephones(samples, rate))


def for_telephones(samples: Any, rate: int) -> bytes:
    """Return samples at 8 kHz and 16 bits, at a level of -20 dB, without what telephones don't
    carry and without silence at both ends.
    """
    import numpy as np  # noqa: PLC0415 - it comes with the voice

    samples = np.asarray(samples, float)
    spectrum = np.fft.rfft(samples)
    pitches = np.fft.rfftfreq(len(samples), 1 / rate)
    spectrum[(pitches > 3400) | (pitches < 200)] = 0
    smooth = np.fft.irfft(spectrum, len(samples))
    count = int(len(smooth) * 8000 / rate)
    slow = np.interp(np.arange(count) * rate / 8000, np.arange(len(smooth)), smooth)
    heard = np.flatnonzero(np.abs(slow) > 0.02 * (np.abs(slow).max() + 1e-9))
    if len(heard):
        slow = slow[max(heard[0] - 240, 0) : heard[-1] + 400]
    loud = slow * LEVEL * 32768 / (np.sqrt((slow**2).mean()) + 1e-9)
    speech: bytes = np.clip(loud, -30000, 30000).astype("<i2").tobytes()
    return speech


if __name__ == "__main__":
    sys.stdout.buffer.write(rendered(sys.stdin.read(200)))
