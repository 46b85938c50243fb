"""A forgotten password, and a changed one."""

import pytest

from foundation.database import Database
from people.accounts import accounts
from people.accounts.accounts import User
from people.sign_in import sessions
from tests.web.accounts.registering import age_links, last_mail, mails_to
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, make_user
from web.http import tries

EMAIL = "sakura@example.jp"
ANOTHER = "quite another secret"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "EVEN_SECONDS", 0)


@pytest.fixture
async def user(database: Database) -> User:
    return await make_user(database, email=EMAIL)


async def forget(browser: Browser, database: Database) -> str:
    answer = await browser.post("/forgotten-password", {"email": EMAIL})
    assert (answer.status, answer.headers["Location"]) == (303, "/forgotten-password/sent")
    return (await last_mail(database, EMAIL)).token


async def test_the_mailed_link_sets_another_password_and_signs_everybody_out(
    browser: Browser, open_browser: Open, database: Database, user: User
) -> None:
    elsewhere = await open_browser()
    await elsewhere.sign_in(user, database)
    token = await forget(browser, database)
    page = await (await browser.get(f"/password-reset?token={token}")).text()
    assert 'autocomplete="new-password"' in page
    assert 'autocomplete="username"' in page
    answer = await browser.post("/password-reset", {"token": token, "new_password": ANOTHER})
    assert answer.headers["Location"] == "/sign-in?reset=1"
    assert "新しいパスワードで" in await (await browser.get("/sign-in?reset=1")).text()
    assert (await elsewhere.get("/points")).headers["Location"].startswith("/sign-in")
    assert browser.cookie("session") is None
    old = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    new = await browser.post("/sign-in", {"email": EMAIL, "password": ANOTHER})
    assert (old.status, new.status) == (422, 303)
    assert (await last_mail(database, EMAIL)).subject == "パスワードが変わりました"


async def test_opening_the_link_changes_nothing_and_using_it_twice_neither(
    browser: Browser, database: Database, user: User
) -> None:
    token = await forget(browser, database)
    for _ in range(3):
        assert (await browser.get(f"/password-reset?token={token}")).status == 200
    assert await accounts.authenticate(database, EMAIL, PASSWORD) == user
    form = {"token": token, "new_password": ANOTHER}
    answers = [await browser.post("/password-reset", form) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 410]
    assert (await browser.get(f"/password-reset?token={token}")).status == 410


async def test_the_link_ends_after_an_hour(
    browser: Browser, database: Database, user: User
) -> None:
    token = await forget(browser, database)
    await age_links(database, 3600 - 30)
    assert (await browser.get(f"/password-reset?token={token}")).status == 200
    await age_links(database, 30)
    form = {"token": token, "new_password": ANOTHER}
    assert (await browser.post("/password-reset", form)).status == 410
    assert await accounts.authenticate(database, EMAIL, PASSWORD) == user


@pytest.mark.parametrize("weak", ["short", "1qaz2wsx3edc", EMAIL])
async def test_a_weak_password_is_refused_and_the_link_stays_good(
    browser: Browser, database: Database, user: User, weak: str
) -> None:
    token = await forget(browser, database)
    answer = await browser.post("/password-reset", {"token": token, "new_password": weak})
    page = await answer.text()
    assert answer.status == 422
    assert 'id="new_password-error"' in page
    assert f'value="{weak}"' not in page.replace(f'value="{EMAIL}" readonly', "")
    form = {"token": token, "new_password": ANOTHER}
    assert (await browser.post("/password-reset", form)).status == 303


async def test_known_and_unknown_addresses_get_the_same_answer(
    browser: Browser, database: Database, user: User
) -> None:
    answers = []
    for email in (EMAIL, "nobody@example.jp"):
        answer = await browser.post("/forgotten-password", {"email": email})
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name not in ("Date", "Content-Security-Policy")
        }
        answers.append((answer.status, await answer.text(), headers))
    assert answers[0] == answers[1]
    assert await mails_to(database, "nobody@example.jp") == []


async def test_a_link_for_one_purpose_opens_no_other_door(
    browser: Browser, database: Database, user: User
) -> None:
    token = await forget(browser, database)
    for path in ("/sign-up/link", "/email-change"):
        assert (await browser.get(f"{path}?token={token}")).status == 410
        assert (await browser.post(path, {"token": token})).status == 410


async def test_a_member_changes_the_password_with_the_old_one(
    browser: Browser, open_browser: Open, database: Database, user: User
) -> None:
    elsewhere = await open_browser()
    await elsewhere.sign_in(user, database)
    here = await browser.sign_in(user, database)
    form = {"old_password": PASSWORD, "new_password": ANOTHER}
    answer = await browser.post("/settings/password", form)
    assert answer.headers["Location"] == "/settings/password?changed=1"
    async with database.transaction() as tx:
        assert await sessions.find(tx, here, days=30) is not None
    assert (await elsewhere.get("/points")).headers["Location"].startswith("/sign-in")
    assert await accounts.authenticate(database, EMAIL, ANOTHER) == user
    assert (await last_mail(database, EMAIL)).subject == "パスワードが変わりました"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong password", ANOTHER, "old_password"), (PASSWORD, "short", "new_password")],
)
async def test_a_wrong_old_or_a_weak_new_password_changes_nothing(
    browser: Browser, database: Database, user: User, old: str, new: str, field: str
) -> None:
    await browser.sign_in(user, database)
    answer = await browser.post("/settings/password", {"old_password": old, "new_password": new})
    page = await answer.text()
    assert answer.status == 422
    assert f'id="{field}-error"' in page
    assert old not in page
    assert await accounts.authenticate(database, EMAIL, PASSWORD) == user
    assert await mails_to(database, EMAIL) == []


async def test_a_stolen_session_cannot_guess_the_password_on_and_on(
    open_browser: Open, database: Database, user: User
) -> None:
    browser = await open_browser(sign_in_tries=2, trusted_proxies=("127.0.0.0/8",))
    await browser.sign_in(user, database)
    form = {"old_password": "a guess", "new_password": ANOTHER}
    thief, owner = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "203.0.113.7"}
    statuses = [(await browser.post("/settings/password", form, thief)).status for _ in range(3)]
    assert statuses == [422, 422, 429]
    good = {"old_password": PASSWORD, "new_password": ANOTHER}
    assert (await browser.post("/settings/password", good, owner)).status == 303


@pytest.mark.parametrize("path", ["/settings/password", "/settings/email", "/settings/devices"])
async def test_a_visitor_is_led_to_sign_in(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).headers["Location"] == f"/sign-in?next={path}"
    assert (await browser.post(path, {})).status in (303, 405)
