"""A relay, and two who meet on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from media.relay.relay import Relay
from media.relay.terms import Counts, LegKey, RelaySettings, Side
from tests.media.relay.peer import CHROMIUM, FIREFOX, HOME, Numbers, Peer

SETTINGS = RelaySettings(addresses=(HOME,), ports=(40_000, 59_999))


async def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


class Meeting:
    """A relay with who has joined, and what it told of them."""

    def __init__(self, settings: RelaySettings = SETTINGS) -> None:
        self.relay = Relay(settings)
        self.up: list[LegKey] = []
        self.down: list[LegKey] = []
        self.peers: list[Peer] = []
        self.relay.on_up = self.up.append
        self.relay.on_down = self.down.append

    async def join(
        self,
        side: Side,
        numbers: Numbers = CHROMIUM,
        pair: int = 1,
        talk_id: int = 7,
        **offer: Any,
    ) -> Peer:
        """Let somebody connect, and wait until they are up."""
        peer = Peer(numbers, **offer)
        self.peers.append(peer)
        key = LegKey(talk_id, pair, side)
        await peer.accept(await self.relay.answer(key, await peer.offer()))
        await until(lambda: key in self.up)
        return peer

    def counts(self, side: Side, pair: int = 1, talk_id: int = 7) -> Counts:
        """What has moved at a leg that is there."""
        counts = self.relay.counts(LegKey(talk_id, pair, side))
        assert counts
        return counts

    async def close(self) -> None:
        """End all."""
        await self.relay.close()
        for peer in self.peers:
            await peer.vanish()


@pytest.fixture
async def meeting() -> AsyncIterator[Meeting]:
    """A relay."""
    opened = Meeting()
    yield opened
    await opened.close()


@pytest.fixture
async def two(meeting: Meeting) -> tuple[Peer, Peer]:
    """A caller like Chromium, and a cast like Firefox."""
    return await meeting.join("caller"), await meeting.join("cast", FIREFOX)
