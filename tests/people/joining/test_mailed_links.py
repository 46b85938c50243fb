"""Mailed links: good once, for one purpose, in their time; and no token in any table."""

import datetime

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.ids import new_token, token_hash
from foundation.settings import Settings
from notify import outbox
from notify.mail import Letter
from notify.outbox import Mail
from people.accounts.accounts import User
from people.accounts.tables import users
from people.joining import mailed_links as links
from people.joining.mailed_links import PLACE, Link, Purpose
from people.joining.tables import MOST_EARLIER, mailed_links
from tests.web.accounts.registering import age_links, last_mail
from tests.web.scene import make_user

EMAIL = "sakura@example.jp"


@pytest.fixture
async def user(database: Database) -> User:
    return await make_user(database, email=EMAIL)


@pytest.fixture
def real(settings: Settings) -> Settings:
    """A site whose mails leave the house."""
    return settings.model_copy(update={"demo": False})


def write(token: str) -> Letter:
    return Letter("題", f"/x?token={token}", f'<a href="/x?token={token}">x</a>')


async def send(
    database: Database, settings: Settings, user: User, purpose: Purpose = "reset"
) -> None:
    async with database.transaction() as tx:
        await links.send(tx, settings, user.id, purpose, user.email, write)


async def leave(database: Database) -> list[Mail | None]:
    """What each waiting mail is as it leaves the house, the latest first."""
    async with database.transaction() as tx:
        waiting = (await outbox.box(tx, 1, 50)).items
        return [await links.sealed(tx, mail) for mail in waiting]


async def leave_once(database: Database) -> str:
    """The token of the latest mail as it leaves the house now."""
    sealed = (await leave(database))[0]
    assert sealed
    return sealed.text.removeprefix("/x?token=")


async def test_a_link_is_good_for_its_purpose_only_and_looking_leaves_it_open(
    database: Database, settings: Settings, user: User
) -> None:
    await send(database, settings, user)
    token = (await last_mail(database, EMAIL)).token
    async with database.transaction() as tx:
        assert await links.find_open(tx, token, "confirm") is None
        assert await links.find_open(tx, new_token(), "reset") is None
        for _ in range(2):
            assert await links.find_open(tx, token, "reset") == Link(user.id, EMAIL)
        with pytest.raises(UserError, match="link_dead"):
            await links.use_up(tx, token, "email")
        assert await links.use_up(tx, token, "reset") == Link(user.id, EMAIL)
        with pytest.raises(UserError, match="link_dead"):
            await links.use_up(tx, token, "reset")


@pytest.mark.parametrize("purpose", ["confirm", "reset", "email"])
async def test_a_link_ends_with_its_hours(
    database: Database, settings: Settings, user: User, purpose: Purpose
) -> None:
    await send(database, settings, user, purpose)
    token = (await last_mail(database, EMAIL)).token
    await age_links(database, links.HOURS[purpose] * 3600 - 30)
    async with database.transaction() as tx:
        assert await links.find_open(tx, token, purpose)
        assert await links.sweep(tx, 10) == 0
    await age_links(database, 30)
    async with database.transaction() as tx:
        assert await links.find_open(tx, token, purpose) is None
        assert await links.sweep(tx, 10) == 1


async def test_only_a_tokens_hash_is_stored_and_the_waiting_mail_has_none(
    database: Database, real: Settings, user: User
) -> None:
    await send(database, real, user)
    async with database.transaction() as tx:
        mail = (await outbox.box(tx, 1, 1)).items[0]
        stored = await tx.scalar(sa.select(mailed_links.c.token_hash))
    assert mail.text == f"/x?token={PLACE}"
    [sealed] = await leave(database)
    assert sealed
    assert sealed.html
    token = sealed.text.removeprefix("/x?token=")
    assert token in sealed.html
    async with database.transaction() as tx:
        assert await links.find_open(tx, token, "reset") == Link(user.id, EMAIL)
        after = await tx.scalar(sa.select(mailed_links.c.token_hash))
        waiting = (await outbox.box(tx, 1, 1)).items[0]
    assert after == token_hash(token) != stored
    assert PLACE in waiting.text


async def test_a_mail_that_arrived_and_was_tried_again_brings_a_good_link_both_times(
    database: Database, real: Settings, user: User
) -> None:
    """Mailboxes show a Message-ID once: what its owner sees is the mail of the first try."""
    await send(database, real, user)
    tokens = [await leave_once(database) for _ in range(3)]
    async with database.transaction() as tx:
        for token in tokens:
            assert await links.find_open(tx, token, "reset") == Link(user.id, EMAIL)
        assert await links.use_up(tx, tokens[0], "reset") == Link(user.id, EMAIL)
        for token in tokens:
            assert await links.find_open(tx, token, "reset") is None


async def test_a_link_keeps_the_tokens_of_its_last_tries_and_no_more(
    database: Database, real: Settings, user: User
) -> None:
    await send(database, real, user)
    tokens = [await leave_once(database) for _ in range(MOST_EARLIER + 2)]
    async with database.transaction() as tx:
        good = [bool(await links.find_open(tx, token, "reset")) for token in tokens]
    assert good == [False] + [True] * (MOST_EARLIER + 1)


async def test_another_link_ends_every_token_of_the_one_before(
    database: Database, real: Settings, user: User
) -> None:
    await send(database, real, user)
    tokens = [await leave_once(database) for _ in range(2)]
    await send(database, real, user)
    async with database.transaction() as tx:
        for token in tokens:
            assert await links.find_open(tx, token, "reset") is None


KEPT_OUT: dict[str, dict[str, object]] = {
    "withdrawn": {"withdrawn_at": sa.func.now(), "confirmed_at": None},
    "banned": {"banned_at": sa.func.now()},
    "suspended": {"suspended_until": sa.func.now() + datetime.timedelta(days=1)},
}


@pytest.mark.parametrize("how", KEPT_OUT)
@pytest.mark.parametrize("purpose", ["confirm", "reset", "email"])
async def test_no_link_of_who_has_gone_or_is_kept_out_is_good_or_leaves(
    database: Database, real: Settings, user: User, purpose: Purpose, how: str
) -> None:
    await send(database, real, user, purpose)
    token = await leave_once(database)
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).values(KEPT_OUT[how]))
    async with database.transaction() as tx:
        assert await links.find_open(tx, token, purpose) is None
        with pytest.raises(UserError, match="link_dead"):
            await links.use_up(tx, token, purpose)
    assert await leave(database) == [None]


async def test_a_mail_whose_link_was_replaced_or_used_leaves_no_more(
    database: Database, real: Settings, user: User
) -> None:
    await send(database, real, user)
    await send(database, real, user)
    newer, older = await leave(database)
    assert older is None
    assert newer
    async with database.transaction() as tx:
        await links.drop_all(tx, user.id)
    assert await leave(database) == [None, None]


async def test_a_mail_without_a_link_leaves_as_it_is(database: Database) -> None:
    async with database.transaction() as tx:
        await outbox.post(tx, EMAIL, Letter("題", "文", "<p>文</p>"))
        [mail] = (await outbox.box(tx, 1, 1)).items
        assert await links.sealed(tx, mail) == mail


async def test_a_link_goes_with_its_user_and_not_with_its_mail(
    database: Database, settings: Settings, user: User
) -> None:
    await send(database, settings, user)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM mails"))
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mailed_links)) == 1
        await tx.execute(sa.text("DELETE FROM users"))
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mailed_links)) == 0
