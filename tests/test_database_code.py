"""The SQL that lives in the database stands whole in folders `sql/`, as the migrations make it.

`pg_get_functiondef` and its brothers say what the migrations made; then all of it is dropped, the
files are applied, and they say it again.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from foundation.database import metadata
from foundation.embedded import APP_ROLE

ROOT = Path(__file__).parents[1]
PACKAGES = ("foundation", "notify", "payouts", "people", "points", "record", "rooms", "writing")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("sql/*.sql"))
# Those that are no function or view of their own, but say something of a package's tables.
OF_TABLES = ("triggers", "rights")
HOW = "see docs/decisions/present-sql.md"

# The library's own and an extension's stand elsewhere: tests/notify/test_jobs.py, the extension.
FUNCTIONS = """
  SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace AND NOT starts_with(p.proname, 'procrastinate')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"""
VIEWS = """
  SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'"""
TRIGGERS = """
  SELECT t.tgrelid::regclass || ' ' || t.tgname,
    t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
  FROM pg_trigger t
  WHERE NOT t.tgisinternal AND NOT starts_with(t.tgrelid::regclass::text, 'procrastinate')"""
RIGHTS = """
  SELECT table_name || '.' || column_name, string_agg(privilege_type, ', ' ORDER BY privilege_type)
  FROM information_schema.column_privileges
  WHERE grantee = %(role)s AND table_schema = 'public' AND table_name = ANY (%(tables)s)
  GROUP BY 1 UNION ALL
  SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type)
  FROM information_schema.table_privileges
  WHERE grantee = %(role)s AND table_schema = 'public' AND table_name = ANY (%(tables)s)
  GROUP BY 1"""
KINDS = {"functions": FUNCTIONS, "views": VIEWS, "triggers": TRIGGERS, "rights": RIGHTS}

Connection = psycopg.Connection[tuple[str, str]]
Code = dict[str, dict[str, str]]


@pytest.fixture
def owner(owner_url: str) -> Iterator[Connection]:
    """A connection of the owner of a fresh database, whose changes nobody keeps."""
    with psycopg.connect(owner_url) as connection:
        yield connection
        connection.rollback()


def code_of(owner: Connection) -> Code:
    """All our code and rights in the database, by kind and name."""
    said = {"role": APP_ROLE, "tables": [*metadata.tables, "journal"]}
    return {kind: dict(owner.execute(query, said)) for kind, query in KINDS.items()}


def made_from_files(owner: Connection) -> Code:
    """The same, after everything was dropped and made from the files."""
    for name in code_of(owner)["functions"]:
        owner.execute(sql.SQL("DROP FUNCTION {} CASCADE").format(sql.Identifier(name)))
    for name in code_of(owner)["views"]:
        owner.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier(name)))
    wholes = [path for path in FILES if path.stem not in OF_TABLES]
    for path in wholes:
        owner.execute(path.read_bytes())
    tables = sql.SQL(", ").join(map(sql.Identifier, metadata.tables))
    role = sql.Identifier(APP_ROLE)
    ordinary = sql.SQL("REVOKE ALL ON {} FROM {}; GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
    owner.execute(ordinary.format(tables, role, tables, role))
    for path in FILES:
        if path not in wholes:
            owner.execute(path.read_bytes())
    return code_of(owner)


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_make_what_the_migrations_make(owner: Connection, kind: str) -> None:
    migrated = code_of(owner)[kind]
    present = made_from_files(owner)[kind]
    assert sorted(migrated) == sorted(present), f"without a file, or without a migration; {HOW}"
    for name, definition in migrated.items():
        assert present[name] == definition, f"{name}: the file and the migrations differ; {HOW}"


def test_each_function_and_view_stands_in_a_file_of_its_own_name(owner: Connection) -> None:
    named = [path.stem for path in FILES if path.stem not in OF_TABLES]
    found = code_of(owner)
    assert sorted(named) == sorted([*found["functions"], *found["views"]]), HOW


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("functions", "CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ("functions", "DROP FUNCTION expire_lots"),
        ("functions", "ALTER FUNCTION charge_minutes SET enable_seqscan = on"),
        ("views", "CREATE VIEW stray AS SELECT 1 AS x"),
        ("triggers", "DROP TRIGGER never_changed ON transfers"),
        ("triggers", "ALTER TABLE lots DISABLE TRIGGER never_deleted"),
        ("rights", "GRANT UPDATE ON transfers TO hitotoki_app"),
        ("rights", "GRANT UPDATE (granted) ON lots TO hitotoki_app"),
        ("rights", "REVOKE DELETE ON mails FROM hitotoki_app"),
    ],
)
def test_a_migration_that_changes_it_elsewhere_is_noticed(
    owner: Connection, kind: str, change: str
) -> None:
    owner.execute(change.encode())
    assert code_of(owner)[kind] != made_from_files(owner)[kind]
