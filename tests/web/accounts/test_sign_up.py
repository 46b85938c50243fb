"""Becoming a member: form, look, mail, button."""

import re

import pytest
import sqlalchemy as sa
from aiohttp import ClientResponse

from foundation.database import Database, Tx
from people.accounts import accounts, passwords
from people.accounts.tables import users
from people.sign_in import sessions
from tests.web.accounts.registering import (
    EMAIL,
    FORM,
    SECRET,
    age_registrations,
    last_mail,
    mails_to,
    register,
)
from tests.web.conftest import Open
from tests.web.scene import Browser, hashed, make_user
from web.http import tries


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "EVEN_SECONDS", 0)


async def _count(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).select_from(users)) or 0)


async def _account(database: Database, email: str = EMAIL) -> accounts.User:
    async with database.transaction() as tx:
        user = await accounts.find_by_email(tx, email)
    assert user
    return user


async def test_form_look_mail_and_button_make_a_member_who_is_signed_in(
    browser: Browser, database: Database
) -> None:
    await browser.post("/sign-up", FORM | {"next": "/rooms/3"})
    look = await (await browser.get("/sign-up/confirm")).text()
    assert all(said in look for said in ("さくら", EMAIL, "1990年4月1日", "••••"))
    assert await _count(database) == 0
    await browser.post("/sign-up/confirm", {})
    assert (await _account(database)).confirmed_at is None
    mail = await last_mail(database, EMAIL)
    assert "next=/rooms/3" in mail.text
    opened = await browser.get(f"/sign-up/link?token={mail.token}&next=/rooms/3")
    assert opened.status == 200
    assert (await _account(database)).confirmed_at is None
    answer = await browser.post("/sign-up/link", {"token": mail.token, "next": "/rooms/3"})
    assert answer.headers["Location"] == "/sign-up/done?next=%2Frooms%2F3"
    user = await _account(database)
    assert user.confirmed_at is not None
    done = await (await browser.get(answer.headers["Location"])).text()
    assert str(user.member_number) in done
    assert 'href="/rooms/3"' in done


async def test_the_password_never_comes_back_in_a_page_or_a_cookie(browser: Browser) -> None:
    answers = [
        await browser.post("/sign-up", FORM | {"email": "not an address"}),
        await browser.post("/sign-up", FORM),
        await browser.get("/sign-up/confirm"),
        await browser.get("/sign-up"),
        await browser.post("/sign-up/confirm", {}),
    ]
    for answer in answers:
        assert SECRET not in await answer.text()
        assert SECRET not in str(answer.headers)
        assert "argon2" not in await answer.text()


async def test_correcting_finds_everything_but_the_password_again(browser: Browser) -> None:
    await browser.post("/sign-up", FORM)
    page = await (await browser.get("/sign-up")).text()
    for value in ("さくら", EMAIL, "1990", "4", "1"):
        assert f'value="{value}"' in page


async def test_another_browser_sees_nothing_of_what_was_entered(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    await browser.post("/sign-up", FORM)
    other = await open_browser()
    assert "さくら" not in await (await other.get("/sign-up")).text()
    assert (await other.get("/sign-up/confirm")).headers["Location"] == "/sign-up?expired=1"
    answer = await other.post("/sign-up/confirm", {})
    assert answer.headers["Location"] == "/sign-up?expired=1"
    assert await _count(database) == 0


async def test_after_an_hour_everything_is_entered_again(
    browser: Browser, database: Database
) -> None:
    await browser.post("/sign-up", FORM)
    await age_registrations(database, 3600)
    answer = await browser.post("/sign-up/confirm", {})
    assert answer.headers["Location"] == "/sign-up?expired=1"
    assert "時間がたちました" in await (await browser.get("/sign-up?expired=1")).text()
    assert await _count(database) == 0


async def test_the_link_is_good_once_and_says_so(browser: Browser, database: Database) -> None:
    await register(browser)
    token = (await last_mail(database, EMAIL)).token
    assert (await browser.post("/sign-up/link", {"token": token})).status == 303
    for answer in (
        await browser.get(f"/sign-up/link?token={token}"),
        await browser.post("/sign-up/link", {"token": token}),
        await browser.get("/sign-up/link"),
    ):
        assert answer.status == 410
        assert "このリンクは使えません" in await answer.text()


async def test_completing_rotates_the_session(browser: Browser, database: Database) -> None:
    await register(browser)
    planted = await browser.sign_in(await _account(database), database)
    token = (await last_mail(database, EMAIL)).token
    await browser.post("/sign-up/link", {"token": token})
    session = browser.cookie("session")
    assert session
    assert session != planted
    async with database.transaction() as tx:
        assert await sessions.find(tx, planted, days=30) is None


async def test_a_page_with_a_token_in_its_address_tells_nobody_of_it(
    browser: Browser, database: Database
) -> None:
    await register(browser)
    token = (await last_mail(database, EMAIL)).token
    for path in ("/sign-up/link", "/password-reset", "/email-change"):
        answer = await browser.get(f"{path}?token={token}")
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["Cache-Control"] == "no-store"


async def _seen(answer: ClientResponse) -> tuple[int, str, dict[str, str]]:
    changing = ("Date", "Content-Security-Policy", "Set-Cookie")
    headers = {name: value for name, value in answer.headers.items() if name not in changing}
    headers.pop("Content-Length", None)
    page = re.sub(r'(nonce|value|content)="[A-Za-z0-9_-]{20,}"', "", await answer.text())
    return answer.status, page, headers


async def test_a_known_email_gets_the_same_answers_after_the_same_hashing(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_user(database, email="known@example.jp", nickname="もとから")
    hashes = 0
    hash_password = passwords.hash_password

    async def counting(password: str) -> str:
        nonlocal hashes
        hashes += 1
        return await hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", counting)
    seen = []
    for email in ("known@example.jp", "other@example.jp"):
        browser = await open_browser()
        answers = [
            await _seen(await browser.post("/sign-up", FORM | {"email": email})),
            await _seen(await browser.get("/sign-up/confirm")),
            await _seen(await browser.post("/sign-up/confirm", {})),
            await _seen(await browser.get("/sign-up/sent")),
        ]
        seen.append(([(s, page.replace(email, "EMAIL"), h) for s, page, h in answers], hashes))
        hashes = 0
    assert seen[0] == seen[1]
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(users).where(users.c.email == "known@example.jp"))).one()
    assert (row.nickname, row.password_hash) == ("もとから", hashed())
    [told] = await mails_to(database, "known@example.jp")
    assert told.subject == "すでに登録がおすみです"


async def test_whatever_is_found_the_answer_takes_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, ends = 100.0, []

    async def wait(seconds: float) -> None:
        ends.append(now + seconds)

    monkeypatch.setattr(tries, "EVEN_SECONDS", 0.4)
    monkeypatch.setattr(tries, "monotonic", lambda: now)
    monkeypatch.setattr(tries, "slow_down", wait)
    for work in (0.01, 0.2, 0.4):
        now = 100.0
        async with tries.constant_time():
            now += work
    assert ends == [pytest.approx(100.4)] * 3


@pytest.mark.parametrize("email", ["known@example.jp", "other@example.jp"])
async def test_known_and_unknown_wait_alike(
    browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(tries, "EVEN_SECONDS", 1000)
    monkeypatch.setattr(tries, "slow_down", wait)
    await make_user(database, email="known@example.jp")
    await register(browser, email=email)
    await browser.post("/forgotten-password", {"email": email})
    assert len(waits) == 2
    assert all(900 < seconds <= 1000 for seconds in waits)


async def test_nobody_can_make_themselves_more_than_a_member(
    browser: Browser, database: Database
) -> None:
    extra = {"is_staff": "1", "is_cast": "1", "confirmed_at": "2020-01-01", "id": "1"}
    await register(browser, **extra)
    user = await _account(database)
    assert (user.is_staff, user.is_cast, user.confirmed_at) == (False, False, None)


BOXES = ("no_pupil", "agree")


async def test_high_school_pupils_of_18_are_refused_in_words(
    browser: Browser, database: Database
) -> None:
    page = await (await browser.get("/sign-up")).text()
    assert "高校生ではありません" in page
    answer = await browser.post(
        "/sign-up", {name: value for name, value in FORM.items() if name != "no_pupil"}
    )
    assert answer.status == 422
    assert "高校生の方は、18歳以上でもご登録いただけません。" in await answer.text()
    assert await _count(database) == 0


async def test_nobody_takes_a_name_for_which_people_take_a_cast(
    browser: Browser, database: Database
) -> None:
    await make_user(database, nickname="Midori", is_cast=True)
    await make_user(database, nickname="つばき")
    for alike in ("Midori", "ＭＩＤＯＲＩ", "М i d o r i", "Midóri", "Midori🌸"):
        answer = await browser.post("/sign-up", FORM | {"nickname": alike})
        assert answer.status == 422, alike
        assert "キャストとまちがえられる名前です。" in await answer.text()
    assert (await browser.post("/sign-up", FORM | {"nickname": "つばき"})).status == 303


async def test_every_mistake_is_told_beside_its_field_at_once(
    browser: Browser, database: Database
) -> None:
    wrong = {"nickname": "花" * 21, "email": "<script>", "password": "short", "birth_day": "40"}
    answer = await browser.post(
        "/sign-up", {k: v for k, v in FORM.items() if k not in BOXES} | wrong
    )
    page = await answer.text()
    assert answer.status == 422
    fields = ("nickname", "email", "password", "birthday", *BOXES)
    assert all(f'id="{field}-error"' in page for field in fields)
    assert 'role="alert"' in page
    assert '<script>"' not in page
    assert 'value="&lt;script&gt;"' in page
    assert await _count(database) == 0


async def test_who_is_not_18_by_the_database_and_the_sites_zone_is_refused(
    open_browser: Open, database: Database
) -> None:
    """The day begins in the site's zone: at the ends of the world it is two different days."""
    async with database.transaction() as tx:
        day = await tx.scalar(
            sa.text("SELECT (clock_timestamp() AT TIME ZONE 'Etc/GMT-14')::date - interval '18 y'")
        )
    assert day
    parts = {"birth_year": f"{day:%Y}", "birth_month": f"{day:%m}", "birth_day": f"{day:%d}"}
    early, late = (
        await open_browser(site_zone="Etc/GMT-14"),
        await open_browser(site_zone="Etc/GMT+12"),
    )
    assert (await early.post("/sign-up", FORM | parts)).status == 303
    refused = await late.post("/sign-up", FORM | parts)
    assert refused.status == 422
    assert "18歳未満の方と高校生の方は、ご登録いただけません。" in await refused.text()


async def test_a_password_of_the_lists_is_refused(browser: Browser) -> None:
    answer = await browser.post("/sign-up", FORM | {"password": "Password1234"})
    assert answer.status == 422
    assert "流出したことのあるパスワード" in await answer.text()


async def test_a_form_without_a_field_is_refused_not_a_bug(browser: Browser) -> None:
    for missing in FORM.keys() - {"no_pupil", "agree"}:
        form = {name: value for name, value in FORM.items() if name != missing}
        assert (await browser.post("/sign-up", form)).status == 400


async def test_the_form_shows_what_is_agreed_to_and_helps_to_fill_it_in(browser: Browser) -> None:
    page = await (await browser.get("/sign-up")).text()
    for there in ('href="/terms"', 'href="/privacy"', 'autocomplete="new-password"'):
        assert there in page
    for part in ("bday-year", "bday-month", "bday-day", "username", "nickname"):
        assert f'autocomplete="{part}"' in page


async def test_sign_ups_from_one_address_are_limited(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(sign_up_tries=2)
    statuses = [
        (await browser.post("/sign-up", FORM | {"email": f"u{n}@example.jp"})).status
        for n in range(3)
    ]
    assert statuses == [303, 303, 429]


async def test_names_are_compared_only_for_whom_the_limit_lets_through(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    async def compare(_: Tx, nickname: str) -> bool:
        compared.append(nickname)
        return True

    monkeypatch.setattr(accounts, "resembles_cast", compare)
    browser = await open_browser(sign_up_tries=2)
    for status in (422, 422, 429):
        assert (await browser.post("/sign-up", FORM)).status == status
    assert compared == [FORM["nickname"]] * 2


async def test_mails_from_one_address_are_limited(open_browser: Open, database: Database) -> None:
    browser = await open_browser(mail_tries=1)
    statuses = [
        (await browser.post("/forgotten-password", {"email": f"u{n}@example.jp"})).status
        for n in range(tries.ADDRESS_FACTOR + 1)
    ]
    assert statuses == [303] * tries.ADDRESS_FACTOR + [429]


async def test_an_address_that_was_sent_enough_gets_the_same_answer_and_keeps_its_last_link(
    open_browser: Open, database: Database
) -> None:
    """Nobody can flood a mailbox, nor spoil the link that its owner holds."""
    browser = await open_browser(mail_tries=2, trusted_proxies=("127.0.0.0/8",))
    await make_user(database, email=EMAIL)
    for n in range(4):
        answer = await browser.post(
            "/forgotten-password", {"email": EMAIL}, {"X-Forwarded-For": f"198.51.100.{n}"}
        )
        assert (answer.status, answer.headers["Location"]) == (303, "/forgotten-password/sent")
    assert len(await mails_to(database, EMAIL)) == 2
    token = (await last_mail(database, EMAIL)).token
    assert (await browser.get(f"/password-reset?token={token}")).status == 200


async def test_the_reader_of_english_becomes_an_english_member(
    english: None, browser: Browser, database: Database
) -> None:
    await browser.post("/language", {"locale": "en", "next": "/"})
    await register(browser)
    assert (await _account(database)).locale == "en"


async def test_the_demo_site_shows_the_way_to_its_mailbox(
    browser: Browser, open_browser: Open
) -> None:
    assert 'class="notice"' in await (await browser.get("/sign-up/sent")).text()
    real = await open_browser(demo=False)
    assert "/demo/mailbox" not in await (await real.get("/sign-up/sent")).text()


async def test_off_the_demo_site_no_table_holds_the_token(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False, public_url=None)
    await register(browser)
    mail = await last_mail(database, EMAIL)
    assert "/sign-up/link?token=" in mail.text
    assert not re.search(r"[A-Za-z0-9_-]{43}", mail.text)


async def test_one_click_signs_in_the_demos_people_and_nobody_else(
    browser: Browser, database: Database
) -> None:
    person = await make_user(database, nickname="けんじ", is_demo=True)
    real = await make_user(database, nickname="ほんもの")
    assert "けんじ" in await (await browser.get("/sign-in")).text()
    refused = await browser.post("/demo/sign-in", {"user": str(real.id), "next": "/"})
    assert refused.status == 404
    assert browser.cookie("session") is None
    answer = await browser.post("/demo/sign-in", {"user": str(person.id), "next": "/talks"})
    assert (answer.status, answer.headers["Location"]) == (303, "/talks")
    assert "けんじ" in await (await browser.get("/talks")).text()


async def test_off_the_demo_site_there_is_no_one_click_sign_in(
    open_browser: Open, database: Database
) -> None:
    person = await make_user(database, nickname="けんじ", is_demo=True)
    browser = await open_browser(demo=False)
    answer = await browser.post("/demo/sign-in", {"user": str(person.id)})
    assert answer.status == 404
    assert "けんじ" not in await (await browser.get("/sign-in")).text()


async def test_in_another_browser_the_link_asks_for_the_password_that_was_chosen(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    await register(browser)
    token = (await last_mail(database, EMAIL)).token
    other = await open_browser()
    page = await (await other.get(f"/sign-up/link?token={token}")).text()
    assert 'name="password"' in page
    wrong = await other.post("/sign-up/link", {"token": token, "password": "another one 42"})
    assert wrong.status == 422
    assert "パスワードがちがいます" in await wrong.text()
    right = await other.post("/sign-up/link", {"token": token, "password": SECRET})
    assert (right.status, other.cookie("session") is not None) == (303, True)


async def test_a_registration_by_somebody_else_meanwhile_makes_the_link_ask(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    await register(browser)
    stranger = await open_browser()
    await register(stranger, password="a password of the stranger's")
    token = (await last_mail(database, EMAIL)).token
    answer = await browser.post("/sign-up/link", {"token": token, "password": SECRET})
    assert answer.status == 422
