"""That the trunk knows where we are; whether it does is told to `Health`."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from baresip import BaresipError, Event, UserAgent
from baresip.events import StackEvent

from telephone.port import Away
from telephone.trunk.health import Health

# Between two registrations while the trunk is away.
AGAIN_SECONDS = 5.0


class TrunkRegistration:
    """One account's registration; `work` has something done beside."""

    def __init__(
        self, agent: UserAgent, health: Health, work: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self._agent, self._health, self._work = agent, health, work
        agent.on(self._happened)
        work(self._register())

    async def _register(self) -> None:
        # What comes of it is told as an event, also each later time.
        with contextlib.suppress(BaresipError):
            await self._agent.register()

    def _happened(self, event: StackEvent) -> None:
        if event.event is Event.REGISTER_OK:
            self._health.registered()
        elif event.event is Event.REGISTER_FAIL:
            self._health.not_registered(event.text or "")
            self._work(self._register_again())

    async def _register_again(self) -> None:
        # baresip by itself waits for up to a minute. Who is refused isn't asked so often: some
        # providers lock out whoever knocks with a wrong password.
        await asyncio.sleep(AGAIN_SECONDS)
        if self._health.away in (Away.SILENT, Away.UNAVAILABLE):
            await self._register()
