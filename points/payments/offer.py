"""Which ways to pay the site offers: learned from the provider, kept for a while, learned again.

Nobody's page waits for the provider once something is known.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from foundation import background
from foundation.database import Database
from foundation.log import note_failure
from points.payments.provider import Provider, ProviderError
from points.payments.troubles import attended
from points.payments.ways import LEAST, Ways

log = structlog.get_logger(__name__)

TERM_SECONDS = 600
# After a failure. Until then what was known before holds.
AGAIN_SECONDS = 60
PATIENCE_SECONDS = 3


class PayOffer:
    """The ways to pay of a site that sells, as far as they are known in this process."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._provider = provider
        self._clock = clock
        self._known: Ways | None = None
        self._until = clock()
        self._learning: asyncio.Task[None] | None = None

    @property
    def known(self) -> Ways:
        """The ways as they were last learned; before that, what nearly every account has."""
        return self._known or LEAST

    async def now(self) -> Ways:
        """Return the ways; who comes first waits for the provider, but not for long."""
        if self._clock() >= self._until:
            self.learn()
        if self._known is None and self._learning is not None:
            await asyncio.wait({self._learning}, timeout=PATIENCE_SECONDS)
        return self.known

    def learn(self) -> None:
        """Begin to ask the provider, unless that is under way."""
        if self._learning is None:
            self._learning = asyncio.create_task(self._learn(), name="payments.offer")

    async def _learn(self) -> None:
        try:
            async with attended(self._database):
                self._known = await self._provider.ways()
            self._until = self._clock() + TERM_SECONDS
        except ProviderError:
            self._until = self._clock() + AGAIN_SECONDS
        except Exception as error:
            self._until = self._clock() + AGAIN_SECONDS
            note_failure(log, "payments.ways_unknown", error)
        finally:
            self._learning = None

    async def close(self) -> None:
        """Stop asking."""
        if self._learning is not None:
            await background.end(self._learning)
