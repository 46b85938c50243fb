"""Speech between a page in the browser and the gateway: WebRTC, in G.711 as telephones speak it.

Every browser has PCMU (RFC 7874), so nothing is resampled on the way from one telephone to another.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Protocol

from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceGatherer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from av import AudioFrame

from telephone.practice.mouth import PracticeMouth

CODEC = "audio/PCMU"
CLOSE_SECONDS = 4.0
# Where the page says that it can be reached: the gateway goes to none of these by itself, only
# who knows its password is answered, from wherever they have shown to.
_WHERE = re.compile(r"^a=(candidate:.*|end-of-candidates)\r?\n?", re.MULTILINE)
_MEDIA = re.compile(r"^m=", re.MULTILINE)


class BrowserSpeech(Protocol):
    """One connection with a page."""

    # Speech may pass.
    connected: asyncio.Event

    async def answer(self, offer: str) -> str:
        """Return the answer to a page's offer (SDP). Raises ValueError for what is none."""

    async def close(self) -> None:
        """Let go of it, at most after some seconds."""


class OpensSpeech(Protocol):
    """What makes connections with pages."""

    def __call__(
        self, mouth: PracticeMouth, hear: Callable[[bytes], None], lost: Callable[[], None]
    ) -> BrowserSpeech:
        """Return a connection: it sends what `mouth` says, tells `hear` what comes, `lost` once."""


class WebRtcSpeech:
    """A connection by aiortc; `address` is where the page has reached the site."""

    def __init__(
        self,
        mouth: PracticeMouth,
        hear: Callable[[bytes], None],
        lost: Callable[[], None],
        *,
        address: str,
    ) -> None:
        self.connected = asyncio.Event()
        self._mouth, self._hear, self._lost, self._address = mouth, hear, lost, address
        # No STUN server: whoever tries this site out is near.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("track", self._begin)
        self._connection.on("connectionstatechange", self._changed)
        self._hears: asyncio.Task[None] | None = None

    async def answer(self, offer: str) -> str:
        """Return the answer to a page's offer (SDP). Raises ValueError for what is none."""
        if len(_MEDIA.findall(offer)) != 1:
            raise ValueError("an offer has one medium here")
        told = RTCSessionDescription(_WHERE.sub("", offer), "offer")
        self._connection.addTrack(self._mouth)
        for transceiver in self._connection.getTransceivers():
            self._prepare(transceiver)
        await self._connection.setRemoteDescription(told)
        answer = await self._connection.createAnswer()
        await self._connection.setLocalDescription(answer)
        return self._connection.localDescription.sdp

    def _prepare(self, transceiver: RTCRtpTransceiver) -> None:
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([one for one in codecs if one.mimeType == CODEC])
        _also_at(transceiver.sender.transport.transport.iceGatherer, self._address)

    def _begin(self, track: MediaStreamTrack) -> None:
        self._hears = asyncio.create_task(self._listen(track), name="practice telephone")

    async def _listen(self, track: MediaStreamTrack) -> None:
        # What is not taken would be kept.
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self._hear(bytes(frame.planes[0])[: frame.samples * 2])

    def _changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state in ("failed", "closed"):
            self._lost()

    async def close(self) -> None:
        """Let go of it, at most after some seconds."""
        if self._hears is not None:
            self._hears.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._connection.close()


def _also_at(gatherer: RTCIceGatherer, address: str) -> None:
    """Be reached where the site is, too.

    aioice leaves out the machine's own loopback, by which a browser on it comes even without any
    network. `tests/telephone/practice/test_speech.py` fails where a version of it changes this.
    """
    connection = gatherer._connection
    gather = connection.get_component_candidates

    async def with_address(component: int, addresses: list[str], timeout: int = 5) -> object:
        return await gather(component, [*dict.fromkeys((address, *addresses))], timeout)

    connection.get_component_candidates = with_address  # type: ignore[assignment,method-assign]
