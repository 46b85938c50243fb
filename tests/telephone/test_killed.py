"""Whoever is killed, gateway or supervisor: no telephone stays on a dead line."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.telephone.certificates import certify
from tests.telephone.phone import Phone
from tests.telephone.sounds import share, tone
from tests.telephone.trunk_double import TrunkDouble

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

ROOT = Path(__file__).parents[2]
LISTEN = "127.0.0.1:15080"


class Gateway:
    """A supervisor with its gateway, in processes of their own."""

    def __init__(self, trunk: TrunkDouble, folder: Path, listen: str = LISTEN) -> None:
        self.file = folder / f"calls-{listen[-5:]}"
        self.words = [
            sys.executable, "-m", "tests.telephone.gateway_program", str(self.file),
            f"127.0.0.1:{trunk.port}", listen, trunk.transport, str(folder / "trunk.pem"),
            "supervised",
        ]  # fmt: skip
        self.told: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *self.words, cwd=ROOT, stdin=-1, stdout=-1,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )  # fmt: skip
        self.reading = asyncio.create_task(self._read())
        await self.until("ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        self.reading.cancel()

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line))

    async def until(self, what: str, times: int = 1) -> dict[str, Any]:
        """Wait until something was told for the n-th time."""
        async with asyncio.timeout(30):
            while len(found := [one for one in self.told if one["what"] == what]) < times:
                await asyncio.sleep(0.02)
        return found[times - 1]

    def do(self, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((" ".join(words) + "\n").encode())

    async def kill(self) -> None:
        """Kill the gateway, and not its supervisor."""
        os.kill((await self.until("ready"))["pid"], signal.SIGKILL)


@pytest.fixture(params=["udp", "tcp", "tls"])
async def trunk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TrunkDouble]:
    tls = certify(tmp_path)
    async with TrunkDouble(request.param, tls=tls if request.param == "tls" else None) as trunk:
        yield trunk


async def test_a_killed_gateway_leaves_nobody_on_the_line(
    trunk: TrunkDouble, tmp_path: Path
) -> None:
    """Who talks is hung up, who is rung is left in peace, who rings is told; then it goes on."""
    async with (
        Gateway(trunk, tmp_path) as gateway,
        Phone(6201, tone(440)) as a,
        Phone(6202, tone(880)) as b,
        Phone(6203, answers_after=-1) as rung,
        Phone(6204) as rings,
    ):
        gateway.do("join", a.number, b.number)
        await gateway.until("joined")
        await asyncio.gather(a.hears(10), b.hears(10))
        assert share(await a.hears(50), 880) > 0.7
        gateway.do("ring", rung.number)
        await gateway.until("rings", times=2)
        rings.call("0312345678", ("127.0.0.1", trunk.phones_port))
        await gateway.until("incoming")
        await gateway.kill()
        await asyncio.gather(a.until("BYE"), b.until("BYE"))
        await rung.until("cancelled")
        await rings.until("480 INVITE")
        await gateway.until("ready", times=2)
        gateway.do("join", a.number, b.number)
        await gateway.until("joined", times=2)


async def test_two_gateways_side_by_side_and_one_dies_alone(tmp_path: Path) -> None:
    certify(tmp_path)
    async with (
        TrunkDouble() as trunk,
        Gateway(trunk, tmp_path) as first,
        Gateway(trunk, tmp_path, "127.0.0.1:15180") as second,
        Phone(6211, tone(440)) as a,
        Phone(6212, tone(880)) as b,
        Phone(6213, tone(440)) as c,
        Phone(6214, tone(880)) as d,
    ):
        first.do("join", a.number, b.number)
        second.do("join", c.number, d.number)
        await asyncio.gather(first.until("joined"), second.until("joined"))
        await first.kill()
        await asyncio.gather(a.until("BYE"), b.until("BYE"))
        await c.hears(15)
        assert share(await c.hears(50), 880) > 0.7
        assert not c.has("BYE")
        assert not d.has("BYE")


async def test_killed_while_it_hangs_up_and_a_killed_supervisor(tmp_path: Path) -> None:
    certify(tmp_path)
    async with TrunkDouble() as trunk:
        async with Gateway(trunk, tmp_path) as gateway, Phone(6205) as a, Phone(6206) as b:
            gateway.do("join", a.number, b.number)
            await gateway.until("joined")
            a.deaf_to.add("BYE")
            gateway.do("leave")
            await a.until("deaf to BYE")
            await gateway.kill()
            a.deaf_to.clear()
            await a.until("BYE")
        async with Phone(6207) as a, Phone(6208) as b:
            async with Gateway(trunk, tmp_path) as gateway:
                gateway.do("join", a.number, b.number)
                await gateway.until("joined")
                gateway.process.kill()
                await gateway.process.wait()
            async with Gateway(trunk, tmp_path):
                await asyncio.gather(a.until("BYE"), b.until("BYE"))
