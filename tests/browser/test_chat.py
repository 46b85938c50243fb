"""A consultation in three browsers: from the board to a member, on to another, and to its end; and
what becomes of one that nobody takes."""

import asyncio
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Locator, Route, expect

from foundation.database import Database
from foundation.settings import Settings
from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person
from tests.browser.test_board import answer
from tests.web.chat.scene import photo
from writing.chat.clock import lapsing
from writing.chat.tables import chat_members
from writing.ground.tables import answering_members

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

CALLER, MEMBER, OTHER = "健太", "みお", "レン"
TITLE = "朝、起きられません"
TEXT = "目覚ましを三つかけても、気づくと昼です。\nひとりの方に、ゆっくり聞いてほしいです。"
CHAT = {"HITOTOKI_CHAT": "true"}


async def be_members(database: Database, *names: str) -> None:
    """Let people answer on the site, and be nominated."""
    async with database.transaction() as tx:
        for name in names:
            found = sa.text("SELECT id FROM users WHERE nickname = :name")
            user = {"user_id": await tx.scalar(found, {"name": name})}
            await tx.execute(sa.insert(answering_members).values(**user))
            chosen = {**user, "nominable": True, "most_open": 3}
            await tx.execute(sa.insert(chat_members).values(**chosen))


def bubbles(person: Person) -> Locator:
    return person.page.locator("[data-part=log] [data-mine]")


def field(person: Person) -> Locator:
    return person.page.get_by_label("メッセージ", exact=True)


async def write(person: Person, text: str) -> None:
    await field(person).fill(text)
    await person.page.get_by_role("button", name="送る", exact=True).click()


async def ask(person: Person, text: str = TEXT) -> None:
    await person.page.get_by_label("カテゴリー").select_option("health")
    await person.page.get_by_label("相談したいこと").fill(text)


async def test_topic_two_answers_nominated_chatted_handed_over_ended(
    browser: Browser, start_site: StartSite, database: Database, tmp_path: Path
) -> None:
    site = await start_site(**CHAT)
    await be_members(database, MEMBER, OTHER)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await caller.page.goto(f"{site.url}/board/new")
    await caller.page.get_by_label("カテゴリー").select_option("health")
    await caller.page.get_by_label("タイトル").fill(TITLE)
    await caller.page.get_by_label("相談の内容").fill(TEXT)
    await caller.page.get_by_role("button", name="投稿する").click()
    await caller.page.wait_for_url(re.compile(r"/board/\d+\?done=posted"))
    topic = caller.page.url.partition("?")[0]
    member = await Person.arrive(browser, site.url, MEMBER)
    other = await Person.arrive(browser, site.url, OTHER)
    await answer(member, topic, "夜の光を減らすと、少し楽になりました")
    await answer(other, topic, "休みの日も同じ時刻に起きています")
    # From an answer to who wrote it, and to a consultation with them.
    await caller.page.goto(topic)
    first = caller.page.locator(".board-answers > li").first
    await first.get_by_role("link", name="回答メンバー").click()
    await caller.page.get_by_role("link", name="このメンバーを指名してチャット相談する").click()
    await ask(caller)
    await caller.page.get_by_role("button", name="相談を送る").click()
    await caller.page.wait_for_url(re.compile(r"/chats/\d+\?done=sent"))
    chat = caller.page.url.partition("?")[0]
    await expect(field(caller)).to_have_count(0)
    await member.open_from_menu("チャット相談の担当")
    await expect(member.page.get_by_text("あなたを指名")).to_be_visible()
    await member.page.get_by_role("link", name=f"{CALLER}さんの相談").click()
    await member.page.get_by_role("button", name="担当する", exact=True).click()
    # The caller's page goes on by itself.
    await expect(field(caller)).to_be_visible()
    await expect(caller.page.get_by_role("heading", name=f"{MEMBER}さん")).to_be_visible()
    await chatted(caller, member, chat, tmp_path)
    await handed_over(caller, member, other, chat)
    await caller.page.get_by_text("そのほか", exact=True).click()
    await caller.page.get_by_role("link", name="この相談を終了する").click()
    await caller.page.get_by_role("button", name="終了する").click()
    await expect(other.page.get_by_text("お相手が終了しました。")).to_be_visible()
    await expect(other.page.get_by_role("button", name="送る", exact=True)).to_be_disabled()
    for person in (caller, member, other):
        assert not person.problems
        assert [one for one in person.complaints if "ERR_FAILED" not in one] == []
        await person.close()


async def chatted(caller: Person, member: Person, chat: str, folder: Path) -> None:
    """Both write: signs, marks, photos, drafts, a network that fails, a second tab."""
    # A sign is lost where the page has no line yet: who writes on gives another.
    async with asyncio.timeout(30):
        while not await caller.page.get_by_text("お相手が入力しています…").is_visible():
            await field(member).press_sequentially("は")
            await asyncio.sleep(0.5)
    await write(member, "はじめまして。\nおつらいですね。")
    await expect(bubbles(caller)).to_have_count(2)
    await expect(caller.page.get_by_text("お相手が入力しています…")).to_be_hidden()
    await expect(bubbles(member).last).to_contain_text("既読")
    # What is begun stays over a reload, once.
    await field(caller).fill("聞いてくださって")
    await caller.page.reload()
    await expect(field(caller)).to_have_value("聞いてくださって")
    await fails_once(caller, chat)
    await expect(bubbles(caller)).to_have_count(3)
    await expect(bubbles(member)).to_have_count(3)
    await caller.page.reload()
    await expect(field(caller)).to_have_value("")
    picture = folder / "sky.jpg"
    picture.write_bytes(photo())
    await caller.page.locator("[data-part=pick]").set_input_files([picture, picture])
    away = caller.page.get_by_role("button", name="写真 2 を外す")
    await away.click()
    await expect(away).to_have_count(0)
    await caller.page.get_by_role("button", name="送る", exact=True).click()
    await expect(bubbles(member).last.locator("img")).to_have_count(1)
    await expect(caller.page.get_by_role("button", name="写真 1 を外す")).to_have_count(0)
    shown = bubbles(member).last.locator("img")
    await expect(shown).to_have_js_property("naturalWidth", 320)
    # A second tab shows the same.
    tab = await Person.open(caller.page.context, caller.base)
    await tab.page.goto(chat)
    await write(tab, "もうひとつの画面から")
    await expect(bubbles(caller).last).to_contain_text("もうひとつの画面から")
    await expect(bubbles(member).last).to_contain_text("もうひとつの画面から")
    await tab.page.close()


async def fails_once(caller: Person, chat: str) -> None:
    """The answer to a message gets lost on its way: the same press again is the same message."""
    lost: list[str] = []

    async def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            await route.fetch()
            await route.abort()
        else:
            await route.fallback()

    await caller.page.route(chat, lose)
    await write(caller, "聞いてくださって、ありがとうございます。")
    await expect(caller.page.get_by_text("送れませんでした。")).to_be_visible()
    await caller.page.get_by_role("button", name="送る", exact=True).click()
    await expect(field(caller)).to_have_value("")
    assert lost == [chat]
    await caller.page.unroute(chat)


async def handed_over(caller: Person, member: Person, other: Person, chat: str) -> None:
    """The member offers, the caller agrees, the other takes it."""
    await member.page.get_by_text("そのほか", exact=True).click()
    await member.page.get_by_role("link", name="ほかのメンバーに引き継ぐ").click()
    await member.page.get_by_role("radio", name=OTHER).check()
    await member.page.get_by_role("button", name="引き継ぎを提案する").click()
    await caller.page.get_by_role("button", name="同意する").click()
    await other.page.goto(f"{other.base}/chats/desk")
    await other.page.get_by_role("link", name=f"{MEMBER}さんから引き継ぎの提案").click()
    await other.page.get_by_role("button", name="引き継いで担当する").click()
    await other.page.wait_for_url(f"{chat}?done=taken")
    await expect(caller.page.get_by_role("heading", name=f"{OTHER}さん")).to_be_visible()
    await write(other, "つづきは、わたしがうかがいます。")
    await expect(bubbles(caller).last).to_contain_text("わたしがうかがいます")


async def test_nobody_came_the_points_are_back_and_the_board_has_the_words(
    browser: Browser,
    start_site: StartSite,
    database: Database,
    owner_database: Database,
    settings: Settings,
) -> None:
    site = await start_site(**CHAT, HITOTOKI_CHAT_POINTS="700", HITOTOKI_LETTERS="true")
    await be_members(database, MEMBER)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    purse = caller.page.locator(".purse .amount")
    before = await purse.inner_text()
    await caller.page.goto(f"{site.url}/chats")
    await caller.page.get_by_role("link", name="チャットで相談する").click()
    await ask(caller)
    await caller.page.get_by_role("button", name="内容を確かめる").click()
    await expect(caller.page.get_by_role("region", name="送る内容")).to_have_text(TEXT)
    await caller.page.get_by_role("button", name="700 pt で送る").click()
    await caller.page.wait_for_url(re.compile(r"/chats/\d+\?done=sent"))
    chat = caller.page.url.partition("?")[0]
    assert await purse.inner_text() != before
    async with owner_database.transaction() as tx:
        # Three days later.
        later = sa.text("UPDATE chats SET take_until = take_until - interval '3 days'")
        await tx.execute(later)
    async with database.transaction() as tx:
        # The site's own clock may have come first.
        await lapsing.lapse(tx, settings)
    await caller.page.reload()
    apology = caller.page.get_by_role("heading", name="申し訳ありません。担当者が見つかりません")
    await expect(apology).to_be_visible()
    assert await purse.inner_text() == before
    await caller.page.get_by_role("link", name="掲示板で聞いてみる").click()
    await expect(caller.page.get_by_label("相談の内容")).to_have_value(TEXT)
    await caller.page.get_by_label("タイトル").fill(TITLE)
    await caller.page.get_by_role("button", name="投稿する").click()
    await caller.page.wait_for_url(re.compile("done=posted"))
    await expect(caller.page.get_by_text("ひとりの方に、ゆっくり")).to_be_visible()
    # To a letter they go along in the browser, and in no address.
    await caller.page.goto(chat)
    await caller.page.get_by_role("link", name="メールで相談する").click()
    async with database.transaction() as tx:
        takes = sa.text("SELECT min(user_id) FROM letter_offers WHERE accepts")
        cast = await tx.scalar(takes)
    await caller.page.goto(f"{site.url}/casts/{cast}/letter")
    await expect(caller.page.get_by_label("相談したいこと")).to_have_value(TEXT)
    assert not caller.problems
