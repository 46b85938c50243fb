"""Media processes are there as long as they say so, by the database's clock."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from foundation.database import Database
from media import hosts
from media.tables import media_hosts


async def age(database: Database, seconds: float) -> None:
    """Let all have been heard of so much longer ago."""
    moved = {
        name: media_hosts.c[name] - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
        for name in ("seen_at", "lost_at")
    }
    async with database.transaction() as tx:
        await tx.execute(sa.update(media_hosts).values(moved))


async def live(database: Database) -> list[int]:
    async with database.transaction() as tx:
        return [host.id for host in await hosts.live(tx)]


async def appear(database: Database, url: str = "ws://media:8090") -> int:
    async with database.transaction() as tx:
        return await hosts.appear(tx, url, 200)


async def test_one_is_there_until_it_is_silent_for_four_seconds(database: Database) -> None:
    host = await appear(database)
    await age(database, 3)
    assert await live(database) == [host]
    await age(database, 1.1)
    assert await live(database) == []
    async with database.transaction() as tx:
        assert await hosts.beat(tx, host, 12)
    assert await live(database) == [host]


async def test_one_that_was_found_gone_is_gone_until_it_says_otherwise(database: Database) -> None:
    host = await appear(database)
    async with database.transaction() as tx:
        await hosts.lose(tx, host)
    assert await live(database) == []
    async with database.transaction() as tx:
        await hosts.beat(tx, host, 0)
    assert await live(database) == [host]


async def test_one_that_stops_is_out_and_those_long_gone_are_swept(database: Database) -> None:
    old = await appear(database)
    await age(database, hosts.SWEPT_SECONDS + 1)
    new = await appear(database)
    async with database.transaction() as tx:
        assert not await hosts.beat(tx, old, 0)
        assert (await hosts.find(tx, new)).url == "ws://media:8090"
        assert (await hosts.find(tx, old)).url == hosts.NOWHERE
        await hosts.vanish(tx, new)
    assert await live(database) == []


@pytest.mark.parametrize("url", ["", "http://media:8090", "ws://" + "a" * 300])
async def test_an_address_that_is_none_is_refused(database: Database, url: str) -> None:
    with pytest.raises(IntegrityError):
        await appear(database, url)
