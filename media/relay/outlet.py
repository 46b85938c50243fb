"""Where a leg's packets leave: protected for its browser, and sent or dropped at once."""

from collections.abc import Callable
from typing import Any

from media.relay.inner import MOST_OCTETS, PacketBuffer, Place, protect, protect_rtcp
from media.relay.tally import Tally


class Outlet:
    """The way to one browser. What it takes stands in the buffer that all share."""

    def __init__(self, buffer: PacketBuffer, tally: Tally) -> None:
        self._buffer, self._tally = buffer, tally
        self._cipher: Any = None
        self._send: Callable[[Any, Place], int] | None = None
        self._place: Place = ("", 0)
        self.sent = 0

    def go(self, send: Callable[[Any, Place], int], place: Place) -> None:
        """Send there from now on."""
        self._send, self._place = send, place

    def open(self, cipher: Any) -> None:
        """The handshake is done."""
        self._cipher = cipher

    def close(self) -> None:
        """Let nothing leave any more."""
        self._cipher = self._send = None

    def pass_on(self, length: Any) -> bool:
        """Send the RTP packet that is in the buffer; False: it was dropped."""
        buffer = self._buffer
        if self._cipher is None or protect(self._cipher, buffer.data, length):
            self._tally.dropped += 1
            return False
        if not self._leave():
            return False
        self.sent += 1
        self._tally.packets += 1
        self._tally.octets += length[0]
        return True

    def tell(self, data: bytes) -> None:
        """Send RTCP."""
        buffer = self._buffer
        if self._cipher is None or len(data) > MOST_OCTETS:
            return
        buffer.octets[: len(data)] = data
        buffer.length[0] = len(data)
        if protect_rtcp(self._cipher, buffer.data, buffer.length):
            self._tally.dropped += 1
            return
        self._leave()

    def _leave(self) -> bool:
        """Nothing waits for a socket that takes no more."""
        try:
            if self._send is not None:
                self._send(self._buffer.view[: self._buffer.length[0]], self._place)
                return True
        except OSError:
            pass
        self._tally.dropped += 1
        return False
