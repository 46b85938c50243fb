"""Talks that nobody has: peers that send to each other, and see how long it takes."""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.relays.stream import SECONDS, Due, loop
from media.relay.sockets import own_addresses
from media.relay.terms import MediaAddress
from tests.media.relay.peer import CHROMIUM, Peer

PACE = 0.004
_stamp = struct.Struct("!d")
_header = struct.Struct("!BBHII")


def own_address() -> MediaAddress:
    """The machine's own address of IPv4, so that all servers are reached alike."""
    return next(each for each in own_addresses() if ":" not in each.bound)


class Watch(list[bytes]):
    """Takes what a peer hears, and keeps only how long each packet took."""

    def __init__(self, *, stamped: bool) -> None:
        super().__init__()
        self.took: list[float] = []
        self.arrived = 0
        self._stamped = stamped

    def append(self, packet: bytes) -> None:
        """One has come."""
        self.arrived += 1
        if self._stamped:
            self.took.append(time.monotonic() - _stamp.unpack_from(packet, len(packet) - 8)[0])


class Sender:
    """One side of a talk. `stamped`: each packet ends with when it was sent."""

    def __init__(self, *, stamped: bool) -> None:
        self.peer = Peer(CHROMIUM, own_address(), formats=("vp8",), notes=False)
        self.watch = Watch(stamped=stamped)
        self.peer.heard = self.watch
        self.sent = 0
        self._stamped = stamped
        self._round = self._next = 0
        self._numbers = {"audio": 0, "video": 0}

    def due(self, elapsed: float) -> None:
        """Send what is due by now."""
        packets = loop()
        while self._round * SECONDS + packets[self._next].at <= elapsed:
            self._send(packets[self._next])
            self._next += 1
            if self._next == len(packets):
                self._round, self._next = self._round + 1, 0

    def _send(self, due: Due) -> None:
        peer, names = self.peer, self.peer.names
        sound = due.kind == "audio"
        self._numbers[due.kind] = number = self._numbers[due.kind] + 1 & 0xFFFF
        clock = due.clock + self._round * SECONDS * (48_000 if sound else 90_000)
        head = _header.pack(
            128, due.marker << 7 | (peer.numbers.opus if sound else peer.numbers.vp8),
            number, clock & 0xFFFFFFFF, names.audio if sound else names.video,
        )  # fmt: skip
        payload = due.payload
        if self._stamped:
            payload = payload[:-8] + _stamp.pack(time.monotonic())
        peer.send(head + payload)
        self.sent += 1

    def want(self, kbit: int) -> None:
        """Say what this side's line bears; only aiortc's own sender asks."""
        if video := self.peer.coming.get("video"):
            mantissa, exponent = kbit * 1000 >> 4, 4
            estimate = 1 << 24 | exponent << 18 | mantissa
            remb = struct.pack("!BBHII4sII", 143, 206, 5, 1, 0, b"REMB", estimate, video[0])
            self.peer.tell(remb)


Meet = Callable[[int, Sender, Sender], Awaitable[None]]


class Crowd:
    """Some talks at once."""

    def __init__(self, *, stamped: bool, kbit: int = 0) -> None:
        self.sides: list[Sender] = []
        self._stamped, self._kbit = stamped, kbit
        self._begun = 0.0

    async def grow(self, talks: int, meet: Meet) -> None:
        """Let so many talks begin."""
        # It takes seconds to make.
        loop()
        for number in range(talks):
            one, other = Sender(stamped=self._stamped), Sender(stamped=self._stamped)
            await meet(number, one, other)
            self.sides += [one, other]

    async def talk(self, seconds: float) -> None:
        """Send for so long, each side with a beginning of its own."""
        self._begun = self._begun or time.monotonic()
        until, wanted = time.monotonic() + seconds, 0.0
        while (now := time.monotonic()) < until:
            elapsed = now - self._begun
            for number, side in enumerate(self.sides):
                side.due(elapsed - number * 0.0137)
            if self._kbit and elapsed >= wanted:
                wanted = elapsed + 1
                for side in self.sides:
                    side.want(self._kbit)
            await asyncio.sleep(PACE)

    def took(self) -> Sequence[float]:
        """Return how long each packet took since the last call."""
        taken = [each for side in self.sides for each in side.watch.took]
        for side in self.sides:
            side.watch.took.clear()
        return taken

    def counts(self) -> tuple[int, int]:
        """Return how many packets were sent, and how many arrived."""
        return sum(side.sent for side in self.sides), sum(s.watch.arrived for s in self.sides)

    async def close(self) -> None:
        """End all talks."""
        for side in self.sides:
            await side.peer.close()
