"""One search finds everything by name, number, mail or amount, and only what its reader may see."""

from urllib.parse import quote

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from tests.web.scene import Browser, buy, make_user
from tests.web.staff.scene import make_staff
from tests.web.staff.test_staff import claimed


async def found(browser: Browser, text: str) -> str:
    page = await (await browser.get(f"/staff/search?q={quote(text)}")).text()
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


async def test_each_thing_is_found_by_what_is_known_of_it(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, claim = await claimed(database, settings)
    buyer = await make_user(database, nickname="100%はるか", email="haruka@example.jp")
    purchase = await buy(database, buyer)
    await browser.sign_in(await make_staff(database), database)
    for text in ("はるか", "HARUKA@", "100%", str(buyer.member_number)):
        assert f'href="/staff/people/{buyer.id}"' in await found(browser, text), text
    assert f'href="/staff/talks/{world.talk}"' in await found(browser, str(world.talk))
    assert f'href="/staff/claims?claim={claim}"' in await found(browser, str(claim))
    assert f"購入 {purchase}" in await found(browser, str(purchase))
    async with database.transaction() as tx:
        price = await tx.scalar(sa.text(f"SELECT price_yen FROM purchases WHERE id = {purchase}"))
    for text in (f"¥{price}", f"{price:,}円", f"￥{price:,}"):
        assert f"購入 {purchase}" in await found(browser, text), text
    for text in ("%", "_", "zzz", "9" * 30, "¥7"):
        rows = await found(browser, text)
        assert "購入" not in rows, text
    assert "はるか" not in await found(browser, "_")


async def test_what_one_may_not_see_is_not_found(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, _ = await claimed(database, settings, 1)
    await browser.sign_in(await make_staff(database, "finance"), database)
    rows = await found(browser, str(world.talk))
    assert "/staff/talks/" in rows
    assert "/staff/reports/" not in rows
