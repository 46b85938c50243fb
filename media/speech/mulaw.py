"""G.711 μ-law: a byte a sample, as telephones hear it and as speech is kept here."""

BIAS, CLIP = 0x84, 32635


def _linear(code: int) -> int:
    code = ~code & 0xFF
    sample = (((code & 0x0F) << 3) + BIAS << ((code & 0x70) >> 4)) - BIAS
    return -sample if code & 0x80 else sample


def _code(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    level = min(abs(sample), CLIP) + BIAS
    exponent = level.bit_length() - 8
    return ~(sign | exponent << 4 | (level >> exponent + 3) & 0x0F) & 0xFF


_SAMPLES = [_linear(code).to_bytes(2, "little", signed=True) for code in range(256)]
_LOW, _HIGH = bytes(one[0] for one in _SAMPLES), bytes(one[1] for one in _SAMPLES)
# By the upper 14 bits of a sample: the lowest two are below what μ-law tells apart.
_CODES = bytes(_code((index << 2) - 32768) for index in range(1 << 14))


def decode(codes: bytes) -> bytes:
    """Return speech of 16 bits a sample."""
    speech = bytearray(2 * len(codes))
    speech[0::2], speech[1::2] = codes.translate(_LOW), codes.translate(_HIGH)
    return bytes(speech)


def encode(speech: bytes) -> bytes:
    """Return speech of 16 bits as μ-law. Raises ValueError for half a sample."""
    if len(speech) % 2:
        raise ValueError("speech of whole samples")
    samples = memoryview(speech).cast("h")
    return bytes(_CODES[sample + 32768 >> 2] for sample in samples)
