"""A letter in two browsers: written, looked at, sent, answered with a draft kept, read, paid."""

import re

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLER, CAST = "健太", "よしこ"
WORDS = "夜泣きが一年つづいています。\n夫婦で眠る順番を、どう決めればよいでしょうか。"
FAMILY = "👨‍👩‍👧‍👦"


async def earned(database: Database) -> int:
    query = sa.text("""
SELECT coalesce(sum(h.share), 0) FROM letters l JOIN holds h ON h.id = l.hold_id
JOIN users u ON u.id = l.cast_id WHERE u.nickname = :cast""")
    async with database.transaction() as tx:
        return int(await tx.scalar(query, {"cast": CAST}) or 0)


async def test_a_letter_is_sent_answered_and_paid(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(HITOTOKI_LETTERS="true")
    async with database.transaction() as tx:
        room = await tx.scalar(
            sa.text("SELECT cast_id FROM rooms r JOIN users u ON u.id = r.cast_id"
                    " WHERE u.nickname = :cast LIMIT 1"),
            {"cast": CAST},
        )  # fmt: skip
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await caller.page.goto(f"{site.url}/casts/{room}")
    await caller.page.get_by_role("link", name="メールで相談する").click()
    field = caller.page.get_by_label("相談したいこと")
    # As people count: and what is too long can't be sent.
    await field.fill(FAMILY * 1000)
    count = caller.page.locator("[data-part=count]")
    await expect(count).to_contain_text("1,000 / 1,000")
    send = caller.page.get_by_role("button", name="内容を確かめる")
    await expect(send).to_be_enabled()
    await field.fill(FAMILY * 1001)
    await expect(send).to_be_disabled()
    await field.fill(f"{WORDS}\nmail@example.com まで")
    await send.click()
    # What looks like an address is pointed out first, in the browser alone.
    await expect(caller.page.get_by_text("連絡先や支払い方法のようなもの")).to_be_visible()
    await field.fill(WORDS)
    await send.click()
    await expect(caller.page.get_by_role("heading", name="メール相談の確認")).to_be_visible()
    await expect(caller.page.get_by_role("region", name="送る内容")).to_have_text(WORDS)
    await caller.page.get_by_role("button", name="書きなおす").click()
    await expect(caller.page.get_by_label("相談したいこと")).to_have_value(WORDS)
    await caller.page.get_by_role("button", name="内容を確かめる").click()
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.page.goto(f"{site.url}/letters?show=waiting")
    await expect(cast.page.locator(".page-head")).to_be_visible()
    await caller.page.get_by_role("button", name="で送る").click()
    await caller.page.wait_for_url(re.compile(r"/letters/\d+\?done=sent"))
    letter = caller.page.url.partition("?")[0]
    # What came stands in the list that was open.
    await cast.page.get_by_role("link", name=f"{CALLER}さんから").click()
    # What is typed before the page's script is there is saved with the next letter only.
    await cast.page.wait_for_url(f"{letter}**")
    answer = cast.page.get_by_label("お返事", exact=True)
    async with cast.page.expect_response(lambda told: told.url == f"{letter}/answer"):
        await answer.fill("まずは一週間、")
    await expect(cast.page.get_by_text("下書きを保存しました。")).to_be_visible()
    await cast.page.reload()
    await expect(answer).to_have_value("まずは一週間、")
    assert await earned(database) == 0
    await answer.fill("まずは一週間、先に寝る人を一日おきに替えてみてください。")
    await cast.page.get_by_role("button", name="お返事を送る").click()
    await expect(cast.page.get_by_text("お返事を送りました。")).to_be_visible()
    assert await earned(database) == 960
    # The caller's page follows by itself, and bears no word of it before it is asked for.
    await expect(caller.page.get_by_role("button", name="内容を確認する")).to_be_visible()
    await expect(caller.page.locator("#menu [data-part=messages-count]")).to_have_text("1")
    await expect(caller.page.get_by_text("先に寝る人を")).to_be_hidden()
    await caller.page.get_by_role("button", name="内容を確認する").click()
    await expect(caller.page.get_by_text("先に寝る人を")).to_be_visible()
    for person in (caller, cast):
        assert not person.problems
        assert not person.complaints
        await person.close()
