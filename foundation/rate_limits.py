"""How often something may happen: counted in this process or, for several, in Redis."""

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

MOST_KEYS = 50_000


class RateLimits(Protocol):
    """Counts hits on a key in fixed windows of time."""

    async def hit(self, key: str, limit: int, seconds: float) -> bool:
        """Count one hit; return whether it is within `limit` hits in `seconds`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class MemoryRateLimits:
    """Limits of one process, at most `most_keys` of them; the one unused longest goes first."""

    def __init__(
        self, *, most_keys: int = MOST_KEYS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most_keys = most_keys
        self._clock = clock
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def hit(self, key: str, limit: int, seconds: float) -> bool:
        now = self._clock()
        ends, count = self._windows.pop(key, (0.0, 0))
        if now >= ends:
            ends, count = now + seconds, 0
        self._windows[key] = (ends, count + 1)
        while len(self._windows) > self._most_keys:
            self._windows.popitem(last=False)
        return count < limit

    async def close(self) -> None:
        self._windows.clear()


# One round trip, and no key can be left without an end.
_HIT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
"""


class RedisRateLimits:
    """Limits that all processes of the site share.

    While Redis does not answer, each process counts for itself: people can still sign in, and
    a guesser still meets a limit.
    """

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        self._script = self._redis.register_script(_HIT)
        self._fallback = MemoryRateLimits()

    async def hit(self, key: str, limit: int, seconds: float) -> bool:
        # Hashed: a key may hold an address or an e-mail, which Redis need not know.
        name = "hitotoki:limit:" + blake2b(key.encode(), digest_size=16).hexdigest()
        try:
            count = await self._script(keys=[name], args=[max(1, int(seconds * 1000))])
        except (RedisError, OSError) as error:
            log.warning("limits.redis_unreachable", error=str(error))
            return await self._fallback.hit(key, limit, seconds)
        return int(count) <= limit

    async def close(self) -> None:
        await self._redis.aclose()


def rate_limits_for(redis_url: str | None) -> RateLimits:
    """Return the limits that suit the site: shared when there is a Redis, else this process's."""
    return RedisRateLimits(redis_url) if redis_url else MemoryRateLimits()
