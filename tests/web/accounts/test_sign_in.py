"""Signing in and out."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.ids import token_hash
from people.accounts.tables import sessions
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, make_user
from web.http import tries

EMAIL = "sakura@example.jp"


async def test_the_right_password_signs_in_and_the_cookie_is_guarded(
    browser: Browser, database: Database
) -> None:
    await make_user(database, email=EMAIL, nickname="さくら")
    answer = await browser.post(
        "/sign-in", {"email": "ＳＡＫＵＲＡ@example.jp", "password": PASSWORD, "next": "/points"}
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/points")
    set_cookie = next(c for c in answer.headers.getall("Set-Cookie") if c.startswith("session="))
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Path=/" in set_cookie
    assert "Domain" not in set_cookie
    assert "さくら" in await (await browser.get("/points")).text()


@pytest.mark.parametrize("typed", ["{}", " {} ", "{:_}"])
async def test_the_member_number_signs_in_as_the_address_does(
    browser: Browser, database: Database, typed: str
) -> None:
    user = await make_user(database, email=EMAIL)
    wide = str.maketrans("0123456789_", "０１２３４５６７８９−")
    number = typed.format(user.member_number).translate(wide)
    answer = await browser.post("/sign-in", {"email": number, "password": PASSWORD, "next": "/"})
    assert answer.status == 303
    assert browser.cookie("session")


async def test_an_unknown_member_number_gets_the_answer_of_a_wrong_password(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database, email=EMAIL)
    pages = []
    for number in (user.member_number, 10_000_000):
        form = {"email": str(number), "password": "wrong password"}
        answer = await browser.post("/sign-in", form)
        assert answer.status == 422
        pages.append(_without_what_differs(await answer.text()).replace(str(number), "NUMBER"))
    assert pages[0] == pages[1]


async def test_tries_by_address_and_by_number_are_counted_together(
    open_browser: Open, database: Database
) -> None:
    user = await make_user(database, email=EMAIL)
    browser = await open_browser(sign_in_tries=2)
    names = [EMAIL, str(user.member_number), EMAIL]
    statuses = [
        (await browser.post("/sign-in", {"email": name, "password": "guess guess"})).status
        for name in names
    ]
    assert statuses == [422, 422, 429]


async def test_over_https_the_cookie_is_bound_to_the_host(
    open_browser: Open, database: Database
) -> None:
    await make_user(database, email=EMAIL)
    browser = await open_browser(public_url="https://talk.example")
    visitor = next(iter((await browser.get("/guide")).headers.getall("Set-Cookie")))
    assert visitor.startswith("__Host-visitor=")
    assert "Secure" in visitor
    # The test's browser speaks HTTP, so it is handed the cookie as if it had come over HTTPS.
    browser.client.session.cookie_jar.update_cookies(
        {"__Host-visitor": visitor.split("=", 1)[1].split(";")[0]}, browser.client.make_url("/")
    )
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 303
    cookies = answer.headers.getall("Set-Cookie")
    session = next(c for c in cookies if c.startswith("__Host-session="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(session.split("; "))
    assert "Domain" not in session


async def test_each_sign_in_is_a_new_session_and_the_old_one_ends(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database, email=EMAIL)
    planted = await browser.sign_in(user, database)
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 303
    token = browser.cookie("session")
    assert token
    assert token != planted
    async with database.transaction() as tx:
        stored = (await tx.execute(sa.select(sessions.c.token_hash))).scalars().all()
    assert stored == [token_hash(token)]


async def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(
    browser: Browser, database: Database
) -> None:
    await make_user(database, email=EMAIL)
    answers = []
    for email in (EMAIL, "nobody@example.jp"):
        answer = await browser.post("/sign-in", {"email": email, "password": "wrong password"})
        assert answer.status == 422
        answers.append(_without_what_differs(await answer.text()).replace(email, "EMAIL"))
    assert answers[0] == answers[1]
    assert "メールアドレス・会員番号か、パスワードがちがいます" in answers[0]
    assert browser.cookie("session") is None


async def test_a_password_is_never_written_back_into_the_page(browser: Browser) -> None:
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": "my own secret 99"})
    assert "my own secret 99" not in await answer.text()


async def test_signing_out_ends_the_session_on_the_server(
    browser: Browser, database: Database
) -> None:
    token = await browser.sign_in(await make_user(database), database)
    assert (await browser.get("/points")).status == 200
    answer = await browser.post("/sign-out", {})
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert browser.cookie("session") is None
    # Whoever copied the cookie before has nothing either.
    stolen = await browser.get("/points", Cookie=f"session={token}")
    assert stolen.headers["Location"].startswith("/sign-in")


async def test_too_many_tries_from_one_address_are_refused_and_the_owner_elsewhere_gets_in(
    open_browser: Open, database: Database
) -> None:
    await make_user(database, email=EMAIL)
    browser = await open_browser(sign_in_tries=2, trusted_proxies=("127.0.0.0/8",))
    attacker, owner = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "203.0.113.7"}
    answers = [
        await browser.post("/sign-in", {"email": EMAIL, "password": f"guess {n}!"}, attacker)
        for n in range(3)
    ]
    assert [answer.status for answer in answers] == [422, 422, 429]
    assert "Retry-After" in answers[2].headers
    good = {"email": EMAIL, "password": PASSWORD}
    assert (await browser.post("/sign-in", good, attacker)).status == 429
    assert (await browser.post("/sign-in", good, owner)).status == 303


async def test_many_accounts_tried_from_one_address_are_refused(open_browser: Open) -> None:
    browser = await open_browser(address_tries=2)
    answers = [
        await browser.post("/sign-in", {"email": f"u{n}@example.jp", "password": "guess guess"})
        for n in range(3)
    ]
    assert [answer.status for answer in answers] == [422, 422, 429]


async def test_an_account_tried_from_everywhere_slows_down_but_never_locks_its_owner_out(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_user(database, email=EMAIL)
    browser = await open_browser(sign_in_tries=1, trusted_proxies=("127.0.0.0/8",))
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(tries, "ACCOUNT_FACTOR", 2)
    monkeypatch.setattr(tries, "slow_down", wait)
    for n in range(3):
        form = {"email": EMAIL, "password": "guess guess"}
        await browser.post("/sign-in", form, {"X-Forwarded-For": f"198.51.100.{n}"})
    assert waits == [tries.SLOW_SECONDS]
    owner = {"X-Forwarded-For": "203.0.113.7"}
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD}, owner)
    assert answer.status == 303


async def test_a_forwarded_address_of_nobody_trusted_evades_no_limit(open_browser: Open) -> None:
    browser = await open_browser(address_tries=1)
    statuses = [
        (
            await browser.post(
                "/sign-in",
                {"email": f"u{n}@example.jp", "password": "guess guess"},
                {"X-Forwarded-For": f"198.51.100.{n}"},
            )
        ).status
        for n in range(2)
    ]
    assert statuses == [422, 429]


async def test_next_never_leads_to_another_site(browser: Browser, database: Database) -> None:
    await make_user(database, email=EMAIL)
    for elsewhere in ("//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil"):
        answer = await browser.post(
            "/sign-in", {"email": EMAIL, "password": PASSWORD, "next": elsewhere}
        )
        assert answer.headers["Location"] == "/"
        await browser.post("/sign-out", {})
    shown = await browser.get("/sign-in?next=//evil.example")
    assert "evil.example" not in await shown.text()


async def test_a_page_for_members_leads_through_sign_in_and_back(browser: Browser) -> None:
    answer = await browser.get("/rooms/1/enter")
    assert answer.status == 303
    assert answer.headers["Location"] == "/sign-in?next=/rooms/1/enter"


def _without_what_differs(page: str) -> str:
    """Return a page without its nonce and its forms' tokens, which are new each time."""
    return re.sub(r'(nonce|value|content)="[A-Za-z0-9_-]{20,}"', "", page)
