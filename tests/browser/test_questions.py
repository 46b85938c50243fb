"""Two people ask and answer live: what comes appears, and that it was read is seen; contacts are
pointed out before they are sent."""

import re

import pytest
from playwright.async_api import Browser, Locator, Request, expect

from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLER, CAST, ROOM = "健太", "はるか", 1


def bubbles(person: Person) -> Locator:
    return person.page.locator("[data-part=log] [data-mine]")


async def write(person: Person, text: str) -> None:
    await person.page.get_by_label("メッセージ", exact=True).fill(text)
    await person.page.get_by_role("button", name="送る", exact=True).click()


async def ask(person: Person, text: str) -> str:
    await person.page.goto(f"{person.base}/rooms/{ROOM}")
    await person.page.get_by_role("link", name="質問する").click()
    await write(person, text)
    await person.page.wait_for_url(re.compile(r"/messages/\d+"))
    return person.page.url


async def test_asked_and_answered_live_with_read_marks(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site()
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.page.goto(f"{site.url}/messages")
    await expect(cast.page.get_by_text("メッセージはまだありません")).to_be_visible()
    url = await ask(caller, "はじめまして。\n旅行の話もできますか？")
    await expect(bubbles(caller)).to_have_count(1)
    await expect(bubbles(caller)).not_to_contain_text("既読")
    # The list of the other fills by itself, and so does the count in the menu.
    line = cast.page.locator(".threads li").filter(has_text=f"{CALLER}さん")
    await expect(line).to_contain_text("旅行の話もできますか？")
    count = cast.page.locator("#menu [data-part=messages-count]")
    await expect(count).to_have_text("1")
    await expect(cast.page.locator(".me[data-unread]")).to_be_visible()
    await line.get_by_role("link").click()
    await expect(bubbles(caller)).to_contain_text("既読")
    await expect(count).to_be_hidden()
    await write(cast, "もちろんです。どちらへ？")
    await expect(bubbles(caller).last).to_contain_text("もちろんです。どちらへ？")
    await expect(bubbles(cast).last).to_contain_text("既読")
    await expect(cast.page.get_by_label("メッセージ", exact=True)).to_have_value("")
    # Whoever doesn't look has not read.
    await caller.page.goto(f"{site.url}/guide")
    await write(cast, "急ぎません。")
    await expect(bubbles(cast)).to_have_count(3)
    await expect(bubbles(cast).last).not_to_contain_text("既読")
    await caller.page.goto(url)
    await expect(bubbles(cast).last).to_contain_text("既読")
    await cast.page.get_by_text("そのほか").click()
    # What is unfolded stays so while the page follows.
    async with cast.page.expect_response(lambda answer: answer.url == url):
        await cast.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await write(caller, "そうですか。")
    await expect(bubbles(cast).last).to_contain_text("そうですか。")
    # What was typed stays where the other has ended it meanwhile.
    await caller.page.get_by_label("メッセージ", exact=True).fill("京都です")
    await cast.page.get_by_role("button", name="このやりとりを終了する").click()
    await expect(caller.page.get_by_text("お相手が、このやりとりを終了しました。")).to_be_visible()
    await expect(caller.page.get_by_label("メッセージ", exact=True)).to_have_value("京都です")
    await expect(caller.page.get_by_role("button", name="送る", exact=True)).to_be_disabled()
    await cast.page.get_by_role("button", name="やりとりを再開する").click()
    await caller.page.get_by_role("button", name="送る", exact=True).click()
    await expect(bubbles(cast).last).to_contain_text("京都です")
    for person in (caller, cast):
        assert not person.problems
        assert not person.complaints
        await person.close()


async def test_contacts_are_pointed_out_before_they_are_sent(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site()
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await ask(caller, "こんにちは")
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    caller.page.on("request", note)
    await write(caller, "０９０-1234-5678 に電話ください")
    panel = caller.page.locator("[data-part=contacts]")
    await expect(panel).to_be_visible()
    await expect(panel.get_by_text("電話番号")).to_be_visible()
    await expect(panel.get_by_text("メールアドレス")).to_be_hidden()
    assert sent == []
    await panel.get_by_role("button", name="書きなおす").click()
    await write(caller, "またこんど、ここで話しましょう")
    await expect(bubbles(caller)).to_have_count(2)
    await write(caller, "hanako@example.jp")
    await panel.get_by_role("button", name="このまま送る").click()
    await expect(bubbles(caller)).to_have_count(3)
    await expect(panel).to_be_hidden()
    # The counter says what is too long, and nothing is cut.
    await caller.page.get_by_label("メッセージ", exact=True).fill("あ" * 1003)
    await expect(caller.page.locator("[data-part=count]")).to_contain_text("1,003 / 1,000")
    await expect(caller.page.get_by_text("3文字こえています")).to_be_attached()
    await expect(caller.page.get_by_role("button", name="送る", exact=True)).to_be_disabled()
    assert not caller.problems
    await caller.close()


async def test_a_site_that_refuses_contacts_lets_none_be_sent(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site(HITOTOKI_CONTACT_CHECK="refuse")
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await caller.page.goto(f"{site.url}/rooms/{ROOM}/ask")
    await write(caller, "LINE ID: hanako")
    panel = caller.page.locator("[data-part=contacts]")
    await expect(panel.get_by_text("このサイトでは送れません")).to_be_visible()
    await expect(panel.get_by_role("button")).to_have_count(0)
    assert caller.page.url.endswith(f"/rooms/{ROOM}/ask")
    await write(caller, "こんにちは")
    await expect(bubbles(caller)).to_have_count(1)
    await caller.close()
