"""Slow work is bounded, whoever still waits for it."""

import asyncio
import threading

import pytest

from foundation.threads import CrowdedError, Threads


async def test_what_a_thread_returns_and_raises_comes_back() -> None:
    threads = Threads("test", 1, most=1)
    assert await threads.run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


async def test_work_keeps_its_place_until_it_is_done_though_nobody_waits_for_it() -> None:
    threads, go_on = Threads("test", 1, most=1), threading.Event()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await threads.run(go_on.wait)
        with pytest.raises(CrowdedError):
            await threads.run(lambda: 7)
    finally:
        go_on.set()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await threads.run(lambda: 7) == 7
                break
            except CrowdedError:
                await asyncio.sleep(0.01)


async def test_work_that_was_given_up_before_its_turn_is_not_begun() -> None:
    threads, go_on, begun = Threads("test", 1, most=2), threading.Event(), threading.Event()
    first = asyncio.create_task(threads.run(go_on.wait))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await threads.run(begun.set)
    go_on.set()
    await first
    assert not begun.is_set()
