"""Waking up at once when another process commits something, by PostgreSQL's LISTEN and NOTIFY.

What is heard is a courtesy: whoever listens looks by itself as well, every so often.
"""

import asyncio
from collections.abc import Callable

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from foundation.database import APPLICATION, CONNECT_SECONDS, Database, connection_options
from foundation.log import note_failure

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 2.0
# A connection that is cut says nothing: it is asked whether it lives.
ASK_SECONDS = 30.0


async def listen(database: Database, channel: str, wake: Callable[[], None]) -> None:
    """Call `wake` whenever a transaction that notifies the channel is committed, until cancelled.

    It has a connection of its own, which is made anew where it breaks; then `wake` is called too.
    """
    while True:
        try:
            await _hear(database, channel, wake)
        except (psycopg.Error, OSError, TimeoutError) as error:
            note_failure(log, "listening.lost", error, channel=channel)
        await asyncio.sleep(AGAIN_SECONDS)


async def _hear(database: Database, channel: str, wake: Callable[[], None]) -> None:
    async with asyncio.timeout(2 * CONNECT_SECONDS):
        options = connection_options(f"{APPLICATION} {channel}")
        address = make_conninfo(database.libpq_url, **options)
        connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
    async with connection:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        wake()
        while True:
            async for _ in connection.notifies(timeout=ASK_SECONDS, stop_after=1):
                wake()
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.execute("SELECT")
