"""Two real browsers talk through the site's media processes, also when one dies or stops."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import socketio
import sqlalchemy as sa
from playwright.async_api import Browser
from pydantic import SecretStr

from foundation.database import Database
from foundation.embedded import EmbeddedValkey
from foundation.settings import Settings
from rooms.talk import paths
from signaling.push import Push
from signaling.relayed.moves import tell_pairs
from tests.browser.conftest import StartSite, in_one_loop, one_talk
from tests.browser.media_process import SHARED, Carrier
from tests.browser.person import SECONDS, Person
from tests.browser.test_talk import CAST, ROOM, books_hold, meters_agree, room_title

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(300)]

# The goal is 5 s; here a machine may be as slow as it likes.
BACK_SECONDS = 60

StartCarrier = Callable[[], Awaitable[Carrier]]


@in_one_loop()
async def carriers(database_url: str) -> AsyncIterator[StartCarrier]:
    """Starts media processes, and stops them."""
    started: list[Carrier] = []

    async def start() -> Carrier:
        started.append(await Carrier.start(database_url))
        return started[-1]

    yield start
    for carrier in started:
        await carrier.end(signal.SIGTERM)


@dataclass
class Pair:
    """Two who talk, and what the site knows of their talk."""

    caller: Person
    cast: Person
    database: Database

    @classmethod
    async def meet(cls, browser: Browser, url: str, database: Database) -> "Pair":
        cast = await Person.arrive(browser, url, CAST)
        await cast.stand_by(await room_title(database))
        caller = await Person.arrive(browser, url, "健太")
        await caller.enter(ROOM)
        pair = cls(caller, cast, database)
        await pair.talk()
        return pair

    async def talk(self) -> None:
        """Both see each other move, by the meter."""
        for person in (self.caller, self.cast):
            await person.see("talking", BACK_SECONDS)
        async with asyncio.timeout(BACK_SECONDS):
            for person in (self.caller, self.cast):
                while not await person.sees_the_other_move():
                    pass

    async def path(self) -> tuple[int, str, int | None]:
        """The newest pair, and its way."""
        query = sa.text("SELECT pair, media_path, media_host FROM talks ORDER BY id DESC LIMIT 1")
        async with self.database.transaction() as tx:
            row = (await tx.execute(query)).one()
        return row.pair, row.media_path, row.media_host

    async def goes_on(self, after: int) -> tuple[str, int | None]:
        """Wait for a pair after this one by which they talk; its way."""
        async with asyncio.timeout(BACK_SECONDS):
            while (await self.path())[0] <= after:
                await asyncio.sleep(0.1)
        await self.talk()
        return (await self.path())[1:]

    async def end(self) -> None:
        """Hang up after a paid minute; the accounts and the books are right."""
        async with asyncio.timeout(BACK_SECONDS):
            while not await self.caller.value("meter-cost"):
                await asyncio.sleep(0.2)
        await self.caller.hang_up()
        await self.caller.see_account()
        await self.cast.see_account()
        paid, earned = await self.caller.account(), await self.cast.account()
        assert paid["end_reason"] == earned["end_reason"] == "caller_left"
        assert earned["earned"] == paid["cost"] * 80 // 100
        assert paid["cost"] > 0
        await books_hold(self.database)
        assert self.caller.problems == self.cast.problems == []
        async with self.database.transaction() as tx:
            assert await tx.scalar(sa.text("SELECT count(*) FROM talks")) == 1


async def test_a_talk_through_the_relay_is_seen_heard_and_metered(
    browser: Browser, start_site: StartSite, carriers: StartCarrier, database: Database
) -> None:
    carrier = await carriers()
    site = await start_site(**SHARED, HITOTOKI_MEDIA_PATH="relay")
    both = await Pair.meet(browser, site.url, database)
    assert (await both.path())[1:] == ("relay", carrier.host_id)
    await both.caller.page.wait_for_timeout(6 * SECONDS)
    await meters_agree(both.caller, both.cast, database)
    await both.end()


async def test_after_the_death_of_a_media_process_another_carries_the_talk(
    browser: Browser, start_site: StartSite, carriers: StartCarrier, database: Database
) -> None:
    two = {carrier.host_id: carrier for carrier in (await carriers(), await carriers())}
    site = await start_site(**SHARED, HITOTOKI_MEDIA_PATH="relay")
    both = await Pair.meet(browser, site.url, database)
    pair, path, host = await both.path()
    assert path == "relay"
    await two.pop(host or 0).end(signal.SIGKILL)
    assert await both.goes_on(pair) == ("relay", next(iter(two)))
    await both.end()


async def test_without_another_they_talk_from_browser_to_browser(
    browser: Browser, start_site: StartSite, carriers: StartCarrier, database: Database
) -> None:
    carrier = await carriers()
    more = {"HITOTOKI_MEDIA_PATH": "relay", "HITOTOKI_HIDE_ADDRESSES": "choice"}
    site = await start_site(**SHARED, **more)
    both = await Pair.meet(browser, site.url, database)
    pair, path, _ = await both.path()
    assert path == "relay"
    await carrier.end(signal.SIGKILL)
    assert await both.goes_on(pair) == ("p2p", None)
    await both.end()


async def test_a_media_process_that_stops_lets_its_talk_move_first(
    browser: Browser, start_site: StartSite, carriers: StartCarrier, database: Database
) -> None:
    two = {carrier.host_id: carrier for carrier in (await carriers(), await carriers())}
    site = await start_site(**SHARED, HITOTOKI_MEDIA_PATH="relay")
    both = await Pair.meet(browser, site.url, database)
    pair, _, host = await both.path()
    stopping = two.pop(host or 0)
    await stopping.end(signal.SIGTERM)
    assert await both.goes_on(pair) == ("relay", next(iter(two)))
    assert stopping.process.returncode == 0
    await both.end()


async def test_a_talk_that_runs_directly_moves_to_the_relay(
    browser: Browser,
    start_site: StartSite,
    carriers: StartCarrier,
    database: Database,
    valkey: EmbeddedValkey,
) -> None:
    more = {"HITOTOKI_REDIS_URL": valkey.url, "HITOTOKI_HIDE_ADDRESSES": "choice"}
    site = await start_site(**SHARED, **more)
    both = await Pair.meet(browser, site.url, database)
    pair, path, _ = await both.path()
    assert path == "p2p"
    carrier = await carriers()
    secret = SecretStr(SHARED["HITOTOKI_MEDIA_SECRET"])
    settings = Settings(media_secret=secret, redis_url=valkey.url, hide_addresses="choice")
    async with database.transaction() as tx:
        talk = await tx.scalar(sa.text("SELECT id FROM talks"))
        assert await paths.move_to_relay(tx, settings, talk) == pair + 1
    # As a process of the site that learns of it would: its browsers sit at another.
    manager = socketio.AsyncRedisManager(valkey.url, channel="hitotoki", write_only=True)
    push = Push(socketio.AsyncServer(client_manager=manager), database, settings)
    await tell_pairs(push, database, settings, [talk])
    assert await both.goes_on(pair) == ("relay", carrier.host_id)
    assert (await both.path())[0] == pair + 1
    await both.end()
