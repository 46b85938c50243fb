"""Places for slow work that waits for somebody else: so many in all, so many for one of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from foundation.threads import CrowdedError


class Places:
    """`most` places in all; as many may wait for one, or `waiting`.

    Whoever takes one names its keys, and how many places each of them may have at once.
    """

    def __init__(self, most: int, waiting: int | None = None) -> None:
        self._most = most
        self._most_waiting = most if waiting is None else waiting
        self.taken = 0
        self._by_key = Counter[str]()
        # In the order in which they came.
        self._waiting = dict[asyncio.Future[None], None]()

    @asynccontextmanager
    async def place(
        self, limits: Mapping[str, int] | None = None, seconds: float = 0
    ) -> AsyncIterator[None]:
        """Hold a place while the block runs; `limits` are its keys, and what each of them may have.

        Where none is free, wait for `seconds`. Raises CrowdedError.
        """
        keys = limits or {}
        until = asyncio.get_running_loop().time() + seconds
        while not self._is_free(keys):
            await self._wait(until)
        self.taken += 1
        self._by_key.update(keys.keys())
        try:
            yield
        finally:
            self._leave(keys)

    def _is_free(self, keys: Mapping[str, int]) -> bool:
        within = all(self._by_key[key] < most for key, most in keys.items())
        return within and self.taken < self._most

    async def _wait(self, until: float) -> None:
        """Wait until somebody leaves. Raises CrowdedError where nobody does by then."""
        loop = asyncio.get_running_loop()
        if loop.time() >= until or len(self._waiting) >= self._most_waiting:
            raise CrowdedError
        left = loop.create_future()
        self._waiting[left] = None
        try:
            async with asyncio.timeout_at(until):
                await left
        except TimeoutError:
            raise CrowdedError from None
        finally:
            del self._waiting[left]

    def _leave(self, keys: Mapping[str, int]) -> None:
        self.taken -= 1
        self._by_key.subtract(keys.keys())
        for key in keys:
            if not self._by_key[key]:
                del self._by_key[key]
        for left in self._waiting:
            if not left.done():
                left.set_result(None)
