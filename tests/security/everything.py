"""All that the database holds."""

import sqlalchemy as sa

from foundation.database import Database

_TABLES = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")


async def fingerprint(database: Database) -> dict[str, str]:
    """Return a fingerprint of each table."""
    return {
        name: str(await _scalar(database, f"SELECT md5(string_agg(t::text, '|')) FROM {name} t"))
        for name in await _tables(database)
    }


async def acts(database: Database) -> int:
    """Return how much staff did, but for looking at what was recorded, shown or written."""
    looks = "'recording.watch', 'identity.look', 'question.read', 'letter.read', 'chat.read'"
    query = f"SELECT count(*) FROM staff_acts WHERE act NOT IN ({looks})"
    return int(str(await _scalar(database, query)))


async def text_of(database: Database) -> str:
    """Return every row of every table as text."""
    return "\n".join([
        str(await _scalar(database, f"SELECT string_agg(t::text, E'\\n') FROM {name} t") or "")
        for name in await _tables(database)
    ])  # fmt: skip


async def _tables(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list((await tx.execute(_TABLES)).scalars())


async def _scalar(database: Database, query: str) -> object:
    async with database.transaction() as tx:
        return await tx.scalar(sa.text(query))
