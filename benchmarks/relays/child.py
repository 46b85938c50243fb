"""A server that is measured, and how it is spoken with: a line of JSON there, a line back."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

ANSWER_SECONDS = 60


class Child:
    """The process; its `pid` is what CPU time is read of."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process, self._lock = process, asyncio.Lock()
        self.pid = process.pid

    async def ask(self, **asked: Any) -> dict[str, Any]:
        """Ask something and return the answer. Raises RuntimeError."""
        assert self._process.stdin
        assert self._process.stdout
        async with self._lock, asyncio.timeout(ANSWER_SECONDS):
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the server is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def child(module: str, *options: str) -> AsyncIterator[Child]:
    """Start a module as a server, and end it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
