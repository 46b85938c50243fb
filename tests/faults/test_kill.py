"""A serving process killed in the middle of talks: what was proved is paid once, the rest never."""

import asyncio
from itertools import pairwise

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from tests.faults.conftest import Open, StartSite
from tests.faults.scene import broken, minutes
from tests.faults.window import Window
from tests.world import World

TALKS = 3
# What tests.browser.site.SHORT sets, in milliseconds and seconds.
FREE_MS = MINUTE_MS = 4_000
SILENCE = 4.0
POLL = 0.1


class Table(World):
    """A talk and the two windows at it."""

    caller_window: Window
    cast_window: Window

    @classmethod
    async def laid(
        cls, database: Database, settings: Settings, url: str, open_window: Open
    ) -> "Table":
        """A caller enters a room, and both sit down and beat."""
        world = await World.of(database, settings, points=3000)
        table = cls(world.database, world.settings, world.caller, world.cast, world.room)
        await table.open(url, open_window)
        table.talk = await table.caller_window.enter(table.room)
        await table.sit_down(fresh=True)
        return table

    async def open(self, url: str, open_window: Open) -> None:
        """Open both windows, as at first or after the site was gone."""
        self.caller_window = await open_window(url, self.caller, "tab-caller")
        self.cast_window = await open_window(url, self.cast, "tab-cast-1")

    async def sit_down(self, *, fresh: bool) -> None:
        """Both join and begin to beat."""
        for window in (self.cast_window, self.caller_window):
            ack = await window.sit(self.talk, fresh=fresh)
            assert ack["ok"], ack
        for window in (self.cast_window, self.caller_window):
            window.beat_on()

    async def charged(self) -> list[int]:
        """The minutes charged so far."""
        return await minutes(self.database, self.talk)

    async def until_charged(self, count: int) -> None:
        """Wait until so many minutes are charged."""
        async with asyncio.timeout(120):
            while len(await self.charged()) < count:
                await asyncio.sleep(POLL)


async def proved_ms(database: Database, talk: int) -> float:
    """The time that beats of both sides, none further apart than the silence, vouch for."""
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text(
                "SELECT side, extract(epoch FROM at)::float8 AS at FROM beats"
                " WHERE talk_id = :t AND media ORDER BY at"
            ),
            {"t": talk},
        )
        beats = rows.all()
    total = 0.0
    sides = {side: [beat.at for beat in beats if beat.side == side] for side in ("caller", "cast")}
    # Time counts where both sides stand within a chain of beats.
    for begin, end in chain(sides["caller"]):
        for from_, to in chain(sides["cast"]):
            total += max(0.0, min(end, to) - max(begin, from_))
    return total * 1000


def chain(moments: list[float]) -> list[tuple[float, float]]:
    return [(one, two) for one, two in pairwise(moments) if two - one < SILENCE + 1]


@pytest.mark.timeout(400)
async def test_a_killed_site_charges_no_minute_twice_and_none_without_evidence(
    database: Database, start_site: StartSite, open_window: Open
) -> None:
    # However slowly the site starts again, the talks must still be there.
    site = await start_site(HITOTOKI_RETURN_SECONDS="300")
    settings = Settings(demo=True)
    tables = await asyncio.gather(
        *(Table.laid(database, settings, site.url, open_window) for _ in range(TALKS))
    )
    await asyncio.gather(*(table.until_charged(1) for table in tables))

    await site.kill()
    before = [await table.charged() for table in tables]
    # More than a minute and more than the silence allowed, but less than the time to come back.
    await asyncio.sleep(SILENCE + 1.5)
    assert [await table.charged() for table in tables] == before

    await site.run()
    # A kill cuts no picture between two browsers: some come back with the pair that they had.
    for number, table in enumerate(tables):
        await table.open(site.url, open_window)
        await table.sit_down(fresh=number % 2 == 0)
    for table, charged in zip(tables, before, strict=True):
        await table.until_charged(len(charged) + 1)

    for table in tables:
        await table.caller_window.stop_beating()
        ack = await table.caller_window.ask("talk:leave", {"talk_id": table.talk})
        assert ack["ok"], ack
        assert (await table.cast_window.hear("talk:ended"))["reason"] == "caller_left"
        await check_evidence(table)
    assert await broken(database) == []


async def check_evidence(table: Table) -> None:
    reading = await table.reading()
    charged = await table.charged()
    assert charged == list(range(1, len(charged) + 1))
    # The meter stands at what both sides' beats vouch for: not a second of the outage is in it.
    proved = await proved_ms(table.database, table.talk)
    assert reading.connected_ms <= proved + 300
    assert len(charged) <= 1 + (proved + 300 - FREE_MS) // MINUTE_MS
    assert await table.points() == 3000 - 100 * len(charged)
