"""A relay that carries nothing, and says what tests want it to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from media.control.line import Recorder
from media.control.link import PATH
from media.control.messages import HostState
from media.control.server import ControlServer
from media.hosts import MediaHost
from media.relay.terms import Counts, KindCounts, LegKey, RelayError

SECRET = "a secret of the tests, long enough"


@dataclass
class FakePlane:
    """Answers each offer with a word of its own."""

    offers: list[tuple[LegKey, str]] = field(default_factory=list)
    counted: dict[LegKey, Counts] = field(default_factory=dict)
    refuses: RelayError | None = None
    holds: asyncio.Event | None = None

    async def answer(self, key: LegKey, offer_sdp: str) -> str:
        self.offers.append((key, offer_sdp))
        if self.holds is not None:
            await self.holds.wait()
        if self.refuses is not None:
            raise self.refuses
        return f"v=0 answer {key.side} {key.pair}"

    def counts(self, key: LegKey) -> Counts | None:
        return self.counted.get(key)


def moved(came: int, passed: int, *, ago: int | None = 0) -> Counts:
    """Counts of a leg from which, and to which, so much of both kinds has just gone."""
    kind = KindCounts(came, ago if came else None, passed, ago if passed else None)
    return Counts(kind, kind, 100, 1, 20)


@asynccontextmanager
async def control_door(
    plane: FakePlane, *, host_id: int = 1, secret: str = SECRET, recorder: Recorder | None = None
) -> AsyncIterator[tuple[ControlServer, MediaHost]]:
    """A media process's door on a real port."""
    door = ControlServer(
        plane, secret, lambda: HostState(host_id=host_id, legs=0, draining=False), recorder
    )
    application = web.Application()
    application.router.add_get(PATH, door.handle)
    server = TestServer(application)
    await server.start_server()
    try:
        yield door, MediaHost(host_id, f"ws://127.0.0.1:{server.port}")
    finally:
        await door.close()
        await server.close()
