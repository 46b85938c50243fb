"""The staff's desk in tests: a decision is due at once, and the clock carries it out."""

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.care.desk import due


async def let_time_pass(database: Database) -> None:
    """Let the seconds pass in which decisions can be undone."""
    async with database.transaction() as tx:
        past = "made_at = made_at - interval '1 h', due_at = due_at - interval '1 h'"
        await tx.execute(sa.text(f"UPDATE due_decisions SET {past}"))


async def carry_out(database: Database, settings: Settings) -> int:
    """Let the seconds pass, and carry out what was decided; return on how many cases."""
    await let_time_pass(database)
    done = 0
    while True:
        async with database.transaction() as tx:
            looked_at = await due.carry_out(tx, settings)
        if not looked_at:
            return done
        done += len(looked_at)
