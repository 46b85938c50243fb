"""A row that can't be worked on: the database refuses what one does with it, and with no other."""

import psycopg
from psycopg import sql

_SPOIL = """
CREATE OR REPLACE FUNCTION spoiled() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'this row is spoiled'; END $$;
CREATE TRIGGER spoiled BEFORE {what} ON {table} FOR EACH ROW WHEN ({which})
  EXECUTE FUNCTION spoiled();
"""


def spoil(owner_url: str, what: str, table: str, which: str) -> None:
    """Let an INSERT, UPDATE or DELETE of a table fail at the rows for which a condition holds."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            sql.SQL(_SPOIL).format(
                what=sql.SQL(what), table=sql.Identifier(table), which=sql.SQL(which)
            )
        )


def mend(owner_url: str, table: str) -> None:
    """Let it succeed again, and let the next try be due."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(sql.SQL("DROP TRIGGER spoiled ON {}").format(sql.Identifier(table)))
        owner.execute("UPDATE row_faults SET next_try_at = clock_timestamp()")


def faults(owner_url: str) -> list[tuple[str, str]]:
    """The rows that failed: at which work, and what they are."""
    with psycopg.connect(owner_url) as owner:
        query = "SELECT kind, subject FROM row_faults ORDER BY kind, subject"
        return [(str(kind), str(subject)) for kind, subject in owner.execute(query)]


def told(owner_url: str) -> int:
    """How many alarms staff have of rows that failed."""
    with psycopg.connect(owner_url) as owner:
        found = owner.execute("SELECT count(*) FROM alarms WHERE kind = 'row_fault'").fetchone()
        assert found is not None
        return int(found[0])
