"""What every test may ask for: real PostgreSQL, a fresh database each, short-lived settings."""

import itertools
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import hypothesis
import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from psycopg import sql

from cli.migrate import migrate
from cli.serve import collect_rarely
from foundation import locks
from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres, EmbeddedValkey
from foundation.settings import Settings
from people.accounts import passwords
from tests.compiled import compile_once

TEMPLATE = "template_hitotoki"
MEMORY, LEAST_MEMORY = Path("/dev/shm"), 3 * 2**30

# A slow machine is no reason for a property not to hold.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

Owner: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_numbers = itertools.count(1)

locks.refuse_wrong_order()
compile_once()
# Reading nearly five thousand tests leaves no garbage, and looking for it took a sixth of the time.
collect_rarely()

# Hashes are slow on purpose, and were most of the work of who signs in: see `true_hashes`.
TRUE_HASHES = passwords._hasher, passwords.NOBODY
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords.NOBODY = passwords._hasher.hash("a password of nobody's")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say in which order workers take tests, and which of them stay together.

    Talks come first: they last longest, and go on by the clock. Other browsers come last, for one
    of them keeps more than a core busy, which a talk beside it would miss. The short tests of a
    file stay together, which share its fixtures.
    """
    items.sort(key=_turn)
    for item in items:
        if not (item.get_closest_marker("xdist_group") or item.get_closest_marker("browser")):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}"))


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the tests themselves, as a site lets it over its code."""
    collect_rarely()


def _turn(item: pytest.Item) -> tuple[int, float]:
    """When a test has its turn; of its like, what may take longest by its mark comes first."""
    mark = item.get_closest_marker("timeout")
    most_seconds = float(mark.args[0]) if mark else 0.0
    if item.get_closest_marker("xdist_group"):
        return 0, -most_seconds
    return 2 if item.get_closest_marker("browser") else 1, -most_seconds


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """A developer's own HITOTOKI_… variables change no test."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HITOTOKI_")}
    yield
    os.environ.update(kept)


@pytest.fixture
def true_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test hash passwords as slowly as the site does."""
    monkeypatch.setattr(passwords, "_hasher", TRUE_HASHES[0])
    monkeypatch.setattr(passwords, "NOBODY", TRUE_HASHES[1])


@pytest.fixture
def own_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test set up the log, and undo it afterwards.

    No logger keeps what it was given meanwhile: the next test could not catch its lines.
    """
    set_up = structlog.configure
    monkeypatch.setattr(
        structlog,
        "configure",
        lambda **said: set_up(**{**said, "cache_logger_on_first_use": False}),
    )
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the run's server keeps its data: in memory where there is room, for speed."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > LEAST_MEMORY:
        with tempfile.TemporaryDirectory(prefix="pytest-postgres-", dir=MEMORY) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("postgres")


@pytest.fixture(scope="session")
def postgres(postgres_folder: Path) -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL server for the whole run, with the migrated template database."""
    open_to_server(postgres_folder)
    with EmbeddedPostgres(postgres_folder, durable=False) as server:
        with psycopg.connect(server.url(OWNER, "postgres"), autocommit=True) as owner:
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        migrate(server.url(OWNER, TEMPLATE))
        with psycopg.connect(server.url(OWNER, TEMPLATE)) as owner:
            # A site whose administrator has opened it; one that isn't open has tests of its own.
            owner.execute("INSERT INTO site_opening (id) VALUES (1)")
        yield server


def open_to_server(folder: Path) -> None:
    """Let the server's account pass into pytest's folders, which are closed to others."""
    if os.geteuid() == 0:
        for parent in (folder, *folder.parents):
            if parent.name.startswith(("pytest-", "popen-", "postgres", "test_")):
                parent.chmod(parent.stat().st_mode | 0o011)


@pytest.fixture(scope="session")
def server_owner(postgres: EmbeddedPostgres) -> Iterator[Owner]:
    """The owner's one connection, which makes and drops the tests' databases."""
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        yield owner


@contextmanager
def copy_of(owner: Owner, template: str) -> Iterator[str]:
    """Make a copy of a database, and drop it afterwards; its name."""
    name = f"test_{next(_numbers)}"
    named = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    copy = "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
    owner.execute(sql.SQL(copy).format(**named))
    yield name
    owner.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**named))


@pytest.fixture
def database_name(server_owner: Owner) -> Iterator[str]:
    """The name of a fresh copy of the template, dropped after the test."""
    with copy_of(server_owner, TEMPLATE) as name:
        yield name


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, database_name: str) -> str:
    """The fresh database's address, as the application's role."""
    return postgres.url(APP_ROLE, database_name)


@pytest.fixture
def owner_url(postgres: EmbeddedPostgres, database_name: str) -> str:
    """The same database's address, as the owner of its tables."""
    return postgres.url(OWNER, database_name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database, as the application sees it."""
    opened = Database(database_url, pool_size=5)
    yield opened
    await opened.close()


@pytest.fixture
async def owner_database(owner_url: str) -> AsyncIterator[Database]:
    """The same fresh database, as the owner of its tables."""
    opened = Database(owner_url, pool_size=2)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def default_settings() -> Settings:
    """The default settings of a demo site: looking through the environment for each takes long."""
    return Settings(demo=True, identity_check=False)


@pytest.fixture
def settings(default_settings: Settings, tmp_path: Path) -> Settings:
    """The default settings, on a data folder of the test's own."""
    return default_settings.model_copy(update={"data": tmp_path / "data"})


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """One Valkey server for the whole run."""
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server
