"""The way of each packet: from a leg's socket, mapped, out of the other leg's.

All of it is synchronous and in one buffer. Nothing of a packet is believed before it is
authenticated, and what can't be passed on at once is dropped.
"""

import asyncio
import struct
import time
from collections.abc import Callable
from typing import Any

from media.relay import rtcp, rtp
from media.relay.flows import KindFlow, Stream
from media.relay.hearing import Hearing
from media.relay.inner import MOST_OCTETS, PacketBuffer, Place, unprotect, unprotect_rtcp
from media.relay.outlet import Outlet
from media.relay.tally import Tally
from media.relay.terms import KINDS, Kind, RelaySettings

LEAST_OCTETS = 12
# So many packets of one socket are read before the others have their turn.
BATCH = 32
# In half a second: requests from places that have proved themselves, and from others.
KNOWN_REQUESTS, STRANGE_REQUESTS = 100, 25
# Of the handshake and of data channels, likewise.
HANDSHAKES = 200
# What the smallest packet costs to look at, as octets.
LOOK_OCTETS = 60
# Each costs memory in libsrtp, so a browser has no more names to report under.
MOST_REPORTERS = 16

_header = rtp.HEADER.unpack_from
_word = struct.Struct("!I").unpack_from


class Passage:
    """One leg's side of the way. `peer` is where the other leg's begins, once both are there."""

    def __init__(self, settings: RelaySettings, buffer: PacketBuffer, tally: Tally) -> None:
        self._loop = asyncio.get_running_loop()
        self._settings, self._buffer, self._tally = settings, buffer, tally
        self.outlet = Outlet(buffer, tally)
        self.heard: set[Place] = set()
        self.handshake: Callable[[bytes], None] = lambda data: None
        self.flows: dict[Kind, KindFlow] = {kind: KindFlow() for kind in KINDS}
        self.streams: dict[int, Stream] = {}
        self.ssrcs: dict[int, int] = {}
        self.stand_in = 0
        self.peer: Outlet | None = None
        self.hearing: Hearing | None = None
        self.proved_at = float("-inf")
        self._lost: dict[int, int] = {}
        self._highest: dict[int, int] = {}
        self._reporters: set[int] = set()
        self._inbound: Any = None
        self.renew()

    def renew(self) -> None:
        """Begin another half second, with what a leg may send in one."""
        self._octets_left = self._settings.most_kbit * 1000 // 8 // 2
        self._known_left, self._strange_left = KNOWN_REQUESTS, STRANGE_REQUESTS
        self._handshakes_left = HANDSHAKES

    def open(self, ciphers: tuple[Any, Any]) -> None:
        """The handshake is done: media may come and go."""
        self._inbound, outbound = ciphers
        self.outlet.open(outbound)
        self.proved_at = self._loop.time()

    def close(self) -> None:
        """Let nothing pass any more, in either direction."""
        self._inbound = None
        self.outlet.close()
        self.peer = self.hearing = None

    def read(
        self,
        receive: Callable[[bytearray, int], tuple[int, Any]],
        request: Callable[[bytes, Place], None],
    ) -> None:
        """Take what has come at a socket. Whatever it is, no exception leaves this."""
        octets, now = self._buffer.octets, self._loop.time()
        for _ in range(BATCH):
            try:
                size, place = receive(octets, MOST_OCTETS + 1)
            except OSError:
                return
            try:
                self._take(size, place[:2] if len(place) > 2 else place, now, request)
            except Exception as error:
                self._tally.stumble("packet", error)

    def _take(
        self, size: int, place: Place, now: float, request: Callable[[bytes, Place], None]
    ) -> None:
        octets = self._buffer.octets
        if not LEAST_OCTETS <= size <= MOST_OCTETS:
            self._tally.dropped += 1
        elif 128 <= octets[0] < 192:
            self._octets_left -= size + LOOK_OCTETS
            if self._inbound is None or place not in self.heard or self._octets_left < 0:
                self._tally.dropped += 1
            elif 192 <= octets[1] < 224:
                self._rtcp(size, now)
            else:
                self._rtp(size, now)
        else:
            self._other(size, place, request)

    def _rtp(self, size: int, now: float) -> None:
        buffer, tally = self._buffer, self._tally
        octets, length = buffer.octets, buffer.length
        first, second, sequence, timestamp, ssrc = _header(octets)
        stream = self.streams.get(ssrc)
        length[0] = size
        # Only for streams that were offered: each other one would cost memory in libsrtp.
        if stream is None or unprotect(self._inbound, buffer.data, length):
            tally.dropped += 1
            return
        start, end = rtp.body(octets, length[0])
        if end < 0:
            tally.dropped += 1
            return
        amount = 0
        if end > start and not stream.repeats:
            amount = end - start if stream.kind == "audio" else stream.begins(sequence, timestamp)
            if amount:
                stream.flow.come(amount, now)
        if self.hearing is not None:
            self.hearing.hear(stream, bytes(buffer.view[: length[0]]), start, end, time.time())
        route, peer = stream.route, self.peer
        number = None if route is None else route.types.get(second & 127)
        if route is None or peer is None or number is None:
            tally.dropped += 1
            return
        octets[8:12] = route.ssrc
        octets[1] = second & 128 | number
        if route.ids is not None and first & 16:
            rtp.map_extensions(octets, start, route.ids)
        if peer.pass_on(length) and amount:
            route.flow.send(amount, now)

    def _rtcp(self, size: int, now: float) -> None:
        buffer = self._buffer
        (reporter,) = _word(buffer.octets, 4)
        known = reporter in self._reporters
        buffer.length[0] = size
        if (not known and len(self._reporters) >= MOST_REPORTERS) or unprotect_rtcp(
            self._inbound, buffer.data, buffer.length
        ):
            self._tally.dropped += 1
            return
        self._reporters.add(reporter)
        data = bytes(buffer.view[: buffer.length[0]])
        if (told := rtcp.read(data, self.ssrcs, self.stand_in)) is None:
            self._tally.dropped += 1
            return
        if self._progress(told) or told.arrivals:
            self.prove(now)
        if self.hearing is not None:
            for ssrc, ntp, clock in told.clocks:
                self.hearing.clock(self.streams.get(ssrc), ntp, clock)
        if told.parts and self.peer is not None:
            self.peer.tell(b"".join(told.parts))

    def _progress(self, told: rtcp.Told) -> bool:
        """Note what is reported; say whether anything has arrived since the last report."""
        progress = False
        for ssrc, lost, highest in told.received:
            progress = progress or self._highest.get(ssrc) != highest
            self._highest[ssrc], self._lost[ssrc] = highest, max(0, lost)
        return progress

    def _other(self, size: int, place: Place, request: Callable[[bytes, Place], None]) -> None:
        """Requests (STUN), each of which costs; and the handshake, from whoever made one."""
        data = bytes(self._buffer.view[:size])
        known = place in self.heard
        if data[0] >= 4:
            if known and 20 <= data[0] < 64 and self._handshakes_left > 0:
                self._handshakes_left -= 1
                self.handshake(data)
            else:
                self._tally.dropped += 1
        elif (self._known_left if known else self._strange_left) > 0:
            self._known_left -= known
            self._strange_left -= not known
            self._request(data, place, request)
        else:
            self._tally.dropped += 1

    def _request(self, data: bytes, place: Place, request: Callable[[bytes, Place], None]) -> None:
        try:
            request(data, place)
        except Exception:
            # aioice leaves what is malformed to whatever stumbles over it.
            self._tally.dropped += 1

    def prove(self, now: float) -> None:
        """This side has shown that something reaches it."""
        kept = now - self.proved_at <= self._settings.proved_seconds
        self.proved_at = now
        for flow in self.flows.values():
            flow.prove(kept=kept)

    @property
    def lost(self) -> int:
        """How many packets this side's browser misses, by its own word."""
        return sum(self._lost.values())
