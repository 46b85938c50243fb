"""A filled database of the last release is brought up to date, and that release's code runs on it.

`filled_0.1.0.dump.xz` is a site in which everything that has an address is there
(tests/security/house.py), as the last release left it. With the next release a dump of its own
takes this one's place: docs/operating.md, "Upgrading".
"""

import lzma
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from cli.backups import dumps
from cli.migrate import migrate
from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from foundation.settings import Settings
from points import audit
from record import opening
from tests.upgrade.shape import Column, Shape, breaks, rights_in, shape_of
from web.app import make_app

DUMP = Path(__file__).with_name("filled_0.1.0.dump.xz")
NAME = "filled"
# What a migration changes on purpose, by table, with the reason.
REWRITTEN: dict[str, str] = {"alembic_version": "says how far the migrations are"}
# The house is filled by hand in places, which the books' proofs notice.
BROKEN_BEFORE = {"what was used on tabs is billed once, and paid, owed, given up, or not due"}


@dataclass(frozen=True)
class Upgraded:
    """A database brought up to date, and what it was before."""

    url: str
    app_url: str
    before: Shape
    rights: set[tuple[str, str, str]]
    rows: dict[str, str]


def rows_of(url: str, columns: Shape) -> dict[str, str]:
    """Return a fingerprint of each table by these columns, in whichever order its rows lie."""
    named: dict[str, list[sql.Identifier]] = {}
    for table, name in sorted(columns):
        named.setdefault(table, []).append(sql.Identifier(name))
    found = {}
    with psycopg.connect(url) as connection:
        for table, names in named.items():
            query = sql.SQL(
                "SELECT count(*), md5(coalesce(string_agg(r::text, '|' ORDER BY r::text), ''))"
                " FROM (SELECT {} FROM {}) r"
            ).format(sql.SQL(", ").join(names), sql.Identifier(table))
            found[table] = str(connection.execute(query).fetchone())
    return found


@pytest.fixture(scope="module")
def upgraded(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    """The released database, brought up to date once for all tests here."""
    unpacked = tmp_path_factory.mktemp("upgrade") / "database.dump"
    unpacked.write_bytes(lzma.decompress(DUMP.read_bytes()))
    url = postgres.url(OWNER, NAME)
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {NAME}")
    dumps.fill(url, unpacked)
    before = shape_of(url)
    rights, rows = rights_in(url, before), rows_of(url, before)
    migrate(url)
    yield Upgraded(url, postgres.url(APP_ROLE, NAME), before, rights, rows)
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture
async def database(upgraded: Upgraded) -> AsyncIterator[Database]:
    opened = Database(upgraded.app_url, pool_size=3)
    yield opened
    await opened.close()


def test_the_released_database_is_full(upgraded: Upgraded) -> None:
    filled = {table for table, told in upgraded.rows.items() if not told.startswith("(0,")}
    assert len(filled) > 70, sorted(set(upgraded.rows) - filled)
    for table in ("users", "lots", "charges", "purchases", "reservations", "claims", "payouts",
                  "letters", "photos", "board_topics", "recordings", "tab_bills"):  # fmt: skip
        assert table in filled


def test_every_row_says_the_same_afterwards(upgraded: Upgraded) -> None:
    after = rows_of(upgraded.url, upgraded.before)
    changed = {table for table, told in upgraded.rows.items() if after[table] != told}
    assert changed == set(REWRITTEN)


async def test_the_books_are_as_right_as_before(database: Database) -> None:
    async with database.transaction() as tx:
        broken = {proof.name for proof in await audit.prove(tx) if proof.broken}
    assert broken <= BROKEN_BEFORE


async def test_a_site_that_was_open_is_open(database: Database) -> None:
    async with database.transaction() as tx:
        assert await opening.is_open(tx)


async def test_the_site_serves_it(
    database: Database, settings: Settings, aiohttp_client: Any
) -> None:
    client = await aiohttp_client(make_app(settings.model_copy(update={"demo": False}), database))
    for path in ("/", "/rooms/1", "/casts/3", "/prices", "/healthz"):
        assert (await client.get(path)).status in (200, 404), path
    assert (await client.get("/")).status == 200


def test_the_released_code_finds_all_that_it_relies_on(upgraded: Upgraded) -> None:
    """While the processes of the last release are replaced one by one, both are there."""
    assert breaks(upgraded.before, shape_of(upgraded.url)) == []


def test_the_released_code_may_do_what_it_did(upgraded: Upgraded) -> None:
    assert upgraded.rights <= rights_in(upgraded.url, upgraded.before)


OLD: Shape = {
    ("users", "id"): Column("bigint", False, True),
    ("users", "email"): Column("text", True, False),
}


@pytest.mark.parametrize(
    "new",
    [
        {("users", "id"): OLD["users", "id"]},
        OLD | {("users", "email"): Column("text", False, False)},
        OLD | {("users", "email"): Column("bytea", True, False)},
        OLD | {("users", "name"): Column("text", False, False)},
    ],
)
def test_what_older_code_can_not_work_with_is_found(new: Shape) -> None:
    assert len(breaks(OLD, new)) == 1


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        OLD | {("users", "name"): Column("text", True, False)},
        OLD | {("users", "name"): Column("text", False, True)},
        OLD | {("rooms", "id"): Column("bigint", False, False)},
    ],
)
def test_what_older_code_need_not_know_is_no_matter(new: Shape) -> None:
    assert breaks(OLD, new) == []
