"""The whole way of a new member's points: bought, talked away, topped up, claimed, given back."""

from itertools import accumulate, groupby
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Locator, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import CAST, ROOM, books_hold, charged, room_title

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(420)]

NAME, EMAIL, PASSWORD = "のぞみ", "nozomi@new.example", "はじめての合言葉 25"
STAFF = "スタッフ佐倉"
CLAIMED = "途中から、相手の声が聞こえなくなりました。\nこちらの接続は良好でした。"
REASON = "記録で、音や映像が届いていない時間を確認しました。"
AT_ONCE = "通話の記録だけで確認できるため"
# More than one minute and less than two: the return takes a minute apart.
RETURNED = 100


class Line(NamedTuple):
    """A line of a statement: what it was, by how much, and what was held after it."""

    kind: str
    amount: int
    balance: int


@in_one_loop()
async def site(start_site: StartSite) -> Site:
    """A site whose minutes are long enough for a hand on a slow machine."""
    return await start_site(HITOTOKI_MINUTE_SECONDS="10")


async def test_a_new_member_buys_talks_tops_up_claims_and_is_given_points_back(
    browser: Browser, site: Site, database: Database
) -> None:
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.visit(browser, site.url, PHONE)
    await caller.sign_up(NAME, EMAIL, PASSWORD)
    await buy_the_first_points(caller)

    await enter_from_the_front(caller)
    await talk_until_charged(caller, database, await charged(database) + 1)
    await top_up_over_the_picture(caller)
    await talk_until_charged(caller, database, await charged(database) + 1)
    await end_the_talk(caller, database)
    await the_statement_is_the_books(caller, database, ["charge", "bonus", "purchase"])

    await claim_from_the_talk(caller)
    staff = await Person.arrive(browser, site.url, STAFF)
    await give_back_a_part(staff, await charged(database))
    await find_the_notice(caller)
    await the_statement_is_the_books(caller, database, ["return", "charge", "bonus"])
    await the_mail_is_written(database)
    await books_hold(database)
    for person in (caller, cast, staff):
        assert person.problems == person.complaints == []


async def buy_the_first_points(caller: Person) -> None:
    page = caller.page
    await page.get_by_role("link", name="ポイント", exact=True).click()
    await expect(page.get_by_role("heading", name="ポイントがありません")).to_be_visible()
    await page.get_by_role("link", name="ポイントを購入").click()
    await page.get_by_role("link", name="1,000", exact=False).first.click()
    await expect(page.get_by_role("heading", name="ご注文内容の確認")).to_be_visible()
    order = page.locator("form.order")
    for term in ("1,000pt", "¥1,000", "まで", "お申し込みのあとの取り消し・返金はできません。"):
        await expect(order).to_contain_text(term)
    await page.get_by_label("カードを保存する").check()
    await page.get_by_role("button", name="¥1,000 で申し込む").click()
    await page.get_by_role("button", name="カードで支払う（成功）").click()
    await page.get_by_role("heading", name="1,000ポイントを追加しました").wait_for()
    await expect(page.locator(".purse")).to_contain_text("1,000")


async def enter_from_the_front(caller: Person) -> None:
    await caller.page.get_by_role("link", name="話すひとをさがす").click()
    card = caller.page.locator(f"[data-room-id='{ROOM}']")
    await card.get_by_role("heading").get_by_role("link").click()
    await caller.page.get_by_role("link", name="入室する").click()
    await caller.page.locator("[data-part=enter]:enabled").click(timeout=15 * SECONDS)
    await caller.see("talking", 60)


async def talk_until_charged(caller: Person, database: Database, points: int) -> None:
    """Talk until so many points have been charged, and the page shows as many."""
    while await charged(database) < points:
        await caller.page.wait_for_timeout(0.2 * SECONDS)
        await caller.see("talking")
    cost = caller.page.locator("[data-meter-cost]")
    await expect(cost).not_to_have_attribute("data-value", "0", timeout=10 * SECONDS)


async def top_up_over_the_picture(caller: Person) -> None:
    sheet = caller.page.locator("[data-part=top-up-sheet]")
    await caller.page.locator("[data-top-up]:visible").first.click()
    await sheet.get_by_role("radio", name="5,000").check()
    await sheet.locator("button[value=saved]").click()
    await sheet.get_by_text("5,100ポイントを追加しました").wait_for()
    await sheet.get_by_role("link", name="通話に戻る").click()
    await expect(sheet).to_be_hidden()
    assert await caller.sees_the_other_move()


async def end_the_talk(caller: Person, database: Database) -> None:
    await caller.hang_up()
    await caller.see_account()
    account = await caller.account()
    assert account["end_reason"] == "caller_left"
    assert account["cost"] == await charged(database)
    assert account["points_left"] == 6_100 - account["cost"]


async def the_statement_is_the_books(caller: Person, database: Database, latest: list[str]) -> None:
    """Read the statement; its lines are the journal's, and its balance is the wallet's."""
    page = caller.page
    await page.get_by_role("link", name="ポイント", exact=True).click()
    await page.get_by_role("link", name="明細", exact=False).first.click()
    await expect(page.get_by_role("heading", name="明細")).to_be_visible()
    shown = [await line_of(move) for move in await page.locator(".move").all()]
    assert shown == await booked(database)
    assert [line.kind for line in shown][: len(latest)] == latest
    assert await points_in(page.locator(".purse .amount")) == shown[0].balance


async def line_of(move: Locator) -> Line:
    """A line as the page shows it."""
    amount = await points_in(move.locator(".move-much > .amount"))
    balance = await points_in(move.locator(".move-left .amount"))
    return Line(await move.get_attribute("data-kind") or "", amount, balance)


async def points_in(place: Locator) -> int:
    """The number of points that stands in a place: "−1,234pt" is −1234."""
    text = (await place.inner_text()).removesuffix("pt").strip()
    return int(text.replace(",", "").replace("−", "-"))


async def booked(database: Database) -> list[Line]:
    """The lines that the journal makes for the new member, the latest first."""
    async with database.transaction() as tx:
        rows = (await tx.execute(JOURNAL, {"email": EMAIL})).all()
    runs = [list(run) for _, run in groupby(rows, key=lambda row: (row.kind, row.of_one))]
    amounts = [sum(row.amount for row in run) for run in runs]
    lines = [
        Line(run[0].kind, amount, balance)
        for run, amount, balance in zip(runs, amounts, accumulate(amounts), strict=True)
    ]
    assert lines[-1].balance == rows[-1].wallet_balance
    return lines[::-1]


# What belongs to one act: a talk's minutes, one transfer, all that one return gave back.
JOURNAL = sa.text("""
SELECT j.kind, j.amount::bigint, w.balance AS wallet_balance,
  CASE j.source WHEN 'return' THEN j.at::text ELSE j.source_id::text END AS of_one
FROM journal j JOIN wallets w ON w.id = j.wallet_id AND w.kind = 'points'
JOIN users u ON u.id = w.user_id WHERE u.email = :email ORDER BY j.at, j.source_id, j.minute
""")


async def claim_from_the_talk(caller: Person) -> None:
    page = caller.page
    await page.locator(".move[data-kind=charge]").first.get_by_role("link").click()
    await page.locator(".trouble summary").click()
    await page.get_by_role("link", name="この通話について申し立てる").click()
    await page.get_by_role("radio", name="音や映像が届かなかった").check()
    await page.get_by_label("くわしい内容").fill(CLAIMED)
    await page.get_by_role("button", name="申し立てる").click()
    await expect(page.locator("[data-claim=open]")).to_contain_text("受け付けました")


async def give_back_a_part(staff: Person, paid: int) -> None:
    """Staff find the claim in the queue, with the record of the talk beside it."""
    await staff.open_from_menu("スタッフ")
    await staff.page.get_by_role("link", name="申し立て").first.click()
    claim = staff.page.get_by_role("article").filter(has_text=NAME)
    await expect(claim.locator("blockquote")).to_have_text(CLAIMED)
    evidence = claim.get_by_role("region", name="通話の記録", exact=True)
    await expect(evidence.locator("[data-kind=paid]").first).to_be_attached()
    await expect(claim.get_by_role("button", name=f"全額 {paid:,} ptを返す")).to_be_enabled()
    await claim.get_by_label("ほかの言葉で書く（お客様に見えます）").fill(REASON)
    await claim.get_by_label("一部だけ返すポイント").fill(str(RETURNED))
    # Enter presses no button: the first one would give everything back.
    await claim.get_by_label("一部だけ返すポイント").press("Enter")
    # The cast, who is asked for words, hasn't answered yet.
    await claim.locator("[name=at_once]").fill(AT_ONCE)
    await claim.get_by_role("button", name="一部を返す").click()
    await staff.page.locator(".undo-bar").wait_for()
    await expect(staff.page.locator(".undo-bar")).to_be_hidden()
    done = staff.page.get_by_role("article").filter(has_text=REASON)
    while not await done.count():
        await staff.page.get_by_role("link", name="対応済み").click()
        await staff.page.wait_for_timeout(500)
    await expect(staff.page.get_by_role("article").filter(has_text=NAME)).to_contain_text(REASON)


async def find_the_notice(caller: Person) -> None:
    page = caller.page
    await page.reload()
    await caller.open_from_menu("お知らせ")
    notice = page.locator(".notices li[data-unread]").filter(has_text=REASON)
    await notice.get_by_role("button", name=f"{RETURNED}ポイントをお返ししました").click()
    await expect(page.locator("[data-claim=returned]")).to_contain_text(REASON)
    await caller.open_from_menu("お知らせ")
    await expect(page.locator(".notices li").filter(has_text=REASON)).to_be_visible()
    await expect(notice).to_have_count(0)


async def the_mail_is_written(database: Database) -> None:
    async with database.transaction() as tx:
        sent = sa.text("SELECT subject, text FROM mails WHERE to_address = :email ORDER BY id")
        mails = (await tx.execute(sent, {"email": EMAIL})).all()
    returned = f"{RETURNED}ポイントをお返ししました"
    assert [mail.subject for mail in mails] == [
        "仮登録を受け付けました",
        "会員登録が完了しました",
        "ポイントの購入が完了しました",
        "ポイントの購入が完了しました",
        returned,
    ]
    assert REASON in mails[-1].text
    assert "/talks/1" in mails[-1].text
