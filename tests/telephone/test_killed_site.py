"""The whole telephone, with the site's books: a process is killed in the middle of a call.

Nobody stays on the line, nothing is billed after the last proof, the room is free again, and pages
are told.
"""

import asyncio
import contextlib
import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from foundation.database import Database
from foundation.settings import Settings
from rooms.calling import leaving, news
from rooms.lobby import telephone_standbys
from tests.people.telephones.owned import give_number
from tests.rooms.calling.scene import Calling
from tests.telephone.phone import Phone
from tests.telephone.sounds import tone

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from tests.cli.test_telephone import settings_for, start
from tests.telephone.trunk_double import TrunkDouble

# The ports of a whole telephone are the same in all that start one: one at a time.
whole_telephone = pytest.mark.xdist_group("whole telephone")
pytestmark = [pytest.mark.timeout(300), whole_telephone]

KEY = "k" * 40
CALLER, CAST = 6701, 6702
PORTS = {
    "TRUNK_LISTEN": "127.0.0.1:15110", "TRUNK_RTP_PORTS": "24100-24199",
    "TELEPHONE_LISTEN_PORT": "15111", "SECRET_KEY": KEY, "MINUTE_SECONDS": "1",
    "BEAT_SECONDS": "1", "SILENCE_SECONDS": "2",
}  # fmt: skip


@pytest.fixture
async def trunk() -> AsyncIterator[TrunkDouble]:
    async with TrunkDouble() as trunk:
        yield trunk


class Killed(Calling):
    """A caller, a cast, and the telephone's own processes."""

    process: asyncio.subprocess.Process

    async def numbers(self) -> "Killed":
        async with self.database.transaction() as tx:
            for user, port in ((self.caller, CALLER), (self.cast, CAST)):
                await give_number(tx, self.settings, user, f"080-1234-{port}")
        return self

    @contextlib.asynccontextmanager
    async def telephone(
        self, trunk: TrunkDouble, folder: Path, url: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run supervisor and gateway, as an operator does."""
        env = settings_for(trunk, folder, DATABASE_URL=url, **PORTS)
        process = await start(env, "telephone")
        reading = asyncio.create_task(process.communicate())
        try:
            await until_healthy(reading)
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.shield(reading), 60)

    async def ask(self, caller: int | None = None, **kwargs: Any) -> int:
        """Ask, however long a busy machine has taken to come so far."""
        await self.do(telephone_standbys.touch, self.settings)
        return await super().ask(caller, **kwargs)

    async def until(self, what: str, phones: list[Phone]) -> None:
        """Let the two answer and press the key, until the call has come so far."""
        async with asyncio.timeout(90):
            while not await self._is(what):
                assert (await self.row()).state != "ended", (await self.row()).why
                answered = [phone for phone in phones if phone.state == "answered"]
                await asyncio.gather(*(phone.press("1") for phone in answered))
                await asyncio.sleep(0.1)

    async def _is(self, what: str) -> bool:
        row = await self.row()
        self.talk = row.talk_id or 0
        if what == "charged":
            return bool(self.talk) and (await self.reading()).charged_minutes >= 2
        return bool(row.state == what)

    async def is_clean(self, charged: int) -> None:
        """Wait as long as the others do; then nothing is left of it."""
        if (await self.row()).state != "ended":
            if self.talk:
                await self.wait(25)
            await self.shift_call(leaving.DEAD_SECONDS + 1)
            await self.tick()
            await self.heal()
        row = await self.row()
        assert row.state == "ended"
        if self.talk:
            assert (await self.reading()).charged_minutes == charged
        else:
            assert await self.money() == []
            assert (await self.state(), (await self.standby()).misses) == ("open", 0)
        told = await self.do(news.take)
        assert (self.call in told.calls, self.room in told.rooms) == (True, True)


async def until_healthy(reading: "asyncio.Task[Any] | None" = None) -> None:
    def look() -> bool:
        with urllib.request.urlopen("http://127.0.0.1:15111/healthz", timeout=5) as answer:
            return bool(json.loads(answer.read())["legs"] == 0)

    async with asyncio.timeout(90):
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError):
                if await asyncio.to_thread(look):
                    return
            assert reading is None or not reading.done(), await reading
            await asyncio.sleep(0.1)


async def until_the_other_rings(a: Phone, b: Phone) -> None:
    """Let one answer and press the key, until the other's telephone rings."""
    async with asyncio.timeout(90):
        while not b.has("rings"):
            if a.state == "answered":
                await a.press("1")
            await asyncio.sleep(0.1)


def kill_gateway(supervisor: int) -> None:
    """Kill the one process that a supervisor has started."""
    told = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text()
    (gateway,) = told.split()
    os.kill(int(gateway), signal.SIGKILL)


@pytest.fixture
async def world(database: Database, settings: Settings) -> Killed:
    given = {"secret_key": SecretStr(KEY), "minute_seconds": 1, "beat_seconds": 1}
    settings = settings.model_copy(update=given | {"silence_seconds": 2})
    return await Killed(**vars(await Calling.begun(database, settings, points=50_000))).numbers()


async def test_killed_while_it_rings(
    world: Killed, trunk: TrunkDouble, tmp_path: Path, database_url: str
) -> None:
    async with (
        Phone(CALLER, tone(440)) as a,
        Phone(CAST, answers_after=-1) as b,
        world.telephone(trunk, tmp_path, database_url) as process,
    ):
        await world.ask()
        await until_the_other_rings(a, b)
        kill_gateway(process.pid)
        await asyncio.gather(a.until("BYE", 30), b.until("cancelled", 30))
        await world.is_clean(0)
        # The next gateway carries the next call.
        await until_healthy()
        await world.ask()
        await a.until_state("answered", 60)


@pytest.mark.parametrize("when", ["joined", "hanging up"])
async def test_killed_in_a_talk_and_while_one_hangs_up(
    world: Killed, trunk: TrunkDouble, tmp_path: Path, database_url: str, when: str
) -> None:
    async with (
        Phone(CALLER, tone(440)) as a,
        Phone(CAST, tone(880)) as b,
        world.telephone(trunk, tmp_path, database_url) as process,
    ):
        await world.ask()
        await world.until("charged", [a, b])
        if when == "hanging up":
            a.hang_up()
        kill_gateway(process.pid)
        charged = (await world.reading()).charged_minutes
        left = [b] if when == "hanging up" else [a, b]
        await asyncio.gather(*(phone.until("BYE", 30) for phone in left))
        await world.is_clean(charged)


async def test_a_killed_supervisor_lets_the_talk_go_on_and_begins_no_other(
    world: Killed, trunk: TrunkDouble, tmp_path: Path, database_url: str
) -> None:
    async with Phone(CALLER, tone(440)) as a, Phone(CAST, tone(880)) as b:
        async with world.telephone(trunk, tmp_path, database_url) as process:
            await world.ask()
            await world.until("charged", [a, b])
            process.kill()
            # What it has started holds its pipes still: waiting for them would wait for that.
            async with asyncio.timeout(60):
                while process.returncode is None:
                    await asyncio.sleep(0.02)
            charged = (await world.reading()).charged_minutes
            # It is spoken on, and paid for.
            async with asyncio.timeout(60):
                while (await world.reading()).charged_minutes < charged + 2:
                    await asyncio.sleep(0.1)
            assert not a.has("BYE")
            a.hang_up()
            await b.until("BYE", 60)
        async with asyncio.timeout(60):
            while (await world.row()).state != "ended":
                await asyncio.sleep(0.1)
        assert (await world.reading()).end_reason == "caller_left"
