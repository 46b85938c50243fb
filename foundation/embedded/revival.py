"""Keeps the embedded server running: one that has ended is started again, however often.

A full disk ends PostgreSQL, and so does whoever kills it. The process that serves stays up
meanwhile, and says in words that nothing can be done.
"""

import asyncio
import contextlib

import structlog

from foundation.embedded.servers import EmbeddedPostgres

log = structlog.get_logger(__name__)

WATCH_SECONDS = 1.0
# Pauses between two starts: each twice as long as the one before, up to the longest.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0


async def keep_running(server: EmbeddedPostgres | None, stopping: asyncio.Event) -> None:
    """Start the server again whenever it has ended, until `stopping`; in the main thread."""
    pause = FIRST_PAUSE
    while not await _stops_within(stopping, WATCH_SECONDS):
        if server is None or server.running:
            continue
        log.error("embedded.ended", again_in=pause)
        if await _stops_within(stopping, pause):
            return
        if await _starts(server, stopping):
            log.info("embedded.back")
            pause = FIRST_PAUSE
        else:
            pause = min(2 * pause, LONGEST_PAUSE)


async def _starts(server: EmbeddedPostgres, stopping: asyncio.Event) -> bool:
    """Start the server, and wait until it answers or has ended; return whether it answers."""
    try:
        server.start_again()
    except OSError as error:
        log.warning("embedded.not_started", error=str(error))
        return False
    # After a crash it repeats what its log holds, which takes as long as it takes.
    while server.running:
        if await asyncio.to_thread(server.answers):
            return True
        if await _stops_within(stopping, WATCH_SECONDS):
            break
    return False


async def _stops_within(stopping: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
    return stopping.is_set()
