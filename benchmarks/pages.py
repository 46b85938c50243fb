"""Pages under readers, against a bare aiohttp answer of the same bytes in the same run.

.venv/bin/python -m benchmarks.pages [--rounds N] [--seconds S] [--readers N] [--profile FOLDER]
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import uvloop

from benchmarks.demo_site import demo_site
from benchmarks.report import cpu_seconds, goal, machine, table
from benchmarks.weight import CALLER, ENCODINGS, ROOM
from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.sign_in import sessions
from people.sign_in.sessions import cookie_name
from tests.browser.site import ROOT

ROUNDS, SECONDS, READERS = 3, 4.0, 16
VISITOR = f"visitor={'v' * 43}"
PAGES = {"list": "/", "room": f"/rooms/{ROOM}", "FAQ": "/faq"}
GOAL_P99, GOAL_LIST = 0.040, 0.05


@dataclass
class Measured:
    """One page for one kind of reader. `bare` are the rates of the bare answer, turn by turn."""

    name: str
    size: int = 0
    rates: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How much of the bare answer's rate is left, in the middle one of the turns."""
        return _middle([one / other for one, other in zip(self.rates, self.bare, strict=True)])


class Child:
    """A process that answers a line with a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give an order and return the answer."""
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(order)}\n".encode())
        answer: dict[str, Any] = json.loads(await self.line())
        return answer

    async def line(self) -> str:
        """Return the next line."""
        assert self._process.stdout
        return (await self._process.stdout.readline()).decode()


@asynccontextmanager
async def child(*words: str) -> AsyncIterator[Child]:
    """Start `python -m …`, and end it at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@dataclass
class Stand:
    """The site, the bare answer and the readers."""

    port: int
    pid: int
    bare: int
    file: Path
    readers: Child
    count: int
    seconds: float

    async def turn(self, found: Measured, path: str, cookie: str) -> None:
        """Measure one page, and at once the bare answer of the same bytes."""
        headers = {"Accept-Encoding": ENCODINGS, "Accept-Language": "ja", "Cookie": cookie}
        found.size = await self._show_bare(path, headers)
        before = cpu_seconds(self.pid)
        seen = await self._read(self.port, path, headers)
        found.cpu.append((cpu_seconds(self.pid) - before) / seen["answers"])
        bare = await self._read(self.bare, "/page", headers)
        found.rates.append(seen["answers"] / seen["seconds"])
        found.bare.append(bare["answers"] / bare["seconds"])
        found.p50.append(seen["p50"])
        found.p99.append(seen["p99"])

    async def _show_bare(self, path: str, headers: dict[str, str]) -> int:
        async with aiohttp.ClientSession(auto_decompress=False) as client:
            async with client.get(f"http://127.0.0.1:{self.port}{path}", headers=headers) as page:
                body = await page.read()
            self.file.write_bytes(body)
            async with client.post(f"http://127.0.0.1:{self.bare}/change") as changed:
                changed.raise_for_status()
        return len(body)

    async def _read(self, port: int, path: str, headers: dict[str, str]) -> dict[str, Any]:
        order = {
            "port": port, "path": path, "headers": headers, "readers": self.count,
            "seconds": self.seconds,
        }  # fmt: skip
        answer = await self.readers.ask(order)
        if answer["wrong"]:
            raise RuntimeError(f"{path}: {answer['wrong']} answers were no page")
        return answer


async def measure(
    rounds: int, seconds: float, readers: int, more: dict[str, str]
) -> list[Measured]:
    """Take turns: each page of a visitor and of a member, each beside its bare answer."""
    async with AsyncExitStack() as stack:
        site, database = await stack.enter_async_context(demo_site(**more))
        assert site.process
        file = Path(stack.enter_context(TemporaryDirectory())) / "page"
        file.write_bytes(b"")
        bare = await stack.enter_async_context(child("benchmarks.bare", str(file)))
        stand = Stand(
            site.port, site.process.pid, int(await bare.line()), file,
            await stack.enter_async_context(child("benchmarks.readers")), readers, seconds,
        )  # fmt: skip
        kinds = {"a visitor": VISITOR, "a member": await member(database)}
        found = {(p, k): Measured(f"{p}, {k}") for k in kinds for p in PAGES}
        for _ in range(rounds):
            for (name, kind), measured in found.items():
                await stand.turn(measured, PAGES[name], kinds[kind])
        return list(found.values())


async def member(database: Database) -> str:
    """Sign a member of the demo in; the cookie."""
    async with database.transaction() as tx:
        people = await accounts.people_of_demo(tx)
        caller = next(person.id for person in people if person.nickname == CALLER)
        token = await sessions.open_for(tx, caller, days=1)
    return f"{cookie_name(Settings())}={token}"


HEAD = (
    "", "bytes", "a second", "of bare", "bare", "CPU, ms", "p50, ms", "p99, ms",
)  # fmt: skip


def tell(found: Sequence[Measured]) -> str:
    """The table, and which goals were reached."""
    rows = [
        (
            one.name,
            f"{one.size:,}",
            f"{_middle(one.rates):,.0f}",
            f"{one.ratio:.3f}",
            f"{_middle(one.bare):,.0f}",
            f"{1000 * _middle(one.cpu):.2f}",
            f"{1000 * _middle(one.p50):.1f}",
            f"{1000 * _middle(one.p99):.1f}",
        )
        for one in found
    ]
    visitors = found[: len(PAGES)]
    slowest = max(_middle(one.p99) for one in visitors)
    return "\n".join(
        (
            table(HEAD, rows), "",
            goal(f"p99 of a visitor's pages {1000 * slowest:.0f} ms (≤ {1000 * GOAL_P99:.0f})",
                 slowest <= GOAL_P99),
            goal(f"a visitor's list {visitors[0].ratio:.3f} of bare (≥ {GOAL_LIST})",
                 visitors[0].ratio >= GOAL_LIST),
        )
    )  # fmt: skip


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


async def run(rounds: int, seconds: float, readers: int, profile: Path | None) -> None:
    """Measure and print what was found."""
    print(f"Pages, {readers} readers, {rounds} rounds of {seconds:g} s; {machine()}\n", flush=True)
    more = {}
    if profile:
        more["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'benchmarks' / 'sampling'}"
        more["SAMPLES"] = str(profile / "pages")
    print(tell(await measure(rounds, seconds, readers, more)), flush=True)
    print(f"- {machine()}")


def main() -> None:
    """Measure what is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--readers", type=int, default=READERS)
    options.add_argument("--profile", type=Path)
    asked = options.parse_args()
    uvloop.run(run(asked.rounds, asked.seconds, asked.readers, asked.profile))


if __name__ == "__main__":
    main()
