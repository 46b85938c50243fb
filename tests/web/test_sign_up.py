"""Becoming a member."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from people import accounts, passwords
from people.tables import users
from tests.web.conftest import Open
from tests.web.scene import Browser, hashed, make_user

FORM = {"nickname": "さくら", "email": "sakura@example.jp", "password": "a long enough secret"}


async def _count(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).select_from(users)) or 0)


async def test_who_signs_up_can_sign_in(browser: Browser, database: Database) -> None:
    answer = await browser.post("/sign-up", FORM | {"next": "/rooms/3"})
    assert answer.status == 303
    assert answer.headers["Location"] == "/sign-in?registered=1&next=%2Frooms%2F3"
    signed_in = await browser.post("/sign-in", FORM)
    assert signed_in.status == 303
    async with database.transaction() as tx:
        user = await accounts.find_by_email(tx, FORM["email"])
    assert user
    assert user.confirmed_at is not None
    assert (user.is_cast, user.is_staff, user.is_demo) == (False, False, False)


async def test_off_the_demo_site_a_new_account_waits_for_its_confirmation(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await browser.post("/sign-up", FORM)
    async with database.transaction() as tx:
        user = await accounts.find_by_email(tx, FORM["email"])
    assert user
    assert user.confirmed_at is None


async def test_a_known_email_gets_the_same_answer_after_the_same_hashing(
    browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
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
    for email in ("known@example.jp", "new@example.jp"):
        answer = await browser.post("/sign-up", FORM | {"email": email})
        headers = {
            k: v for k, v in answer.headers.items() if k not in ("Date", "Content-Security-Policy")
        }
        seen.append((answer.status, await answer.text(), headers, hashes))
        hashes = 0
    assert seen[0] == seen[1]
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(users).where(users.c.email == "known@example.jp"))).one()
    assert (row.nickname, row.password_hash) == ("もとから", hashed())


async def test_nobody_can_make_themselves_more_than_a_member(
    browser: Browser, database: Database
) -> None:
    extra = {"is_staff": "1", "is_cast": "1", "confirmed_at": "2020-01-01", "id": "1"}
    await browser.post("/sign-up", FORM | extra)
    async with database.transaction() as tx:
        user = await accounts.find_by_email(tx, FORM["email"])
    assert user
    assert (user.is_staff, user.is_cast) == (False, False)


async def test_every_mistake_is_told_beside_its_field_at_once(
    browser: Browser, database: Database
) -> None:
    answer = await browser.post(
        "/sign-up", {"nickname": "花" * 21, "email": "<script>", "password": "short"}
    )
    page = await answer.text()
    assert answer.status == 422
    assert all(f'id="{field}-error"' in page for field in ("nickname", "email", "password"))
    assert '<script>"' not in page
    assert 'value="&lt;script&gt;"' in page
    assert await _count(database) == 0


async def test_a_form_without_a_field_is_refused_not_a_bug(browser: Browser) -> None:
    for missing in FORM:
        form = {name: value for name, value in FORM.items() if name != missing}
        assert (await browser.post("/sign-up", form)).status == 400


async def test_sign_ups_from_one_address_are_limited(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(sign_up_tries=2)
    statuses = [
        (await browser.post("/sign-up", FORM | {"email": f"u{n}@example.jp"})).status
        for n in range(3)
    ]
    assert statuses == [303, 303, 429]
    assert await _count(database) == 2


async def test_the_reader_of_english_becomes_an_english_member(
    english: None, browser: Browser, database: Database
) -> None:
    await browser.post("/language", {"locale": "en", "next": "/"})
    await browser.post("/sign-up", FORM)
    async with database.transaction() as tx:
        user = await accounts.find_by_email(tx, FORM["email"])
    assert user
    assert user.locale == "en"


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
