"""A run from the first press to the bank's result, by the pages alone."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import FormData

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from tests.payouts.payday import Payday
from tests.payouts.zengin_reader import read
from tests.points.till import file_papers
from tests.web.conftest import Open
from tests.web.scene import BROWSER, Browser
from tests.web.staff.scene import make_staff

OPEN = {
    "payout": "request",
    "transfer_code": "0123456789",
    "transfer_name": "ヒトトキ",
    "transfer_account": "0001-001-1-7654321",
}


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update=OPEN)
    return await Payday.of(database, owner_database, said)


async def at_the_desk(open_browser: Open, database: Database) -> Browser:
    """Somebody of finance who signs in now: sessions end while days pass."""
    browser = await open_browser(**OPEN)
    await browser.sign_in(await make_staff(database, "finance"), database)
    return browser


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def press(browser: Browser, path: str, **form: str) -> Any:
    answer = await browser.post(path, form)
    assert answer.status == 303, (path, answer.status, await answer.text())
    return answer.headers["Location"]


async def gathered(day: Payday, browser: Browser) -> str:
    page = await text(browser, "/staff/payouts")
    token = re.search(r'name="press" value="([^"]+)"', page)
    assert token
    pay_on = (await day.bank_day()).isoformat()
    where = await press(browser, "/staff/payouts/gather", press=token[1], pay_on=pay_on)
    return str(where).partition("?")[0]


async def result(browser: Browser, path: str, file: bytes) -> str:
    form = FormData()
    form.add_field("csrf", await browser.csrf())
    form.add_field("file", file, filename="kekka.csv", content_type="text/csv")
    answer = await browser.client.post(f"{path}/results", data=form, headers=BROWSER)
    return await answer.text()


async def proposals(browser: Browser, run: str) -> list[str]:
    """The addresses of what somebody can agree to on a run's page."""
    page = await text(browser, run)
    return re.findall(r'action="(/staff/payouts/reversals/\d+)/agree"', page)


async def test_a_run_goes_from_requests_to_the_banks_result(
    day: Payday, open_browser: Open, database: Database
) -> None:
    casts = [await day.payable("さくら"), await day.payable("みお")]
    ids = [await day.ask(cast, 6000) for cast in casts]
    finance = await at_the_desk(open_browser, database)
    assert "¥11,340" in await text(finance, "/staff/payouts")
    run = await gathered(day, finance)
    await press(finance, f"{run}/send-on")
    answer = await finance.post(f"{run}/file", {})
    assert len(read(await answer.read()).data) == 2
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE payout_runs SET pay_on = now()::date - 1"))
    await press(finance, f"{run}/close")
    assert "完了" in await text(finance, run)
    looked = await result(finance, run, f"{ids[0]},名義相違\n".encode("cp932"))
    assert "名義相違" in looked
    assert (await day.book(casts[0])).paid == 6000
    packed = re.search(r'name="rows" value="([^"]+)"', looked)
    assert packed
    await press(finance, f"{run}/results/propose", rows=packed[1], reason="口座なし")
    await press(finance, f"{run}/reject", payout=str(ids[1]), reason="口座なし")
    assert (await day.book(casts[0])).paid == 6000
    assert f'href="{run}"' in await text(finance, "/staff/payouts")
    second = await at_the_desk(open_browser, database)
    for proposal in await proposals(second, run):
        refused = await finance.post(f"{proposal}/agree", {})
        assert refused.status == 403
        await press(second, f"{proposal}/agree")
    assert await day.payouts(casts[0]) == await day.payouts(casts[1]) == [("rejected", 6000)]
    await day.prove()


async def test_a_run_whose_file_was_taken_is_dissolved_by_two(
    day: Payday, open_browser: Open, database: Database
) -> None:
    cast = await day.payable()
    await day.ask(cast, 6000)
    finance = await at_the_desk(open_browser, database)
    run = await gathered(day, finance)
    await press(finance, f"{run}/send-on")
    await finance.post(f"{run}/rows", {})
    assert "done=dissolution" in await press(finance, f"{run}/dissolve", reason="銀行で取り消し")
    page = await text(finance, run)
    assert "ご自分の提案です" in page
    assert f"{run}/close" not in page
    second = await at_the_desk(open_browser, database)
    (proposal,) = await proposals(second, run)
    await press(second, f"{proposal}/send-back", reason="まだ銀行にあります")
    assert "まだ銀行にあります" in await text(finance, run)
    await press(finance, f"{run}/dissolve", reason="取り消しました")
    (proposal,) = await proposals(second, run)
    assert "done=dissolved" in await press(second, f"{proposal}/agree")
    assert await day.payouts(cast) == [("requested", 6000)]


async def test_when_nothing_is_left_the_desk_says_what_was_called_off(
    day: Payday, open_browser: Open, database: Database
) -> None:
    cast = await day.cast()
    await day.account(cast)
    talk = await day.earn(cast, 8)
    await day.pass_days(40)
    await day.ask(cast, 8000)
    async with day.database.transaction() as tx:
        await ledger.return_points(tx, talk, None, reason="遅刻", actor_id=day.caller)
        await file_papers(tx)
    finance = await at_the_desk(open_browser, database)
    token = re.search(r'name="press" value="([^"]+)"', await text(finance, "/staff/payouts"))
    assert token
    pay_on = (await day.bank_day()).isoformat()
    where = await press(finance, "/staff/payouts/gather", press=token[1], pay_on=pay_on)
    assert "報酬が足りなくなった申請1件を取り消し" in await text(finance, str(where))
    assert await day.payouts(cast) == [("called_off", 8000)]


async def test_a_table_of_a_run_opens_in_a_spreadsheet(
    day: Payday, open_browser: Open, database: Database
) -> None:
    await day.ask(await day.payable("=さくら"), 6000)
    finance = await at_the_desk(open_browser, database)
    run = await gathered(day, finance)
    await press(finance, f"{run}/send-on")
    body = (await (await finance.post(f"{run}/rows", {})).read()).decode("utf-8-sig")
    assert "'=さくら" in body
    assert ",5670" in body


async def test_a_casts_page_holds_them_back_and_changes_their_tax(
    day: Payday, open_browser: Open, database: Database
) -> None:
    cast = await day.payable("みお")
    finance = await at_the_desk(open_browser, database)
    page = f"/staff/payouts/casts/{cast}"
    assert "ｻｸﾗ ﾊﾅｺ" in await text(finance, page)
    await press(finance, f"{page}/category", category="individual", reason="税理士に確認")
    await press(finance, f"{page}/stop", reason="調査中です")
    shown = await text(finance, page)
    assert "調査中です" in shown
    assert (await day.book(cast)).held == 10_000
    assert "みお" in await text(finance, "/staff/payouts")
    await press(finance, f"{page}/lift", reason="確認できました")
    assert (await day.book(cast)).payable == 10_000


async def test_the_years_tax_is_shown_and_sent(
    day: Payday, open_browser: Open, database: Database
) -> None:
    cast = await day.payable()
    finance = await at_the_desk(open_browser, database)
    await press(
        finance, f"/staff/payouts/casts/{cast}/category", category="individual", reason="確認"
    )
    await day.paid(cast, 10_000)
    assert "¥1,021" in await text(finance, "/staff/payouts/tax")
    body = (await (await finance.get("/staff/payouts/tax/csv")).read()).decode("utf-8-sig")
    assert body.strip().endswith("個人,1,1,10000,1021")


async def test_only_staff_send_a_banks_result(
    day: Payday, open_browser: Open, database: Database
) -> None:
    browser = await open_browser(**OPEN)
    await browser.sign_in(await make_staff(database, "support"), database)
    looked = await result(browser, "/staff/payouts/runs/1", b"1,x\n")
    assert "名義" not in looked
    assert "1,x" not in looked
