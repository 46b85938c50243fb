"""What a newcomer to the demo site sees of payouts, as a cast and as finance staff."""

import pytest

from cli.seed import seed_demo
from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from tests.web.conftest import Open
from tests.web.scene import Browser

PAYS = {"payout": "monthly", "talk_seller": "site", "issuer_name": "株式会社ひととき"}


@pytest.fixture
async def seeded(owner_database: Database, settings: Settings) -> None:
    await seed_demo(owner_database, settings.model_copy(update=PAYS))


async def signed_in(open_browser: Open, database: Database, name: str) -> Browser:
    async with database.transaction() as tx:
        who = await accounts.find_by_email(tx, f"{name}@demo.example")
    assert who
    browser = await open_browser(**PAYS)
    await browser.sign_in(who, database)
    return browser


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


@pytest.mark.usefixtures("seeded")
async def test_a_cast_sees_what_was_paid_and_is_under_way(
    open_browser: Open, database: Database
) -> None:
    cast = await signed_in(open_browser, database, "haruka")
    book = await text(cast, "/console/payouts")
    for said in ("振込の手続き中", "支払通知書があります", "確定前", "お仕事の条件"):
        assert said in book
    assert "申請中" not in book
    assert "¥5,632" in await text(cast, "/console/payouts/1")
    assert "株式会社ひととき" in await text(cast, "/console/payouts/terms")
    sent_back = await signed_in(open_browser, database, "daichi")
    assert "口座の名義が違います" in await text(sent_back, "/console/payouts/2")
    assert "この口座で間違いありません" in await text(sent_back, "/console/payouts/account")


@pytest.mark.usefixtures("seeded")
async def test_who_never_earned_sees_no_sum_reckoned_of_nothing(
    open_browser: Open, database: Database
) -> None:
    cast = await signed_in(open_browser, database, "mio")
    assert "振込できる報酬の計算" not in await text(cast, "/console/payouts")


@pytest.mark.usefixtures("seeded")
async def test_finance_finds_work(open_browser: Open, database: Database) -> None:
    staff = await signed_in(open_browser, database, "mori")
    desk = await text(staff, "/staff/payouts")
    for said in (
        "1件をまとめる",
        "月野ルナ",
        "使える口座がありません",
        "口座の確認待ち",
        "確認中",
        "完了",
    ):
        assert said in desk
    assert "戻す提案の記録" in await text(staff, "/staff/payouts/runs/1")
    assert "確かめたので次へ" in await text(staff, "/staff/payouts/runs/2")
