"""The pages of monthly statements: whose they are, what they say, and the same as a table."""

from datetime import datetime

import pytest

from foundation.database import Database
from foundation.settings import Settings
from points.rules import SITE_ZONE
from rooms.talk import entry
from tests.points.till import charge_next
from tests.web.conftest import Open
from tests.web.points.test_receipts import ISSUER
from tests.web.scene import Browser, give, make_room, make_user

ALL = {"who_offers": "approved", "talk_seller": "site", **ISSUER}


async def talked(browser: Browser, database: Database, settings: Settings) -> str:
    """Sign in as somebody who talked for two minutes at 100 points; return the month's address."""
    caller, cast = await make_user(database, nickname="けんじ"), await make_user(database)
    room = await make_room(database, cast)
    await give(database, caller, 3000)
    async with database.transaction() as tx:
        talk = (await entry.enter(tx, settings, room, caller.id)).talk_id
    for _ in range(2):
        async with database.transaction() as tx:
            assert await charge_next(tx, talk)
    await browser.sign_in(caller, database)
    return f"/points/statements/{datetime.now(SITE_ZONE):%Y-%m}"


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def test_the_statement_of_a_site_that_sells_is_what_an_invoice_must_be(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(**ALL)
    path = await talked(browser, database, settings)
    assert f'href="{path}"' in await text(browser, "/points/statements")
    page = await text(browser, path)
    for said in (
        *ISSUER.values(), "10%対象", "うち消費税（10%）", "¥18", "¥200", "さくらさん", "2分",
        "途中</strong>",
    ):  # fmt: skip
        assert said in page, said
    assert "（キャスト）" not in page
    assert "適格請求書ではありません" not in page


async def test_where_casts_sell_the_sites_number_stands_on_none_of_it(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(**(ALL | {"talk_seller": "cast"}))
    page = await text(browser, await talked(browser, database, settings))
    assert "販売者：さくら（キャスト）" in page.replace("\u2068", "").replace("\u2069", "")
    assert "適格請求書ではありません" in page
    assert ISSUER["issuer_registration"] not in page


async def test_an_addressee_is_printed_and_not_kept(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(**ALL)
    path = await talked(browser, database, settings)
    answer = await browser.post(path, {"addressee": "山田<b>商店"})
    assert "山田&lt;b&gt;商店 様" in await answer.text()
    assert "山田" not in await text(browser, path)
    refused = await browser.post(path, {"addressee": "\u202e"})
    assert refused.status == 422
    assert 'aria-invalid="true"' in await refused.text()


async def test_the_table_has_the_same_lines(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(**ALL)
    path = await talked(browser, database, settings)
    answer = await browser.get(f"{path}.csv")
    assert answer.content_type == "text/csv"
    _, line, *rest = (await answer.text()).splitlines()
    assert line.split(",")[3:6] == ["2", "200", "0"]
    assert rest == []


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "1999-01", "２０２６-01"])
async def test_what_is_no_month_is_not_there(
    browser: Browser, database: Database, month: str
) -> None:
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get(f"/points/statements/{month}")).status == 404


async def test_a_month_without_talks_and_no_month_at_all_say_so(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    assert "まだ利用明細がありません" in await text(browser, "/points/statements")
    assert "この月の利用はありません" in await text(browser, "/points/statements/2026-01")


async def test_statements_are_their_owners(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(**ALL)
    path = await talked(browser, database, settings)
    await browser.sign_in(await make_user(database), database)
    assert "この月の利用はありません" in await text(browser, path)
    other = await open_browser(**ALL)
    assert (await other.get(path)).status == 303
