"""Serving processes as an operator starts them, and a small proxy before them."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READY = re.compile(r"is open at http://127\.0\.0\.1:(\d+)")
START_SECONDS = 180
# That a stop takes 10 s at most is for tests/cli to show; here it may be starved by browsers.
STOP_SECONDS = 60

# Minutes of four seconds: a talk of many of them fits into a test.
SHORT = {
    "HITOTOKI_MINUTE_SECONDS": "4",
    "HITOTOKI_FREE_SECONDS": "4",
    "HITOTOKI_BEAT_SECONDS": "1",
    "HITOTOKI_SILENCE_SECONDS": "6",
    "HITOTOKI_RETURN_SECONDS": "40",
    "HITOTOKI_STANDBY_GRACE_SECONDS": "6",
    "HITOTOKI_IDENTITY_CHECK": "false",
    "HITOTOKI_UNDO_SECONDS": "2",
    # Practice telephones, and letters that wait, are for the tests that use them.
    "HITOTOKI_TELEPHONE": "false",
    "HITOTOKI_LETTERS": "false",
    # No page leaves the account of a talk while a test reads it.
    "HITOTOKI_PAUSE_SECONDS": "600",
}

# A telephone whose line is none of the demo's own: what carries its calls is the test's.
BY_TRUNK = {"HITOTOKI_TRUNK_SERVER": "127.0.0.1", "HITOTOKI_TRUNK_NUMBERS": "0312345678"}


@dataclass
class Site:
    """One `demo` process on a database of the test's."""

    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    port: int = 0
    log: list[str] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, database_url: str, owner_url: str | None, data: Path, **more: str
    ) -> "Site":
        """Start a demo site and wait until it is ready; with the owner, it has a past."""
        environment = {
            **os.environ,
            **SHORT,
            "PYTHONPATH": str(ROOT),
            "HITOTOKI_DATABASE_URL": database_url,
            "HITOTOKI_DATA": str(data),
            **({} if owner_url is None else {"HITOTOKI_DATABASE_OWNER_URL": owner_url}),
            **more,
        }
        site = cls(environment)
        await site.run()
        return site

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def run(self) -> None:
        """Start the process, on the port that it had before if it had one."""
        lines = await self._launch()
        async with asyncio.timeout(START_SECONDS):
            async for line in lines:
                self.log.append(line.decode())
                if found := READY.search(self.log[-1]):
                    self.port = int(found[1])
                    self._reader = asyncio.create_task(self._read(lines))
                    return
        raise RuntimeError("".join(self.log))

    async def _launch(self) -> asyncio.StreamReader:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "demo", "--port", str(self.port)),
            cwd=ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self.process.stdout
        return self.process.stdout

    async def _read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            self.log.append(line.decode())

    async def kill(self) -> None:
        """End it without a chance to tidy up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it as an operator does."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        await self._signal(number)
        if self._reader is not None:
            await self._reader
        print("".join(self.log))

    async def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()


class Proxy:
    """Passes connections to the first of several ports that answers, as a load balancer does."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it answers."""
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Take a port, a free one unless told."""
        self._server = await asyncio.start_server(self._serve, host, port)

    async def stop(self) -> None:
        """Close everything."""
        assert self._server
        self._server.close()
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            upstream = await self._connect()
            if upstream is not None:
                await asyncio.gather(_pump(reader, upstream[1]), _pump(upstream[0], writer))
        finally:
            self._open.discard(writer)
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._ports:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


@contextlib.asynccontextmanager
async def proxy_to(*ports: int, host: str = "127.0.0.1", at: int = 0) -> AsyncIterator[Proxy]:
    """A proxy at an address and port, a free one unless told, that is closed at the end."""
    proxy = Proxy(*ports)
    await proxy.start(host, at)
    try:
        yield proxy
    finally:
        await proxy.stop()
