"""The migrations make exactly the tables that the code describes."""

import re

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from cli.migrate import is_current, migrate
from foundation.database import Database, metadata
from foundation.embedded import OWNER, EmbeddedPostgres
from readiness.ground import MIGRATIONS


def ours(name: str | None, kind: str, _: object) -> bool:
    """The jobs' tables are the library's; another test compares them with its own."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def is_drawn(difference: object) -> bool:
    """Whether two numbers drawn of one sequence differ; the columns' words are compared below."""
    changes = difference if isinstance(difference, list) else []
    return any(one[0] == "modify_default" and one[3] == "written" for one in changes)


async def test_migrated_tables_match_the_code(owner_database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_name": ours},
        )
        found = compare_metadata(context, metadata)
        return [one for one in found if not is_drawn(one)]

    async with owner_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


# Alembic compares no checks and no exclusions, and the money's safety stands on them.
SHAPE = {
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity,
               identity_generation, is_generated, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public'""",
}


async def test_constraints_indexes_and_columns_match_the_code(
    postgres: EmbeddedPostgres, owner_database: Database
) -> None:
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute("CREATE DATABASE made_from_code")
    from_code = Database(postgres.url(OWNER, "made_from_code"), pool_size=1)
    try:
        async with from_code.transaction() as tx:
            # Extensions are the migrations' matter; exclusion constraints need this one.
            await tx.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
            await tx.run_sync(metadata.create_all)
        for subject, query in SHAPE.items():
            wanted = {row for row in await rows(from_code, query) if row[0] in metadata.tables}
            found = {row for row in await rows(owner_database, query) if row[0] in metadata.tables}
            assert found == wanted, subject
    finally:
        await from_code.close()


async def rows(database: Database, query: str) -> set[tuple[object, ...]]:
    async with database.transaction() as tx:
        return {tuple(row) for row in await tx.execute(text(query))}


def test_migrating_again_changes_nothing(owner_url: str) -> None:
    migrate(owner_url)
    assert is_current(owner_url)


def test_an_empty_database_is_not_current(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute("DELETE FROM alembic_version")
    assert not is_current(owner_url)


def test_the_application_may_ask_whether_the_database_is_current(database_url: str) -> None:
    assert is_current(database_url)


def test_scripts_are_one_line_in_order() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]
    assert revisions == sorted(revisions)
    assert all(re.fullmatch(r"\d{4}", revision) for revision in revisions)
    assert len(scripts.get_heads()) == 1


@pytest.mark.parametrize("statement", ["CREATE TABLE mine (x int)", "DROP TABLE users"])
def test_the_application_role_makes_and_drops_no_tables(database_url: str, statement: str) -> None:
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())
