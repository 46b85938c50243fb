"""Until the address is confirmed: look, but neither buy nor enter nor reserve."""

import pytest

from foundation.database import Database
from people.accounts.accounts import User
from tests.web.accounts.registering import last_mail, mails_to
from tests.web.booking.scene import bookable_room
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, SCRIPT, Browser, make_room, make_user
from web.http import tries

EMAIL = "sakura@example.jp"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "EVEN_SECONDS", 0)


@pytest.fixture
async def user(browser: Browser, database: Database) -> User:
    """A member who is signed in and has not confirmed the address."""
    made = await make_user(database, email=EMAIL, confirmed=False)
    await browser.sign_in(made, database)
    return made


async def test_one_may_sign_in_and_look_and_every_page_says_what_is_missing(
    browser: Browser, database: Database
) -> None:
    await make_user(database, email=EMAIL, confirmed=False)
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD, "next": "/"})
    assert answer.status == 303
    room = await make_room(database, await make_user(database, is_cast=True))
    for path in ("/", f"/rooms/{room}", "/points", "/settings/email"):
        answer = await browser.get(path)
        assert answer.status == 200
        assert "メールアドレスの確認がまだです" in await answer.text()


async def test_who_has_confirmed_sees_no_such_notice(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    assert "確認がまだです" not in await (await browser.get("/points")).text()


async def test_nothing_is_bought_entered_waited_for_or_reserved(
    browser: Browser, database: Database, user: User
) -> None:
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    bookable = await bookable_room(database, await make_user(database, is_cast=True))
    acts = {
        "/points/purchases": {
            "pack": "1", "shown": "1000-0-1000", "press": "p", "pay_with": "new",
        },
        f"/rooms/{room}/entry": {"video": "0"},
        f"/rooms/{room}/wait": {"on": "1"},
        f"/rooms/{bookable}/book": {"start": "2030-01-01T10:00Z", "minutes": "30"},
        f"/rooms/{bookable}/request": {
            "minutes": "30", "message": "", "first": "2030-01-01T10:00Z",
        },
    }  # fmt: skip
    csrf = await browser.csrf()
    for path, form in acts.items():
        answer = await browser.client.post(path, data={"csrf": csrf} | form, headers=SCRIPT)
        told = await answer.json()
        assert (answer.status, told["code"]) == (403, "not_confirmed"), path
        assert told["help"]["url"] == "/sign-up/sent"


@pytest.mark.parametrize("path", ["/points/buy", "/points/buy/1"])
async def test_the_page_says_so_before_anything_is_ordered(
    browser: Browser, user: User, path: str
) -> None:
    assert "確認が済むと購入できます" in await (await browser.get(path)).text()


async def test_the_mail_is_sent_again_and_confirms(
    browser: Browser, database: Database, user: User
) -> None:
    assert 'action="/sign-up/again"' in await (await browser.get("/sign-up/sent")).text()
    answer = await browser.post("/sign-up/again", {})
    assert answer.headers["Location"] == "/sign-up/sent"
    token = (await last_mail(database, EMAIL)).token
    await browser.post("/sign-up/link", {"token": token})
    assert "確認がまだです" not in await (await browser.get("/points")).text()
    await browser.post("/sign-up/again", {})
    assert [m.subject for m in await mails_to(database, EMAIL)][-1] == "会員登録が完了しました"


async def test_sending_again_is_limited(open_browser: Open, database: Database) -> None:
    browser = await open_browser(mail_tries=2)
    await browser.sign_in(await make_user(database, email=EMAIL, confirmed=False), database)
    statuses = [(await browser.post("/sign-up/again", {})).status for _ in range(3)]
    assert statuses == [303, 303, 429]
    assert len(await mails_to(database, EMAIL)) == 2
