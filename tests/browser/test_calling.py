"""A call by telephone, followed at two pages while both telephones do their part."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database, Tx
from foundation.settings import Settings
from people.accounts.tables import users
from rooms.ground.tables import rooms, standbys
from telephone.desk import Reachable
from telephone.gateway import Gateway
from telephone.parties import Patience
from tests.browser.conftest import StartSite, in_one_loop
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import BY_TRUNK, Site
from tests.browser.test_accessibility import Inspector
from tests.people.telephones.owned import give_number
from tests.telephone.fake_line import FakeLine, FakePhone
from tests.telephone.scene import CALLER as CALLERS_NUMBER
from tests.telephone.scene import CAST as CASTS_NUMBER
from tests.telephone.scene import spoken

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLER, CAST, ROOM = "健太", "はるか", 1
PATIENT = 60 * SECONDS
HERE = {"HITOTOKI_TELEPHONE": "true", **BY_TRUNK}


@in_one_loop()
async def site(start_site: StartSite) -> Site:
    return await start_site(**HERE)


@in_one_loop()
async def line(
    site: Site, database: Database, settings: Settings, tmp_path: Path
) -> AsyncIterator[FakeLine]:
    """A gateway on a fake line whose telephones ring until a test lets them be answered."""
    line = FakeLine()
    own = settings.model_copy(update={"data": tmp_path / "data"})
    async with database.transaction() as tx:
        await tx.execute(sa.delete(standbys))
        await tx.execute(sa.update(rooms).where(rooms.c.id == ROOM).values(by_telephone=True))
        named = sa.select(users.c.id, users.c.nickname).where(users.c.nickname.in_((CALLER, CAST)))
        numbers = {
            row.id: CALLERS_NUMBER if row.nickname == CALLER else CASTS_NUMBER
            for row in await tx.execute(named)
        }
        for user_id, number in numbers.items():
            await give_number(tx, own, user_id, number)

    async def book(_: Tx, __: Settings, user_id: int) -> Reachable:
        return Reachable(numbers.get(user_id))

    for number in (CALLERS_NUMBER, CASTS_NUMBER):
        line.phones[number] = FakePhone(answers_after=-1)
    gateway = Gateway(
        Settings(demo=True, telephone=True, minute_seconds=4, beat_seconds=1, silence_seconds=6,
                 pause_seconds=600),
        database, line, spoken, book, Patience(ring=60, key=20, beat=1),
    )  # fmt: skip
    stopping = asyncio.Event()
    works = [asyncio.create_task(gateway.run(stopping)), asyncio.create_task(_speak(line))]
    try:
        yield line
    finally:
        stopping.set()
        await asyncio.wait_for(works[0], 60)
        works[1].cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await line.close()


async def _speak(line: FakeLine) -> None:
    while True:
        await asyncio.sleep(0.02)
        for leg in list(line.legs):
            if leg.is_answered.is_set():
                leg.speaks(20)


async def _rung(line: FakeLine, number: str) -> None:
    async with asyncio.timeout(60):
        while not (any(leg.number == number for leg in line.all)):
            await asyncio.sleep(0.05)


async def stand_by(cast: Person) -> None:
    await cast.page.goto(f"{cast.base}/console/telephone")
    await cast.page.get_by_role("button", name="電話で待機をはじめる").click()
    await expect(cast.page.get_by_text("電話で待機中です")).to_be_visible()


async def test_rung_guided_joined_and_ended_before_both_peoples_eyes(
    browser: Browser, site: Site, database: Database, line: FakeLine
) -> None:
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    cast = await Person.arrive(browser, site.url, CAST)
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}")
    article = caller.page.locator("article.room")
    await expect(article).to_have_attribute("data-state", "closed")
    await stand_by(cast)
    # Within a second, without anybody's touching it.
    await expect(article).to_have_attribute("data-state", "open")
    await caller.page.locator(".room-act").get_by_role("link", name="電話で相談する").click()
    await caller.page.get_by_role("button", name="今すぐ相談する").click()
    await caller.page.wait_for_url("**/calls/*")
    lead = caller.page.locator(".application-lead")
    await expect(lead).to_contain_text("あなたの電話にかけています", timeout=PATIENT)

    await _rung(line, CALLERS_NUMBER)
    line.leg(CALLERS_NUMBER).answers()
    line.leg(CALLERS_NUMBER).press("1")
    await expect(lead).to_contain_text(f"{CAST}さんをお呼びしています", timeout=PATIENT)
    await cast.page.goto(caller.page.url)
    await expect(cast.page.locator(".application-lead")).to_contain_text("あなたの電話")
    await _rung(line, CASTS_NUMBER)
    line.leg(CASTS_NUMBER).answers()
    line.leg(CASTS_NUMBER).press("1")
    await expect(lead).to_contain_text("お話し中です", timeout=PATIENT)
    await expect(caller.page.locator("[data-part=time]")).not_to_have_text("0:00", timeout=PATIENT)

    await caller.page.get_by_role("button", name="電話を切る").click()
    await caller.page.wait_for_url("**/talks/*")
    await cast.page.wait_for_url("**/talks/*")
    assert not line.legs
    assert caller.problems == cast.problems == []


async def test_pages_of_calls_break_no_rule(
    browser: Browser, site: Site, database: Database, line: FakeLine
) -> None:
    inspector = Inspector(site.url)
    cast = await Person.arrive(browser, site.url, CAST)
    await inspector.visit(cast.page, "/console/telephone")
    await stand_by(cast)
    await inspector.look(cast.page, "standing by by telephone")
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await inspector.visit(caller.page, f"/rooms/{ROOM}", f"/rooms/{ROOM}/call")
    await caller.page.get_by_role("button", name="今すぐ相談する").click()
    await caller.page.wait_for_url("**/calls/*")
    await _rung(line, CALLERS_NUMBER)
    await inspector.look(caller.page, "a call that rings")
    await caller.page.get_by_role("button", name="取りやめる").click()
    await expect(caller.page.get_by_text("お電話を取りやめました")).to_be_visible(timeout=PATIENT)
    await inspector.look(caller.page, "a call that was called off")
    assert not inspector.found, "\n".join(inspector.found)


async def test_called_off_while_it_rings(
    browser: Browser, site: Site, database: Database, line: FakeLine
) -> None:
    cast = await Person.arrive(browser, site.url, CAST)
    await stand_by(cast)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}/call")
    await caller.page.get_by_role("button", name="今すぐ相談する").click()
    await caller.page.wait_for_url("**/calls/*")
    await _rung(line, CALLERS_NUMBER)
    await caller.page.get_by_role("button", name="取りやめる").click()
    await expect(caller.page.get_by_text("お電話を取りやめました")).to_be_visible(timeout=PATIENT)
    assert not line.legs
