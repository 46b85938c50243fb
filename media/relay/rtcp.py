"""RTCP between two browsers: what passes, and the SSRCs that are mapped in it.

Reports, and requests for what is missing, pass. Everything else does not: above all no estimate
of a bandwidth (REMB), which would be taken for the way from end to end.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_SENDER, _RECEIVER, _TRANSPORT, _PAYLOAD = 200, 201, 205, 206
_MISSING, _ARRIVALS = 1, 15
_PICTURE, _FULL_PICTURE = 1, 4
_BLOCK = 24
_PADDED = 32

_word = struct.Struct("!I")
_clock = struct.Struct("!QI")


@dataclass(slots=True)
class Told:
    """What a compound packet says, as it may pass.

    `clocks`: SSRC, NTP time and RTP time of each sender report. `received`: SSRC, packets lost and
    the highest number of each report on what was received. `arrivals`: it tells when packets came.
    """

    parts: list[bytes] = field(default_factory=list)
    clocks: list[tuple[int, int, int]] = field(default_factory=list)
    received: list[tuple[int, int, int]] = field(default_factory=list)
    arrivals: bool = False


def read(data: bytes, ssrcs: Mapping[int, int], stand_in: int) -> Told | None:
    """Read a compound packet, SSRCs mapped; None where it is malformed.

    Whoever reports under an SSRC that is not known does so under `stand_in`. Reports on streams
    that are not known are left out.
    """
    told, at = Told(), 0
    while at < len(data):
        if at + 4 > len(data) or data[at] >> 6 != 2:
            return None
        size = 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        part = data[at : at + size]
        if len(part) < size:
            return None
        at += size
        if (reader := _READERS.get(part[1])) is None:
            continue
        if not reader(told, part, ssrcs, stand_in):
            return None
    return told


def _reports(told: Told, part: bytes, ssrcs: Mapping[int, int], stand_in: int) -> bool:
    """Reports of a sender or of a receiver: both end with blocks on what was received."""
    first = 28 if part[1] == _SENDER else 8
    count = part[0] & 31
    if len(part) < first + _BLOCK * count:
        return False
    (sender,) = _word.unpack_from(part, 4)
    if part[1] == _SENDER:
        if sender not in ssrcs:
            return True
        ntp, rtp = _clock.unpack_from(part, 8)
        told.clocks.append((sender, ntp, rtp))
    blocks = [_block(told, part, first + _BLOCK * each, ssrcs) for each in range(count)]
    body = b"".join(block for block in blocks if block)
    head = part[8:first] + body
    kept = sum(map(bool, blocks))
    told.parts.append(_framed(part, kept, ssrcs.get(sender, stand_in), head))
    return True


def _block(told: Told, part: bytes, at: int, ssrcs: Mapping[int, int]) -> bytes:
    (ssrc,) = _word.unpack_from(part, at)
    if (mapped := ssrcs.get(ssrc)) is None:
        return b""
    lost = int.from_bytes(part[at + 5 : at + 8], "big", signed=True)
    (highest,) = _word.unpack_from(part, at + 8)
    told.received.append((ssrc, lost, highest))
    return _word.pack(mapped) + part[at + 4 : at + _BLOCK]


def _feedback(told: Told, part: bytes, ssrcs: Mapping[int, int], stand_in: int) -> bool:
    # Chromium pads what it tells of arrivals.
    padding = part[-1] if part[0] & _PADDED else 0
    if len(part) < 12 + padding or (part[0] & _PADDED and not padding):
        return False
    sender, media = _word.unpack_from(part, 4)[0], _word.unpack_from(part, 8)[0]
    form = (part[1], part[0] & 31)
    if form == (_PAYLOAD, _FULL_PICTURE):
        wanted, media = _wanted(part, ssrcs), 0
        passes = bool(wanted)
    else:
        wanted, passes = part[12:], form in _PASSING and media in ssrcs
    if passes:
        told.arrivals = told.arrivals or form == (_TRANSPORT, _ARRIVALS)
        rest = _word.pack(ssrcs.get(media, 0)) + wanted
        padded = part[0] & _PADDED if form[0] == _TRANSPORT else 0
        told.parts.append(_framed(part, padded | form[1], ssrcs.get(sender, stand_in), rest))
    return True


_PASSING = {(_TRANSPORT, _MISSING), (_TRANSPORT, _ARRIVALS), (_PAYLOAD, _PICTURE)}


def _wanted(part: bytes, ssrcs: Mapping[int, int]) -> bytes:
    """The streams of which a full picture is asked for, eight octets each."""
    entries = [part[at : at + 8] for at in range(12, len(part) - 7, 8)]
    named = [(ssrcs.get(_word.unpack_from(entry)[0]), entry) for entry in entries]
    return b"".join(_word.pack(ssrc) + entry[4:] for ssrc, entry in named if ssrc is not None)


def _framed(part: bytes, low: int, sender: int, rest: bytes) -> bytes:
    head = bytes((128 | low, part[1])) + ((4 + len(rest)) // 4).to_bytes(2, "big")
    return head + _word.pack(sender) + rest


_READERS: dict[int, Callable[[Told, bytes, Mapping[int, int], int], bool]] = {
    _SENDER: _reports,
    _RECEIVER: _reports,
    _TRANSPORT: _feedback,
    _PAYLOAD: _feedback,
}


def picture_wanted(sender: int, media: int) -> bytes:
    """Ask for a picture that needs none before it (PLI)."""
    return struct.pack("!BBHII", 128 | _PICTURE, _PAYLOAD, 2, sender, media)
