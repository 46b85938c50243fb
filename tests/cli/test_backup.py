"""A backup is all that a site keeps: restored into an empty site it says the same, to the row."""

import asyncio
import hashlib
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from cli.main import app
from cli.seed import seed_demo
from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from foundation.settings import Settings
from tests.faults.databases import fresh_database

Run = Callable[..., Result]
SECRET = "s" * 32
EMPTY = "restored_into"


@pytest.fixture(scope="module")
def filled(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database with people, rooms, a past of talks, money and payouts."""
    with fresh_database(postgres) as name:

        async def fill() -> None:
            database = Database(postgres.url(OWNER, name), pool_size=1)
            try:
                await seed_demo(database, Settings(demo=True))
            finally:
                await database.close()

        asyncio.run(fill())
        yield name


@contextmanager
def without_tables(postgres: EmbeddedPostgres, name: str) -> Iterator[str]:
    """A database without a table."""
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    with without_tables(postgres, "restored_into") as name:
        yield name


@pytest.fixture(scope="module")
def run(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a verb of the site with a database, or an embedded one, in this process."""
    runner, data = CliRunner(), tmp_path_factory.mktemp("data")

    def invoke(name: str | None, *words: str, **settings: str) -> Result:
        told = {"HITOTOKI_DATA": str(data), "HITOTOKI_SECRET_KEY": SECRET}
        if name is not None:
            told["HITOTOKI_DATABASE_URL"] = postgres.url(APP_ROLE, name)
            told["HITOTOKI_DATABASE_OWNER_URL"] = postgres.url(OWNER, name)
        return runner.invoke(app, list(words), env=told | settings)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("cli.backups.verbs.set_up_log", lambda form: None)
        patched.setattr("cli.verb.set_up_log", lambda form: None)
        yield invoke


@pytest.fixture(scope="module")
def taken(run: Run, filled: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the filled site, with one recording."""
    data = tmp_path_factory.mktemp("backed-up")
    (data / "recordings").mkdir()
    (data / "recordings" / "a1.webm").write_bytes(b"sealed" * 1000)
    file = tmp_path_factory.mktemp("backups") / "site.backup"
    done = run(filled, "backup", str(file), HITOTOKI_DATA=str(data))
    assert done.exit_code == 0, done.output
    assert "1 files of recordings" in done.stdout
    return file


@pytest.fixture(scope="module")
def restored(
    run: Run, postgres: EmbeddedPostgres, taken: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A site out of the backup: its database, and its folder."""
    data = tmp_path_factory.mktemp("restored")
    with without_tables(postgres, "restored") as name:
        done = run(name, "restore", str(taken), HITOTOKI_DATA=str(data))
        assert done.exit_code == 0, done.output
        assert "invariants hold" in done.stdout
        yield name, data


def said(result: Result) -> str:
    """What a verb said, on one line and without the frame around it."""
    return " ".join(re.sub("[│╭╮╰╯─]", " ", result.output).split())


def contents(url: str) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a sum over them."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            rows = connection.execute(
                sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
            ).fetchall()
            digest = hashlib.sha256("\n".join(row[0] for row in rows).encode())
            found[table] = len(rows), digest.hexdigest()
        return found


def test_a_restored_site_says_the_same_to_the_row(
    postgres: EmbeddedPostgres, filled: str, restored: tuple[str, Path]
) -> None:
    name, data = restored
    before = contents(postgres.url(OWNER, filled))
    assert before["transfers"][0] > 0
    assert contents(postgres.url(OWNER, name)) == before
    assert (data / "recordings" / "a1.webm").read_bytes() == b"sealed" * 1000


def test_nobody_but_its_owner_reads_a_backup_and_nothing_lies_beside_it(taken: Path) -> None:
    assert taken.stat().st_mode & 0o077 == 0
    assert list(taken.parent.iterdir()) == [taken]


@pytest.mark.parametrize(
    ("role", "error"),
    [
        (APP_ROLE, psycopg.errors.InsufficientPrivilege),
        (OWNER, psycopg.errors.IntegrityConstraintViolation),
    ],
)
def test_what_one_may_not_do_to_the_books_one_may_not_afterwards(
    postgres: EmbeddedPostgres, restored: tuple[str, Path], role: str, error: type[Exception]
) -> None:
    with psycopg.connect(postgres.url(role, restored[0])) as connection, pytest.raises(error):
        connection.execute("UPDATE transfers SET amount = amount + 1")


def test_an_embedded_site_is_backed_up_with_its_key_apart_and_restored_with_it(
    run: Run, taken: Path, tmp_path: Path
) -> None:
    again, key = tmp_path / "two", tmp_path / "key"
    first, second, third = (str(tmp_path / name) for name in ("first", "second", "third"))
    # Sealed with the setting: an embedded site with a key of its own can't read that.
    own = {"HITOTOKI_SECRET_KEY": "", "HITOTOKI_DATA": first}
    refused = run(None, "restore", str(taken), **own)
    assert refused.exit_code == 2
    assert "keys here are not those" in said(refused)
    done = run(None, "restore", str(taken), "--without-keys", **own)
    assert done.exit_code == 0, done.output
    assert run(None, "backup", str(again), "--keys", str(key), **own).exit_code == 0
    assert key.read_bytes() not in again.read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    own["HITOTOKI_DATA"] = second
    assert run(None, "restore", str(again), **own).exit_code == 2
    own["HITOTOKI_DATA"] = third
    other = tmp_path / "other"
    other.write_bytes(b"k" * 32)
    refused = run(None, "restore", str(again), "--keys", str(other), **own)
    assert "is not the key of this backup" in said(refused)
    done = run(None, "restore", str(again), "--keys", str(key), **own)
    assert done.exit_code == 0, done.output
    assert "invariants hold" in done.stdout


def test_a_site_that_has_anything_is_not_restored_into(
    run: Run, postgres: EmbeddedPostgres, filled: str, taken: Path
) -> None:
    before = contents(postgres.url(OWNER, filled))
    refused = run(filled, "restore", str(taken))
    assert refused.exit_code == 2
    assert "not empty" in said(refused)
    assert contents(postgres.url(OWNER, filled)) == before


def test_no_file_is_written_over(run: Run, filled: str, tmp_path: Path) -> None:
    file = tmp_path / "site.backup"
    file.write_bytes(b"somebody's")
    refused = run(filled, "backup", str(file))
    assert refused.exit_code == 2
    assert "there already" in said(refused)
    assert file.read_bytes() == b"somebody's"
    assert list(tmp_path.iterdir()) == [file]


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def spoil(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)


def nonsense(file: Path) -> None:
    file.write_bytes(b"no tar" * 1000)


def nothing(file: Path) -> None:
    file.write_bytes(b"")


def outside(file: Path) -> None:
    evil = file.with_name("evil")
    evil.write_bytes(b"x")
    with tarfile.open(file, "w") as tar:
        tar.add(evil, "../outside")


def newer(file: Path) -> None:
    whole = file.read_bytes()
    at = whole.index(b'"migration":"') + len(b'"migration":"')
    file.write_bytes(whole[:at] + b"9" + whole[at + 1 :])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut, "not whole"),
        (spoil, "not whole"),
        (nonsense, "not whole"),
        (nothing, "not whole"),
        (outside, "not whole"),
        (newer, "newer Hitotoki"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(
    run: Run,
    postgres: EmbeddedPostgres,
    taken: Path,
    empty: str,
    tmp_path: Path,
    damage: Callable[[Path], None],
    words: str,
) -> None:
    file = tmp_path / "site.backup"
    file.write_bytes(taken.read_bytes())
    damage(file)
    refused = run(empty, "restore", str(file))
    assert refused.exit_code == 2
    assert words in said(refused)
    assert contents(postgres.url(OWNER, empty)) == {}
    assert {one.name for one in tmp_path.iterdir()} <= {"site.backup", "evil"}


def test_a_site_of_whose_database_the_owner_is_not_named_is_not_backed_up(
    run: Run, filled: str, tmp_path: Path
) -> None:
    refused = run(filled, "backup", str(tmp_path / "x"), HITOTOKI_DATABASE_OWNER_URL="")
    assert refused.exit_code == 2
    assert "HITOTOKI_DATABASE_OWNER_URL" in said(refused)
