"""Brings the database's tables to the state that the code expects."""

import psycopg
import typer
from alembic import command
from alembic.config import Config

from cli.poolers import refuse_poolers
from foundation.database import driver_url
from foundation.embedded import EmbeddedPostgres
from foundation.log import set_up_log
from foundation.settings import Settings
from readiness.ground import MIGRATIONS, newest_migration

# Any number, as long as everything that migrates a Hitotoki database takes the same.
LOCK = 4_857_100_731
LOCK_SECONDS = 120


def migrate(owner_url: str) -> None:
    """Apply all migrations that are missing; a second one at the same time waits for the first."""
    with psycopg.connect(owner_url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        command.upgrade(config(owner_url), "head")


def config(owner_url: str) -> Config:
    """Return Alembic's configuration, which needs no file."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["url"] = driver_url(owner_url)
    return settings


def is_current(url: str) -> bool:
    """Return whether the database has every migration of this code (any role may ask)."""
    wanted = newest_migration()
    with psycopg.connect(url, connect_timeout=10) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            row = None
    return (row[0] if row else None) == wanted


def migrate_command() -> None:
    """Bring the database up to date: the one in HITOTOKI_DATABASE_OWNER_URL or the embedded one."""
    settings = Settings()
    set_up_log(settings.log_format)
    url = settings.database_owner_url or settings.database_url
    if url:
        refuse_poolers(url)
        migrate(url)
    else:
        with EmbeddedPostgres(settings.data) as server:
            migrate(server.owner_url)
    typer.echo("The database is up to date.")
