"""Two transactions that meet: waiting until the database says that one waits for another."""

import asyncio

import sqlalchemy as sa

from foundation.database import Database

_WAITING = sa.text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
""")


async def somebody_waits(database: Database) -> None:
    """Return once a transaction of this database waits for a lock of another's."""
    async with asyncio.timeout(30), database.engine.connect() as connection:
        while not await connection.scalar(_WAITING):
            await connection.rollback()
            await asyncio.sleep(0.01)
