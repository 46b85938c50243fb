"""Registration: kept for an hour, made once, confirmed once, and no word about who is known."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.ids import new_token, token_hash
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.tables import users
from people.joining import registration
from people.joining.tables import mailed_links, registrations
from people.sign_in import sessions, totp
from tests.web.accounts.registering import (
    EMAIL,
    age_links,
    age_registrations,
    entered,
    last_mail,
    mails_to,
)
from tests.web.scene import hashed, make_user

DAY_SECONDS = 24 * 3600


@pytest.fixture
def browser() -> str:
    """The token to which a browser's forms are bound."""
    return new_token()


async def keep(database: Database, browser: str, **changed: object) -> None:
    async with database.transaction() as tx:
        await registration.keep(tx, browser, entered(**changed))


async def register(database: Database, settings: Settings, browser: str) -> bool:
    async with database.transaction() as tx:
        return await registration.register(tx, settings, browser)


async def complete(database: Database, settings: Settings, token: str) -> accounts.User:
    async with database.transaction() as tx:
        return await registration.complete(tx, settings, token)


async def account(database: Database, email: str = EMAIL) -> accounts.User | None:
    async with database.transaction() as tx:
        return await accounts.find_by_email(tx, email)


async def registered(database: Database, settings: Settings, browser: str) -> str:
    """Register, and return the token in the mail."""
    await keep(database, browser)
    assert await register(database, settings, browser)
    return (await last_mail(database, EMAIL)).token


async def test_what_was_entered_is_the_browsers_own_for_an_hour(
    database: Database, browser: str
) -> None:
    await keep(database, browser, after="/rooms/3")
    await age_registrations(database, 3600 - 30)
    async with database.transaction() as tx:
        assert await registration.kept(tx, browser) == entered(after="/rooms/3")
        assert await registration.kept(tx, new_token()) is None
    await age_registrations(database, 31)
    async with database.transaction() as tx:
        assert await registration.kept(tx, browser) is None
        assert await registration.sweep(tx, 100) == 1
        assert await tx.scalar(sa.select(sa.func.count()).select_from(registrations)) == 0


async def test_what_is_entered_again_takes_the_place_of_before(
    database: Database, browser: str
) -> None:
    await keep(database, browser)
    await keep(database, browser, nickname="つむぎ")
    async with database.transaction() as tx:
        found = await registration.kept(tx, browser)
    assert found
    assert found.nickname == "つむぎ"


async def test_registering_makes_an_account_that_waits_for_its_confirmation(
    database: Database, settings: Settings, browser: str
) -> None:
    await registered(database, settings, browser)
    user = await account(database)
    assert user
    assert (user.confirmed_at, user.is_cast, user.is_staff, user.is_demo) == (
        None,
        False,
        False,
        False,
    )
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(users.c.birthday, users.c.agreed_at))).one()
    assert row.birthday == entered().birthday
    assert row.agreed_at is not None


async def test_a_second_press_is_as_the_first_and_sends_no_second_mail(
    database: Database, settings: Settings, browser: str
) -> None:
    await keep(database, browser)
    answers = await asyncio.gather(*(register(database, settings, browser) for _ in range(3)))
    assert answers == [True, True, True]
    assert len(await mails_to(database, EMAIL)) == 1
    assert await register(database, settings, new_token()) is False


async def test_without_a_mail_nothing_is_made(
    database: Database, settings: Settings, browser: str
) -> None:
    await keep(database, browser)
    async with database.transaction() as tx:
        assert await registration.register(tx, settings, browser, may_mail=False)
    assert await account(database) is None
    assert await mails_to(database, EMAIL) == []


async def test_a_known_address_keeps_its_account_and_its_owner_is_told(
    database: Database, settings: Settings, browser: str
) -> None:
    owner = await make_user(database, email=EMAIL, nickname="もとから")
    await keep(database, browser, password_hash=hashed("another one"))
    assert await register(database, settings, browser)
    assert await account(database) == owner
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(users.c.password_hash)) == hashed()
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mailed_links)) == 0
    told = await last_mail(database, EMAIL)
    assert told.subject == "すでに登録がおすみです"
    assert "もとから" in told.text


@pytest.mark.parametrize("kept_out", ["banned_at", "suspended_until"])
async def test_who_is_kept_out_is_not_let_in_by_registering_again(
    database: Database, settings: Settings, browser: str, kept_out: str
) -> None:
    await make_user(database, email=EMAIL, confirmed=False)
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).values({kept_out: sa.func.now()}))
    await keep(database, browser, password_hash=hashed("another one"))
    assert await register(database, settings, browser)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(users.c.password_hash)) == hashed()


async def test_an_address_that_nobody_confirmed_goes_to_who_registers_it_next(
    database: Database, settings: Settings, browser: str
) -> None:
    """Whoever registers a stranger's address first must not get in when the stranger confirms."""
    first = await registered(database, settings, browser)
    squatter = await account(database)
    assert squatter
    async with database.transaction() as tx:
        session = await sessions.open_for(tx, squatter.id, days=30)
    stranger = new_token()
    await keep(database, stranger, nickname="つむぎ", password_hash=hashed("the stranger's own"))
    assert await register(database, settings, stranger)
    with pytest.raises(UserError, match="link_dead"):
        await complete(database, settings, first)
    second = (await last_mail(database, EMAIL)).token
    user = await complete(database, settings, second)
    assert user.nickname == "つむぎ"
    assert user.id != squatter.id
    async with database.transaction() as tx:
        assert await sessions.find(tx, session, days=30) is None
    assert await accounts.authenticate(database, EMAIL, "the stranger's own") == user


async def test_second_factors_of_before_go_with_the_address(
    database: Database, settings: Settings, browser: str
) -> None:
    sealed = settings.model_copy(update={"secret_key": None})
    await registered(database, settings, browser)
    squatter = await account(database)
    assert squatter
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO totp_keys (user_id, secret, confirmed_at)"
                " VALUES (:user, decode(repeat('00', 48), 'hex'), now())"
            ),
            {"user": squatter.id},
        )
        assert await totp.has(tx, squatter.id)
    await registered(database, sealed, new_token())
    async with database.transaction() as tx:
        assert not await totp.has(tx, squatter.id)


async def test_the_link_confirms_once_and_brings_the_member_number(
    database: Database, settings: Settings, browser: str
) -> None:
    token = await registered(database, settings, browser)
    user = await complete(database, settings, token)
    assert user.confirmed_at is not None
    assert 10_000_000 <= user.member_number <= 99_999_999
    welcome = await last_mail(database, EMAIL)
    assert welcome.subject == "会員登録が完了しました"
    assert str(user.member_number) in welcome.text
    with pytest.raises(UserError) as refused:
        await complete(database, settings, token)
    assert (refused.value.code, refused.value.status) == ("link_dead", 410)


async def test_of_two_who_open_the_link_at_once_one_confirms(
    database: Database, settings: Settings, browser: str
) -> None:
    token = await registered(database, settings, browser)
    done = await asyncio.gather(
        *(complete(database, settings, token) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, accounts.User) for one in done) == 1
    assert [m.subject for m in await mails_to(database, EMAIL)] == [
        "仮登録を受け付けました",
        "会員登録が完了しました",
    ]


@pytest.mark.parametrize(("seconds", "good"), [(DAY_SECONDS - 30, True), (DAY_SECONDS, False)])
async def test_the_link_is_good_for_24_hours(
    database: Database, settings: Settings, browser: str, seconds: int, good: bool
) -> None:
    token = await registered(database, settings, browser)
    await age_links(database, seconds)
    if good:
        assert (await complete(database, settings, token)).confirmed_at
        return
    with pytest.raises(UserError, match="link_dead"):
        await complete(database, settings, token)
    user = await account(database)
    assert user
    assert user.confirmed_at is None


async def test_a_link_sent_again_is_the_only_good_one(
    database: Database, settings: Settings, browser: str
) -> None:
    first = await registered(database, settings, browser)
    user = await account(database)
    assert user
    async with database.transaction() as tx:
        await registration.send_link(tx, settings, user)
    with pytest.raises(UserError, match="link_dead"):
        await complete(database, settings, first)
    second = (await last_mail(database, EMAIL)).token
    assert (await complete(database, settings, second)).confirmed_at is not None


async def test_confirming_ends_the_sessions_of_before(
    database: Database, settings: Settings, browser: str
) -> None:
    token = await registered(database, settings, browser)
    user = await account(database)
    assert user
    async with database.transaction() as tx:
        session = await sessions.open_for(tx, user.id, days=30)
    await complete(database, settings, token)
    async with database.transaction() as tx:
        assert await sessions.find(tx, session, days=30) is None


async def test_neither_the_browsers_token_nor_a_password_is_stored(
    database: Database, browser: str
) -> None:
    await keep(database, browser)
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(registrations))).one()
    assert row.browser_hash == token_hash(browser)
    assert browser not in str(row)
    assert row.password_hash.startswith("$argon2id$")


async def test_a_mail_to_an_address_that_nobody_proved_has_no_words_of_a_stranger(
    database: Database, settings: Settings, browser: str
) -> None:
    await keep(database, browser, nickname="見て evil.example")
    await register(database, settings, browser)
    mail = await last_mail(database, EMAIL)
    assert "evil.example" not in mail.subject + mail.text
