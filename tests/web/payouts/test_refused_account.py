"""What a cast finds when a payout came back from the bank, and the one press that helps."""

import html
from typing import Literal

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from tests.payouts.payday import Payday
from tests.web.conftest import Open
from tests.web.scene import Browser

MONEY, PAGE = "/console/payouts", "/console/payouts/account"
RIGHT = "この口座で間違いありません"


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(
        database, owner_database, settings.model_copy(update={"payout": "request"})
    )


async def come_back(day: Payday) -> int:
    """A cast whose payout the bank sent back yesterday."""
    cast = await day.payable(minutes=30)
    payout = await day.paid(cast, 6000)
    assert await day.reject(payout, await day.staff(), await day.staff(), "名義相違<b>")
    await day.pass_days(1)
    return cast


async def signed_in(
    open_browser: Open, day: Payday, cast: int, way: Literal["request", "monthly"] = "request"
) -> Browser:
    browser = await open_browser(payout=way, talk_seller="cast")
    async with day.database.transaction() as tx:
        user = await accounts.find_user(tx, cast)
    assert user
    await browser.sign_in(user, day.database)
    return browser


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    said = await answer.text()
    assert "<b>" not in said
    return html.unescape(said)


async def test_one_press_on_the_page_of_the_account_is_enough(
    day: Payday, open_browser: Open
) -> None:
    cast = await signed_in(open_browser, day, await come_back(day))
    money = await text(cast, MONEY)
    assert "申請の内容を確認する" not in money
    assert f'href="{PAGE}">口座を確かめる' in money
    page = await text(cast, PAGE)
    assert page.index("銀行から戻りました") < page.index("いまの口座") < page.index(RIGHT)
    assert "銀行の理由：名義相違" in page
    answer = await cast.post(f"{PAGE}/confirm", {"seen": "1"})
    assert answer.headers["Location"] == f"{PAGE}?saved=confirmed"
    page = await text(cast, f"{PAGE}?saved=confirmed")
    assert "確認しました" in page
    assert RIGHT not in page
    assert "銀行から戻りました" not in page
    assert "申請の内容を確認する" in await text(cast, MONEY)


async def test_a_request_sent_from_an_old_page_is_refused_in_words(
    day: Payday, open_browser: Open
) -> None:
    cast = await signed_in(open_browser, day, await come_back(day))
    for step in ("check", "ask"):
        answer = await cast.post(MONEY, {"step": step, "amount": "6000"})
        assert answer.status in (409, 422)
        said = html.unescape(await answer.text())
        assert "口座が正しいことを確かめるか" in said
        assert f'href="{PAGE}"' in said


async def test_a_press_of_an_old_page_says_nothing_of_what_came_back_since(
    day: Payday, open_browser: Open
) -> None:
    cast = await signed_in(open_browser, day, await come_back(day))
    answer = await cast.post(f"{PAGE}/confirm", {"seen": "2"})
    assert answer.status == 409
    assert "内容が変わっています" in await answer.text()
    for seen in ("", "0", "x", "99999"):
        assert (await cast.post(f"{PAGE}/confirm", {"seen": seen})).status == 400
    assert (await cast.post(f"{PAGE}/confirm", {})).status == 400
    assert RIGHT in await text(cast, PAGE)


async def test_by_the_month_the_page_of_the_money_leads_there(
    day: Payday, open_browser: Open
) -> None:
    cast = await signed_in(open_browser, day, await come_back(day), "monthly")
    money = await text(cast, MONEY)
    assert "前のお振込が銀行から戻りました" in money
    assert f'href="{PAGE}">口座を確かめる' in money
    await cast.post(f"{PAGE}/confirm", {"seen": "1"})
    assert "前のお振込が銀行から戻りました" not in await text(cast, MONEY)


async def test_nobody_speaks_for_another(day: Payday, open_browser: Open) -> None:
    theirs, other = await come_back(day), await day.payable("みお")
    browser = await signed_in(open_browser, day, other)
    assert RIGHT not in await text(browser, PAGE)
    assert (await browser.post(f"{PAGE}/confirm", {"seen": "1"})).status == 409
    assert RIGHT in await text(await signed_in(open_browser, day, theirs), PAGE)
