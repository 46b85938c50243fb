"""WAV files of speech, 8 kHz and one channel, read strictly.

Those of an operator are of 16 bits or μ-law; the house's own are ADPCM, of four bits a sample.
"""

import io
import struct
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream

from media.speech import mulaw

RATE = 8000
PCM, MU_LAW, ADPCM = 1, 7, 0x11
ADPCM_CODEC = "adpcm_ima_wav"
# Short, for the last one is filled with silence: 31 ms at most.
BLOCK_BYTES = "128"
# A minute and a half of 16 bits; no prompt is longer.
MOST_BYTES = 1_500_000


class UnreadableSpeechError(ValueError):
    """That is no WAV file of speech as telephones want it."""


def read(path: Path) -> bytes:
    """Return the speech of a WAV file, 16 bits a sample. Raises UnreadableSpeechError, OSError."""
    with path.open("rb") as file:
        return speech_in(file.read(MOST_BYTES + 1))


def speech_in(wav: bytes) -> bytes:
    """Return the speech in the bytes of a WAV file. Raises UnreadableSpeechError."""
    if len(wav) > MOST_BYTES or wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise UnreadableSpeechError("not a WAV file of at most 90 seconds")
    parts = _parts(wav)
    form, data = parts.get(b"fmt ", b""), parts.get(b"data")
    if len(form) < 16 or data is None:
        raise UnreadableSpeechError("a WAV file without its form or its data")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if (channels, rate) != (1, RATE) or (kind, bits) not in ((PCM, 16), (MU_LAW, 8), (ADPCM, 4)):
        raise UnreadableSpeechError("wanted: 8000 Hz, one channel, 16 bits or μ-law")
    if kind == ADPCM:
        return _unpacked(wav)
    return mulaw.decode(data) if kind == MU_LAW else data[: len(data) // 2 * 2]


def _unpacked(wav: bytes) -> bytes:
    try:
        with av.open(io.BytesIO(wav), "r", format="wav") as file:
            frames = [bytes(frame.planes[0])[: 2 * frame.samples] for frame in file.decode(audio=0)]
    except av.error.FFmpegError as error:
        raise UnreadableSpeechError("damaged ADPCM") from error
    return b"".join(frames)


def _parts(wav: bytes) -> dict[bytes, bytes]:
    parts: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(wav):
        name, length = wav[at : at + 4], int.from_bytes(wav[at + 4 : at + 8], "little")
        parts.setdefault(name, wav[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    return parts


def packed(codes: bytes) -> bytes:
    """Return speech in μ-law as a WAV file of four bits a sample."""
    file = io.BytesIO()
    with av.open(file, "w", format="wav") as packing:
        stream = packing.add_stream(ADPCM_CODEC, rate=RATE, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.codec_context.options = {"block_size": BLOCK_BYTES}
        stream.codec_context.open()
        size = stream.codec_context.frame_size
        speech = mulaw.decode(codes)
        # Whole blocks: what is missing of the last one is silence.
        for at in range(0, len(speech), 2 * size):
            frame = av.AudioFrame(format="s16p", layout="mono", samples=size)
            frame.planes[0].update(_filled(speech[at : at + 2 * size], frame.planes[0].buffer_size))
            frame.rate = RATE
            packing.mux(stream.encode(frame))
        packing.mux(stream.encode(None))
    return file.getvalue()


def _filled(speech: bytes, length: int) -> bytes:
    return speech + bytes(length - len(speech))


def wav_for_browsers(codes: bytes) -> bytes:
    """Return speech in μ-law as a WAV file of 16 bits, which every browser plays."""
    data = mulaw.decode(codes)
    form = struct.pack("<HHIIHH", PCM, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body
