"""How loops beside the site end."""

import asyncio

from foundation import background


async def test_a_loop_that_loses_one_cancellation_is_ended_by_the_next() -> None:
    lost = 0

    async def loop() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 2:
                    raise

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    await background.end(task, 0.05)
    assert task.cancelled()
    assert lost == 2


async def test_a_loop_that_never_ends_is_abandoned_so_that_a_stop_does_not_hang() -> None:
    let_go = asyncio.Event()

    async def loop() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    await asyncio.wait_for(background.end(task, 0.01), 5)
    assert not task.done()
    let_go.set()
    await task


async def test_a_loop_that_had_failed_does_not_fail_the_stop() -> None:
    async def loop() -> None:
        raise OSError("gone")

    task = asyncio.create_task(loop())
    await asyncio.wait({task})
    await background.end(task, 0.05)
    assert isinstance(task.exception(), OSError)
