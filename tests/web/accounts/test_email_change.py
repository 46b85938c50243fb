"""Changing one's e-mail address."""

import pytest

from foundation.database import Database
from people.accounts import accounts
from people.accounts.accounts import User
from tests.web.accounts.registering import last_mail, mails_to
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, make_user
from web.http import tries

OLD, NEW = "sakura@example.jp", "tsumugi@example.jp"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "EVEN_SECONDS", 0)


@pytest.fixture
async def user(browser: Browser, database: Database) -> User:
    made = await make_user(database, email=OLD)
    await browser.sign_in(made, database)
    return made


async def ask(browser: Browser, new: str = NEW, password: str = PASSWORD) -> tuple[int, str]:
    answer = await browser.post("/settings/email", {"email": new, "password": password})
    return answer.status, answer.headers.get("Location", await answer.text())


async def address(database: Database, user: User) -> str:
    async with database.transaction() as tx:
        found = await accounts.find_user(tx, user.id)
    assert found
    return found.email


async def test_the_address_changes_by_the_link_at_the_new_one(
    browser: Browser, database: Database, user: User
) -> None:
    assert await ask(browser) == (303, "/settings/email?sent=1")
    token = (await last_mail(database, NEW)).token
    opened = await browser.get(f"/email-change?token={token}")
    assert NEW in await opened.text()
    assert await address(database, user) == OLD
    answer = await browser.post("/email-change", {"token": token})
    assert answer.headers["Location"] == "/email-change/done"
    assert await address(database, user) == NEW
    assert (await last_mail(database, OLD)).subject == "メールアドレスが変わりました"
    assert (await browser.post("/email-change", {"token": token})).status == 410
    signed_in = await browser.post("/sign-in", {"email": NEW, "password": PASSWORD})
    assert signed_in.status == 303


async def test_without_the_password_nothing_is_mailed(
    browser: Browser, database: Database, user: User
) -> None:
    status, page = await ask(browser, password="wrong password")
    assert status == 422
    assert 'id="password-error"' in page
    assert "wrong password" not in page
    assert await mails_to(database, NEW) == []


async def test_ones_own_address_and_no_address_are_told_at_the_field(
    browser: Browser, user: User
) -> None:
    for new in (OLD, "nonsense"):
        status, page = await ask(browser, new)
        assert status == 422
        assert 'id="email-error"' in page


async def test_an_address_of_somebody_elses_gets_the_same_answer(
    browser: Browser, database: Database, user: User
) -> None:
    await make_user(database, email="taken@example.jp")
    assert await ask(browser, "taken@example.jp") == await ask(browser, NEW)
    assert "token=" not in (await last_mail(database, "taken@example.jp")).text


async def test_one_member_asks_for_few_mails_from_wherever(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(mail_tries=1, trusted_proxies=("127.0.0.0/8",))
    await browser.sign_in(await make_user(database, email=OLD), database)
    statuses = [
        (
            await browser.post(
                "/settings/email",
                {"email": f"u{n}@example.jp", "password": PASSWORD},
                {"X-Forwarded-For": f"198.51.100.{n}"},
            )
        ).status
        for n in range(tries.ADDRESS_FACTOR + 1)
    ]
    assert statuses == [303] * tries.ADDRESS_FACTOR + [429]


async def test_an_address_taken_meanwhile_is_refused_plainly(
    browser: Browser, database: Database, user: User
) -> None:
    await ask(browser)
    token = (await last_mail(database, NEW)).token
    await make_user(database, email=NEW, nickname="さきに")
    answer = await browser.post("/email-change", {"token": token})
    page = await answer.text()
    assert answer.status == 409
    assert "このメールアドレスには変更できません" in page
    assert "さきに" not in page
    assert await address(database, user) == OLD


async def test_who_is_not_signed_in_to_the_account_is_asked_for_its_password(
    open_browser: Open, browser: Browser, database: Database, user: User
) -> None:
    """A stranger must not prove their address for somebody else's account."""
    await ask(browser)
    token = (await last_mail(database, NEW)).token
    stranger = await open_browser()
    page = await (await stranger.get(f"/email-change?token={token}")).text()
    assert 'type="password"' in page
    for typed in ({}, {"password": "a guess of theirs"}):
        answer = await stranger.post("/email-change", {"token": token} | typed)
        assert answer.status == 422
        assert 'id="password-change-error"' in await answer.text()
    assert await address(database, user) == OLD
    answer = await stranger.post("/email-change", {"token": token, "password": PASSWORD})
    assert answer.headers["Location"] == "/email-change/done"
    assert await address(database, user) == NEW
