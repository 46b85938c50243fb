"""Second factors on the pages: setting them up, signing in with them, and staff who need one."""

import html
import re
from datetime import UTC, datetime

import pyotp
import pytest
import sqlalchemy as sa

from foundation.database import Database
from notify.tables import mails
from people.accounts.accounts import User
from people.accounts.tables import users
from people.sign_in import sessions
from people.sign_in.tables import passkeys, sign_in_steps, totp_keys
from tests.people.authenticator import Authenticator
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, SCRIPT, Browser, make_user

EMAIL = "sakura@example.jp"
SIGN_IN = {"email": EMAIL, "password": PASSWORD, "next": "/points"}
AGAIN = {"password": PASSWORD}


@pytest.fixture
async def member(browser: Browser, database: Database) -> User:
    """A member, signed in by password alone."""
    user = await make_user(database, email=EMAIL)
    await browser.sign_in(user, database, proved=False)
    return user


async def add_app(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Add an authenticator app; the app, and the recovery codes that were shown."""
    page = await (await browser.post("/settings/second-factor/app", AGAIN)).text()
    secret = re.search('id="secret" value="([A-Z2-7]{32})"', page)
    assert secret
    assert 'src="data:image/svg+xml' in page
    app = pyotp.TOTP(secret[1])
    answer = await browser.post("/settings/second-factor/app/confirm", {"code": app.now()})
    shown = re.search("<textarea[^>]*>([^<]*)</textarea>", await answer.text())
    return app, html.unescape(shown[1]).split() if shown else []


async def next_code(app: pyotp.TOTP, database: Database) -> str:
    """A code that was not used yet."""
    async with database.transaction() as tx:
        await tx.execute(sa.update(totp_keys).values(last_step=totp_keys.c.last_step - 10))
    return app.at(datetime.now(UTC))


async def sign_out(browser: Browser) -> None:
    await browser.post("/sign-out", {})


async def test_an_app_counts_after_its_first_code_and_ten_codes_are_shown_once(
    browser: Browser, database: Database, member: User
) -> None:
    _, codes = await add_app(browser)
    assert len(codes) == 10
    page = await (await browser.get("/settings/second-factor")).text()
    assert not any(code in page for code in codes)
    async with database.transaction() as tx:
        told = (await tx.scalars(sa.select(mails.c.subject))).all()
    assert told == ["認証アプリを登録しました"]


async def test_without_the_password_nothing_is_set_up(browser: Browser, member: User) -> None:
    wrong = {"password": "wrong password"}
    for path in ("app", "app/remove", "codes"):
        answer = await browser.post(f"/settings/second-factor/{path}", wrong)
        assert answer.status == 422
        assert 'id="secret"' not in await answer.text()
    answer = await browser.post("/settings/passkeys/options", wrong, SCRIPT)
    assert answer.status == 422


async def test_a_wrong_first_code_shows_the_key_no_second_time(
    browser: Browser, database: Database, member: User
) -> None:
    await browser.post("/settings/second-factor/app", AGAIN)
    answer = await browser.post("/settings/second-factor/app/confirm", {"code": "abc"})
    assert answer.status == 422
    assert "data:image/svg" not in await answer.text()
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(totp_keys.c.confirmed_at)) is None


async def test_the_right_password_alone_leads_to_the_second_step(
    browser: Browser, database: Database, member: User
) -> None:
    app, _ = await add_app(browser)
    await sign_out(browser)
    answer = await browser.post("/sign-in", SIGN_IN)
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in/second?next=%2Fpoints")
    assert not browser.cookie("session")
    assert (await browser.get("/points")).status == 303
    assert (await browser.get("/sign-in/second?next=/points")).status == 200
    form = {"code": await next_code(app, database), "next": "/points"}
    answer = await browser.post("/sign-in/second", form)
    assert (answer.status, answer.headers["Location"]) == (303, "/points")
    assert (await browser.get("/points")).status == 200


async def test_a_code_does_not_sign_in_twice(
    browser: Browser, database: Database, member: User
) -> None:
    app, _ = await add_app(browser)
    await sign_out(browser)
    await browser.post("/sign-in", SIGN_IN)
    code = await next_code(app, database)
    assert (await browser.post("/sign-in/second", {"code": code})).status == 303
    await sign_out(browser)
    await browser.post("/sign-in", SIGN_IN)
    assert (await browser.post("/sign-in/second", {"code": code})).status == 422


async def test_a_recovery_code_signs_in_once_and_its_owner_is_told(
    browser: Browser, database: Database, member: User
) -> None:
    _, codes = await add_app(browser)
    for status in (303, 422):
        await sign_out(browser)
        await browser.post("/sign-in", SIGN_IN)
        answer = await browser.post("/sign-in/second", {"code": codes[0]})
        assert answer.status == status
    async with database.transaction() as tx:
        told = (await tx.scalars(sa.select(mails.c.subject).order_by(mails.c.id))).all()
    assert told[-1] == "リカバリーコードでサインインしました"


async def test_a_step_has_five_tries_and_then_one_begins_anew(
    browser: Browser, database: Database, member: User
) -> None:
    _, codes = await add_app(browser)
    await sign_out(browser)
    await browser.post("/sign-in", SIGN_IN)
    for _ in range(5):
        assert (await browser.post("/sign-in/second", {"code": "wrong"})).status == 422
    assert (await browser.post("/sign-in/second", {"code": codes[0]})).status == 403
    await browser.post("/sign-in", SIGN_IN)
    assert (await browser.post("/sign-in/second", {"code": codes[0]})).status == 303


async def test_a_step_is_the_browsers_own_and_short_lived(
    open_browser: Open, browser: Browser, database: Database, member: User
) -> None:
    _, codes = await add_app(browser)
    await sign_out(browser)
    await browser.post("/sign-in", SIGN_IN)
    stranger = await open_browser()
    assert (await stranger.post("/sign-in/second", {"code": codes[0]})).status == 403
    async with database.transaction() as tx:
        await tx.execute(sa.update(sign_in_steps).values(expires_at=sa.func.now()))
    assert (await browser.post("/sign-in/second", {"code": codes[0]})).status == 403


async def test_a_new_password_ends_the_steps_of_the_old_one(
    browser: Browser, database: Database, member: User
) -> None:
    _, codes = await add_app(browser)
    await sign_out(browser)
    await browser.post("/sign-in", SIGN_IN)
    async with database.transaction() as tx:
        await sessions.close_all(tx, member.id)
    assert (await browser.post("/sign-in/second", {"code": codes[0]})).status == 403


async def test_without_a_factor_the_password_is_enough(browser: Browser, member: User) -> None:
    await sign_out(browser)
    answer = await browser.post("/sign-in", SIGN_IN)
    assert (answer.status, answer.headers["Location"]) == (303, "/points")


async def test_removing_the_last_factor_takes_the_codes_with_it(
    browser: Browser, member: User
) -> None:
    _, codes = await add_app(browser)
    answer = await browser.post("/settings/second-factor/app/remove", AGAIN)
    assert answer.status == 303
    await sign_out(browser)
    assert (await browser.post("/sign-in", SIGN_IN)).headers["Location"] == "/points"
    assert codes


# Passkeys


@pytest.fixture
async def named(open_browser: Open, database: Database) -> Browser:
    """A browser at a site that has a name, its member signed in."""
    browser = await open_browser(public_url="http://talk.example")
    user = await make_user(database, email=EMAIL)
    await browser.sign_in(user, database, proved=False)
    return browser


async def add_passkey(browser: Browser, device: Authenticator, name: str = "電話") -> str:
    options = await browser.post("/settings/passkeys/options", AGAIN, SCRIPT)
    assert options.status == 200
    form = {"credential": device.made(await options.text()), "name": name}
    answer = await browser.post("/settings/passkeys", form)
    assert answer.status in (200, 303)
    return await answer.text()


async def test_a_passkey_is_added_named_and_signs_in_without_a_password(
    named: Browser, database: Database
) -> None:
    device = Authenticator()
    assert "<textarea" in await add_passkey(named, device)
    assert "電話" in await (await named.get("/settings/second-factor")).text()
    await sign_out(named)
    assert "/sign-in/passkey" in await (await named.get("/sign-in")).text()
    options = await (await named.post("/sign-in/passkey/options", {}, SCRIPT)).text()
    form = {"credential": device.found(options), "next": "/points"}
    answer = await named.post("/sign-in/passkey", form)
    assert (answer.status, answer.headers["Location"]) == (303, "/points")
    assert (await named.get("/points")).status == 200
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(passkeys.c.sign_count)) == 1


async def test_a_passkey_alone_makes_the_password_not_enough(named: Browser) -> None:
    await add_passkey(named, Authenticator())
    await sign_out(named)
    answer = await named.post("/sign-in", SIGN_IN)
    assert answer.headers["Location"].startswith("/sign-in/second")


async def test_a_passkey_is_a_second_step(named: Browser, database: Database) -> None:
    device = Authenticator()
    await add_passkey(named, device)
    await sign_out(named)
    await named.post("/sign-in", SIGN_IN)
    options = await (await named.post("/sign-in/passkey/options", {}, SCRIPT)).text()
    form = {"credential": device.found(options), "next": "/points"}
    answer = await named.post("/sign-in/passkey", form)
    assert (answer.status, answer.headers["Location"]) == (303, "/points")
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(sign_in_steps)) == 0


async def test_a_passkey_of_another_site_is_refused(named: Browser) -> None:
    device = Authenticator()
    await add_passkey(named, device)
    await sign_out(named)
    options = await (await named.post("/sign-in/passkey/options", {}, SCRIPT)).text()
    device.origin = "http://evil.example"
    answer = await named.post("/sign-in/passkey", {"credential": device.found(options)})
    assert answer.status == 400
    assert not named.cookie("session")


async def test_nobody_removes_anothers_passkey(
    named: Browser, open_browser: Open, database: Database
) -> None:
    await add_passkey(named, Authenticator())
    async with database.transaction() as tx:
        key = await tx.scalar(sa.select(passkeys.c.id))
    stranger = await open_browser()
    await stranger.sign_in(await make_user(database), database)
    for form in (AGAIN, {}):
        answer = await stranger.post(f"/settings/passkeys/{key}/remove", form)
        assert answer.status == 404
    assert (await named.post(f"/settings/passkeys/{key}/remove", AGAIN)).status == 303


# Staff


async def promote(database: Database, user: User) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.update(users).where(users.c.id == user.id).values(staff_role="administrator")
        )


async def test_staff_without_a_second_factor_are_led_to_set_one_up(
    browser: Browser, database: Database, member: User
) -> None:
    await promote(database, member)
    answer = await browser.get("/staff/people")
    assert answer.status == 303
    way = answer.headers["Location"]
    assert way == "/settings/second-factor?next=%2Fstaff%2Fpeople&needed=1"
    assert "/staff/people" not in await (await browser.get(way)).text()
    assert (await browser.post("/staff/packs/1", {})).headers["Location"].startswith("/settings/")
    await add_app(browser)
    assert (await browser.get("/staff/people")).status == 200


async def test_staff_who_signed_in_by_password_alone_prove_it_first(
    open_browser: Open, browser: Browser, database: Database, member: User
) -> None:
    await promote(database, member)
    app, _ = await add_app(browser)
    elsewhere = await open_browser()
    await elsewhere.sign_in(member, database, proved=False)
    answer = await elsewhere.get("/staff/people")
    assert answer.headers["Location"].startswith("/sign-in/second?next=%2Fstaff%2Fpeople")
    form = {"code": await next_code(app, database), "next": "/staff/people"}
    before = elsewhere.cookie("session")
    assert (await elsewhere.post("/sign-in/second", form)).status == 303
    assert elsewhere.cookie("session") != before
    assert (await elsewhere.get("/staff/people")).status == 200


async def test_with_the_last_factor_goes_the_way_into_the_staffs_pages(
    browser: Browser, database: Database, member: User
) -> None:
    await promote(database, member)
    await add_app(browser)
    await browser.post("/settings/second-factor/app/remove", AGAIN)
    assert (await browser.get("/staff/people")).status == 303


async def test_the_made_up_staff_of_a_demo_need_none_and_elsewhere_do(
    open_browser: Open, database: Database
) -> None:
    user = await make_user(database, is_demo=True)
    await promote(database, user)
    for demo, status in ((True, 200), (False, 303)):
        browser = await open_browser(demo=demo)
        await browser.sign_in(user, database, proved=False)
        assert (await browser.get("/staff/people")).status == status
