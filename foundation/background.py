"""Loops that run beside the site, and how they are brought to an end."""

import asyncio

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
