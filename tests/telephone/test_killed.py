"""Whoever is killed, gateway or supervisor: no telephone stays on a dead line."""

import asyncio
import datetime
import ipaddress
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.telephone.phone import Phone
from tests.telephone.sounds import share, tone
from tests.telephone.trunk_double import TrunkDouble

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

ROOT = Path(__file__).parents[2]
LISTEN = "127.0.0.1:15080"


class Gateway:
    """A supervisor with its gateway, in processes of their own."""

    def __init__(self, trunk: TrunkDouble, folder: Path) -> None:
        self.file = folder / "calls"
        self.words = [
            sys.executable, "-m", "tests.telephone.gateway_program", str(self.file),
            f"127.0.0.1:{trunk.port}", LISTEN, trunk.transport, str(folder / "trunk.pem"),
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


def certify(folder: Path) -> ssl.SSLContext:
    """Make a certificate for the trunk, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "trunk.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "trunk.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "trunk.pem", folder / "trunk.key")
    return context


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
