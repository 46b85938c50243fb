"""The composition root: puts a serving process together, runs it and takes it apart again."""

import asyncio
import contextlib
import gc
import ipaddress
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
import uvloop
from aiohttp.web import AppRunner

from cli import listener
from cli.migrate import is_current, migrate
from cli.poolers import refuse_poolers
from foundation.database import Database
from foundation.disk import Disk
from foundation.embedded import EmbeddedPostgres
from foundation.embedded.revival import keep_running
from foundation.log import set_up_log
from foundation.settings import Settings
from notify import push_keys
from rooms.calling.practice import Practice
from scheduler import disk_watch, room_search, tasks, telephone_news, ticker
from web.app import Beside, make_app

log = structlog.get_logger(__name__)

# Open requests get 2 s, then jobs one, then the embedded server up to 6: a stop takes 10 s.
DRAIN_SECONDS = 2.0
# New objects until the collector looks at them; looks until it looks at older, and at all.
COLLECT_EVERY = (25_000, 5, 4)

Port = Annotated[int | None, typer.Option(help="Port to listen on.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the embedded database.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]


@dataclass(frozen=True)
class Databases:
    """Where the database is, for the application and for the tables' owner."""

    url: str
    owner_url: str | None
    server: EmbeddedPostgres | None


def settings_for(port: int | None, data: Path | None, host: str | None, **fixed: Any) -> Settings:
    """Return the settings, with the command line's options before the environment's."""
    given = {"port": port, "data": data, "host": host, **fixed}
    return Settings(**{name: value for name, value in given.items() if value is not None})


@contextmanager
def databases(settings: Settings) -> Iterator[Databases]:
    """Start the embedded database where the settings name none, and stop it at the end."""
    if settings.database_url:
        yield Databases(settings.database_url, settings.database_owner_url, None)
        return
    with EmbeddedPostgres(settings.data) as server:
        yield Databases(server.url(), server.owner_url, server)


def prepare(settings: Settings, found: Databases) -> None:
    """Migrate an embedded or a demo database; refuse to serve from any other that is behind.

    Refuses also one behind a pooler that the site can't work with.
    """
    if not found.server and settings.database_url:
        refuse_poolers(found.url, found.owner_url)
    if found.owner_url and (found.server or settings.demo):
        migrate(found.owner_url)
    elif not is_current(found.url):
        raise typer.BadParameter("The database is not up to date: run `./run migrate` first.")


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything is started. Raises typer.BadParameter when it is taken."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server(
            (settings.host, settings.port), family=family, backlog=listener.BACKLOG
        )
    except OSError as error:
        raise typer.BadParameter(
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); "
            "choose another with --port."
        ) from error


def address(settings: Settings, taken: socket.socket) -> str:
    """Return the address to type into a browser."""
    if settings.public_url:
        return settings.public_url
    host, port = taken.getsockname()[:2]
    named = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104 - compared only
    return f"http://{named}:{port}"


async def run_until_stopped(
    settings: Settings,
    found: Databases,
    taken: socket.socket,
    ready: str,
    practice: tuple[Practice, Beside] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. An embedded database that ends is started again.

    `practice`: the telephones of a demo site, and what carries their calls.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    disk = Disk(found.server.folder if found.server else None, settings.disk_low_mb)
    database = Database(found.url, pool_size=settings.page_connections, disk=disk)
    loops = (ticker.run, tasks.run, disk_watch.run, room_search.run, telephone_news.run)
    telephones, *carries = practice or (None,)
    site = make_app(settings, database, beside=[*loops, *carries], practice=telephones)
    runner = AppRunner(site, shutdown_timeout=DRAIN_SECONDS)
    _say_what_is_missing(settings)
    try:
        async with database.transaction() as tx:
            await push_keys.make(tx)
        await runner.setup()
        server = await listener.listen(runner, taken, settings)
        collect_rarely()
        typer.echo(ready)
        try:
            await keep_running(found.server, stopping)
        finally:
            server.close()
        log.info("serve.stopping")
    finally:
        await runner.cleanup()
        await database.close()


def collect_rarely() -> None:
    """Let Python's garbage collector look seldom, and not at what stays for ever.

    Everything stands still while it looks: with 4,000 sockets for a second, every few seconds
    (docs/decisions/beats-apart.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)


def _say_what_is_missing(settings: Settings) -> None:
    """Tell the operator of a site that is no demo what the law wants told and isn't, yet."""
    if settings.demo:
        return
    if settings.missing_seller:
        names = [f"HITOTOKI_{name.upper()}" for name in settings.missing_seller]
        log.warning("legal.seller_not_filled_in", settings=names, page="/legal")
    if settings.terms_since is None:
        log.warning("legal.terms_not_reviewed", settings=["HITOTOKI_TERMS_SINCE"])


def serve(port: Port = None, data: Data = None, host: Host = None) -> None:
    """Serve the site until it is told to stop."""
    settings = settings_for(port, data, host)
    set_up_log(settings.log_format)
    with contextlib.closing(listen(settings)) as taken, databases(settings) as found:
        prepare(settings, found)
        ready = f"ひととき is open at {address(settings, taken)}"
        uvloop.run(run_until_stopped(settings, found, taken, ready))


def on_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
