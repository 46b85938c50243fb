"""What people are told stands in their inbox and goes out by mail, once."""

from typing import Any

import sqlalchemy as sa

from foundation.database import Database
from notify import inbox
from notify.tables import mails
from tests.world import new_user


async def _tell(database: Database, user: int, **given: Any) -> bool:
    words = {"kind": "test", "title": "お知らせ", "text": "本文", "link": "/points"} | given
    async with database.transaction() as tx:
        return await inbox.tell(tx, user, **words)


async def _mails(database: Database) -> list[tuple[str, str]]:
    async with database.transaction() as tx:
        rows = await tx.execute(sa.select(mails.c.subject, mails.c.text).order_by(mails.c.id))
        return [(row.subject, row.text) for row in rows]


async def test_a_notice_is_a_mail_as_well(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
    assert await _tell(database, user, site="https://talk.example")
    [(subject, text)] = await _mails(database)
    assert subject == "お知らせ"
    assert "本文\n\nhttps://talk.example/points\n" in text
    async with database.transaction() as tx:
        page = await inbox.inbox(tx, user, 1, 10)
        assert [(notice.title, notice.read_at) for notice in page] == [("お知らせ", None)]
        assert await inbox.unread(tx, user) == 1


async def test_what_has_a_key_is_told_once(database: Database) -> None:
    async with database.transaction() as tx:
        user, other = await new_user(tx), await new_user(tx)
    assert await _tell(database, user, key="x")
    assert not await _tell(database, user, key="x")
    assert await _tell(database, other, key="x")
    assert len(await _mails(database)) == 2


async def test_no_mail_goes_to_an_address_that_nobody_confirmed(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx, confirmed=False)
    assert await _tell(database, user)
    assert await _mails(database) == []


async def test_a_title_cannot_add_lines_to_the_mails_head(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
    assert await _tell(database, user, title="A\r\nBcc: all@example.jp")
    assert (await _mails(database))[0][0] == "A Bcc: all@example.jp"


async def test_nothing_is_told_when_its_cause_is_rolled_back(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
    try:
        async with database.transaction() as tx:
            await inbox.tell(tx, user, kind="test", title="A", text="B")
            raise KeyError
    except KeyError:
        pass
    assert await _mails(database) == []


async def test_only_its_reader_marks_a_notice_read(database: Database) -> None:
    async with database.transaction() as tx:
        user, other = await new_user(tx), await new_user(tx)
    await _tell(database, user)
    async with database.transaction() as tx:
        notice = (await inbox.inbox(tx, user, 1, 10)).items[0]
        assert await inbox.mark_read(tx, other, notice.id) is None
        assert await inbox.unread(tx, user) == 1
        assert await inbox.mark_read(tx, user, notice.id) == "/points"
        assert await inbox.unread(tx, user) == 0
        read = (await inbox.inbox(tx, user, 1, 10)).items[0].read_at
        await inbox.mark_read(tx, user, notice.id)
        await inbox.mark_read(tx, user)
        assert (await inbox.inbox(tx, user, 1, 10)).items[0].read_at == read
