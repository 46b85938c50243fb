"""Paying afterwards through the door, with the demo's card company and bank."""

import re

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from points.payments.bills import by_itself, telling
from points.tab import bills
from points.tab.bills import Bill
from tests.points.payments.bills.counter import grow_older, owe
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user
from tests.web.staff.scene import make_staff


@pytest.fixture
async def site(open_browser: Open) -> Browser:
    """A browser on a demo site where one may pay afterwards."""
    return await open_browser(tab=True, tab_asks="nothing")


@pytest.fixture
async def payer(site: Browser, database: Database) -> User:
    """Who is signed in there."""
    user = await make_user(database, nickname="けんじ")
    await site.sign_in(user, database)
    return user


@pytest.fixture
def on_the_tab(settings: Settings) -> Settings:
    """The settings of that site."""
    return settings.model_copy(update={"tab": True, "tab_asks": "nothing"})


async def the_bills(database: Database, user: User) -> list[Bill]:
    async with database.transaction() as tx:
        return sorted(await bills.bills_of(tx, user.id), key=lambda bill: bill.id)


async def text(site: Browser, path: str) -> str:
    answer = await site.get(path)
    assert answer.status == 200, answer.headers.get("Location")
    return await answer.text()


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the order form."""
    form = page.partition('action="/tab/orders"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(bills|shown|press)" value="([^"]*)"', form))


async def test_without_the_switch_there_is_no_such_page(
    open_browser: Open, database: Database
) -> None:
    site = await open_browser(tab=False)
    await site.sign_in(await make_user(database), database)
    assert (await site.get("/tab")).status == (await site.get("/tab/limit")).status == 404
    assert 'href="/tab"' not in await text(site, "/points")


@pytest.mark.parametrize("path", ["/tab", "/tab/limit", "/tab/pay", "/tab/transfer"])
async def test_a_visitor_is_led_to_sign_in(site: Browser, path: str) -> None:
    assert (await site.get(path)).headers["Location"] == f"/sign-in?next={path}"


async def test_who_owes_nothing_sees_the_limit_and_how_it_is_counted(
    site: Browser, payer: User
) -> None:
    page = await text(site, "/tab")
    assert "いま、お支払いいただく料金はありません。" in page
    assert "¥8,000" in page
    page = await text(site, "/tab/limit")
    for words in (
        "どう数えるか",
        "いつ戻るか",
        "限度額を変えたいとき",
        "はじめの限度額は8,000円です。",
    ):
        assert words in page
    assert (await site.get("/tab/pay")).headers["Location"] == "/tab"


async def test_several_bills_are_paid_by_card_in_one_step(
    site: Browser,
    payer: User,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    for yen in (1200, 640):
        await owe(database, owner_database, on_the_tab, payer.id, yen)
    page = await text(site, "/tab")
    assert "¥1,840" in page
    assert "はるかさんとの通話" in page
    page = await text(site, "/tab/pay")
    assert fields(page)["shown"] == "1840"
    answer = await site.post("/tab/orders", fields(page) | {"pay_with": "new", "save_card": "1"})
    way = answer.headers["Location"]
    demo = (await site.get(way)).headers["Location"]
    await site.post(demo, {"act": "card_declined"})
    assert [bill.state for bill in await the_bills(database, payer)] == ["open", "open"]
    assert "お支払いできませんでした" in await text(site, way.removesuffix("/pay"))
    assert "別のカードか銀行振込" in await text(site, "/tab")
    await site.post(demo, {"act": "card_ok"})
    assert [bill.state for bill in await the_bills(database, payer)] == ["paid", "paid"]
    assert "お支払いが完了しました" in await text(site, way.removesuffix("/pay"))
    # Once more from the history: nothing moves.
    await site.post(demo, {"act": "card_ok"})
    again = await site.post("/tab/orders", fields(page) | {"pay_with": "new"})
    assert again.headers["Location"] == way
    state = await site.get(way.removesuffix("/pay"), **SCRIPT)
    assert (await state.json())["state"] == "paid"
    page = await text(site, "/tab")
    assert "いま、お支払いいただく料金はありません。" in page
    assert page.count("領収書を発行") == 1


async def test_one_of_several_is_paid_and_a_stale_page_is_refused_in_words(
    site: Browser,
    payer: User,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    for yen in (1200, 640):
        await owe(database, owner_database, on_the_tab, payer.id, yen)
    first, second = await the_bills(database, payer)
    page = await text(site, f"/tab/pay?bill={second.id}")
    assert fields(page)["shown"] == "640"
    stale = fields(page) | {"pay_with": "new", "shown": "641"}
    answer = await site.post("/tab/orders", stale)
    assert answer.status == 409
    assert "ご請求の内容が変わりました" in await answer.text()
    assert (await site.post("/tab/orders", stale | {"bills": "1,x"})).status == 400
    other = await site.post("/tab/orders", stale | {"bills": "999", "shown": "640"})
    assert other.status == 409
    assert [bill.state for bill in await the_bills(database, payer)] == ["open", "open"]
    assert first.owed == 1200


async def test_a_transfer_in_two_parts_and_one_too_much(
    site: Browser,
    payer: User,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    await owe(database, owner_database, on_the_tab, payer.id, 1840)
    assert "振込先を表示する" in await text(site, "/tab/transfer")
    assert (await site.post("/tab/transfer", {})).headers["Location"] == "/tab/transfer"
    page = await text(site, "/tab/transfer")
    assert "あなた専用の振込先" in page
    assert "デモ銀行" in page
    await site.post("/demo/bank", {"yen": "1000"})
    assert "¥840" in await text(site, "/tab/transfer")
    assert "お支払い済み ¥1,000" in await text(site, "/tab")
    await site.post("/demo/bank", {"yen": "1000"})
    assert [bill.state for bill in await the_bills(database, payer)] == ["paid"]
    assert "うち¥160は、次のご請求に充てます" in await text(site, "/tab")
    for wrong in ("0", "-1", "abc", "1000001", "１００", ""):
        assert (await site.post("/demo/bank", {"yen": wrong})).status == 400


async def test_another_members_order_and_payment_are_not_there(
    site: Browser,
    payer: User,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    await owe(database, owner_database, on_the_tab, payer.id, 1840)
    page = fields(await text(site, "/tab/pay"))
    way = (await site.post("/tab/orders", page | {"pay_with": "new"})).headers["Location"]
    demo = (await site.get(way)).headers["Location"]
    await site.post(demo, {"act": "card_ok"})
    payment = re.search(r"/tab/payments/\d+/receipt", await text(site, "/tab"))
    assert payment
    await site.sign_in(await make_user(database), database)
    for path in (way, way.removesuffix("/pay"), demo, payment[0]):
        assert (await site.get(path)).status == 404


async def test_a_receipt_is_issued_once_and_says_when_again(
    site: Browser,
    payer: User,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    await owe(database, owner_database, on_the_tab, payer.id, 1840)
    page = fields(await text(site, "/tab/pay"))
    way = (await site.post("/tab/orders", page | {"pay_with": "new"})).headers["Location"]
    await site.post((await site.get(way)).headers["Location"], {"act": "card_ok"})
    found = re.search(r"/tab/payments/\d+/receipt", await text(site, "/tab"))
    assert found
    assert "宛名" in await text(site, found[0])
    checked = await site.post(found[0], {"step": "check", "addressee": "山田 賢治"})
    assert "この宛名でよろしいですか" in await checked.text()
    issue = {"step": "issue", "addressee": "山田 賢治", "issue": "1"}
    paper = await (await site.post(found[0], issue)).text()
    assert "¥1,840" in paper
    assert "ご利用料金として正に領収いたしました" in paper
    assert "再発行" not in paper
    paper = await (await site.post(found[0], issue | {"issue": "2", "addressee": "別"})).text()
    assert "再発行" in paper
    assert "山田 賢治" in paper


async def test_paying_by_itself_is_asked_for_with_the_card_and_ended_on_the_page(
    site: Browser,
    payer: User,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    await owe(database, owner_database, on_the_tab, payer.id, 1840)
    page = fields(await text(site, "/tab/pay"))
    chosen = {"pay_with": "new", "save_card": "1", "by_itself": "1"}
    way = (await site.post("/tab/orders", page | chosen)).headers["Location"]
    await site.post((await site.get(way)).headers["Location"], {"act": "card_ok"})
    assert "自動のお支払いをやめる" in await text(site, "/tab")
    await site.post("/tab/by-itself", {"by_itself": "0"})
    assert "自動でお支払いする" in await text(site, "/tab")
    async with database.transaction() as tx:
        assert not await by_itself.wants(tx, payer.id)


async def test_staff_see_who_is_late_change_limits_and_two_of_them_write_off(
    site: Browser,
    database: Database,
    owner_database: Database,
    on_the_tab: Settings,
) -> None:
    late = await make_user(database, nickname="けんじ")
    await owe(database, owner_database, on_the_tab, late.id, 1840)
    await grow_older(owner_database, late.id, 9)
    async with database.transaction() as tx:
        await telling.remind(tx, on_the_tab, 10)
    one, other = await make_staff(database, "finance"), await make_staff(database, "finance")
    await site.sign_in(one, database)
    page = await text(site, "/staff/tab")
    for words in ("けんじ", "¥1,840", "2日", "1回"):
        assert words in page
    person = f"/staff/tab/people/{late.id}"
    changed = await site.post(f"{person}/limit", {"yen": "12000", "reason": "ご希望により"})
    assert changed.headers["Location"] == f"{person}?done=limit"
    assert "¥12,000" in await text(site, person)
    (bill,) = await the_bills(database, late)
    proposal = {"reason": "連絡がとれない", "press": "p-1"}
    answer = await site.post(f"/staff/tab/bills/{bill.id}/write-off", proposal)
    assert answer.headers["Location"] == f"{person}?done=proposed"
    agree = re.search(r"/staff/tab/write-offs/\d+/", await text(site, "/staff/tab"))
    assert agree
    assert (await site.post(f"{agree[0]}agree", {})).status == 403
    await site.sign_in(other, database)
    done = await site.post(f"{agree[0]}agree", {})
    assert done.headers["Location"] == "/staff/tab?done=written_off"
    assert [one.state for one in await the_bills(database, late)] == ["written_off"]
    assert "期限を過ぎた請求はありません" in await text(site, "/staff/tab")


async def test_support_staff_have_no_such_page(site: Browser, database: Database) -> None:
    await site.sign_in(await make_staff(database, "support"), database)
    assert (await site.get("/staff/tab")).status == 404
    assert (await site.get("/staff/tab/people/1")).status == 404
