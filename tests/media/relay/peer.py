"""A browser's stand-in: it speaks ICE, DTLS and SRTP, and sends what a test wants it to."""

import asyncio
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aioice.ice import StunProtocol
from aiortc import RTCCertificate, RTCDtlsParameters, RTCIceParameters
from aiortc.rtcicetransport import candidate_to_aioice
from aiortc.sdp import SessionDescription

from media.relay.inner import (
    LegConnection,
    PacketBuffer,
    Transports,
    protect,
    protect_rtcp,
    unprotect,
    unprotect_rtcp,
)
from media.relay.offers import ARRIVALS, LEVEL
from media.relay.sockets import SocketTransport
from media.relay.terms import Kind, MediaAddress

HOME = MediaAddress("127.0.0.1", "127.0.0.1")
SECONDS = 20


@dataclass(frozen=True)
class Numbers:
    """The payload types and extension ids that a browser gives; others give others."""

    opus: int = 111
    vp8: int = 96
    vp8_again: int = 97
    h264: int = 106
    h264_again: int = 107
    arrivals: int = 3
    level: int = 1


CHROMIUM = Numbers()
FIREFOX = Numbers(opus=109, vp8=120, vp8_again=124, h264=126, h264_again=127, arrivals=7, level=1)


@dataclass
class Names:
    """The SSRCs of what a browser sends."""

    audio: int = field(default_factory=lambda: secrets.randbits(31) + 1)
    video: int = field(default_factory=lambda: secrets.randbits(31) + 1)
    again: int = field(default_factory=lambda: secrets.randbits(31) + 1)


def offer_of(
    numbers: Numbers,
    names: Names,
    ice: RTCIceParameters,
    fingerprint: str,
    formats: tuple[str, ...] = ("vp8", "h264"),
    video: bool = True,
    notes: bool = True,
) -> str:
    """An offer as browsers make them, without what the relay does not look at."""
    way = [
        f"a=ice-ufrag:{ice.usernameFragment}", f"a=ice-pwd:{ice.password}",
        f"a=fingerprint:sha-256 {fingerprint}", "a=setup:actpass",
    ]  # fmt: skip
    media = [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {numbers.opus} 0", "c=IN IP4 0.0.0.0", *way,
        "a=mid:0", "a=sendrecv", "a=rtcp-mux",
        f"a=extmap:{numbers.level} {LEVEL}", f"a=extmap:{numbers.arrivals} {ARRIVALS}",
        f"a=rtpmap:{numbers.opus} opus/48000/2", f"a=rtcp-fb:{numbers.opus} transport-cc",
        f"a=fmtp:{numbers.opus} minptime=10;useinbandfec=1", "a=rtpmap:0 PCMU/8000",
        f"a=ssrc:{names.audio} cname:somebody",
    ]  # fmt: skip
    if video:
        media += _video(numbers, names, formats, way)
    if notes:
        media += ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", *way,
                  "a=mid:2", "a=sctp-port:5000", "a=max-message-size:262144"]  # fmt: skip
    bundle = " ".join(line.removeprefix("a=mid:") for line in media if line.startswith("a=mid:"))
    head = ["v=0", "o=- 7 2 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {bundle}"]
    return "".join(f"{line}\r\n" for line in [*head, *media])


def _video(numbers: Numbers, names: Names, formats: tuple[str, ...], way: list[str]) -> list[str]:
    known = {
        "vp8": (numbers.vp8, numbers.vp8_again, "VP8/90000", ""),
        "h264": (numbers.h264, numbers.h264_again, "H264/90000",
                 "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
    }  # fmt: skip
    types = [number for name in formats for number in known[name][:2]]
    lines = [
        f"m=video 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}", "c=IN IP4 0.0.0.0", *way,
        "a=mid:1", "a=sendrecv", "a=rtcp-mux", f"a=extmap:{numbers.arrivals} {ARRIVALS}",
    ]  # fmt: skip
    for name in formats:
        number, again, rtpmap, fmtp = known[name]
        lines += [f"a=rtpmap:{number} {rtpmap}", f"a=rtpmap:{again} rtx/90000"]
        lines += [f"a=rtcp-fb:{number} {each}" for each in
                  ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")]  # fmt: skip
        lines += [f"a=fmtp:{again} apt={number}"]
        lines += [f"a=fmtp:{number} {fmtp}"] if fmtp else []
    lines += [f"a=ssrc-group:FID {names.video} {names.again}"]
    return lines + [f"a=ssrc:{ssrc} cname:somebody" for ssrc in (names.video, names.again)]


def rtp_packet(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes = b"sound",
    *,
    marker: bool = False,
    extension: bytes = b"",
) -> bytes:
    """An RTP packet; `extension` are one-byte elements, padded to four."""
    head = struct.pack(
        "!BBHII", 144 if extension else 128, marker << 7 | payload_type,
        sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc,
    )  # fmt: skip
    if extension:
        assert len(extension) % 4 == 0
        head += struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension
    return head + payload


class Peer:
    """One that talks with the relay. `heard` and `told` are the RTP and RTCP that came to it."""

    def __init__(
        self, numbers: Numbers = CHROMIUM, address: MediaAddress = HOME, **offer: Any
    ) -> None:
        self.numbers, self.names, self._offer = numbers, Names(), offer
        self.heard: list[bytes] = []
        self.told: list[bytes] = []
        self.notes: list[bytes] = []
        self.on_packet: Callable[[], None] = lambda: None
        self.deaf = False
        self.buffer = PacketBuffer()
        self._certificate = RTCCertificate.generateCertificate()
        self.connection = LegConnection((address,), (20_000, 39_999), self._open, self._choose)
        self.connection.ice_controlling = True
        self.transports = Transports(self.connection, self._certificate)
        self.transport: SocketTransport | None = None
        self.place: tuple[str, int] = ("", 0)
        self.inbound: Any = None
        self.outbound: Any = None
        # What the relay told of the streams that come: kind -> SSRC, and of repetitions.
        self.coming: dict[Kind, tuple[int, ...]] = {}

    def _open(self, transport: SocketTransport, protocol: StunProtocol) -> None:
        self.transport = transport
        transport.listen(lambda: self._read(transport, protocol))

    def _choose(self, transport: SocketTransport, place: tuple[str, int]) -> None:
        self.place = place

    def _read(self, transport: SocketTransport, protocol: StunProtocol) -> None:
        octets, length = self.buffer.octets, self.buffer.length
        while True:
            try:
                size, place = transport.socket.recvfrom_into(octets, 1501)
            except OSError:
                return
            if self.deaf:
                continue
            if not 128 <= octets[0] < 192:
                protocol.datagram_received(bytes(self.buffer.view[:size]), place)
            elif self.inbound is not None:
                length[0] = size
                reports = 192 <= octets[1] < 224
                way = unprotect_rtcp if reports else unprotect
                if way(self.inbound, self.buffer.data, length) == 0:
                    kept = self.told if reports else self.heard
                    kept.append(bytes(self.buffer.view[: length[0]]))
                    self.on_packet()

    async def offer(self) -> str:
        """Make an offer."""
        await self.transports.gatherer.gather()
        prints = self._certificate.getFingerprints()
        mine = next(each.value for each in prints if each.algorithm == "sha-256")
        ice = self.transports.gatherer.getLocalParameters()
        return offer_of(self.numbers, self.names, ice, mine, **self._offer)

    async def accept(self, answer: str) -> None:
        """Connect as the answer says. The one who answered goes first."""
        await self.connect(answer, "server")
        for media in SessionDescription.parse(answer).media:
            if media.kind != "application":
                kind: Kind = "video" if media.kind == "video" else "audio"
                self.coming[kind] = tuple(each.ssrc for each in media.ssrc)

    async def connect(self, description: str, role: str) -> None:
        """Connect with whom the other's description tells, in that role of the handshake."""
        media = SessionDescription.parse(description).media[0]
        assert media.ice
        assert media.dtls
        for candidate in media.ice_candidates:
            await self.connection.add_remote_candidate(candidate_to_aioice(candidate))
        theirs = RTCDtlsParameters(media.dtls.fingerprints, "client")
        async with asyncio.timeout(SECONDS):
            await self.transports.ice.start(media.ice)
            self.transports.dtls._set_role(role)
            await self.transports.dtls.start(theirs)
        assert self.transports.dtls.state == "connected"
        self.inbound, self.outbound = self.transports.ciphers()
        self.transports.hear_notes(self)

    async def _handle_data(self, data: bytes) -> None:
        self.notes.append(data)

    def protected(self, packet: bytes, *, reports: bool = False) -> bytes:
        """Protect a packet as this peer."""
        self.buffer.octets[: len(packet)] = packet
        self.buffer.length[0] = len(packet)
        way = protect_rtcp if reports else protect
        assert way(self.outbound, self.buffer.data, self.buffer.length) == 0
        return bytes(self.buffer.view[: self.buffer.length[0]])

    def raw(self, datagram: bytes) -> None:
        """Send octets as they are."""
        assert self.transport
        self.transport.sendto(datagram, self.place)

    def send(self, packet: bytes) -> None:
        """Send an RTP packet."""
        self.raw(self.protected(packet))

    def tell(self, packet: bytes) -> None:
        """Send an RTCP packet."""
        self.raw(self.protected(packet, reports=True))

    async def close(self) -> None:
        """Be gone, with a farewell."""
        await self.transports.dtls.stop()
        await self.transports.ice.stop()
        await self.connection.close()

    async def vanish(self) -> None:
        """Be gone without a word."""
        await self.connection.close()
