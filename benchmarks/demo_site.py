"""A demo site as an operator starts it: a process of its own, on a database that can be asked."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.server import durable_server
from foundation.database import Database
from foundation.settings import Settings
from tests.browser.site import SHORT, Site


@asynccontextmanager
async def demo_site(**more: str) -> AsyncIterator[tuple[Site, Database]]:
    """Start a demo site with the default settings, save for `more`, and stop it at the end."""
    with durable_server() as server, TemporaryDirectory() as data:
        # Told to end before it is done, the benchmark still takes its site down.
        task = asyncio.current_task()
        assert task
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        database = Database(server.url(), pool_size=2)
        site = await Site.start(server.url(), server.owner_url, Path(data), **(_defaults() | more))
        try:
            yield site, database
        finally:
            # What the harness has to tell of the site's log is no part of the table.
            with redirect_stdout(sys.stderr):
                await _stop(site)
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
