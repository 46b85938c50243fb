"""A database with a clock of its own, which a test sets forward or back."""

import psycopg
import sqlalchemy as sa

from foundation.database import Database

# Before the real one in the search path: every statement of the site asks for it by its bare name.
_OWN_CLOCK = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.by (seconds float8 NOT NULL);
INSERT INTO shifted.by VALUES (0);
CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
  'SELECT pg_catalog.clock_timestamp() + seconds * interval ''1 s'' FROM shifted.by';
GRANT USAGE ON SCHEMA shifted TO hitotoki_app;
GRANT SELECT, UPDATE ON shifted.by TO hitotoki_app;
"""


async def give_own_clock(database: Database, owner_url: str) -> None:
    """Give a database a clock that `move_clock` sets."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_OWN_CLOCK)
        name = owner.info.dbname
        owner.execute(f'ALTER DATABASE "{name}" SET search_path = shifted, pg_catalog, public')
    await database.engine.dispose()


async def move_clock(database: Database, seconds: float) -> None:
    """Set it forward or back."""
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE by SET seconds = seconds + :s"), {"s": seconds})
