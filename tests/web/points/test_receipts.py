"""A receipt is issued to one addressee, without tax, and every later issue says that it is one."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from points.tables import purchases, refunds
from tests.web.conftest import Open
from tests.web.scene import Browser, buy, make_user

ISSUER: dict[str, Any] = {
    "issuer_name": "株式会社ひととき商会",
    "issuer_address": "東京都千代田区一番町1-1",
    "issuer_registration": "T1234567890123",
}
ADDRESSEE = "山田商店 <b>太郎</b>"


async def buyer(browser: Browser, database: Database, points: int = 3000) -> str:
    """Sign in as somebody who bought points; return the address of the receipt."""
    user = await make_user(database)
    await browser.sign_in(user, database)
    return f"/points/purchases/{await buy(database, user, points)}/receipt"


async def issue(browser: Browser, path: str, number: int = 1, addressee: str = ADDRESSEE) -> str:
    form = {"step": "issue", "issue": str(number), "addressee": addressee}
    answer = await browser.post(path, form)
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def kept(database: Database) -> tuple[str | None, int]:
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(purchases))).one()
    return row.addressee, row.receipt_issues


TAX = ("10%対象", "うち消費税", "登録番号", ISSUER["issuer_registration"])


async def test_a_receipt_says_who_paid_what_to_whom_and_carries_no_tax(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(**ISSUER)
    page = await issue(browser, await buyer(browser, database, 30_000))
    for said in (
        ISSUER["issuer_name"], ISSUER["issuer_address"], "領収書",
        "山田商店 &lt;b&gt;太郎&lt;/b&gt; 様", "¥30,000", "30,000ポイント", "クレジットカード",
        "利用明細に記載します",
    ):  # fmt: skip
        assert said in page, said
    for unsaid in (*TAX, "再発行"):
        assert unsaid not in page, unsaid


async def test_what_was_issued_with_tax_lines_keeps_them(
    open_browser: Open, database: Database, owner_database: Database
) -> None:
    browser = await open_browser(**ISSUER)
    path = await buyer(browser, database, 30_000)
    await issue(browser, path)
    await _with_tax(owner_database)
    page = await issue(browser, path, 2)
    assert "再発行</strong>" in page
    for said in (
        *ISSUER.values(), "領収書", "山田商店 &lt;b&gt;太郎&lt;/b&gt; 様", "¥30,000",
        "10%対象 合計（税込み）", "うち消費税（10%）", "¥2,727", "30,000ポイント",
        "クレジットカード",
    ):  # fmt: skip
        assert said in page, said
    assert "利用明細に記載します" not in page


async def test_the_addressee_is_looked_at_once_more_and_counts_once(
    browser: Browser, database: Database
) -> None:
    path = await buyer(browser, database)
    check = await browser.post(path, {"step": "check", "addressee": f" {ADDRESSEE}  "})
    assert "この宛名でよろしいですか" in await check.text()
    assert await kept(database) == (None, 0)
    await issue(browser, path)
    again = await issue(browser, path, 2, "別の会社")
    assert "山田商店" in again
    assert "別の会社" not in again
    assert await kept(database) == (ADDRESSEE, 2)


async def test_every_issue_after_the_first_is_marked(browser: Browser, database: Database) -> None:
    path = await buyer(browser, database)
    first, second, third = [await issue(browser, path, number) for number in (1, 2, 3)]
    assert "再発行</strong>" not in first
    assert "再発行</strong>" in second
    assert "再発行</strong>" in third
    assert "すでに3回発行しました" in await (await browser.get(path)).text()


async def test_a_reload_is_the_same_issue_and_an_old_press_none(
    browser: Browser, database: Database
) -> None:
    path = await buyer(browser, database)
    assert "再発行</strong>" not in await issue(browser, path) + await issue(browser, path)
    await issue(browser, path, 2)
    for number in ("1", "4", "999"):
        form = {"step": "issue", "issue": number, "addressee": ADDRESSEE}
        assert (await browser.post(path, form)).status == 409
    assert await kept(database) == (ADDRESSEE, 2)


async def test_two_presses_at_once_issue_one_receipt(browser: Browser, database: Database) -> None:
    path = await buyer(browser, database)
    await asyncio.gather(*(issue(browser, path, 1, name) for name in ("甲商店", "乙商店")))
    addressee, issues = await kept(database)
    assert issues == 1
    assert addressee in ("甲商店", "乙商店")


@pytest.mark.parametrize("addressee", ["", "  ", "あ" * 61, "\u202e花子"])
async def test_an_addressee_that_is_none_is_told_at_its_field(
    browser: Browser, database: Database, addressee: str
) -> None:
    path = await buyer(browser, database)
    answer = await browser.post(path, {"step": "check", "addressee": addressee})
    assert answer.status == 422
    assert 'aria-invalid="true"' in await answer.text()
    form = {"step": "issue", "issue": "1", "addressee": addressee}
    assert (await browser.post(path, form)).status == 400
    assert await kept(database) == (None, 0)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "", "9" * 30, "１"])
async def test_a_number_that_is_none_issues_nothing(
    browser: Browser, database: Database, number: str
) -> None:
    path = await buyer(browser, database)
    form = {"step": "issue", "issue": number, "addressee": ADDRESSEE}
    assert (await browser.post(path, form)).status == 400
    assert await kept(database) == (None, 0)


async def test_without_an_issuer_nothing_is_issued_and_the_page_says_so(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False, issuer_name="ひととき商会")
    path = await buyer(browser, database)
    page = await (await browser.get(path)).text()
    assert "発行者の名前と住所の設定がまだ済んでいない" in page
    assert "この宛名" not in page
    form = {"step": "issue", "issue": "1", "addressee": ADDRESSEE}
    assert (await browser.post(path, form)).status == 409
    assert await kept(database) == (None, 0)


async def test_without_a_registration_it_is_no_qualified_invoice_and_says_so(
    open_browser: Open, database: Database, owner_database: Database
) -> None:
    browser = await open_browser(**(ISSUER | {"issuer_registration": None}))
    path = await buyer(browser, database)
    assert "適格請求書" not in await (await browser.get(path)).text()
    assert "登録番号なし" not in await issue(browser, path)
    await _with_tax(owner_database)
    assert "適格請求書（インボイス）としては使えません" in await (await browser.get(path)).text()
    assert "登録番号なし" in await issue(browser, path, 2)


async def test_a_demo_receipt_is_a_sample(browser: Browser, database: Database) -> None:
    page = await issue(browser, await buyer(browser, database))
    assert "見本</strong>" in page
    assert "（発行者名は未設定です）" in page


async def test_what_was_paid_back_is_taken_off_and_all_of_it_leaves_no_receipt(
    open_browser: Open, database: Database, owner_database: Database
) -> None:
    browser = await open_browser(**ISSUER)
    path = await buyer(browser, database)
    await _refund(database, 1000)
    page = await issue(browser, path)
    assert "−¥1,000" in page
    assert "¥2,000" in page
    assert "¥181" not in page
    await _with_tax(owner_database)
    assert "¥181" in await issue(browser, path, 2)
    assert "返金 ¥1,000" in await (await browser.get("/points/purchases")).text()
    await _refund(database, 2000)
    assert "領収書はありません" in await (await browser.get(path)).text()
    form = {"step": "issue", "issue": "3", "addressee": ADDRESSEE}
    assert (await browser.post(path, form)).status == 409


async def test_an_unpaid_purchase_has_no_receipt(browser: Browser, database: Database) -> None:
    user = await make_user(database)
    await browser.sign_in(user, database)
    async with database.transaction() as tx:
        made = await tx.scalar(
            sa.insert(purchases)
            .values(user_id=user.id, points=1000, bonus=0, price_yen=1000, provider="demo",
                    press="x", method="konbini")
            .returning(purchases.c.id)
        )  # fmt: skip
    page = await (await browser.get("/points/purchases")).text()
    assert "お支払い待ち" in page
    assert "receipt" not in page.split("<main")[1]
    form = {"step": "issue", "issue": "1", "addressee": ADDRESSEE}
    assert (await browser.post(f"/points/purchases/{made}/receipt", form)).status == 409


async def _with_tax(owner: Database) -> None:
    """Let what was issued have been issued before receipts were without tax."""
    async with owner.transaction() as tx:
        await tx.execute(sa.update(purchases).values(receipt_with_tax=True))


async def _refund(database: Database, yen: int) -> None:
    async with database.transaction() as tx:
        purchase = await tx.scalar(sa.select(purchases.c.id))
        await tx.execute(
            sa.insert(refunds).values(id=f"re_{yen}", purchase_id=purchase, amount_yen=yen)
        )
