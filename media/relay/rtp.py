"""RTP packets, after they were authenticated: where they begin, and what is mapped in them."""

import struct
from collections.abc import Mapping

HEADER = struct.Struct("!BBHII")
_PADDED, _EXTENDED = 32, 16
_ONE_BYTE = 0xBEDE


def body(packet: bytearray, size: int) -> tuple[int, int]:
    """Return where the payload of a packet begins and ends; (0, -1) where it makes no sense."""
    first = packet[0]
    start = 12 + 4 * (first & 15)
    if first & _EXTENDED:
        if start + 4 > size:
            return 0, -1
        start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
    end = size - packet[size - 1] if first & _PADDED else size
    return (start, end) if start <= end else (0, -1)


def map_extensions(packet: bytearray, start: int, ids: Mapping[int, int]) -> None:
    """Rename the extensions between header and payload, which begins at `start`.

    Whatever the other side has no name for is overwritten with padding.
    """
    if not packet[0] & _EXTENDED:
        return
    at = 12 + 4 * (packet[0] & 15)
    known = packet[at] << 8 | packet[at + 1] == _ONE_BYTE
    if not known:
        packet[at : at + 2] = _ONE_BYTE.to_bytes(2, "big")
        packet[at + 4 : start] = bytes(start - at - 4)
        return
    at += 4
    while at < start:
        if not packet[at]:
            at += 1
            continue
        past = at + 2 + (packet[at] & 15)
        name = ids.get(packet[at] >> 4, 0)
        if not name or past > start:
            past = min(past, start)
            packet[at:past] = bytes(past - at)
        else:
            packet[at] = name << 4 | packet[at] & 15
        at = past


def unwrapped(packet: bytes, start: int, end: int, ssrc: int, payload_type: int) -> bytes | None:
    """Return the packet that one of the stream of repetitions (RFC 4588) holds; None: none."""
    if end - start <= 2:
        return None
    header = bytearray(packet[:start])
    header[1] = header[1] & 128 | payload_type
    header[2:4] = packet[start : start + 2]
    header[8:12] = ssrc.to_bytes(4, "big")
    return bytes(header) + packet[start + 2 :]
