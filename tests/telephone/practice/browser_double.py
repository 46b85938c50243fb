"""A page with the practice telephones as tests have it: of its own peer connections, or of none."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, ClassVar

from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from av import AudioFrame

from telephone.practice.mouth import PracticeMouth
from telephone.practice.page import PracticePage
from telephone.practice.speech import _also_at

HERE = "127.0.0.1"


class SilentSpeech:
    """A connection without a network: it is connected when a test says so."""

    made: ClassVar[list["SilentSpeech"]] = []

    def __init__(
        self, mouth: PracticeMouth, hear: Callable[[bytes], None], lost: Callable[[], None]
    ) -> None:
        self.connected, self.mouth, self.hear, self.lost = asyncio.Event(), mouth, hear, lost
        self.closed = False
        self.made.append(self)

    async def answer(self, offer: str) -> str:
        if not offer:
            raise ValueError("no offer")
        return f"answer to {offer}"

    async def close(self) -> None:
        self.closed = True


class ToldPage:
    """What a page was told, and what it says."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.gone = False
        self.page: PracticePage | None = None
        self._news = asyncio.Event()

    def tell(self, text: str | None) -> None:
        if text is None:
            self.gone = True
        else:
            self.told.append(json.loads(text))
        self._news.set()

    async def does(self, phone: str, do: str, value: str = "", offer: str = "") -> None:
        assert self.page is not None
        await self.page.hear(json.dumps({"phone": phone, "do": do, "value": value, "offer": offer}))

    def state(self, phone: str) -> dict[str, Any]:
        return [one for one in self.told if one["phone"] == phone and "state" in one][-1]

    def answer(self, phone: str) -> str:
        found = [one["answer"] for one in self.told if one["phone"] == phone and "answer" in one]
        return str(found[-1])

    async def sees(self, phone: str, state: str) -> dict[str, Any]:
        """Wait until a telephone shows a state."""
        async with asyncio.timeout(20):
            while self.state(phone)["state"] != state:
                self._news.clear()
                await self._news.wait()
        return self.state(phone)


class BrowserPhone:
    """A page's connection for one call, which says a tone and keeps what it hears."""

    def __init__(self, page: ToldPage, phone: str, said: bytes) -> None:
        self._page, self._phone = page, phone
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("track", self._begin)
        self._mouth = PracticeMouth()
        self._said = said
        self._tasks: list[asyncio.Task[None]] = []
        self.heard = bytearray()

    def _begin(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                assert frame.sample_rate == 8000
                self.heard += bytes(frame.planes[0])[: frame.samples * 2]
        except MediaStreamError:
            return

    async def offers(self) -> str:
        self._connection.addTrack(self._mouth)
        _also_at(self._connection.getTransceivers()[0].sender.transport.transport.iceGatherer, HERE)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        self._mouth.begin((self._said,))
        return self._connection.localDescription.sdp

    async def takes(self) -> None:
        told = RTCSessionDescription(self._page.answer(self._phone), "answer")
        await self._connection.setRemoteDescription(told)

    async def picks_up(self) -> None:
        await self._page.does(self._phone, "answer", offer=await self.offers())
        await self.takes()

    async def dials(self, number: str) -> None:
        await self._page.does(self._phone, "dial", number, await self.offers())
        await self.takes()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._connection.close()
