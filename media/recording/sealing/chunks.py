"""The form of a sealed file: a header, then chunks that are numbered, measured and authenticated.

A chunk's word holds its plain length and what it is: one of the middle, the last, or a new head,
whose bytes stand in the place of the first chunk's. The word, the file's header and the chunk's
number are authenticated with it. Nothing is ever written over.
"""

import struct
from dataclasses import dataclass

from media.recording.sealing.keys import KEY_ID_BYTES, SALT_BYTES

MAGIC = b"\x89HTKREC\x01"
HEADER = struct.Struct(f">{len(MAGIC)}s{KEY_ID_BYTES}s{SALT_BYTES}sd")
WORD = struct.Struct(">I")
NUMBER = struct.Struct(">Q")
LAST = 1 << 31
HEAD = 1 << 30
LENGTH = HEAD - 1
CHUNK = 64 * 1024
TAG = 16
# Chunks are written once a second at least, and when they are full: days of recording.
MOST_CHUNKS = 1_000_000


class SealBrokenError(Exception):
    """A recording is not as it was written: changed, cut, reordered, or another's."""


@dataclass(frozen=True)
class SealHeader:
    """What stands before the first chunk; `begun_at` is a Unix time."""

    key_id: bytes
    salt: bytes
    begun_at: float

    def packed(self) -> bytes:
        """Return the header as it stands in the file."""
        return HEADER.pack(MAGIC, self.key_id, self.salt, self.begun_at)


def read_header(data: bytes) -> SealHeader:
    """Read what a file begins with. Raises SealBrokenError."""
    if len(data) != HEADER.size:
        raise SealBrokenError("too short for a header")
    magic, key_id, salt, begun_at = HEADER.unpack(data)
    if magic != MAGIC:
        raise SealBrokenError("not a recording of this version")
    return SealHeader(key_id, salt, begun_at)


def nonce(number: int) -> bytes:
    """Return the nonce of a chunk. A file has a key of its own, and uses each number once."""
    return bytes(4) + NUMBER.pack(number)


def sealed_with(header: bytes, number: int, word: bytes) -> bytes:
    """Return what is authenticated with a chunk beside its bytes."""
    return header + NUMBER.pack(number) + word
