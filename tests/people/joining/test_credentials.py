"""Changing what one signs in with: it takes effect at once, everywhere, and is told."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from people.joining import credentials, mailed_links
from people.sign_in import sessions
from tests.web.accounts.registering import age_links, last_mail, mails_to
from tests.web.scene import PASSWORD, hashed, make_user

OLD, NEW = "sakura@example.jp", "tsumugi@example.jp"
ANOTHER = "quite another secret"


@pytest.fixture
async def user(database: Database) -> User:
    return await make_user(database, email=OLD)


async def open_session(database: Database, user: User) -> str:
    async with database.transaction() as tx:
        return await sessions.open_for(tx, user.id, days=30)


async def is_open(database: Database, token: str) -> bool:
    async with database.transaction() as tx:
        return await sessions.find(tx, token, days=30) is not None


async def ask_reset(database: Database, settings: Settings, email: str = OLD) -> str:
    async with database.transaction() as tx:
        await credentials.send_reset(tx, settings, email)
    return (await last_mail(database, email)).token


async def reset(database: Database, settings: Settings, token: str) -> User:
    async with database.transaction() as tx:
        return await credentials.reset_password(tx, settings, token, hashed(ANOTHER))


async def ask_move(database: Database, settings: Settings, user: User, new: str = NEW) -> str:
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, user, new)
    return (await last_mail(database, new)).token


async def move(database: Database, settings: Settings, token: str) -> User:
    async with database.transaction() as tx:
        return await credentials.change_email(tx, settings, token)


async def test_only_the_right_password_proves(database: Database, user: User) -> None:
    assert await credentials.proven(database, user.id, PASSWORD) == hashed()
    assert await credentials.proven(database, user.id, "wrong") is None
    assert await credentials.proven(database, user.id + 1, PASSWORD) is None


async def test_a_reset_ends_every_session_and_every_link_and_is_told(
    database: Database, settings: Settings, user: User
) -> None:
    session = await open_session(database, user)
    change = await ask_move(database, settings, user)
    token = await ask_reset(database, settings)
    await reset(database, settings, token)
    assert not await is_open(database, session)
    assert await accounts.authenticate(database, OLD, PASSWORD) is None
    assert await accounts.authenticate(database, OLD, ANOTHER) == user
    with pytest.raises(UserError, match="link_dead"):
        await move(database, settings, change)
    with pytest.raises(UserError, match="link_dead"):
        await reset(database, settings, token)
    assert (await last_mail(database, OLD)).subject == "パスワードが変わりました"


async def test_of_two_resets_at_once_one_counts(
    database: Database, settings: Settings, user: User
) -> None:
    token = await ask_reset(database, settings)
    done = await asyncio.gather(
        *(reset(database, settings, token) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, User) for one in done) == 1


async def test_a_reset_link_ends_after_an_hour(
    database: Database, settings: Settings, user: User
) -> None:
    token = await ask_reset(database, settings)
    await age_links(database, 3600)
    with pytest.raises(UserError, match="link_dead"):
        await reset(database, settings, token)
    assert await accounts.authenticate(database, OLD, PASSWORD) == user


async def test_an_unknown_address_gets_no_reset(database: Database, settings: Settings) -> None:
    async with database.transaction() as tx:
        await credentials.send_reset(tx, settings, "nobody@example.jp")
    assert await mails_to(database, "nobody@example.jp") == []


async def test_a_changed_password_ends_the_other_sessions_and_links_and_is_told(
    database: Database, settings: Settings, user: User
) -> None:
    here, there = await open_session(database, user), await open_session(database, user)
    token = await ask_reset(database, settings)
    async with database.transaction() as tx:
        await credentials.change_password(tx, settings, user, hashed(), hashed(ANOTHER), here)
    assert (await is_open(database, here), await is_open(database, there)) == (True, False)
    with pytest.raises(UserError, match="link_dead"):
        await reset(database, settings, token)
    assert await accounts.authenticate(database, OLD, ANOTHER) == user
    assert (await last_mail(database, OLD)).subject == "パスワードが変わりました"


async def test_a_password_changed_meanwhile_stays_changed(
    database: Database, settings: Settings, user: User
) -> None:
    here = await open_session(database, user)
    await reset(database, settings, await ask_reset(database, settings))
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="password_changed_meanwhile"):
            await credentials.change_password(tx, settings, user, hashed(), hashed("mine"), here)


async def test_the_link_at_the_new_address_moves_the_account_and_the_old_one_is_told(
    database: Database, settings: Settings, user: User
) -> None:
    open_reset = await ask_reset(database, settings)
    token = await ask_move(database, settings, user)
    async with database.transaction() as tx:
        found = await accounts.find_user(tx, user.id)
    assert found == user
    moved = await move(database, settings, token)
    assert (moved.id, moved.email) == (user.id, NEW)
    told = await last_mail(database, OLD)
    assert told.subject == "メールアドレスが変わりました"
    assert "t***@example.jp" in told.text
    assert NEW not in told.text
    with pytest.raises(UserError, match="link_dead"):
        await move(database, settings, token)
    with pytest.raises(UserError, match="link_dead"):
        await reset(database, settings, open_reset)


async def test_a_link_to_the_new_address_ends_after_24_hours(
    database: Database, settings: Settings, user: User
) -> None:
    token = await ask_move(database, settings, user)
    await age_links(database, 24 * 3600)
    with pytest.raises(UserError, match="link_dead"):
        await move(database, settings, token)


async def test_an_address_that_was_taken_meanwhile_is_refused_without_telling_by_whom(
    database: Database, settings: Settings, user: User
) -> None:
    token = await ask_move(database, settings, user)
    await make_user(database, email=NEW, nickname="さきに")
    with pytest.raises(UserError) as refused:
        await move(database, settings, token)
    assert refused.value.code == "email_taken"
    assert "さきに" not in str(refused.value)
    async with database.transaction() as tx:
        assert await accounts.find_user(tx, user.id) == user


async def test_of_two_who_want_one_address_at_once_one_gets_it(
    database: Database, settings: Settings, user: User
) -> None:
    other = await make_user(database)
    tokens = [await ask_move(database, settings, one) for one in (user, other)]
    done = await asyncio.gather(
        *(move(database, settings, token) for token in tokens), return_exceptions=True
    )
    assert sum(isinstance(one, User) for one in done) == 1
    assert [one.code for one in done if isinstance(one, UserError)] == ["email_taken"]


async def test_the_owner_of_the_wanted_address_is_told_and_no_link_goes(
    database: Database, settings: Settings, user: User
) -> None:
    await make_user(database, email=NEW, nickname="もとから")
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, user, NEW)
    [told] = await mails_to(database, NEW)
    assert told.subject == "このメールアドレスは登録ずみです"
    assert "token=" not in told.text
    assert user.nickname not in told.text


async def test_ones_own_address_is_no_change(
    database: Database, settings: Settings, user: User
) -> None:
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="email_same"):
            await credentials.ask_email_change(tx, settings, user, OLD)


async def test_an_unconfirmed_member_who_mistyped_the_address_confirms_the_right_one(
    database: Database, settings: Settings
) -> None:
    user = await make_user(database, email=OLD, confirmed=False)
    moved = await move(database, settings, await ask_move(database, settings, user))
    assert (moved.email, moved.confirmed_at is not None) == (NEW, True)
    assert (await last_mail(database, NEW)).subject == "会員登録が完了しました"
    # The mistyped one may be a stranger's.
    assert await mails_to(database, OLD) == []


async def test_a_link_of_somebody_who_withdrew_leads_nowhere(
    database: Database, settings: Settings, user: User
) -> None:
    token = await ask_reset(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE users SET withdrawn_at = now(), confirmed_at = NULL WHERE id = :id"),
            {"id": user.id},
        )
        assert await mailed_links.find_open(tx, token, "reset") is None
        with pytest.raises(UserError, match="link_dead"):
            await mailed_links.use_up(tx, token, "reset")
