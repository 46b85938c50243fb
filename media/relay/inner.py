"""What aiortc, aioice and pylibsrtp keep to themselves: all that is touched of it, and only here.

`tests/media/relay/test_inner.py` fails where a version of theirs changes it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, Connection, StunProtocol
from aioice.stun import Class, Message
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from pylibsrtp import _binding

from media.relay.sockets import SocketTransport, open_socket
from media.relay.terms import MediaAddress

Place = tuple[str, int]

protect, unprotect = _binding.lib.srtp_protect, _binding.lib.srtp_unprotect
protect_rtcp, unprotect_rtcp = _binding.lib.srtp_protect_rtcp, _binding.lib.srtp_unprotect_rtcp

MOST_OCTETS = 1500
# libsrtp puts its tag behind the packet.
_TRAILER = 256
# Places from which one browser may have proved itself; a phone that travels has a few.
_MOST_PLACES = 32
_MOST_WAITING = 64
_MOST_ASKED = 8
_WRONG_ROLE = 487


class PacketBuffer:
    """Where every packet is read, worked on in place and sent from: one for all, one at a time."""

    def __init__(self) -> None:
        self.octets = bytearray(MOST_OCTETS + _TRAILER)
        self.view = memoryview(self.octets)
        self.data = _binding.ffi.from_buffer(self.octets)
        self.length = _binding.ffi.new("int *")


class LegConnection(Connection):
    """ICE of one leg, with sockets of ours.

    It goes nowhere by itself: only whoever proves to know the leg's password, from the place from
    which they do, is answered. Where the other side says that it can be reached is never asked.
    """

    def __init__(
        self,
        addresses: tuple[MediaAddress, ...],
        ports: tuple[int, int],
        on_open: Callable[[SocketTransport, StunProtocol], None],
        on_way: Callable[[SocketTransport, Place], None],
    ) -> None:
        super().__init__(ice_controlling=False)
        self.heard: set[Place] = set()
        self._addresses, self._ports = addresses, ports
        self._on_open, self._on_way = on_open, on_way
        self._asked: deque[tuple[StunProtocol, bytes]] = deque()

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        """Open the sockets. Raises RelayError."""
        return [self._candidate(component, each) for each in self._addresses]

    def _candidate(self, component: int, address: MediaAddress) -> Candidate:
        opened = open_socket(address.bound, self._ports)
        protocol = StunProtocol(self)
        transport = SocketTransport(opened, lambda: protocol.connection_lost(None))
        protocol.connection_made(transport)
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", address.announced),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=address.announced,
            port=opened.getsockname()[1],
            type="host",
        )
        self._protocols.append(protocol)
        self._on_open(transport, protocol)
        return protocol.local_candidate

    def data_received(self, data: bytes, component: int) -> None:
        """Take a packet of the handshake or of a data channel, within a bound."""
        if self._queue.qsize() < _MOST_WAITING:
            super().data_received(data, component)

    def check_incoming(self, message: Message, addr: Place, protocol: StunProtocol) -> None:
        """Take a request that has proved to know the password."""
        if addr not in self.heard:
            if len(self.heard) >= _MOST_PLACES or "PRIORITY" not in message.attributes:
                return
            self.heard.add(addr)
        super().check_incoming(message, addr, protocol)

    def check_complete(self, pair: CandidatePair) -> None:
        """Notice which way the browser has chosen."""
        super().check_complete(pair)
        if pair.nominated and isinstance(pair.protocol.transport, SocketTransport):
            self._on_way(pair.protocol.transport, pair.remote_addr)

    def respond_error(
        self, request: Message, addr: Place, protocol: StunProtocol, error_code: tuple[int, str]
    ) -> None:
        """Answer nobody who has not proved to know the password."""
        if error_code[0] == _WRONG_ROLE:
            super().respond_error(request, addr, protocol, error_code)

    async def query_consent(self) -> None:
        """The relay asks by itself, and more often."""

    def ask(self, answered: Callable[[float], None]) -> None:
        """Ask the browser itself whether it is there; `answered` is told after how many seconds."""
        if (pair := self._nominated.get(1)) is None or self.remote_password is None:
            return
        key = self.remote_password.encode()
        request = self.build_request(pair, nominate=False)
        request.add_message_integrity(key)
        protocol = pair.protocol
        protocol.transactions[request.transaction_id] = _Question(key, answered)  # type: ignore[assignment]
        self._asked.append((protocol, request.transaction_id))
        if len(self._asked) > _MOST_ASKED:
            oldest, number = self._asked.popleft()
            oldest.transactions.pop(number, None)
        protocol.send_stun(request, pair.remote_addr)


class _Question:
    """One of our requests, in the place of aioice's own."""

    def __init__(self, key: bytes, answered: Callable[[float], None]) -> None:
        self._key = key
        self._answered: Callable[[float], None] | None = answered
        self._loop = asyncio.get_running_loop()
        self._at = self._loop.time()

    def response_received(self, message: Message, addr: Place) -> None:
        """Take the first answer that knows the password."""
        answered = self._answered
        if not answered or message.message_class != Class.RESPONSE:
            return
        if message.check_message_integrity(self._key):
            self._answered = None
            answered(self._loop.time() - self._at)


class NotesReceiver(Protocol):
    """What hears the packets of the data channels."""

    async def _handle_data(self, data: bytes) -> None: ...


class Transports:
    """ICE and DTLS of one leg, as aiortc has them."""

    def __init__(self, connection: LegConnection, certificate: RTCCertificate) -> None:
        self.gatherer = RTCIceGatherer(iceServers=[])
        self.gatherer._connection = connection
        self.ice = RTCIceTransport(self.gatherer)
        self.dtls = RTCDtlsTransport(self.ice, [certificate])

    def ciphers(self) -> tuple[Any, Any]:
        """Return libsrtp's sessions, inbound and outbound, once the handshake is done."""
        return self.dtls._rx_srtp._srtp[0], self.dtls._tx_srtp._srtp[0]

    def hear_notes(self, receiver: NotesReceiver) -> None:
        """Hand what comes of data channels to `receiver`, packet by packet."""
        self.dtls._register_data_receiver(receiver)

    async def send_notes(self, data: bytes) -> None:
        """Send a packet of the data channels, or drop it."""
        try:
            await self.dtls._send_data(data)
        except ConnectionError:
            return
