"""A call that was booked, and one that was applied for, before both peoples' eyes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from rooms.ground.booking_tables import reservations
from rooms.ground.tables import rooms
from tests.browser.booking import open_at_all_hours
from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.test_accessibility import Inspector
from tests.browser.test_calling import (
    CALLER,
    CAST,
    PATIENT,
    ROOM,
    _rung,
    line,
    site,
)
from tests.people.telephones.owned import give_name
from tests.telephone.fake_line import FakeLine
from tests.telephone.scene import CALLER as CALLERS_NUMBER
from tests.telephone.scene import CAST as CASTS_NUMBER

__all__ = ["line", "site"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def ready(database: Database) -> None:
    """The cast's name is spoken, and their room takes everything at any hour."""
    await open_at_all_hours(database)
    async with database.transaction() as tx:
        cast = await tx.scalar(sa.select(rooms.c.cast_id).where(rooms.c.id == ROOM))
        await tx.execute(sa.text("DELETE FROM spoken_names WHERE user_id = :u"), {"u": cast})
        await give_name(tx, int(cast or 0), "ハルカ")
        taking = sa.update(rooms).where(rooms.c.id == ROOM)
        await tx.execute(taking.values(by_application=True, booking="direct"))


async def answered(line: FakeLine, *numbers: str) -> None:
    for number in numbers:
        await _rung(line, number)
        line.leg(number).answers()
        line.leg(number).press("1")


async def test_booked_by_telephone_both_are_rung_at_its_time(
    browser: Browser,
    site: Site,
    database: Database,
    owner_database: Database,
    line: FakeLine,
) -> None:
    await ready(database)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    inspector = Inspector(site.url)
    page = caller.page
    await page.goto(f"{caller.base}/rooms/{ROOM}/book")
    await page.locator(".starts a").last.click()
    await page.get_by_role("radio", name="電話で話す").check()
    await inspector.look(page, "choosing a call")
    await page.get_by_role("button", name="予約内容の確認へ").click()
    await expect(page.locator("form.order")).to_contain_text("電話で話す予約です")
    await inspector.look(page, "confirming a call")
    await page.get_by_role("button", name="pt で予約する").click()
    await expect(page.get_by_role("status").first).to_contain_text("予約しました。")
    await expect(page.locator("[data-afresh=call]")).to_contain_text("おふたりの電話が鳴ります")
    await inspector.look(page, "a booked call")

    number = int(page.url.partition("/reservations/")[2].partition("?")[0])
    async with owner_database.transaction() as tx:
        mine = sa.select(reservations.c.starts_at).where(reservations.c.id == number)
        starts = await tx.scalar(mine)
        now = await tx.scalar(sa.select(sa.func.clock_timestamp()))
        assert starts is not None
        assert now is not None
        earlier = starts - now - timedelta(seconds=1)
        moved = {
            name: reservations.c[name] - earlier
            for name in ("starts_at", "ends_at", "cancel_until", "ring_at")
        }
        change = sa.update(reservations).where(reservations.c.id == number)
        await tx.execute(change.values(moved))
    await _rung(line, CALLERS_NUMBER)
    await expect(page.locator("[data-afresh=call]")).to_contain_text(
        "いま、おふたりにお電話しています", timeout=PATIENT
    )
    await page.get_by_role("link", name="お電話の様子を見る").click()
    await inspector.look(page, "a reserved call that rings")
    await answered(line, CALLERS_NUMBER, CASTS_NUMBER)
    await expect(page.locator(".application-lead")).to_contain_text("お話し中です", timeout=PATIENT)
    await expect(page.locator(".call-state")).to_contain_text("予約の残り")
    await page.get_by_role("button", name="電話を切る").click()
    await page.wait_for_url("**/talks/*")
    await page.goto(f"{caller.base}/reservations/{number}")
    await expect(page.get_by_role("button", name="もう一度、電話でつなぐ")).to_be_visible()
    await page.get_by_role("button", name="もう一度、電話でつなぐ").click()
    await expect(page.get_by_role("link", name="お電話の様子を見る")).to_be_visible(timeout=PATIENT)
    assert not inspector.found, "\n".join(inspector.found)
    assert caller.problems == []


async def test_applied_for_a_call_the_cast_says_yes_and_both_are_rung(
    browser: Browser, site: Site, database: Database, line: FakeLine
) -> None:
    await ready(database)
    inspector = Inspector(site.url)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    cast = await Person.arrive(browser, site.url, CAST)
    page = caller.page
    await page.goto(f"{caller.base}/rooms/{ROOM}/apply")
    await page.get_by_role("link", name="電話で話す").click()
    await inspector.look(page, "applying for a call")
    await page.get_by_role("button", name="申し込む").click()
    state = page.locator(".application-state")
    await expect(state).to_contain_text("おふたりの電話が鳴ります")
    await cast.page.goto(f"{cast.base}/console/applications")
    await inspector.look(cast.page, "an application for a call")
    await cast.page.get_by_role("button", name="電話でつなぐ").click()
    await cast.page.wait_for_url("**/calls/*")
    await expect(state).to_contain_text("おふたりにお電話しています", timeout=PATIENT)
    await inspector.look(page, "an application that rings")
    await answered(line, CALLERS_NUMBER, CASTS_NUMBER)
    await expect(cast.page.locator(".application-lead")).to_contain_text(
        "お話し中です", timeout=PATIENT
    )
    await expect(state).to_contain_text("通話になりました", timeout=PATIENT)
    assert not inspector.found, "\n".join(inspector.found)
    assert caller.problems == cast.problems == []
