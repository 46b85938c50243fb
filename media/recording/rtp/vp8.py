"""VP8 in RTP (RFC 7741): the pieces of a frame, put together."""

import struct

from media.recording.track_headers import TrackHeader

KEY_START = b"\x9d\x01\x2a"
KEY_SIZE = struct.Struct("<HH")
MOST_FRAME_BYTES = 4 * 1024 * 1024


class Vp8Pieces:
    """Collects one frame after the other. A piece that makes no sense spoils its frame."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def clear(self) -> None:
        """Forget what there is of a frame."""
        self._pieces.clear()
        self._size = 0

    def begins(self, payload: bytes) -> bool:
        """Say whether a frame begins with this piece, whatever was lost before."""
        return payload[0] & 0x1F == 0x10

    def add(self, payload: bytes) -> bool:
        """Take a piece; False for one that makes no sense."""
        begin = _descriptor_bytes(payload)
        if begin is None or begin >= len(payload):
            return False
        self._size += len(payload) - begin
        if self._size > MOST_FRAME_BYTES:
            return False
        self._pieces.append(payload[begin:])
        return True

    def frame(self) -> tuple[bytes, TrackHeader | None] | None:
        """Return the frame, with the track's header where it is a key frame; None for no frame."""
        data = b"".join(self._pieces)
        if len(data) < 3:
            return None
        if data[0] & 1:
            return data, None
        if len(data) < 10 or data[3:6] != KEY_START:
            return None
        width, height = (one & 0x3FFF for one in KEY_SIZE.unpack_from(data, 6))
        if not width or not height:
            return None
        return data, TrackHeader("vp8", b"", width, height)


def _descriptor_bytes(payload: bytes) -> int | None:
    """Return how long the payload's descriptor is; None for one that ends too early."""
    if not payload[0] & 0x80:
        return 1
    if len(payload) < 4:
        return None
    flags, length = payload[1], 2
    if flags & 0x80:
        length += 2 if payload[2] & 0x80 else 1
    if flags & 0x40:
        length += 1
    if flags & 0x30:
        length += 1
    return length
