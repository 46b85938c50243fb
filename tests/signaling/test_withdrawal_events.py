"""Who withdraws is gone from every screen at once."""

import asyncio

from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from rooms.care import withdrawal
from signaling.push import PUSH
from signaling.server import CONNECTIONS
from tests.signaling.conftest import Connect
from tests.world import HASH, World


async def test_a_cast_who_withdraws_is_cut_off_and_the_room_closes_for_those_who_look(
    server: TestServer, connect: Connect, database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    cast, visitor = await connect(world.cast), await connect(None)
    assert (await visitor.ask("directory:watch", {}))["rooms"] == {str(world.room): "open"}
    async with database.transaction() as tx:
        stopped = await withdrawal.withdraw(tx, settings, world.cast, HASH)
    await server.app[PUSH].stopped(stopped)
    await server.app[CONNECTIONS].recheck(world.cast)
    told = await visitor.wait_for("directory:room")
    assert told == {"room_id": world.room, "state": "closed"}
    async with asyncio.timeout(5):
        while cast.sio.connected:
            await asyncio.sleep(0.02)
