"""The database: its engine, one transaction at a time, and its clock, which is the clock."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from psycopg import AsyncConnection as DriverConnection
from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from foundation.disk import Disk

Tx: TypeAlias = AsyncConnection
"""An open transaction. Whoever is handed one neither commits nor rolls it back."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# What a session may take. The server ends it, so a hung process can't hold a wallet's lock.
SESSION = {
    "TimeZone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "20s",
}
APPLICATION = "hitotoki"
CONNECT_SECONDS = 5
POOL_SECONDS = 10
RECYCLE_SECONDS = 1800


class Database:
    """A pool of connections to PostgreSQL.

    `url` is a `postgresql://` address as libpq takes it. `pool_size` is the number of connections
    kept; half as many again may be open in a rush, and a request waits `POOL_SECONDS` for one.
    `disk` learns of what is refused for want of room.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        application: str = APPLICATION,
        disk: Disk | None = None,
    ) -> None:
        self.url = url
        self.disk = disk or Disk()
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=pool_size // 2,
            pool_timeout=POOL_SECONDS,
            pool_recycle=RECYCLE_SECONDS,
            # A restarted server costs one reconnection, not one failed request per connection.
            pool_pre_ping=True,
            hide_parameters=True,
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
            connect_args=connection_options(application),
        )
        event.listen(self.engine.sync_engine, "connect", _begin_session)
        event.listen(self.engine.sync_engine, "handle_error", self._heed)

    @property
    def libpq_url(self) -> str:
        """The address as libpq takes it, for connections of one's own."""
        return f"postgresql://{self.url.partition('://')[2]}"

    def apart(self, pool_size: int, name: str) -> "Database":
        """Return another pool to the same database, which no other work can use up.

        Whoever asks for it closes it. PostgreSQL knows its connections as "hitotoki `name`".
        """
        named = f"{APPLICATION} {name}"
        return Database(self.url, pool_size=pool_size, application=named, disk=self.disk)

    def _heed(self, failed: ExceptionContext) -> None:
        self.disk.note(failed.original_exception)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open a transaction; commit it at the end, roll it back on any exception."""
        async with self.engine.begin() as tx:
            yield tx

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def connection_options(application: str) -> dict[str, str | int]:
    """Return what every connection is opened with, as libpq names it."""
    return {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": application,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # Keepalive is silent while something is unacknowledged.
        "tcp_user_timeout": 15_000,
    }


# Said once the connection stands: a pooler refuses to be told so at its beginning.
_BEGIN_SESSION = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', false)" for name, value in SESSION.items()
)


def _begin_session(connection: DBAPIConnection, _: object) -> None:
    # Within a transaction, its rollback would take the bounds back.
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(_BEGIN_SESSION)
    cursor.close()
    connection.autocommit = False


async def begin_session(connection: DriverConnection[Any]) -> None:
    """Set the bounds of a session on a connection of the driver's own."""
    before = connection.autocommit
    await connection.set_autocommit(True)
    await connection.execute(_BEGIN_SESSION)
    await connection.set_autocommit(before)


async def clock(tx: Tx) -> datetime:
    """Return the time now, in UTC, by the database: the only clock that decides anything."""
    now = await tx.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(now, datetime)
    return now


def driver_url(url: str) -> str:
    """Return a `postgresql://` or `postgres://` address in the form that SQLAlchemy wants."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("The database must be PostgreSQL: postgresql://…")
    return f"postgresql+psycopg://{rest}"


def with_database(url: str, name: str) -> str:
    """Return an address of the same server and role, but of another database."""
    address = make_url(driver_url(url)).set(database=name, drivername="postgresql")
    return address.render_as_string(hide_password=False)


def socket_url(role: str, database: str, folder: str) -> str:
    """Return the address of a server that listens on a Unix socket in `folder`."""
    query = urlencode({"host": folder})
    return f"postgresql://{quote(role, safe='')}@/{quote(database, safe='')}?{query}"
