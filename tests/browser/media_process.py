"""Media processes as an operator starts them."""

import asyncio
import os
import re
import signal
import sys
from dataclasses import dataclass, field

from tests.browser.site import ROOT, START_SECONDS, STOP_SECONDS

READY = re.compile(r"media process (\d+) answers at (ws://\S+)")
SECRET = "a secret of the tests' media processes"
# What sites and media processes of one test have in common.
SHARED = {"HITOTOKI_MEDIA_SECRET": SECRET, "HITOTOKI_MEDIA_ADDRESSES": "127.0.0.1"}


@dataclass
class Carrier:
    """One `media` process on a database of the test's."""

    process: asyncio.subprocess.Process
    host_id: int = 0
    url: str = ""
    log: list[str] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, database_url: str, **more: str) -> "Carrier":
        """Start one and wait until it is ready."""
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "HITOTOKI_DATABASE_URL": database_url,
            **SHARED, **more,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "media", "--port", "0"),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        carrier = cls(process)
        assert process.stdout
        async with asyncio.timeout(START_SECONDS):
            async for line in process.stdout:
                carrier.log.append(line.decode())
                if found := READY.search(carrier.log[-1]):
                    carrier.host_id, carrier.url = int(found[1]), found[2]
                    carrier.reader = asyncio.create_task(carrier._read(process.stdout))
                    return carrier
        raise RuntimeError("".join(carrier.log))

    async def _read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            self.log.append(line.decode())

    async def end(self, number: signal.Signals) -> None:
        """Send it a signal, and wait until it has ended."""
        if self.process.returncode is None:
            self.process.send_signal(number)
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        if self.reader is not None:
            await self.reader
            self.reader = None
            print("".join(self.log))
