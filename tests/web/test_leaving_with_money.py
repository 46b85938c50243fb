"""The pages of who leaves or was banned with money due: said first, refused, given up, decided."""

import re

from foundation.database import Database
from foundation.settings import Settings
from payouts import book, terms
from people.accounts import accounts
from people.accounts.accounts import StaffRole, User
from people.accounts.tables import users
from tests.payouts.payday import Payday
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, hashed
from tests.web.staff.scene import make_staff

SELLS = {"talk_seller": "cast", "payout": "request", "payout_bank_fee": 330}


async def earner(database: Database, owner: Database, settings: Settings, minutes: int) -> User:
    """A cast who earned 1,000 yen a minute, and could be paid them."""
    day = await Payday.of(database, owner, settings)
    cast = await day.cast()
    await day.earn(cast, minutes)
    await day.pass_days(15)
    async with database.transaction() as tx:
        await tx.execute(users.update().where(users.c.id == cast).values(password_hash=hashed()))
        found = await accounts.find_user(tx, cast)
    assert found
    return found


async def given_up(database: Database, settings: Settings, cast: User) -> int:
    async with database.transaction() as tx:
        return (await book.book_of(tx, settings, cast.id)).given_up


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def test_the_page_says_what_is_due_and_asks_for_their_word(
    open_browser: Open, database: Database, owner_database: Database, settings: Settings
) -> None:
    browser = await open_browser(**SELLS)
    cast = await earner(database, owner_database, settings, 4)
    await browser.sign_in(cast, database)
    page = await text(browser, "/settings/withdrawal")
    assert "/console/payouts?leaving=1" in page
    assert 'name="gives_up" value="4000" required' in page
    form = {"sure": "1", "password": PASSWORD}
    for gives_up in ({}, {"gives_up": "3999"}):
        answer = await browser.post("/settings/withdrawal", form | gives_up)
        assert answer.status == 422
        assert 'role="alert"' in await answer.text()
    assert await given_up(database, settings, cast) == 0
    answer = await browser.post("/settings/withdrawal", form | {"gives_up": "4000"})
    assert answer.headers["Location"].startswith("/withdrawn")
    assert await given_up(database, settings, cast) == 4000


async def test_where_the_site_pays_by_the_month_they_are_told_to_wait(
    open_browser: Open, database: Database, owner_database: Database, settings: Settings
) -> None:
    browser = await open_browser(**(SELLS | {"payout": "monthly"}))
    await browser.sign_in(await earner(database, owner_database, settings, 4), database)
    page = await text(browser, "/settings/withdrawal")
    assert "次のお支払日まで" in page
    assert "leaving=1" not in page


async def test_who_earned_nothing_sees_nothing_of_it(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_staff(database, "support"), database)
    assert "gives_up" not in await text(browser, "/settings/withdrawal")


async def staff(open_browser: Open, database: Database, role: StaffRole) -> Browser:
    browser = await open_browser(**SELLS)
    await browser.sign_in(await make_staff(database, role), database)
    return browser


async def test_two_of_finance_decide_on_the_page_of_the_person(
    open_browser: Open, database: Database, owner_database: Database, settings: Settings
) -> None:
    cast = await earner(database, owner_database, settings, 4)
    async with database.transaction() as tx:
        banned = users.update().where(users.c.id == cast.id)
        await tx.execute(banned.values(banned_at=users.c.created_at))
    path = f"/staff/people/{cast.id}"
    support = await staff(open_browser, database, "support")
    assert 'id="verdict"' not in await text(support, path)
    first = await staff(open_browser, database, "finance")
    assert "¥4,000" in await text(first, path)
    form = {"verdict": "keep", "reason": "規約に反したため"}
    assert (await first.post(f"{path}/verdict", form | {"verdict": "burn"})).status == 400
    answer = await first.post(f"{path}/verdict", form)
    assert answer.headers["Location"] == f"{path}#verdict"
    assert "/agree" not in (await text(first, path)).split('id="verdict"')[1].split("</section>")[0]
    second = await staff(open_browser, database, "administrator")
    agree = re.search(r'action="(/staff/verdicts/\d+/agree)"', await text(second, path))
    assert agree
    assert (await first.post(agree[1], {})).status == 403
    assert (await second.post(agree[1], {})).status == 303
    assert await given_up(database, settings, cast) == 4000
    assert "支払わないことに決定" in await text(second, path)


async def test_what_casts_were_given_they_read_again(
    open_browser: Open, database: Database, owner_database: Database, settings: Settings
) -> None:
    site = {"talk_seller": "site", "payout": "monthly", "seller_name": "<b>甲商会"}
    browser = await open_browser(**site)
    cast = await earner(database, owner_database, settings, 1)
    await browser.sign_in(cast, database)
    assert "まだ条件をお渡ししていません" in await text(browser, terms.LINK)
    async with database.transaction() as tx:
        assert await terms.give(tx, settings.model_copy(update=site), cast.id)
    page = await text(browser, terms.LINK)
    assert "委託する者：&lt;b&gt;甲商会" in page
    other = await open_browser(**SELLS)
    await other.sign_in(await make_staff(database, "support"), database)
    assert "お渡しする条件はありません" in await text(other, terms.LINK)
