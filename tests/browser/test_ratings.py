"""After a talk: stars by the keyboard, the cast's answer, and the list that opens at three."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from foundation.settings import Settings
from tests.browser.past import talked
from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.test_accessibility import Inspector
from tests.browser.test_talk import CAST, ROOM
from tests.rooms.rated import rated

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLER, STAFF = "健太", "スタッフ佐倉"
WORDS, ANSWER = "ゆっくり聞いてくださいました。", "またお待ちしています。"


async def test_a_rating_goes_from_stars_to_the_public_list(
    browser: Browser, site: Site, database: Database
) -> None:
    talk = await talked(database, CALLER, CAST, ROOM)
    async with database.transaction() as tx:
        whose = sa.text("SELECT cast_id FROM rooms WHERE id = :room")
        cast_id = int(await tx.scalar(whose, {"room": ROOM}) or 0)
    await rated(database, Settings(), cast_id, ROOM, 4, 4, text="")
    inspector = Inspector(site.url)
    visitor = await Person.visit(browser, site.url, PHONE)
    await visitor.page.goto(f"{site.url}/casts/{cast_id}/ratings")
    await expect(visitor.page.get_by_text("評価はまだ表示していません")).to_be_visible()

    await rate(await Person.arrive(browser, site.url, CALLER, PHONE), inspector, talk)
    await answer(await Person.arrive(browser, site.url, CAST), inspector, talk)

    await inspector.visit(visitor.page, f"/casts/{cast_id}/ratings")
    await expect(visitor.page.get_by_text(WORDS)).to_be_visible()
    await expect(visitor.page.get_by_text(ANSWER)).to_be_visible()
    await expect(visitor.page.get_by_text("3件の評価")).to_be_visible()
    assert CALLER not in await visitor.page.content()
    await visitor.page.goto(f"{site.url}/rooms/{ROOM}")
    await expect(visitor.page.get_by_text("評価をすべて見る（3件）")).to_be_visible()

    staff = await Person.arrive(browser, site.url, STAFF)
    await inspector.visit(staff.page, "/staff/ratings", "/settings/standing")
    assert inspector.found == []
    for person in (visitor, staff):
        assert not person.problems
        assert not person.complaints


async def rate(caller: Person, inspector: Inspector, talk: int) -> None:
    """Four stars by the arrow keys, after a press without any."""
    page = caller.page
    await page.goto(f"{caller.base}/talks/{talk}")
    await expect(page.get_by_role("heading", name="ありがとうございました")).to_be_visible()
    # Trouble is folded, and opens by the keyboard.
    report = page.get_by_role("link", name="通報する")
    await expect(report).to_be_hidden()
    await page.locator(".trouble summary").press("Enter")
    await expect(report).to_be_visible()
    await inspector.look(page, "after a talk")
    stars = page.get_by_role("radio")
    await expect(stars).to_have_count(5)
    await stars.first.focus()
    await page.keyboard.press("Space")
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="星4つ：良かった")).to_be_checked()
    await page.get_by_label("ひとこと").fill(WORDS)
    await page.get_by_role("button", name="評価を送る").click()
    await expect(page.get_by_text("評価をお預かりしました")).to_be_visible()
    await expect(page.get_by_role("img", name="5つ星のうち4")).to_be_visible()
    await inspector.look(page, "a talk that was rated")
    assert not caller.problems
    assert not caller.complaints


async def answer(cast: Person, inspector: Inspector, talk: int) -> None:
    """The cast comes by the notice, answers, and says that the talk was good."""
    page = cast.page
    await page.goto(f"{cast.base}/inbox")
    await page.get_by_text("新しい評価が届きました").first.click()
    await page.wait_for_url(f"**/talks/{talk}*")
    await expect(page.get_by_text(WORDS)).to_be_visible()
    await page.get_by_role("textbox", name="お返事").fill(ANSWER)
    await page.get_by_role("button", name="お返事を載せる").click()
    await expect(page.get_by_text("お返事を載せました")).to_be_visible()
    await page.get_by_label("良かった", exact=True).check()
    await page.get_by_role("button", name="送る", exact=True).click()
    await expect(page.get_by_text("お預かりしました")).to_be_visible()
    await inspector.look(page, "a rating that was answered")
    assert not cast.problems
    assert not cast.complaints
