"""Paying afterwards, by pages alone: a talk on the tab, its mail, a card, a transfer in parts."""

import re

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_accessibility import ISSUER, Inspector
from tests.browser.test_talk import CAST, ROOM, books_hold, charged, room_title
from tests.points.payments.bills.counter import grow_older, owe

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(420)]

NAME, EMAIL, PASSWORD = "のぞみ", "nozomi@new.example", "はじめての合言葉 25"
MAIL = "ご利用料金のご案内"


@in_one_loop()
async def site(start_site: StartSite) -> Site:
    """A site on which one may pay afterwards."""
    return await start_site(HITOTOKI_TAB="true", HITOTOKI_MINUTE_SECONDS="6")


async def test_a_newcomer_talks_on_the_tab_and_pays_by_card_and_by_transfer(
    browser: Browser, site: Site, database: Database, owner_database: Database
) -> None:
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET takes_tab = true WHERE id = :r"), {"r": ROOM})
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.stand_by(await room_title(database))
    caller = await Person.visit(browser, site.url, PHONE)
    await caller.sign_up(NAME, EMAIL, PASSWORD)
    await open_the_tab(caller)
    await talk_on_the_tab(caller, database)
    yen = await charged(database)
    await follow_the_mail(caller, yen)
    await pay_by_card(caller, yen)

    await owe_more(database, owner_database, NAME)
    await pay_by_transfer(caller)
    await books_hold(database)
    for person in (caller, cast):
        assert person.problems == person.complaints == []


async def owe_more(database: Database, owner_database: Database, nickname: str) -> None:
    """Let a caller have another bill, of 1,500 yen."""
    async with database.transaction() as tx:
        query = sa.select(users.c.id).where(users.c.nickname == nickname)
        user_id = int(await tx.scalar(query) or 0)
    await owe(database, owner_database, Settings(tab=True, tab_asks="nothing"), user_id, 1500)


async def open_the_tab(caller: Person) -> None:
    """Told before the room that a card or a number is wanted, save a card at the demo's company."""
    page = caller.page
    await page.goto(f"{caller.base}/rooms/{ROOM}/enter")
    await expect(page.get_by_role("radio", name="後払いにする")).to_be_disabled()
    await page.get_by_role("link", name="後払いのはじめかた").click()
    await page.get_by_role("button", name="カードを保存する").click()
    await page.get_by_role("button", name="このカードを保存する").click()
    await expect(page.locator("main")).to_contain_text("カードを保存しました。")
    await expect(page.locator(".tab-left")).to_contain_text("¥8,000")


async def talk_on_the_tab(caller: Person, database: Database) -> None:
    """Enter without a point, and talk until two minutes are charged."""
    page = caller.page
    await page.goto(f"{caller.base}/rooms/{ROOM}/enter")
    await expect(page.get_by_role("radio", name="後払いにする")).to_be_checked()
    await page.locator("[data-part=enter]:enabled").click(timeout=15 * SECONDS)
    await caller.see("talking", 60)
    while not await charged(database):
        await page.wait_for_timeout(0.2 * SECONDS)
        await caller.see("talking")
    await caller.hang_up()
    await caller.see_account()


async def follow_the_mail(caller: Person, yen: int, cast: str = CAST) -> None:
    """Wait for the mail after the talk, and open the page to which it leads."""
    page, mail = caller.page, caller.page.locator("a.mail").filter(has_text=MAIL)
    for _ in range(60):
        await page.goto(f"{caller.base}/demo/mailbox")
        if await mail.count():
            break
        await page.wait_for_timeout(2 * SECONDS)
    await mail.first.click()
    text = await page.locator("pre.mail-text").text_content() or ""
    assert f"{cast}さんとの通話" in text
    assert f"{yen:,}円" in text
    link = re.search(r"(?m)^(?:https?://[^/\s]+)?(/tab)$", text)
    assert link, text
    await page.goto(f"{caller.base}{link[1]}")
    await expect(page.locator(".bill")).to_contain_text(f"¥{yen:,}")


async def pay_by_card(caller: Person, yen: int) -> None:
    """A card that is refused first, and then one that pays."""
    page = caller.page
    await page.get_by_role("button", name="お支払い手続き").click()
    await expect(page.locator("form.order")).to_contain_text(f"¥{yen:,}")
    # A card that opened the tab would be charged at once; whoever has none is asked for one.
    other = page.get_by_role("button", name="ほかのカードで支払う")
    await other.or_(page.get_by_role("button", name=f"カードで ¥{yen:,} を支払う")).click()
    await page.get_by_role("button", name="カードで支払う（断られる）").click()
    await expect(page.get_by_role("heading", name="お支払いできませんでした")).to_be_visible()
    await page.get_by_role("link", name="もう一度支払う").click()
    await page.get_by_role("button", name="カードで支払う（成功）").click()
    await expect(page.get_by_role("heading", name="お支払いが完了しました")).to_be_visible()
    await page.get_by_role("link", name="後払いのページへ").click()
    await nothing_is_owed(page)


async def nothing_is_owed(page: Page) -> None:
    await expect(page.locator("main")).to_contain_text("いま、お支払いいただく料金はありません。")


async def pay_by_transfer(caller: Person) -> None:
    """To an account of one's own, in two parts."""
    page = caller.page
    await page.goto(f"{caller.base}/tab")
    await page.get_by_role("button", name="お支払い手続き").click()
    await page.get_by_role("link", name="銀行振込で支払う").click()
    await page.get_by_role("button", name="振込先を表示する").click()
    await expect(page.locator("main")).to_contain_text("あなた専用の振込先")
    for part, left in (("1000", "¥500"), ("500", "¥0")):
        await page.get_by_role("link", name="デモの銀行で振り込む").click()
        await page.get_by_label("振込金額").fill(part)
        await page.get_by_role("button", name="振り込む").click()
        await expect(page.locator("[data-part=owed]")).to_have_text(left)
    await page.get_by_role("link", name="後払い", exact=True).first.click()
    await nothing_is_owed(page)
    await expect(page.locator("[data-payment]")).to_have_count(3)


async def test_the_pages_of_the_tab_break_no_rule(
    browser: Browser, start_site: StartSite, database: Database, owner_database: Database
) -> None:
    site = await start_site(HITOTOKI_TAB="true", **ISSUER)
    inspector, late = Inspector(site.url), "健太"
    async with database.transaction() as tx:
        query = sa.select(users.c.id).where(users.c.nickname == late)
        user_id = int(await tx.scalar(query) or 0)
    for yen in (1840, 640, 30):
        await owe(database, owner_database, Settings(tab=True, tab_asks="nothing"), user_id, yen)
    await grow_older(owner_database, user_id, 9)
    caller = await Person.arrive(browser, site.url, late)
    page = caller.page
    await page.goto(f"{site.url}/tab")
    await expect(page.locator(".bill")).to_have_count(2)
    await inspector.visit(page, "/tab", "/tab/limit", "/tab/pay", "/tab/transfer")
    await page.get_by_role("button", name="振込先を表示する").click()
    await inspector.look(page, "the account to send to")
    await inspector.visit(page, "/demo/bank")
    await page.get_by_label("振込金額").fill("1000")
    await page.get_by_role("button", name="振り込む").click()
    await page.goto(f"{site.url}/tab/pay")
    await page.get_by_role("button", name="カードで ¥1,480 を支払う").click()
    for act in ("card_declined", "card_ok"):
        await inspector.look(page, f"before {act}")
        await page.locator(f"button[value={act}]").click()
        await inspector.look(page, f"{act} pressed")
        if act == "card_declined":
            await page.get_by_role("link", name="もう一度支払う").click()
    await inspector.visit(page, "/tab")
    await page.get_by_role("link", name="領収書を発行").first.click()
    await inspector.look(page, "the receipt asked for")
    await owe(database, owner_database, Settings(tab=True, tab_asks="nothing"), user_id, 900)
    await grow_older(owner_database, user_id, 9)
    staff = await Person.arrive(browser, site.url, "スタッフ佐倉")
    await inspector.visit(staff.page, "/staff/tab", f"/staff/tab/people/{user_id}")
    await inspector.visit(staff.page, "/tab", "/tab/limit", "/demo/card")
    assert not inspector.found, "\n\n".join(inspector.found)
