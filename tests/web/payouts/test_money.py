"""A cast's pages of money: the book, the request, the notice, the year, the number."""

import re
from typing import Unpack

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from payouts import own_payouts
from payouts.tables import payout_stops
from people.accounts import accounts
from points import ledger
from tests.payouts import by_hand
from tests.payouts.by_hand import Settled
from tests.payouts.payday import Payday
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.world import new_user


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"payout": "request", "talk_seller": "site"})


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings)


@pytest.fixture
async def cast(day: Payday) -> int:
    """A cast who can be paid 12,000 yen, and earned 2,000 today."""
    cast = await day.cast()
    await day.earn(cast, 12)
    await day.pass_days(31)
    async with day.database.transaction() as tx:
        await by_hand.name_account(tx, cast)
    await day.earn(cast, 2)
    return cast


async def sign_in(browser: Browser, day: Payday, user_id: int) -> None:
    async with day.database.transaction() as tx:
        user = await accounts.find_user(tx, user_id)
    assert user
    await browser.sign_in(user, day.database)


@pytest.fixture
async def here(browser: Browser, day: Payday, cast: int) -> Browser:
    await sign_in(browser, day, cast)
    return browser


async def read(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, path
    return words(await answer.text())


def words(html: str) -> str:
    """The words of a page as they are read."""
    body = html.partition("<main")[2].partition("</main>")[0]
    cells = re.sub(r"</(th|td|dt|dd)>", " ", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cells))


async def only(day: Payday, cast: int) -> own_payouts.OwnPayout:
    async with day.database.transaction() as tx:
        (found,) = (await own_payouts.own(tx, cast, 1, 10)).items
    return found


async def asked(browser: Browser, amount: str = "12000") -> str:
    """Ask on the pages; return the address of what came of it."""
    answer = await browser.post("/console/payouts", {"step": "ask", "amount": amount})
    assert answer.status == 303
    return answer.headers["Location"].partition("?")[0]


async def test_the_page_says_where_the_money_stands_and_prefills_all_of_it(
    here: Browser,
) -> None:
    html = await (await here.get("/console/payouts")).text()
    assert re.search(r'name="amount"[^>]* value="12000"', html)
    text = words(html)
    assert "全額を申請すると、お受け取りは11,670円です。" in text
    assert re.search(r"確定前通話から14日たつと確定します ?2,000円", text)
    assert re.search(r"これまでの報酬 ?14,000円", text)


async def test_a_sum_is_confirmed_and_then_asked_for(here: Browser, day: Payday, cast: int) -> None:
    answer = await here.post("/console/payouts", {"step": "check", "amount": "５，０００円"})
    text = words(await answer.text())
    assert answer.status == 200
    assert "振込手数料 −330円" in text
    assert "お受け取り 4,670円" in text
    assert "ひととき銀行 本店 口座番号 ····567" in text
    path = await asked(here, "5000")
    found = await only(day, cast)
    assert (path, found.gross, found.state) == (
        f"/console/payouts/{found.id}", 5000, "requested"
    )  # fmt: skip
    assert "申請を取り消す" in await read(here, path)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("4999", "申請できるのは5,000円からです。"), ("12001", "申請できるのは12,000円までです。"),
        ("-5000", "数は半角の数字だけで入力してください。"),
        ("", "数は半角の数字だけで入力してください。"),
        ("99999999999", "1から9999999999までの数を入力してください。"),
    ],
)  # fmt: skip
async def test_a_sum_that_cannot_be_is_said_at_its_field(
    here: Browser, typed: str, said: str
) -> None:
    answer = await here.post("/console/payouts", {"step": "check", "amount": typed})
    assert answer.status == 422
    assert said in words(await answer.text())


async def test_a_second_press_hears_why(here: Browser, day: Payday, cast: int) -> None:
    await asked(here, "5000")
    answer = await here.post("/console/payouts", {"step": "ask", "amount": "5000"})
    assert answer.status == 409
    assert "振込の申請は1日に1回です。" in words(await answer.text())
    assert (await only(day, cast)).gross == 5000


async def test_a_request_is_called_off_on_its_page(here: Browser, day: Payday, cast: int) -> None:
    path = await asked(here)
    assert (await here.post(f"{path}/call-off", {})).status == 303
    assert "ご自分で取り消しました" in await read(here, path)
    assert (await here.post(f"{path}/call-off", {})).status == 409
    assert (await only(day, cast)).state == "called_off"


async def paid(day: Payday, browser: Browser, **said: Unpack[Settled]) -> str:
    path = await asked(browser)
    async with day.database.transaction() as tx:
        await by_hand.pay(tx, int(path.rpartition("/")[2]), **said)
    return path


async def test_a_notice_serves_as_a_statement_of_purchases_where_the_site_sells(
    here: Browser, day: Payday
) -> None:
    path = await paid(
        day, here, seller="site", category="individual", registration="T1234567890123"
    )
    text = await read(here, path)
    for said in (
        "支払通知書", "仕入明細書を兼ねます", "さくら 様", "登録番号 T1234567890123",
        "振込手数料 −¥330", "−¥1,225", "お振込した金額 ¥10,445", "10%対象 合計（税込み） ¥12,000",
        "うち消費税（10%） ¥1,090", "14日以内", "口座番号 ····567",
    ):  # fmt: skip
        assert said in text, said


async def test_a_notice_has_no_tax_of_the_site_where_casts_sell(here: Browser, day: Payday) -> None:
    text = await read(here, await paid(day, here))
    assert "支払通知書" in text
    assert "仕入明細書" not in text
    assert "消費税（" not in text


async def test_what_is_wrong_with_a_notice_is_said_on_its_page(here: Browser, day: Payday) -> None:
    path = await paid(day, here)
    answer = await here.post(f"{path}/objection", {"text": " "})
    assert answer.status == 422
    answer = await here.post(f"{path}/objection", {"text": "<b>金額</b>が違います"})
    assert answer.status == 303
    html = await (await here.get(path)).text()
    assert "&lt;b&gt;金額&lt;/b&gt;が違います" in html
    assert "運営者が確認しています。" in words(html)


async def test_anothers_payout_is_not_found(
    here: Browser, day: Payday, cast: int, open_browser: Open
) -> None:
    path = await asked(here)
    other = await open_browser()
    await sign_in(other, day, await day.cast("みどり"))
    assert (await other.get(path)).status == 404
    assert (await other.post(f"{path}/call-off", {})).status == 404
    assert (await only(day, cast)).state == "requested"


async def test_the_year_is_a_paper_and_a_table(here: Browser, day: Payday) -> None:
    path = await paid(day, here, category="individual")
    year = re.search(
        r"/console/payouts/years/([0-9]{4})", await (await here.get("/console/payouts")).text()
    )
    assert year, path
    text = await read(here, year[0])
    assert "合計 ¥12,000 ¥330 ¥1,225 ¥10,445" in text
    answer = await here.get(f"{year[0]}.csv")
    lines = (await answer.text()).lstrip("\ufeff").splitlines()
    assert lines[0].startswith("支払月,回数,報酬（円）")
    assert lines[1].endswith(",1,12000,330,1225,10445")
    assert "この年のお振込はありません。" in await read(here, "/console/payouts/years/2001")


async def test_what_matures_has_a_line_a_talk(here: Browser) -> None:
    text = await read(here, "/console/payouts/maturing")
    assert "けんじさんとの通話" in text
    assert "に確定 2,000円" in text


async def test_who_has_too_little_reads_how_much_is_missing(browser: Browser, day: Payday) -> None:
    cast = await day.cast()
    await day.earn(cast, 2)
    await day.pass_days(31)
    async with day.database.transaction() as tx:
        await by_hand.name_account(tx, cast)
    await sign_in(browser, day, cast)
    text = await read(browser, "/console/payouts")
    assert "5,000円から申請できます。あと3,000円です。" in text


async def test_a_minus_is_explained(here: Browser, day: Payday, cast: int) -> None:
    async with day.database.transaction() as tx:
        # As after a return that came later than the payout of all of it.
        await ledger.give_up_earnings(tx, cast, 13_000, key="test", reason="test")
    text = await read(here, "/console/payouts")
    assert "振込できる報酬 −1,000円" in text
    assert "お支払いいただくことはありません。" in text


async def test_what_is_stopped_is_said_with_its_reason(
    here: Browser, day: Payday, cast: int
) -> None:
    async with day.database.transaction() as tx:
        stop = {"user_id": cast, "reason": "本人確認のため", "made_by": await new_user(tx, "係")}
        await tx.execute(sa.insert(payout_stops).values(stop))
    text = await read(here, "/console/payouts")
    assert "理由：本人確認のため" in text
    assert "保留中の報酬 12,000円" in text
    assert "申請の内容を確認する" not in text


async def test_a_number_is_saved_and_a_wrong_one_is_said(here: Browser) -> None:
    answer = await here.post("/console/payouts/profile", {"registration": "T12"})
    assert answer.status == 400
    assert "登録番号は、Tと13桁の数字で入力してください。" in words(await answer.text())
    answer = await here.post("/console/payouts/profile", {"registration": "1234567890123"})
    assert answer.status == 303
    assert "T1234567890123" in await read(here, "/console/payouts")


async def test_who_never_was_a_cast_has_no_such_page(browser: Browser, day: Payday) -> None:
    await browser.sign_in(await make_user(day.database), day.database)
    for path in ("/console/payouts", "/console/payouts/maturing", "/console/payouts/profile"):
        await read(browser, path, 403)
    answer = await browser.post("/console/payouts", {"step": "ask", "amount": "5000"})
    assert answer.status == 403


async def test_who_leaves_asks_for_all_of_it(here: Browser, day: Payday, cast: int) -> None:
    html = await (await here.get("/console/payouts?leaving=1")).text()
    assert re.search(r'name="amount"[^>]* readonly', html)
    form = {"step": "check", "amount": "6000", "leaving": "1"}
    answer = await here.post("/console/payouts", form)
    html = await answer.text()
    assert answer.status == 422
    assert "全額（12,000円）になります。" in html
    # The form that comes back still knows that they leave.
    assert 'name="leaving" value="1"' in html
    form = {"step": "ask", "amount": "12000", "leaving": "1"}
    assert (await here.post("/console/payouts", form)).status == 303
    assert (await only(day, cast)).gross == 12_000


class TestByTheMonth:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"payout": "monthly"})

    async def test_the_page_says_when_the_next_payment_comes(self, here: Browser) -> None:
        text = await read(here, "/console/payouts")
        assert re.search(r"次の振込の予定日は[0-9]{4}年[0-9]+月[0-9]+日です。", text)
        assert "申請の内容を確認する" not in text
