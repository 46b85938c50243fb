"""One asks all: two answer, who asked says thank you, and reads in time what came."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person
from tests.browser.test_accessibility import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ASKER, MEMBER, OTHER, STAFF = "健太", "みお", "レン", "スタッフ佐倉"
TITLE = "朝の散歩をつづけるには"
TEXT = "三日でやめてしまいます。\nつづけている方、こつを教えてください。"


async def answer(person: Person, url: str, text: str) -> None:
    await person.page.goto(url)
    await person.page.get_by_label("本文").fill(text)
    await person.page.get_by_role("button", name="投稿する").click()
    await expect(person.page.locator(".board-answers")).to_contain_text(text)


async def make_member(staff: Person, nickname: str) -> None:
    await staff.page.goto(f"{staff.base}/staff/people?q={nickname}")
    await staff.page.get_by_role("link", name=nickname, exact=True).first.click()
    await staff.page.get_by_text("回答メンバーにする").first.click()
    await staff.page.get_by_label("理由（操作記録に残ります）").fill("経験の多い方です")
    await staff.page.get_by_role("button", name="回答メンバーにする").click()
    await expect(staff.page.locator("#answering")).to_contain_text("回答メンバーです")


async def test_asked_answered_twice_and_thanked(browser: Browser, start_site: StartSite) -> None:
    site = await start_site()
    await make_member(await Person.arrive(browser, site.url, STAFF), MEMBER)
    asker = await Person.arrive(browser, site.url, ASKER, PHONE)
    await asker.page.goto(f"{site.url}/board")
    await asker.page.get_by_role("link", name="相談を書く").click()
    await asker.page.get_by_label("カテゴリー").select_option("living")
    await asker.page.get_by_label("タイトル").fill(TITLE)
    await asker.page.get_by_label("相談の内容").fill(TEXT)
    await asker.page.get_by_label("ペンネーム").fill("七時の影")
    await asker.page.get_by_role("button", name="投稿する").click()
    await asker.page.wait_for_url(re.compile(r"/board/\d+\?done=posted"))
    url = asker.page.url.partition("?")[0]
    member = await Person.arrive(browser, site.url, MEMBER)
    await member.page.goto(f"{site.url}/board?show=not_by_me")
    await member.page.get_by_role("link", name=TITLE).click()
    await expect(member.page.get_by_text("七時の影さん").first).to_be_visible()
    # Who has the topic open sees it come, has read it, and keeps what they are writing.
    await asker.page.get_by_label("本文").fill("雨の日は？")
    async with asker.page.expect_response(lambda said: said.url.endswith("/read")):
        await answer(member, url, "靴を玄関に出しておくと、つづきました")
    await expect(asker.page.locator(".board-answers > li")).to_have_count(1)
    await expect(asker.page.get_by_text("新しい書きこみが届きました。")).to_be_visible()
    await expect(asker.page.get_by_label("本文")).to_have_value("雨の日は？")
    await asker.page.goto(f"{site.url}/guide")
    await answer(await Person.arrive(browser, site.url, OTHER), url, "雨の日は休むと決めています")
    await asker.page.goto(f"{site.url}/board?show=asked")
    line = asker.page.locator(".board-list > li").filter(has_text=TITLE)
    await expect(line).to_contain_text("新着 1")
    async with asker.page.expect_response(lambda said: said.url.endswith("/read")):
        await asker.page.get_by_role("link", name=TITLE).click()
    answers = asker.page.locator(".board-answers > li")
    await expect(answers).to_have_count(2)
    await expect(answers.first.get_by_role("link", name="回答メンバー")).to_be_visible()
    await answers.first.get_by_role("button", name="ありがとう").click()
    await expect(answers.first).to_contain_text("相談した方から「ありがとう」")
    await answers.last.get_by_role("button", name="役に立った").click()
    await expect(answers.last).to_contain_text("役に立った 1人")
    # What was looked at is new no longer.
    await asker.page.goto(f"{site.url}/board?show=asked")
    await expect(line).to_be_visible()
    await expect(line.get_by_text("新着")).to_have_count(0)
    await asker.page.goto(url)
    await asker.page.get_by_role("button", name="締め切る").click()
    await member.page.goto(url)
    await expect(member.page.get_by_label("本文")).to_have_count(0)
    assert asker.problems == []
    assert [one for one in asker.complaints if "/board" in one] == []


async def test_its_pages_break_no_rule_and_grow(browser: Browser, start_site: StartSite) -> None:
    site = await start_site()
    inspector = Inspector(site.url)
    visitor = await Person.visit(browser, site.url)
    await inspector.visit(visitor.page, "/board", "/board/1", "/board/guide", "/board/members")
    await inspector.visit(visitor.page, "/write", "/board/guide/members")
    asker = await Person.arrive(browser, site.url, ASKER)
    own = ("/board?show=not_by_me", "/board?show=asked", "/board/new", "/board/2", "/board/1")
    await inspector.visit(asker.page, *own, "/board/2/add", "/board/2/delete", "/board/1/report")
    await asker.page.goto(f"{site.url}/board/new")
    await asker.page.get_by_label("カテゴリー").select_option("health")
    await asker.page.get_by_label("タイトル").fill("つらい")
    await asker.page.get_by_label("相談の内容").fill("消えたいと思ってしまいます")
    await asker.page.get_by_role("button", name="投稿する").click()
    await expect(asker.page.get_by_role("alert")).to_contain_text("0120-061-338")
    await inspector.look(asker.page, "help before it is sent")
    await asker.page.get_by_role("button", name="このまま投稿する").click()
    await asker.page.wait_for_url(re.compile("done=posted"))
    await inspector.look(asker.page, "help afterwards")
    staff = await Person.arrive(browser, site.url, STAFF)
    desk = ("/staff/board", "/staff/board?show=first", "/staff/board/members", "/staff/board/lines")
    await inspector.visit(staff.page, *desk)
    assert not inspector.found, "\n\n".join(inspector.found)
