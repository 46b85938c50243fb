"""Demo sites as an operator starts them: processes of their own, whose database can be asked."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.server import durable_server
from foundation.database import Database
from foundation.embedded import EmbeddedPostgres, EmbeddedValkey
from foundation.settings import Settings
from tests.browser.site import SHORT, Site


@dataclass(frozen=True)
class Sites:
    """Serving processes on one database, and on one Valkey where there are several."""

    sites: list[Site]
    server: EmbeddedPostgres
    valkey: EmbeddedValkey | None


@asynccontextmanager
async def demo_sites(count: int, **more: str) -> AsyncIterator[Sites]:
    """Start demo processes with the default settings, save for `more`; stop them at the end."""
    with contextlib.ExitStack() as stack:
        server, data = _ground(stack)
        # Told to end before it is done, the benchmark still takes its site down.
        task = asyncio.current_task()
        assert task
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        valkey, environment = None, _defaults() | more
        if count > 1:
            valkey = stack.enter_context(EmbeddedValkey(data / "valkey"))
            environment["HITOTOKI_REDIS_URL"] = valkey.url
        started: list[Site] = []
        try:
            for _ in range(count):
                urls = server.url(), server.owner_url
                started.append(await Site.start(*urls, data / "site", **environment))
            yield Sites(started, server, valkey)
        finally:
            # What the harness has to tell of the site's log is no part of the table.
            with redirect_stdout(sys.stderr):
                await asyncio.gather(*(_stop(site) for site in started))


def _ground(stack: contextlib.ExitStack) -> tuple[EmbeddedPostgres, Path]:
    server = stack.enter_context(durable_server())
    return server, Path(stack.enter_context(TemporaryDirectory()))


@asynccontextmanager
async def demo_site(**more: str) -> AsyncIterator[tuple[Site, Database]]:
    """Start one, and connections to its database."""
    async with demo_sites(1, **more) as found:
        database = Database(found.server.url(), pool_size=2)
        try:
            yield found.sites[0], database
        finally:
            await database.close()


async def _stop(site: Site) -> None:
    """Stop the site; one that takes too long must not outlive the benchmark."""
    try:
        await site.stop()
    except TimeoutError:
        print("the site did not stop in time", file=sys.stderr)
        await site.kill()


def _defaults() -> dict[str, str]:
    """What the harness of the browser tests shortens, at its real length."""
    fields = Settings.model_fields
    return {name: str(fields[name.removeprefix("HITOTOKI_").lower()].default) for name in SHORT}
