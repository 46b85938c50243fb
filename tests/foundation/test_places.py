"""Who waits for somebody else takes so many places and no more, and none of other people's."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from foundation.places import Places
from foundation.threads import CrowdedError

SOON = 5.0


async def test_there_are_so_many_in_all_and_so_many_for_each() -> None:
    places = Places(3)
    async with AsyncExitStack() as held:
        await held.enter_async_context(places.place({"a": 2}))
        await held.enter_async_context(places.place({"a": 2}))
        with pytest.raises(CrowdedError):
            await held.enter_async_context(places.place({"a": 2}))
        await held.enter_async_context(places.place({"b": 2}))
        with pytest.raises(CrowdedError):
            await held.enter_async_context(places.place({"c": 2}))
    async with places.place({"a": 1}):
        pass


async def test_of_several_keys_each_must_have_one_left() -> None:
    places = Places(9)
    async with places.place({"service a": 2, "strangers": 1}):
        with pytest.raises(CrowdedError):
            async with places.place({"service b": 2, "strangers": 1}):
                pytest.fail("there was none")
        async with places.place({"service b": 2}):
            pass


async def test_a_place_is_left_however_the_work_ends() -> None:
    places = Places(1)
    with pytest.raises(KeyError):
        async with places.place({"a": 1}):
            raise KeyError
    async with places.place({"a": 1}):
        pass


async def test_who_waits_gets_the_next_one_in_their_order() -> None:
    places, order = Places(1), list[int]()

    async def work(number: int) -> None:
        async with places.place(seconds=SOON):
            order.append(number)

    async with asyncio.TaskGroup() as working:
        async with places.place():
            working.create_task(work(1))
            await asyncio.sleep(0)
            # As many wait as there are places.
            with pytest.raises(CrowdedError):
                await work(2)
        async with asyncio.timeout(SOON):
            while not order:
                await asyncio.sleep(0)
    assert order == [1]
    places, order = Places(1, waiting=3), []
    async with asyncio.TaskGroup() as working, places.place():
        for number in (1, 2, 3):
            working.create_task(work(number))
            await asyncio.sleep(0)
    assert order == [1, 2, 3]


async def test_nobody_waits_longer_than_they_said_nor_keeps_a_place_in_the_queue() -> None:
    places = Places(1, waiting=1)
    async with places.place():
        for _ in range(2):
            with pytest.raises(CrowdedError):
                async with places.place(seconds=0.01):
                    pytest.fail("there was none")
