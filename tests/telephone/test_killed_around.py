"""What stands around the telephone is killed in the middle of a call: a web process, the database.

A call goes on without the first. Without the second nobody talks on for long, and nothing is billed
after the last proof.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.migrate import migrate
from foundation.database import Database
from foundation.embedded import OWNER, EmbeddedPostgres
from foundation.settings import Settings
from tests.cli.site import Site
from tests.rooms.calling.scene import Calling
from tests.telephone.phone import Phone
from tests.telephone.sounds import tone

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from tests.telephone.test_killed_site import (
    CALLER,
    CAST,
    KEY,
    Killed,
    trunk,
    until_the_other_rings,
    whole_telephone,
    world,
)
from tests.telephone.trunk_double import TrunkDouble

__all__ = ["trunk", "world"]

pytestmark = [pytest.mark.timeout(400), whole_telephone]


@pytest.mark.parametrize("when", ["ringing", "joined", "hanging up"])
async def test_a_killed_web_process_changes_nothing_of_a_call(
    world: Killed,
    trunk: TrunkDouble,
    postgres: EmbeddedPostgres,
    database_name: str,
    database_url: str,
    tmp_path: Path,
    when: str,
) -> None:
    owner_url = postgres.url(OWNER, database_name)
    said = {"database_url": database_url, "database_owner_url": owner_url, "secret_key": KEY}
    site = await asyncio.to_thread(
        lambda: Site("serve", telephone="true", data=str(tmp_path / "web"), **said)
    )
    with site:
        async with (
            Phone(CALLER, tone(440)) as a,
            Phone(CAST, tone(880), answers_after=3 if when == "ringing" else 0) as b,
            world.telephone(trunk, tmp_path, database_url),
        ):
            await world.ask()
            if when == "ringing":
                await world.until("guided", [a])
            else:
                await world.until("charged", [a, b])
            if when == "hanging up":
                a.hang_up()
            site.process.kill()
            if when == "hanging up":
                await b.until("BYE", 60)
            else:
                await goes_on(world, [a, b])
                a.hang_up()
                await b.until("BYE", 60)
            async with asyncio.timeout(60):
                while (await world.row()).state != "ended":
                    await asyncio.sleep(0.1)
        assert (await world.reading()).end_reason == "caller_left"


async def goes_on(world: Killed, phones: list[Phone]) -> None:
    """Wait until two minutes more are paid for."""
    await world.until("charged", phones)
    charged = (await world.reading()).charged_minutes
    async with asyncio.timeout(60):
        while (await world.reading()).charged_minutes < charged + 2:
            await asyncio.sleep(0.1)


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A database server that nothing else stands on; what it has committed outlives its kill."""
    with EmbeddedPostgres(tmp_path / "server") as server:
        await asyncio.to_thread(migrate, server.owner_url)
        yield server


@pytest.mark.parametrize("when", ["ringing", "joined", "hanging up"])
async def test_a_killed_database_lets_nobody_talk_on_unbilled_and_bills_nothing_afterwards(
    own_server: EmbeddedPostgres,
    trunk: TrunkDouble,
    settings: Settings,
    tmp_path: Path,
    when: str,
) -> None:
    given = {"secret_key": SecretStr(KEY), "minute_seconds": 1, "beat_seconds": 1}
    settings = settings.model_copy(update=given | {"silence_seconds": 2})
    database = Database(own_server.url(), pool_size=3)
    begun = await Calling.begun(database, settings, points=50_000)
    world = await Killed(**vars(begun)).numbers()
    async with (
        Phone(CALLER, tone(440)) as a,
        Phone(CAST, tone(880), answers_after=-1 if when == "ringing" else 0) as b,
        world.telephone(trunk, tmp_path, own_server.url()),
    ):
        await world.ask()
        if when == "ringing":
            await until_the_other_rings(a, b)
        else:
            await world.until("charged", [a, b])
        charged = (await world.reading()).charged_minutes if world.talk else 0
        if when == "hanging up":
            a.hang_up()
        await database.close()
        kill(own_server)
        # Nobody stays on a line whose talk can't be proved.
        gone = {"ringing": [], "joined": [a, b], "hanging up": [b]}[when]
        await asyncio.gather(*(phone.until("BYE", 60) for phone in gone))
        if when == "ringing":
            await asyncio.gather(a.until("BYE", 60), b.until("cancelled", 60))
        await revive(own_server)
        world.database = Database(own_server.url(), pool_size=3)
        try:
            # At most what was proved in the moment between the last look and the kill.
            most = charged + 2 if world.talk else 0
            if world.talk:
                now = (await world.reading()).charged_minutes
                assert charged <= now <= most
                charged = now
            await world.is_clean(charged)
        finally:
            await world.database.close()


def kill(server: EmbeddedPostgres) -> None:
    """Kill the server as a machine out of memory does."""
    pid = int((server.folder / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)


async def revive(server: EmbeddedPostgres) -> None:
    """Start the server again, as the site does, and wait until it answers."""
    async with asyncio.timeout(90):
        while not await asyncio.to_thread(server.answers):
            if not server.running:
                server.start_again()
            await asyncio.sleep(0.5)
