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


async def test_work_that_nobody_waits_for_is_done_and_waited_for_at_the_end() -> None:
    done, go = [], asyncio.Event()

    async def work(name: str) -> None:
        await go.wait()
        done.append(name)

    afterwards = background.Afterwards(0, most=2)
    await afterwards.do(work("one"))
    await afterwards.do(work("two"))
    # There is no room for a third: whoever brings it waits until it is done.
    third = asyncio.create_task(afterwards.do(work("three")))
    await asyncio.sleep(0)
    assert (done, third.done()) == ([], False)
    go.set()
    await third
    await afterwards.end()
    assert sorted(done) == ["one", "three", "two"]


async def test_what_does_not_come_to_an_end_is_cancelled_at_the_end() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    for begun in (0, 3600):
        afterwards = background.Afterwards(begun)
        await afterwards.do(work())
        await asyncio.wait_for(afterwards.end(0.01), 5)
        await asyncio.wait_for(afterwards.end(0.01), 5)
