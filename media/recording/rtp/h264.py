"""H264 in RTP (RFC 6184): the units of a picture, put together as MP4 wants them."""

import struct

from media.recording.rtp.sps import picture_size
from media.recording.rtp.vp8 import MOST_FRAME_BYTES
from media.recording.track_headers import TrackHeader

SLICE_OF_KEY, SEQUENCE, PICTURE, DELIMITER = 5, 7, 8, 9
AGGREGATE, FRAGMENT = 24, 28
LENGTH = struct.Struct("!H")
UNIT_LENGTH = struct.Struct("!I")
# A parameter set is some dozen bytes.
MOST_PARAMETER_BYTES = 1024
MOST_UNITS = 1000


class H264Pieces:
    """Collects one picture after the other. A piece that makes no sense spoils its picture."""

    def __init__(self) -> None:
        self._units: list[bytes] = []
        self._fragments: list[bytes] | None = None
        self._size = 0
        self._sequence: bytes | None = None
        self._picture: bytes | None = None

    def clear(self) -> None:
        """Forget what there is of a picture."""
        self._units.clear()
        self._fragments = None
        self._size = 0

    def begins(self, payload: bytes) -> bool:
        """Say whether a picture begins with this piece, whatever was lost before."""
        kind = payload[0] & 0x1F
        if kind == AGGREGATE and len(payload) > 3:
            kind = payload[3] & 0x1F
        return kind in {SEQUENCE, DELIMITER}

    def add(self, payload: bytes) -> bool:
        """Take a piece; False for one that makes no sense."""
        self._size += len(payload)
        if self._size > MOST_FRAME_BYTES or len(self._units) > MOST_UNITS:
            return False
        kind = payload[0] & 0x1F
        if kind == FRAGMENT:
            return self._add_fragment(payload)
        if self._fragments is not None:
            return False
        if kind == AGGREGATE:
            return self._add_all(payload)
        if not 1 <= kind < AGGREGATE:
            return False
        self._units.append(payload)
        return True

    def frame(self) -> tuple[bytes, TrackHeader | None] | None:
        """Return the picture, with the track's header where it is a key frame; None for none.

        Parameters alone are no picture, and no loss: then it is empty.
        """
        if self._fragments is not None or not self._units:
            return None
        key = shown = False
        for unit in self._units:
            kind = unit[0] & 0x1F
            shown = shown or 1 <= kind <= SLICE_OF_KEY
            key = key or kind == SLICE_OF_KEY
            self._note_parameters(kind, unit)
        if not shown:
            return b"", None
        data = b"".join([UNIT_LENGTH.pack(len(unit)) + unit for unit in self._units])
        if not key:
            return data, None
        header = self._header()
        return None if header is None else (data, header)

    def _add_fragment(self, payload: bytes) -> bool:
        if len(payload) < 3:
            return False
        first, last = payload[1] & 0x80, payload[1] & 0x40
        if first:
            if self._fragments is not None:
                return False
            self._fragments = [bytes([payload[0] & 0xE0 | payload[1] & 0x1F])]
        if self._fragments is None:
            return False
        self._fragments.append(payload[2:])
        if last:
            self._units.append(b"".join(self._fragments))
            self._fragments = None
        return True

    def _add_all(self, payload: bytes) -> bool:
        place = 1
        while place < len(payload):
            if place + LENGTH.size > len(payload):
                return False
            length = LENGTH.unpack_from(payload, place)[0]
            place += LENGTH.size
            if not length or place + length > len(payload):
                return False
            self._units.append(payload[place : place + length])
            place += length
        return place > 1

    def _note_parameters(self, kind: int, unit: bytes) -> None:
        if len(unit) > MOST_PARAMETER_BYTES:
            return
        if kind == SEQUENCE:
            self._sequence = unit
        elif kind == PICTURE:
            self._picture = unit

    def _header(self) -> TrackHeader | None:
        """Return the header of a track that begins here, as MP4 has it ("avcC")."""
        sequence, picture = self._sequence, self._picture
        if sequence is None or picture is None or (size := picture_size(sequence)) is None:
            return None
        private = b"".join(
            (
                b"\x01",
                sequence[1:4],
                b"\xff\xe1",
                LENGTH.pack(len(sequence)),
                sequence,
                b"\x01",
                LENGTH.pack(len(picture)),
                picture,
            )
        )
        return TrackHeader("h264", private, *size)
