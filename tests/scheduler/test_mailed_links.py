"""A mail with a link gets its token when it leaves, and leaves only while the link is good."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.outbox import Mail
from notify.senders import leave_in_mailbox
from notify.tables import mails
from people.accounts.accounts import User
from people.joining import credentials, mailed_links, registration
from people.joining.tables import mailed_links as link_rows
from people.joining.tables import registrations
from scheduler import errands
from scheduler.errands import Tools
from tests.scheduler.lines import run_line
from tests.web.accounts.registering import (
    TOKEN,
    age_links,
    age_registrations,
    entered,
)
from tests.web.scene import make_user

EMAIL = "sakura@example.jp"


@pytest.fixture
def real(settings: Settings) -> Settings:
    """A site whose mails leave the house."""
    return settings.model_copy(update={"demo": False})


@pytest.fixture
async def user(database: Database) -> User:
    return await make_user(database, email=EMAIL)


async def ask(database: Database, settings: Settings) -> int:
    """Forget a password; return the mail."""
    async with database.transaction() as tx:
        await credentials.send_reset(tx, settings, EMAIL)
        return int(await tx.scalar(sa.select(sa.func.max(mails.c.id))) or 0)


async def test_the_link_that_was_sent_is_good_and_stands_nowhere(
    database: Database, real: Settings, user: User
) -> None:
    sent: list[Mail] = []

    async def send(mail: Mail) -> None:
        await asyncio.sleep(0)
        sent.append(mail)

    await errands.send_mail(Tools(real, database, send), await ask(database, real))
    found = TOKEN.search(sent[0].text)
    assert found
    assert sent[0].html
    assert found[1] in sent[0].html
    async with database.transaction() as tx:
        assert await mailed_links.find_open(tx, found[1], "reset")
        rows = [(await tx.execute(sa.select(table))).all() for table in (mails, link_rows)]
    assert found[1] not in str(rows)


async def test_a_mail_whose_link_is_good_no_more_is_forgotten_unsent(
    database: Database, real: Settings, user: User
) -> None:
    sent: list[Mail] = []

    async def send(mail: Mail) -> None:
        await asyncio.sleep(0)
        sent.append(mail)

    older = await ask(database, real)
    newer = await ask(database, real)
    await errands.send_mail(Tools(real, database, send), older)
    assert sent == []
    async with database.transaction() as tx:
        assert list((await tx.execute(sa.select(mails.c.id))).scalars()) == [newer]


async def test_what_is_too_old_is_swept_and_the_rest_stays(
    database: Database, settings: Settings, user: User
) -> None:
    tools = Tools(settings, database, leave_in_mailbox)
    await ask(database, settings)
    async with database.transaction() as tx:
        await registration.keep(tx, "a browser's token", entered())
    await run_line("sweep_registrations", tools)
    assert await _left(database) == (1, 1)
    await age_links(database, 3600)
    await age_registrations(database, 3600)
    await run_line("sweep_registrations", tools)
    assert await _left(database) == (0, 0)


async def _left(database: Database) -> tuple[int, int]:
    async with database.transaction() as tx:
        counts = [
            await tx.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (link_rows, registrations)
        ]
    return int(counts[0] or 0), int(counts[1] or 0)
