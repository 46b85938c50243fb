"""Demo sites that begin at once: forks of a process that has loaded the site's code already.

Loading takes longest of all that a start does. That the command itself starts a site is for
tests/cli to show.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from cli.main import main
from tests.browser.site import ROOT, STOP_SECONDS, Site

LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["cli.main", "tests.browser.loaded"])


@dataclass
class ForkedSite(Site):
    """One `demo` process on a database of the test's."""

    fork: ForkServerProcess | None = None

    async def _launch(self) -> asyncio.StreamReader:
        hears, says = LOADED.Pipe(duplex=False)
        self.fork = LOADED.Process(target=_demo, args=(self.environment, self.port, says))
        await asyncio.to_thread(self.fork.start)
        says.close()
        return await _lines_of(hears)

    async def _signal(self, number: signal.Signals) -> None:
        if self.fork is not None and self.fork.is_alive():
            assert self.fork.pid
            os.kill(self.fork.pid, number)
            await asyncio.to_thread(self.fork.join, STOP_SECONDS)
            if self.fork.is_alive():
                raise TimeoutError("".join(self.log))


def _demo(environment: dict[str, str], port: int, says: Connection) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for stream in (1, 2):
        os.dup2(says.fileno(), stream)
    says.close()
    sys.argv = ["cli", "demo", "--port", str(port)]
    main()


async def _lines_of(hears: Connection) -> asyncio.StreamReader:
    lines = asyncio.StreamReader()
    with hears:
        pipe = os.fdopen(os.dup(hears.fileno()), "rb")
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), pipe
    )
    return lines
