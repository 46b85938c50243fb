"""A leg: one browser's connection to the relay, from its offer to its end."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aioice.ice import StunProtocol
from aiortc import RTCCertificate

from media.relay import rtcp
from media.relay.answers import Own, write_answer
from media.relay.flows import Stream
from media.relay.inner import LegConnection, PacketBuffer, Transports
from media.relay.notes import Notes
from media.relay.offers import LegOffer
from media.relay.passage import Passage
from media.relay.sockets import SocketTransport
from media.relay.tally import Tally
from media.relay.terms import Counts, Kind, LegKey, RelaySettings

CLOSE_SECONDS = 5.0
# A browser that has just shown itself is not asked, but now and then for the time it takes.
ASK_SECONDS, ASK_AGAIN_SECONDS = 0.4, 2.0
# A picture that needs none before it is large.
PICTURE_SECONDS = 0.5


class Leg:
    """One browser's connection. `up` once media may pass; `down` where it will not any more."""

    def __init__(
        self,
        key: LegKey,
        offer: LegOffer,
        settings: RelaySettings,
        buffer: PacketBuffer,
        tally: Tally,
        certificate: RTCCertificate,
    ) -> None:
        self.key, self.offer, self.up = key, offer, False
        self.passage = Passage(settings, buffer, tally)
        self._settings, self._certificate = settings, certificate
        self._loop = asyncio.get_running_loop()
        self._connection = LegConnection(
            settings.addresses, settings.ports, self._open, self._choose
        )
        self.passage.heard = self._connection.heard
        self.passage.handshake = partial(self._connection.data_received, component=1)
        self._transports = Transports(self._connection, certificate)
        self.notes = Notes(self._transports.send_notes)
        self.own = _own_streams(offer)
        self._rtt = 0.0
        self._asked_at = self._picture_at = float("-inf")
        self._alone_since = 0.0

    def _open(self, transport: SocketTransport, protocol: StunProtocol) -> None:
        receive = transport.socket.recvfrom_into
        transport.listen(partial(self.passage.read, receive, protocol.datagram_received))

    def _choose(self, transport: SocketTransport, place: tuple[str, int]) -> None:
        self.passage.outlet.go(transport.socket.sendto, place)

    async def prepare(self) -> str:
        """Open the sockets and return the answer. Raises RelayError."""
        gatherer = self._transports.gatherer
        await gatherer.gather()
        prints = self._certificate.getFingerprints()
        own = Own(
            ice=gatherer.getLocalParameters(),
            fingerprint=next(each.value for each in prints if each.algorithm == "sha-256"),
            candidates=tuple(gatherer.getLocalCandidates()),
            streams=self.own,
        )
        return write_answer(self.offer, own)

    async def connect(self, on_gone: Callable[[], None]) -> bool:
        """Wait for the browser and shake hands; say whether that came about in time."""
        ice, dtls = self._transports.ice, self._transports.dtls
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                await ice.start(self.offer.ice)
                if ice.state == "completed":
                    await dtls.start(self.offer.dtls)
        except TimeoutError:
            return False
        if dtls.state != "connected":
            return False
        dtls.on("statechange", on_gone)
        self._transports.hear_notes(self.notes)
        self._begin()
        return True

    def _begin(self) -> None:
        passage = self.passage
        for kind, line in self.offer.lines.items():
            for ssrc, repeats in ((line.ssrc, False), (line.again_ssrc, True)):
                if ssrc is not None:
                    stream = Stream(kind, ssrc, passage.flows[kind], repeats=repeats)
                    passage.streams[ssrc] = stream
                    passage.ssrcs[ssrc] = ssrc
        passage.open(self._transports.ciphers())
        self._alone_since = self._loop.time()
        self.up = True

    def look(self, now: float) -> bool:
        """Ask the browser whether it is there, twice a second; False: it is not, or in vain."""
        self.passage.renew()
        self.notes.renew()
        if not self.up:
            return True
        silent = now - self.passage.proved_at
        if silent >= ASK_SECONDS or now - self._asked_at >= ASK_AGAIN_SECONDS:
            self._asked_at = now
            self._connection.ask(self._answered)
        if self.passage.peer is not None:
            self._alone_since = now
        alone = now - self._alone_since
        return silent < self._settings.silent_seconds and alone < self._settings.alone_seconds

    def _answered(self, seconds: float) -> None:
        self._rtt = seconds if not self._rtt else (7 * self._rtt + seconds) / 8
        self.passage.prove(self._loop.time())

    def ask_picture(self) -> None:
        """Ask the browser for a picture that needs none before it, at most twice a second."""
        line = self.offer.lines.get("video")
        now = self._loop.time()
        if not self.up or not line or line.ssrc is None:
            return
        if now - self._picture_at >= PICTURE_SECONDS:
            self._picture_at = now
            self.passage.outlet.tell(rtcp.picture_wanted(self.own["video"][0], line.ssrc))

    def counts(self) -> Counts:
        """Return what has moved up to now."""
        passage, now = self.passage, self._loop.time()
        return Counts(
            audio=passage.flows["audio"].counts(now),
            video=passage.flows["video"].counts(now),
            packets=passage.outlet.sent,
            lost=passage.lost,
            rtt_ms=round(1000 * self._rtt),
        )

    async def close(self) -> None:
        """Say farewell and close the sockets."""
        self.up = False
        self.passage.close()
        self.notes.peer = None
        self._transports.dtls.remove_all_listeners()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._transports.dtls.stop()
                await self._transports.ice.stop()
        await self._connection.close()


def _own_streams(offer: LegOffer) -> dict[Kind, tuple[int, int]]:
    """The SSRCs under which the other side's media reach this browser."""
    taken = {ssrc for line in offer.lines.values() for ssrc in (line.ssrc, line.again_ssrc)}
    taken.add(0)

    def another() -> int:
        while (ssrc := secrets.randbits(32)) in taken:
            pass
        taken.add(ssrc)
        return ssrc

    return {kind: (another(), another()) for kind in offer.lines}
