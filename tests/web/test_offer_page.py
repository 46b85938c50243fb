"""The page for those who might offer says what the books would say, and leads where one begins."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from points.rules import share_of
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from web.pages.site.offer import RATES, earned_hour


async def text(browser: Browser, path: str) -> str:
    return await (await browser.get(path)).text()


def test_an_hour_is_reckoned_as_the_books_do(settings: Settings) -> None:
    (one, two, three) = (earned_hour(settings, rate) for rate in RATES)
    # The first minute is free; 59 are paid, of which the site keeps a fifth.
    assert (one.gross, one.fee, one.net) == (59 * 80, 59 * 16, 59 * 64)
    assert (two.gross, two.net) == (5900, 4720)
    assert (three.gross, three.net) == (11800, 9440)
    odd = settings.model_copy(update={"fee_percent": 33, "free_seconds": 0})
    hour = earned_hour(odd, 80)
    assert hour.net == 60 * share_of(80, 33)
    assert hour.net + hour.fee == hour.gross == 4800


@pytest.mark.parametrize("fee", [0, 20, 35])
async def test_the_page_names_the_sites_own_fee(open_browser: Open, fee: int) -> None:
    page = await text(await open_browser(fee_percent=fee), "/offer")
    assert f"サイトの手数料は{fee}%です" in page
    assert f"{59 * (100 - fee):,}" in page
    assert f"手数料は{fee}%" in page.partition('name="description"')[2][:300]


async def test_it_tells_how_one_is_paid_as_the_settings_say(
    open_browser: Open,
) -> None:
    asked = await open_browser(payout="request")
    said = await text(asked, "/offer")
    assert "5,000円から、ページのボタンひとつで申請できます。" in said
    assert "振込手数料330円を差し引いてお振込します。" in said
    monthly = await open_browser(payout="monthly")
    said = await text(monthly, "/offer")
    assert "毎月末日に締め、翌月25日（銀行が休みの日は、その前の営業日）に" in said
    assert "手数料はサイトが負担します。" in said
    assert "振込手数料330円" not in said


async def test_it_leads_to_where_one_begins(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    assert 'href="/casts/join">はじめる' in await text(browser, "/offer")
    cast = await open_browser()
    await cast.sign_in(await make_user(database, is_cast=True), database)
    assert 'href="/console/rooms/new">はじめる' in await text(cast, "/offer")


async def test_the_guide_speaks_of_a_check_only_where_there_is_one(open_browser: Open) -> None:
    assert "本人確認をする" not in await text(await open_browser(), "/guide/casts")
    assert "本人確認をする" in await text(await open_browser(identity_check=True), "/guide/casts")
