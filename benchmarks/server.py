"""The PostgreSQL that is measured: the embedded one, durable as for a site, in a new folder."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from cli.migrate import migrate
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres


@contextmanager
def durable_server() -> Iterator[EmbeddedPostgres]:
    """Start the server as a site does (fsync on), and remove it with its data at the end."""
    # Also when it is told to end before it is done, nothing stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="hitotoki-benchmark-") as name:
        folder = Path(name)
        # Under root the server runs as another account, which must pass through.
        folder.chmod(0o755)
        with EmbeddedPostgres(folder) as server:
            yield server


def new_database(server: EmbeddedPostgres, name: str) -> tuple[str, str]:
    """Make a database with the site's tables; return its address for the site and the owner."""
    empty_database(server, name)
    migrate(server.url(OWNER, name))
    return server.url(APP_ROLE, name), server.url(OWNER, name)


def empty_database(server: EmbeddedPostgres, name: str) -> str:
    """Make a database without tables; return its address for the owner."""
    with psycopg.connect(server.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.url(OWNER, name)
