"""What was earned arrives: from a paid talk to the bank's file and the notice, by pages alone."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect
from sqlalchemy.exc import OperationalError

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person
from tests.payouts.payday import RATE, Payday
from tests.payouts.zengin_reader import read
from tests.world import new_room

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAYER = {
    "HITOTOKI_TRANSFER_CODE": "1234567890",
    "HITOTOKI_TRANSFER_NAME": "ヒトトキ",
    "HITOTOKI_TRANSFER_ACCOUNT": "0001-001-1-7654321",
}
CAST = "よしこ"


async def earned(day: Payday, minutes: int) -> int:
    """Let a cast of the demo site have earned 1,000 yen a minute, long enough ago."""
    async with day.database.transaction() as tx:
        query = sa.select(users.c.id).where(users.c.nickname == CAST)
        cast = int(await tx.scalar(query) or 0)
        day.rooms[cast] = await new_room(tx, cast, RATE)
    await day.earn(cast, minutes)
    await let_pass(day, 45)
    return cast


async def let_pass(day: Payday, days: int) -> None:
    """Let days pass beside a site that works: where the two wait for each other, once more."""
    for _ in range(9):
        try:
            await day.pass_days(days)
        except OperationalError as error:
            if "deadlock" not in str(error):
                raise
        else:
            return
    raise AssertionError("the site never let days pass")


async def name_account(cast: Person) -> None:
    """From a word to a bank account."""
    page = cast.page
    await page.goto(f"{cast.base}/console/payouts")
    await page.get_by_role("link", name="口座を登録する").first.click()
    await page.get_by_role("searchbox").fill("みずほ")
    await page.get_by_role("button", name="さがす").click()
    await page.get_by_role("link", name="みずほ銀行").first.click()
    await page.get_by_role("searchbox").fill("東京営業部")
    await page.get_by_role("button", name="さがす").click()
    await page.get_by_role("link", name="東京営業部").first.click()
    await page.get_by_label("普通").check()
    await page.get_by_label("口座番号", exact=True).fill("123456")
    await page.get_by_label("口座名義").fill("ヤマダ ヨシコ")
    await page.get_by_role("button", name="内容を確認する").click()
    for box in await page.get_by_role("checkbox").all():
        await box.check()
    await page.get_by_role("button", name="この口座を登録する").click()
    await expect(page.locator("main")).to_contain_text("····456")


async def pay(staff: Person, payday: date, folder: Path) -> bytes:
    """Gather what waits, look at it, give the bank its file, and close the run; the file."""
    page = staff.page
    await page.goto(f"{staff.base}/staff/payouts")
    await page.get_by_label("振込日").fill(payday.isoformat())
    await page.get_by_role("button", name="1件をまとめる").click()
    await page.get_by_role("button", name="確かめたので次へ").click()
    async with page.expect_download() as waited:
        await page.get_by_role("button", name="銀行のファイル（全銀形式）").click()
    path = folder / "bank.txt"
    await (await waited.value).save_as(path)
    return path.read_bytes()


async def come(day: Payday) -> None:
    """Let the pay day come."""
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE payout_runs SET pay_on = current_date - 1"))


async def close(staff: Person) -> None:
    await staff.page.reload()
    await staff.page.get_by_role("button", name="振込を完了にする").click()
    await expect(staff.page.get_by_role("status")).to_contain_text("振込を完了にしました")


@pytest.mark.parametrize("way", ["request", "monthly"])
async def test_what_was_earned_reaches_the_bank(
    browser: Browser,
    start_site: StartSite,
    database: Database,
    owner_database: Database,
    settings: Settings,
    tmp_path: Path,
    way: str,
) -> None:
    seller = "cast" if way == "request" else "site"
    site = await start_site(HITOTOKI_TALK_SELLER=seller, HITOTOKI_PAYOUT=way, **PAYER)
    chosen = settings.model_copy(update={"talk_seller": seller, "payout": way})
    day = await Payday.of(database, owner_database, chosen)
    earner = await earned(day, 12)
    cast = await Person.arrive(browser, site.url, CAST, PHONE)
    await name_account(cast)
    await let_pass(day, 2)
    staff = await Person.arrive(browser, site.url, "スタッフ佐倉")
    if way == "monthly":
        await staff.page.goto(f"{site.url}/staff/payouts/casts/{earner}")
        await staff.page.get_by_label("区分", exact=True).select_option("individual")
        await staff.page.locator("#category-reason").fill("個人事業主として契約")
        await staff.page.get_by_role("button", name="区分を変える").click()
    else:
        page = cast.page
        await page.goto(f"{site.url}/console/payouts")
        await page.get_by_role("button", name="申請の内容を確認する").click()
        await expect(page.locator("main")).to_contain_text("11,670")
        await page.get_by_role("button", name="この内容で申請する").click()
    net = 12_000 - 330 if way == "request" else 12_000 - 1_225
    file = await pay(staff, await day.bank_day(), tmp_path)
    (row,) = read(file).data
    assert (int(row["amount"]), row["account"], row["holder"]) == (net, "0123456", "ﾔﾏﾀﾞ ﾖｼｺ")
    await come(day)
    await close(staff)
    page = cast.page
    await page.goto(f"{site.url}/console/payouts")
    await page.locator(".earned-lines a").first.click()
    await expect(page.locator("main")).to_contain_text("支払通知書")
    await expect(page.locator("main")).to_contain_text(f"{net:,}")
    assert (await day.book(earner)).paid == 12_000
    await day.prove()
    for person in (cast, staff):
        assert person.problems == []
