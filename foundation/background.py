"""What runs beside the site, and how it is brought to an end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
MOST_TRIES = 3


async def end(task: asyncio.Task[None], patience: float = PATIENCE_SECONDS) -> None:
    """Cancel a task until it has ended; after some tries of `patience` seconds it is abandoned.

    One cancellation may get lost: on Python 3.11 `asyncio.wait_for`, in which psycopg waits for
    its answers, swallows one that arrives together with what it waited for.
    """
    for _ in range(MOST_TRIES):
        task.cancel()
        await asyncio.wait({task}, timeout=patience)
        if task.done():
            break
    else:
        log.error("background.abandoned", task=task.get_name())
        return
    if not task.cancelled() and (error := task.exception()):
        log.error("background.failed", task=task.get_name(), exc_info=error)


class Afterwards:
    """Short work that nobody waits for, `most` pieces of it at a time.

    It begins `seconds` later: whoever was answered goes on first with what others do wait for.
    """

    def __init__(self, seconds: float = 0.25, most: int = 1000) -> None:
        self._seconds = seconds
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Have a piece of work done, which must bound itself and not fail, and don't wait for it.

        With too much under way whoever brings more waits until theirs is done.
        """
        if len(self._tasks) >= self._most:
            await work
            return
        task = asyncio.create_task(self._later(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            work.close()
            raise
        await work

    async def end(self, patience: float = PATIENCE_SECONDS) -> None:
        """Wait until all of it is done, for `patience` seconds; what is left is cancelled."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=patience)
        for task in late:
            await end(task)
