"""A line and an application at one cast: whoever waits in line goes first, and nobody is called in
beside them."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, other_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.test_talk import CAST, ROOM

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(300)]

FIRST, SECOND = "健太", "正夫"
PATIENT = 60 * SECONDS
# As after a talk, until the test lets it end.
RESTS = """
INSERT INTO pauses (cast_id, room_id, ends_at)
SELECT cast_id, id, now() + interval '1 hour' FROM rooms WHERE id = :room
"""


async def test_who_applies_is_not_called_in_before_who_waits_in_line(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site()
    cast = await Person.arrive(browser, site.url, CAST)
    first = await Person.arrive(browser, site.url, FIRST, PHONE)
    second = await Person.arrive(browser, site.url, SECOND, PHONE)
    async with database.transaction() as tx:
        await tx.execute(sa.text(RESTS), {"room": ROOM})
    await first.page.goto(f"{site.url}/rooms/{ROOM}")
    await first.page.locator(".room-act").get_by_role("button", name="順番を待つ").click()
    await expect(first.page.locator("[data-part=waiting-place]")).to_contain_text("1番目")
    await first.page.goto(f"{site.url}/points")
    await second.page.goto(f"{site.url}/rooms/{ROOM}/apply")
    await second.page.get_by_role("button", name="申し込む").click()
    waits = second.page.get_by_text("お返事を待っています")
    await expect(waits).to_be_visible()

    await cast.page.goto(f"{site.url}/console/applications")
    await cast.page.get_by_role("button", name="トークする").click()
    await expect(cast.page.get_by_text("順番をお待ちの方がいます")).to_be_visible()
    # The rest ends, and the stand-by goes on by itself.
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE pauses SET ends_at = now() + interval '2 s'"))
    await cast.page.goto(f"{site.url}/console")
    turn = first.page.locator(".ring-bar[data-ring=turn]")
    await expect(turn).to_be_visible(timeout=PATIENT)
    await turn.get_by_role("link", name="入室へ進む").click()
    await first.page.locator("[data-part=enter]:enabled").click(timeout=PATIENT)
    for person in (first, cast):
        await person.see("talking", PATIENT / SECONDS)
    # Who applied still waits, and was never rung.
    await expect(waits).to_be_visible()
    await expect(second.page.locator(".ring-bar[data-ring=rung]")).to_have_count(0)
    async with database.transaction() as tx:
        talks = await tx.scalar(sa.text("SELECT count(*) FROM talks"))
        rung = sa.text("SELECT count(*) FROM talk_applications WHERE rung_at IS NOT NULL")
        assert (talks, await tx.scalar(rung)) == (1, 0)
    assert first.problems == second.problems == cast.problems == []
