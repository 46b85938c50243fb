"""Limits hold, end, and are bounded; several processes share one through Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from foundation.embedded import EmbeddedValkey
from foundation.ids import new_token
from foundation.rate_limits import MemoryRateLimits, RateLimits, RedisRateLimits, rate_limits_for


@pytest.fixture(params=["memory", "redis"])
async def limits(
    request: pytest.FixtureRequest, valkey: EmbeddedValkey
) -> AsyncIterator[RateLimits]:
    made = rate_limits_for(valkey.url if request.param == "redis" else None)
    yield made
    await made.close()


async def test_the_limit_is_allowed_and_one_more_is_not(limits: RateLimits) -> None:
    key = new_token()
    assert [await limits.hit(key, 3, 60) for _ in range(5)] == [True, True, True, False, False]


async def test_one_key_does_not_use_up_another(limits: RateLimits) -> None:
    first, second = new_token(), new_token()
    assert not await limits.hit(first, 0, 60)
    assert await limits.hit(second, 1, 60)


async def test_a_window_ends(limits: RateLimits) -> None:
    ends, goes_on = new_token(), new_token()
    assert await limits.hit(ends, 1, 0.2)
    assert await limits.hit(goes_on, 1, 600)
    # On a slow machine a window has ended by now, and another begins.
    await limits.hit(ends, 1, 0.2)
    await asyncio.sleep(0.25)
    assert await limits.hit(ends, 1, 0.2)
    assert not await limits.hit(goes_on, 1, 600)


async def test_tries_beyond_the_limit_do_not_prolong_it() -> None:
    times = iter([0.0, 5.0, 9.0, 10.0])
    limits = MemoryRateLimits(clock=lambda: next(times))
    assert [await limits.hit("key", 1, 10) for _ in range(4)] == [True, False, False, True]


async def test_memory_is_bounded_and_forgets_what_was_unused_longest() -> None:
    limits = MemoryRateLimits(most_keys=2)
    await limits.hit("a", 1, 60)
    await limits.hit("b", 1, 60)
    await limits.hit("a", 1, 60)
    await limits.hit("c", 1, 60)
    assert not await limits.hit("a", 1, 60)
    assert await limits.hit("b", 1, 60)


async def test_two_processes_share_one_limit(valkey: EmbeddedValkey) -> None:
    key = new_token()
    one, other = RedisRateLimits(valkey.url), RedisRateLimits(valkey.url)
    results = [await each.hit(key, 2, 60) for each in (one, other, one, other)]
    assert results == [True, True, False, False]
    await one.close()
    await other.close()


async def test_without_redis_each_process_counts_for_itself() -> None:
    limits = RedisRateLimits("redis://127.0.0.1:1")
    assert [await limits.hit("key", 1, 60) for _ in range(2)] == [True, False]
    await limits.close()
