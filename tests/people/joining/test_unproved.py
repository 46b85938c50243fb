"""Nothing of who had an address without proving it reaches who proves it: no link, no way in."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database, metadata
from foundation.errors import UserError
from foundation.ids import new_token, token_hash
from foundation.settings import Settings
from notify.tables import push_subscriptions
from people.accounts import accounts
from people.accounts.accounts import User
from people.accounts.tables import users
from people.desk import applications
from people.joining import credentials, registration
from people.meeting import calendar_feeds
from people.sign_in import second_factors, sessions, steps
from tests.web.accounts.registering import EMAIL, entered, last_mail, mails_to
from tests.web.scene import hashed, make_user

THEIRS = "squatter@example.jp"
OWN = hashed("the stranger's own")


async def register(database: Database, settings: Settings, **changed: object) -> User:
    """Register, and return the account of the address."""
    browser = new_token()
    async with database.transaction() as tx:
        await registration.keep(tx, browser, entered(**changed))
        await registration.register(tx, settings, browser)
    async with database.transaction() as tx:
        user = await accounts.find_by_email(tx, EMAIL)
    assert user
    return user


@pytest.fixture
async def squatter(database: Database, settings: Settings) -> User:
    """Who has registered a stranger's address."""
    return await register(database, settings, nickname="もくろみ")


async def confirm(database: Database, settings: Settings) -> User:
    """Open the latest link to the address."""
    links = [mail for mail in await mails_to(database, EMAIL) if "token=" in mail.text]
    async with database.transaction() as tx:
        return await registration.complete(tx, settings, links[-1].token)


async def test_a_change_of_address_asked_for_before_moves_nobody(
    database: Database, settings: Settings, squatter: User
) -> None:
    """The takeover: the link at the squatter's own address would have moved the stranger's."""
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, squatter, THEIRS)
    kept = (await last_mail(database, THEIRS)).token
    await register(database, settings, password_hash=OWN)
    await must_be_dead(database, settings, kept)
    owner = await confirm(database, settings)
    await must_be_dead(database, settings, kept)
    async with database.transaction() as tx:
        found = await accounts.find_user(tx, owner.id)
    assert found
    assert (found.email, found.confirmed_at is not None) == (EMAIL, True)


async def must_be_dead(database: Database, settings: Settings, token: str) -> None:
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="link_dead"):
            await credentials.change_email(tx, settings, token)


def columns_of_people() -> Iterator[sa.Column[int]]:
    """Every column of any table that names an account."""
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            if key.column is users.c.id:
                yield key.parent


LINKS = ("calendar_feeds", "mailed_links")
WAYS_IN = {
    "totp_keys": "(user_id, secret, confirmed_at)"
    " VALUES (:user, decode(repeat('00', 48), 'hex'), now())",
    "passkeys": "(user_id, credential_id, public_key, sign_count, name)"
    " VALUES (:user, 'a', 'b', 0, 'c')",
    "recovery_codes": "(user_id, code_hash) VALUES (:user, decode(repeat('00', 32), 'hex'))",
    "notification_choices": "(user_id, topic, channel, wanted)"
    " VALUES (:user, 'talks', 'mail', false)",
}


async def set_up(database: Database, user: User) -> tuple[str, str]:
    """Give an account all that leads into it, and out of it; a session's and a feed's token."""
    async with database.transaction() as tx:
        session = await sessions.open_for(tx, user.id, days=30, proved=True)
        feed = await calendar_feeds.renew(tx, user.id)
        await steps.begin(tx, new_token(), "second", user_id=user.id)
        for table, values in WAYS_IN.items():
            await tx.execute(sa.text(f"INSERT INTO {table} {values}"), {"user": user.id})
        await tx.execute(
            sa.insert(push_subscriptions).values(
                user_id=user.id,
                session_hash=token_hash(session),
                endpoint="https://push.example/1",
                p256dh=b"\x04" + b"k" * 64,
                auth=b"a" * 16,
            )
        )
    return session, feed


async def test_nothing_of_before_hangs_on_the_new_account_or_leads_anywhere(
    database: Database, settings: Settings, squatter: User
) -> None:
    session, feed = await set_up(database, squatter)
    await register(database, settings, password_hash=OWN)
    owner = await confirm(database, settings)
    async with database.transaction() as tx:
        hanging = [
            str(column)
            for column in columns_of_people()
            if await tx.scalar(sa.select(sa.exists().where(column == owner.id)))
        ]
        assert hanging == []
        assert await sessions.find(tx, session, days=30) is None
        assert await calendar_feeds.owner(tx, feed) is None
        assert not (await second_factors.of(tx, squatter.id)).any
        left = {
            name: await tx.scalar(sa.text(f"SELECT count(*) FROM {name}"))
            for name in (*WAYS_IN, "sessions", "sign_in_steps", "push_subscriptions", *LINKS)
        }
    assert left == dict.fromkeys(left, 0)
    assert (await accounts.authenticate(database, EMAIL, "the stranger's own")) == owner


async def test_an_application_of_the_address_still_makes_its_owner_a_cast(
    database: Database, settings: Settings, squatter: User
) -> None:
    async with database.transaction() as tx:
        await applications.apply(
            tx,
            settings,
            user_id=squatter.id,
            email=EMAIL,
            name="つむぎ",
            about="茶道",
            message="よろしくお願いします。",
            locale="ja",
        )
        [which] = (await tx.execute(sa.text("SELECT id FROM applications"))).scalars()
    staff = await make_user(database)
    await register(database, settings, password_hash=OWN)
    async with database.transaction() as tx:
        await applications.approve(tx, settings, which, staff.id, "ようこそ。")
    assert (await confirm(database, settings)).is_cast


async def test_a_member_who_proves_an_address_gets_it_from_who_never_did(
    database: Database, settings: Settings, squatter: User
) -> None:
    member = await make_user(database, email="member@example.jp")
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, member, EMAIL)
    sent = await last_mail(database, EMAIL)
    assert squatter.nickname not in sent.text
    async with database.transaction() as tx:
        moved = await credentials.change_email(tx, settings, sent.token)
    assert (moved.id, moved.email) == (member.id, EMAIL)
    async with database.transaction() as tx:
        old = await accounts.find_user(tx, squatter.id)
    assert old
    assert old.email != EMAIL


async def test_no_link_for_a_password_goes_to_an_address_that_nobody_proved(
    database: Database, settings: Settings, squatter: User
) -> None:
    """Its account may have a stranger's second factor, which a new password would leave."""
    async with database.transaction() as tx:
        await credentials.send_reset(tx, settings, EMAIL)
    sent = await last_mail(database, EMAIL)
    assert sent.subject == "会員登録が終わっていません"
    assert "token=" not in sent.text
    assert squatter.nickname not in sent.text


@pytest.mark.parametrize("kept_out", ["banned_at", "suspended_until"])
async def test_a_mail_about_an_address_that_nobody_proved_has_no_name_of_a_strangers(
    database: Database, settings: Settings, squatter: User, kept_out: str
) -> None:
    later = sa.func.now() + sa.text("interval '1 day'")
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).values({kept_out: later}))
    member = await make_user(database, email="member@example.jp")
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, member, EMAIL)
        await credentials.send_reset(tx, settings, EMAIL)
    await register(database, settings)
    told = (await mails_to(database, EMAIL))[1:]
    assert [one.subject for one in told] == [
        "このメールアドレスは登録ずみです",
        "すでに登録がおすみです",
    ]
    assert all(squatter.nickname not in one.text for one in told)


async def test_two_who_register_one_address_at_once_get_an_account_each_and_one_has_it(
    database: Database, settings: Settings
) -> None:
    made = await asyncio.gather(*(register(database, settings) for _ in range(3)))
    async with database.transaction() as tx:
        holders = await tx.scalar(
            sa.select(sa.func.count()).select_from(users).where(users.c.email == EMAIL)
        )
    assert holders == 1
    assert {user.email for user in made} == {EMAIL}
    subjects = [mail.subject for mail in await mails_to(database, EMAIL)]
    assert subjects == ["仮登録を受け付けました"] * 3
