"""Calls on the practice line, from the press to the bill: as on the line of the other tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.settings import Settings
from rooms.calling import leaving
from telephone.gateway import Gateway
from telephone.port import FRAME
from telephone.practice.line import OwnNumber, PracticeLine
from telephone.practice.page import PracticePage
from tests.faults.databases import fresh_database
from tests.telephone.practice.browser_double import SilentSpeech, ToldPage
from tests.telephone.scene import CALLER, CAST, Rung, spoken

pytestmark = pytest.mark.timeout(120)

SITE = "05012340000"


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> Rung:
    return await Rung.ready(database, settings)


@contextlib.asynccontextmanager
async def table(world: Rung) -> AsyncIterator[ToldPage]:
    """A gateway on the practice line, and somebody who answers both telephones and speaks."""
    SilentSpeech.made.clear()
    line = PracticeLine([OwnNumber("caller", CALLER), OwnNumber("cast", CAST)], [SITE])
    page = ToldPage()
    page.page = PracticePage(line, page.tell, SilentSpeech)
    gateway = Gateway(world.settings, world.database, line, spoken, world.book, world.patience)
    stopping = asyncio.Event()
    works = [asyncio.create_task(gateway.run(stopping)), asyncio.create_task(at_hand(page))]
    try:
        yield page
    finally:
        stopping.set()
        await asyncio.wait_for(works[0], 30)
        works[1].cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await line.close()


async def at_hand(page: ToldPage) -> None:
    """Whatever rings is answered, asked for a key and spoken into, 20 ms at a time."""
    while True:
        await asyncio.sleep(0.02)
        for name in ("caller", "cast"):
            state = page.state(name)["state"]
            if state == "ringing":
                await page.does(name, "answer", offer="offer")
                SilentSpeech.made[-1].connected.set()
            elif state == "talking":
                await page.does(name, "key", "1")
        for speech in SilentSpeech.made:
            if not speech.closed:
                speech.mouth.frame()
                speech.hear(bytes(FRAME))


async def test_both_are_rung_joined_and_charged_until_one_hangs_up(world: Rung) -> None:
    before = await world.points()
    async with table(world) as page:
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(2))
        await page.does("caller", "hang_up")
        await world.wait_for(lambda: world.is_state("ended"))
    reading = await world.reading()
    assert reading.end_reason == "caller_left"
    assert await world.points() == before - reading.charged_minutes * 120
    assert {one.side: one.end_word for one in await world.attempts()} == {
        "caller": "they_hung_up",
        "cast": "we_hung_up",
    }
    assert page.state("cast")["end"] == "we_hung_up"


async def test_a_page_that_is_closed_ends_the_talk_and_costs_nothing_more(world: Rung) -> None:
    async with table(world) as page:
        await world.rings_until("joined")
        await world.wait_for(lambda: world.is_charged(1))
        assert page.page is not None
        await page.page.close()
        await world.wait_for(lambda: world.is_state("ended"))
        reading = await world.reading()
    assert reading.state == "ended"
    assert reading.charged_minutes <= 1 + reading.connected_ms // 1000
    assert {one.end_word for one in await world.attempts()} >= {"silent"}


async def test_stopped_from_the_callers_page(world: Rung) -> None:
    async with table(world) as page:
        await world.rings_until("joined")
        await world.do(leaving.ask_to_stop, world.settings, world.call, world.caller)
        await world.wait_for(lambda: world.is_state("ended"))
        await page.sees("caller", "idle")
    assert (await world.reading()).end_reason == "caller_left"
    assert page.state("cast")["end"] == "we_hung_up"
