"""Firefox and Chromium talk with each other, whichever side either is on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser

from foundation.database import Database
from tests.browser.bidi import FIREFOX, Firefox, firefox
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.firefox_person import FirefoxPerson
from tests.browser.person import Person
from tests.browser.test_talk import CAST, ROOM, books_hold, charged, room_title

pytestmark = [
    pytest.mark.browser,
    other_talk,
    pytest.mark.timeout(400),
    pytest.mark.skipif(FIREFOX is None, reason="firefox-esr is not installed"),
]

CALLER = "健太"
# Short minutes, but the real distances at which a contradiction shows and darkness falls.
REAL = {"HITOTOKI_SILENCE_SECONDS": "15", "HITOTOKI_DISAGREE_SECONDS": "4"}

# By then a contradiction would have shown, for which 9 s are enough.
MINUTES = 4

# What each side told: that sound and picture came, and that the other reports on what is sent. Of
# the sound's reports Firefox 140 tells nothing; what it tells of the picture's must do.
_TOLD = sa.text("""
SELECT bool_or(audio_received > 0) AND bool_or(video_received > 0)
  AND bool_or(video_report_ms IS NOT NULL) FROM beats GROUP BY side
""")

Someone = Person | FirefoxPerson


@in_one_loop()
async def fox(tmp_path: Path) -> AsyncIterator[Firefox]:
    """A Firefox with a fake camera and microphone."""
    async with firefox(tmp_path / "firefox") as running:
        yield running


@pytest.mark.parametrize("firefox_calls", [True, False], ids=["it calls", "it is called"])
async def test_firefox_and_chromium_talk(
    firefox_calls: bool, fox: Firefox, browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(**REAL)
    caller: Someone
    cast: Someone
    if firefox_calls:
        caller = await FirefoxPerson.arrive(fox, site.url, CALLER)
        cast = await Person.arrive(browser, site.url, CAST)
    else:
        caller = await Person.arrive(browser, site.url, CALLER)
        cast = await FirefoxPerson.arrive(fox, site.url, CAST)
    await cast.stand_by(await room_title(database))
    await caller.enter(ROOM)
    for side in (caller, cast):
        await side.see("talking", 90)
        assert await side.sees_the_other_move()
    async with asyncio.timeout(120):
        while not (await both_told_all(database) and await minutes(database) >= MINUTES):
            await asyncio.sleep(0.2)
    assert await one(database, "SELECT disagree_ms FROM talks") == 0
    assert await one(database, "SELECT count(*) FROM talk_spans WHERE reason = 'disagree'") == 0
    await caller.hang_up()
    for side in (caller, cast):
        await side.see_account(60)
        assert side.problems == []
    account = await caller.account()
    assert account["end_reason"] == "caller_left"
    assert account["cost"] == await charged(database) > 0
    assert (await cast.account())["earned"] == account["cost"] * 80 // 100
    await books_hold(database)


async def both_told_all(database: Database) -> bool:
    """Whether each side has told of sound and picture, and of the other's reports on its own."""
    async with database.transaction() as tx:
        sides = (await tx.execute(_TOLD)).scalars().all()
    return sides == [True, True]


async def one(database: Database, question: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(question)) or 0)


async def minutes(database: Database) -> int:
    return await one(database, "SELECT count(*) FROM charges")
