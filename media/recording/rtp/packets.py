"""The fields of an RTP packet that a recording needs."""

import struct
from typing import NamedTuple

FIXED = struct.Struct("!BBHII")
EXTENSION = struct.Struct("!HH")
# Nothing longer comes over UDP through the paths that browsers use.
MOST_BYTES = 2048


class RtpPacket(NamedTuple):
    """A packet; `at` is the Unix time at which it came. Padding alone has an empty payload."""

    number: int
    timestamp: int
    source: int
    marker: bool
    payload: bytes
    at: float


def parse(data: bytes, at: float) -> RtpPacket | None:
    """Read a packet; None for what is none."""
    if not FIXED.size <= len(data) <= MOST_BYTES:
        return None
    first, second, number, timestamp, source = FIXED.unpack_from(data)
    if first >> 6 != 2:
        return None
    begin = FIXED.size + 4 * (first & 0x0F)
    if first & 0x10:
        if begin + EXTENSION.size > len(data):
            return None
        begin += EXTENSION.size + 4 * EXTENSION.unpack_from(data, begin)[1]
    end = len(data)
    if first & 0x20:
        if data[-1] == 0:
            return None
        end -= data[-1]
    if begin > end:
        return None
    return RtpPacket(number, timestamp, source, second >= 0x80, data[begin:end], at)
