"""What the clock does about the telephone, and how browsers come to know of it."""

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from rooms.calling import leaving, news, views
from scheduler import telephone_news, ticker
from tests.rooms.calling.scene import Calling


@dataclass
class Heard:
    """A push that remembers what it was to tell."""

    rooms: list[int] = field(default_factory=list)
    talks_: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    async def room_states(self, rooms: list[int]) -> None:
        self.rooms += rooms

    async def talks(self, talks: set[int]) -> None:
        self.talks_ += talks

    async def rings(self, people: set[int]) -> None:
        self.people += people


@pytest.fixture
async def world(database: Database, settings: Settings) -> Calling:
    return await Calling.begun(database, settings)


async def tell(world: Calling) -> Heard:
    heard = Heard()
    await telephone_news.tell(world.database, heard)  # type: ignore[arg-type]
    return heard


async def test_each_news_is_told_once_to_both_and_to_who_looks_at_the_room(world: Calling) -> None:
    await tell(world)
    await world.ask()
    heard = await tell(world)
    assert (heard.rooms, sorted(heard.people)) == ([world.room], sorted([world.caller, world.cast]))
    assert (await tell(world)) == Heard()
    assert await world.do(views.people_of, {world.call}) == {world.caller, world.cast}


async def test_news_that_nobody_told_in_time_are_let_fall(world: Calling) -> None:
    await world.ask()
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE call_news SET made_at = made_at - interval '2 min'"))
    assert await tell(world) == Heard()
    assert (await world.do(news.take)) == news.CallNews()


async def test_the_clock_ends_what_nobody_carries_and_keeps_who_waits(world: Calling) -> None:
    await world.rung()
    await world.shift_call(leaving.DEAD_SECONDS + 1)
    await ticker.by_telephone(world.settings, world.database)
    assert ((await world.row()).why, await world.state()) == ("line_failed", "open")
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE standbys SET seen_at = seen_at - interval '15 s'"))
    before = (await world.standby()).seen_at
    await ticker.by_telephone(world.settings, world.database)
    assert (await world.standby()).seen_at > before


async def test_after_the_rest_the_clock_lets_the_cast_wait_again(world: Calling) -> None:
    await world.joined()
    await world.beat()
    await world.talk_for(10)
    await world.end_talk("caller_left")
    await tell(world)
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE pauses SET ends_at = clock_timestamp()"))
    await ticker.by_telephone(world.settings, world.database)
    assert await world.state() == "open"
    assert world.room in (await tell(world)).rooms


@pytest.mark.parametrize("fails", ["standing.resume", "telephone_standbys.touch"])
async def test_one_step_that_fails_holds_up_no_other(
    world: Calling, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    async def broken(tx: Tx, settings: Settings) -> list[int]:
        raise RuntimeError("out of order")

    monkeypatch.setattr(f"scheduler.ticker.{fails}", broken)
    await world.rung()
    await world.shift_call(leaving.DEAD_SECONDS + 1)
    await ticker.by_telephone(world.settings, world.database)
    assert ((await world.row()).why, await world.state()) == ("line_failed", "open")
