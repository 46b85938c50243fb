"""The telephone's verbs as an operator types them: a test call, and the process with its watch."""

import asyncio
import json
import os
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephone.trunk.dialogs import Dialogs
from tests.telephone.phone import Phone
from tests.telephone.sounds import tone
from tests.telephone.trunk_double import TrunkDouble

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def trunk() -> AsyncIterator[TrunkDouble]:
    async with TrunkDouble() as trunk:
        yield trunk


def settings_for(trunk: TrunkDouble, folder: Path, **more: str) -> dict[str, str]:
    given = {
        "DATA": str(folder), "TELEPHONE": "true", "TRUNK_SERVER": f"127.0.0.1:{trunk.port}",
        "TRUNK_NUMBERS": "0312345678", "TRUNK_PASSWORD": "geheim", "TRUNK_ADDRESS": "127.0.0.1",
        "TRUNK_LISTEN": "127.0.0.1:15100", "TRUNK_RTP_PORTS": "24000-24099",
        "TELEPHONE_LISTEN_PORT": "15101", **more,
    }  # fmt: skip
    named = {f"HITOTOKI_{name}": value for name, value in given.items()}
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **named}


async def start(env: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *words, cwd=ROOT, env=env, stdout=-1, stderr=-1
    )


async def test_a_test_call_says_what_came_of_it(trunk: TrunkDouble, tmp_path: Path) -> None:
    env = settings_for(trunk, tmp_path)
    async with Phone(6401, tone(440)) as phone:
        check = await start(env, "telephone-check", "08012346401")
        await phone.until("acked", 60)
        await phone.hears(30, 60)
        await phone.press("5")
        said, _ = await check.communicate()
    told = [line[10:] for line in said.decode().splitlines()]
    assert check.returncode == 0
    assert told[:2] == ["the trunk knows us", "it rings"]
    assert re.fullmatch(r"heard from there: [1-9]\d+ ms of sound; key: 5.*", told[-1])
    with Dialogs(tmp_path / "telephone-15100.calls"):
        check = await start(env, "telephone-check", "08012346401")
        _, said = await check.communicate()
    assert (check.returncode, "stop it first" in said.decode()) == (1, True)


async def test_a_test_call_says_what_is_the_matter(trunk: TrunkDouble, tmp_path: Path) -> None:
    env = settings_for(trunk, tmp_path)
    async with Phone(6402, code=404):
        check = await start(env, "telephone-check", "08012346402")
        said, _ = await check.communicate()
    assert (check.returncode, "not answered: unreachable" in said.decode()) == (1, True)
    check = await start(
        env | {"HITOTOKI_TRUNK_PASSWORD": "falsch"}, "telephone-check", "0312345679"
    )
    said, why = await check.communicate()
    assert (check.returncode, "the trunk is away: refused" in said.decode()) == (1, True)
    assert "no call: the telephone line is away: refused" in why.decode()


async def test_the_process_holds_the_line_tells_of_itself_and_stops(
    trunk: TrunkDouble, tmp_path: Path, database_url: str
) -> None:
    env = settings_for(trunk, tmp_path, DATABASE_URL=database_url)
    process = await start(env, "telephone")

    def look(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:15101{path}", timeout=5) as answer:
            return str(answer.read().decode())

    try:
        health = None
        async with asyncio.timeout(90):
            while health is None:
                await asyncio.sleep(0.2)
                try:
                    health = json.loads(await asyncio.to_thread(look, "/healthz"))
                except urllib.error.URLError:
                    assert process.returncode is None, await process.communicate()
        assert health == {"ok": True, "away": None, "legs": 0}
        metrics = await asyncio.to_thread(look, "/metrics")
        for figure in (
            "legs 0.0",
            "away 0.0",
            "failed_total 0.0",
            "strangers_total 0.0",
            "late_seconds",
        ):
            assert f"hitotoki_telephone_{figure}" in metrics
    finally:
        process.send_signal(signal.SIGTERM)
        said = b"".join(await process.communicate()).decode()
    assert process.returncode == 0, said
    assert "the telephone answers at 127.0.0.1:15100" in said
    assert "geheim" not in said
