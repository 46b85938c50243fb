"""A life on the site: registered, a cast by application, talked with, blocked, and gone."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import other_talk
from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.test_talk import books_hold

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(240)]

NAME, EMAIL, PASSWORD = "ことは", "kotoha@example.jp", "ながい合言葉 7041"
TITLE = "夜ふけの図書室"


async def test_from_registration_to_withdrawal(
    browser: Browser, site: Site, database: Database
) -> None:
    kotoha = await Person.visit(browser, site.url, PHONE)
    await kotoha.sign_up(NAME, EMAIL, PASSWORD)
    await apply(kotoha)
    await approve(await Person.arrive(browser, site.url, "スタッフ佐倉"))
    room = await publish_a_room(kotoha)
    await let_pass(await Person.arrive(browser, site.url, "スタッフ佐倉"))
    kenta = await Person.arrive(browser, site.url, "健太")
    await talk(kenta, kotoha, room)
    await block(kotoha, kenta)
    # To him, neither the room nor its cast is there any more.
    answer = await kenta.page.goto(f"{site.url}/rooms/{room}")
    assert answer
    assert answer.status == 404
    await kenta.page.goto(site.url)
    await expect(kenta.page.locator("main")).not_to_contain_text(TITLE)
    await withdraw(kotoha)
    assert await left_of(database) == 0
    await books_hold(database)
    assert kotoha.problems == kenta.problems == []
    # The address is free again.
    again = await Person.visit(browser, site.url)
    await again.sign_up("ことは二世", EMAIL, PASSWORD)


async def apply(person: Person) -> None:
    """Ask to become a cast, on the public page."""
    await person.page.goto(f"{person.base}/casts/join")
    await person.page.get_by_label("お名前").fill("山田ことは")
    await person.page.get_by_label("どんな話をしたいですか").fill("本の話、旅の話")
    await person.page.get_by_label("自己紹介とメッセージ").fill("平日の夜に話せます。")
    await person.page.get_by_role("button", name="応募する").click()
    await person.page.get_by_role("status").wait_for()


async def approve(staff: Person) -> None:
    """Approve the one application that waits."""
    await staff.page.goto(f"{staff.base}/staff/applications")
    card = staff.page.get_by_role("article").filter(has_text="山田ことは")
    await card.get_by_label("応募者へのひとこと").fill("ようこそ。楽しみにしています。")
    await card.get_by_role("button", name="承認する").click()
    await staff.page.get_by_role("status").wait_for()
    await staff.close()


async def publish_a_room(cast: Person) -> int:
    """Write a room, look at it as callers will, and send it to staff; return its id."""
    await cast.page.goto(f"{cast.base}/console/rooms/new")
    await cast.page.get_by_label("タイトル").fill(TITLE)
    await cast.page.get_by_label("カテゴリー").select_option(label="趣味・創作")
    await cast.page.get_by_label("話題", exact=True).fill("読書")
    await cast.page.get_by_label("1分の料金").fill("50")
    await cast.page.locator("textarea[name=text]").fill("静かな夜に、本の話をしませんか。")
    await cast.page.get_by_role("radio", name="映像と声").check()
    await cast.page.get_by_role("button", name="保存して、公開前に確かめる").click()
    await cast.page.get_by_role("link", name="お客様からの見え方").click()
    await cast.page.get_by_role("heading", name=TITLE).wait_for()
    await cast.page.go_back()
    await cast.page.get_by_role("button", name="公開のために、確認に出す").click()
    await cast.page.get_by_role("button", name="確認を取り下げる").wait_for()
    return int(cast.page.url.partition("?")[0].rsplit("/", 1)[1])


async def let_pass(staff: Person) -> None:
    """Make the one room public that waits."""
    await staff.page.goto(f"{staff.base}/staff/looks")
    card = staff.page.get_by_role("article").filter(has_text=TITLE)
    await card.get_by_role("button", name="公開する").click()
    await staff.page.get_by_role("status").wait_for()
    await staff.close()


async def talk(caller: Person, cast: Person, room: int) -> None:
    """Let the caller enter, see that both talk, and let the cast end it."""
    await cast.stand_by(TITLE)
    await caller.enter(room)
    for person in (caller, cast):
        await person.see("talking")
    assert await caller.sees_the_other_move()
    await cast.hang_up()
    for person in (caller, cast):
        await person.see_account()


async def block(blocker: Person, blocked: Person) -> None:
    """Block the other side from the account of the talk, after reading what that means."""
    await blocker.page.locator(".trouble summary").click()
    await blocker.page.get_by_role("link", name="ブロック").click()
    await expect(blocker.page.locator("main")).to_contain_text("健太")
    await blocker.page.get_by_role("button", name="ブロックする").click()
    await blocker.page.goto(f"{blocker.base}/settings/blocks")
    await expect(blocker.page.locator("main")).to_contain_text("健太")


async def withdraw(person: Person) -> None:
    """Go to the bottom of the settings, and leave for good."""
    await person.page.goto(f"{person.base}/settings")
    await person.page.get_by_role("link", name="退会").click()
    await person.page.get_by_label("パスワード").fill(PASSWORD)
    sure = person.page.get_by_role("checkbox")
    if await sure.count():
        await sure.check()
    await person.page.get_by_role("button", name="退会する").click()
    await person.page.wait_for_url("**/withdrawn*")
    await person.page.goto(f"{person.base}/sign-in")
    await person.page.get_by_label("メールアドレス").fill(EMAIL)
    await person.page.get_by_label("パスワード").fill(PASSWORD)
    await person.page.get_by_role("button", name="サインイン", exact=True).click()
    await expect(person.page.locator("main")).to_contain_text("ちがいます")


async def left_of(database: Database) -> int:
    """How many accounts still bear the name or the address."""
    query = "SELECT count(*) FROM users WHERE nickname = :name OR email = :email"
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(query), {"name": NAME, "email": EMAIL}) or 0)
