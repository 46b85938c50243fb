"""Packets in the order in which they were sent, each once."""

from collections import deque
from collections.abc import Iterator

from media.recording.rtp.packets import RtpPacket

# What lacks is waited for as long as a packet that was asked for again may take, and longer than
# a browser waits: nobody listens to a recording while it is made.
PATIENCE_SECONDS = 1.5
FIRST_SECONDS = 0.1
MOST_WAITING = 1024
# So many numbers in a row from long ago: the sender counts anew.
MOST_LATE = 200
HALF = 1 << 15
MASK = (1 << 16) - 1


class Reordering:
    """Hands on packets by their numbers, and says where some lack for good."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, RtpPacket] = {}
        self._order: deque[int] = deque()
        self._late = 0
        self.holes = 0

    def follows(self, packet: RtpPacket) -> bool:
        """Take a packet whose turn it is, as nearly all are; False: `push` must look at it."""
        if packet.number != self._next or self._waiting:
            return False
        self._late = 0
        self._next = (packet.number + 1) & MASK
        return True

    def push(self, packet: RtpPacket) -> Iterator[tuple[RtpPacket, bool]]:
        """Yield the packets whose turn it is, each with whether some lack before it."""
        number = packet.number
        if self._next is None:
            self._wait(packet)
            return
        if (number - self._next) & MASK >= HALF:
            self._late += 1
            if self._late == MOST_LATE:
                self._begin_anew(packet)
                yield packet, True
            return
        if self.follows(packet):
            yield packet, False
            return
        self._wait(packet)
        yield from self._ready()
        if len(self._waiting) > MOST_WAITING:
            yield from self._give_up()

    def late(self, now: float) -> Iterator[tuple[RtpPacket, bool]]:
        """Yield what waited behind a hole for too long."""
        if self._next is None and self.waited(now) >= FIRST_SECONDS:
            yield from self._begin()
        while self.waited(now) > PATIENCE_SECONDS:
            yield from self._give_up()

    def waited(self, now: float) -> float:
        """Return for how many seconds something has waited behind a hole."""
        return now - self._oldest().at if self._waiting else 0.0

    def rest(self) -> Iterator[tuple[RtpPacket, bool]]:
        """Yield all that waits."""
        if self._next is None:
            yield from self._begin()
        while self._waiting:
            yield from self._give_up()

    def _wait(self, packet: RtpPacket) -> None:
        if packet.number not in self._waiting and len(self._waiting) <= MOST_WAITING:
            self._waiting[packet.number] = packet
            self._order.append(packet.number)

    def _begin(self) -> Iterator[tuple[RtpPacket, bool]]:
        """Begin with the earliest of the first packets, which was not the first to come."""
        if self._waiting:
            first = self._order[0]
            self._next = min(self._waiting, key=lambda one: (one - first + HALF) & MASK)
            yield from self._ready()

    def _begin_anew(self, packet: RtpPacket) -> None:
        self._waiting.clear()
        self._order.clear()
        self._next, self._late = (packet.number + 1) & MASK, 0
        self.holes += 1

    def _oldest(self) -> RtpPacket:
        """Return the packet that has waited longest."""
        while self._order[0] not in self._waiting:
            self._order.popleft()
        return self._waiting[self._order[0]]

    def _ready(self, *, hole: bool = False) -> Iterator[tuple[RtpPacket, bool]]:
        while (packet := self._waiting.pop(self._next or 0, None)) is not None:
            self._late = 0
            self._next = (packet.number + 1) & MASK
            yield packet, hole
            hole = False
        if not self._waiting:
            self._order.clear()

    def _give_up(self) -> Iterator[tuple[RtpPacket, bool]]:
        """Go on behind the hole."""
        self.holes += 1
        begin = self._next or 0
        self._next = min(self._waiting, key=lambda number: (number - begin) & MASK)
        yield from self._ready(hole=True)
