"""The data channel between two browsers: its packets pass as they are, within bounds.

The two speak SCTP with each other; the relay only takes it out of the one's DTLS and puts it into
the other's.
"""

from collections import deque
from collections.abc import Awaitable, Callable

MOST_OCTETS = 1500
# In half a second. A note has some hundred octets.
OCTETS = 32_000
# What a browser says before the other is there: the beginning of the channel.
WAITING = 4


class Notes:
    """One leg's side of the channel; `peer` is the other leg's."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        self.send = send
        self.peer: Notes | None = None
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._left = OCTETS

    def renew(self) -> None:
        """Begin another half second."""
        self._left = OCTETS

    async def _handle_data(self, data: bytes) -> None:
        """Take a packet of this side."""
        self._left -= len(data)
        if self._left < 0 or len(data) > MOST_OCTETS:
            return
        if self.peer is None:
            self._waiting.append(data)
        else:
            await self.peer.send(data)

    async def flush(self) -> None:
        """Pass on what this side said before the other was there."""
        while self.peer is not None and self._waiting:
            await self.peer.send(self._waiting.popleft())
