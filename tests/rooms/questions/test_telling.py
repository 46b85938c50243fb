"""One is told of what one hasn't read: once, by choice, and by mail once an hour."""

import asyncio

import sqlalchemy as sa

from notify import choices
from tests.rooms.questions.asked import Asked


async def mails(asked: Asked) -> int:
    return await asked.count("mails")


async def test_several_messages_are_one_notice_and_one_mail(asked: Asked) -> None:
    for _ in range(3):
        await asked.ask()
    await asked.tell()
    assert await asked.told(asked.cast) == []
    await asked.pass_time(1)
    await asked.tell()
    await asked.tell()
    assert await asked.told(asked.cast) == [
        ("「おしゃべり」について、未読のメッセージが3件あります。", False)
    ]
    assert (await mails(asked), await asked.told(asked.caller)) == (1, [])
    # What was said is nobody's but theirs.
    async with asked.database.transaction() as tx:
        texts = await tx.scalars(sa.text("SELECT text || html FROM mails"))
        assert "はじめまして" not in "".join(texts)


async def test_who_reads_in_time_is_told_nothing(asked: Asked) -> None:
    await asked.ask()
    await asked.read(asked.cast)
    await asked.pass_time(5)
    await asked.tell()
    assert (await asked.told(asked.cast), await mails(asked)) == ([], 0)


async def test_reading_the_thread_reads_its_notice(asked: Asked) -> None:
    await asked.ask()
    await asked.pass_time(1)
    await asked.tell()
    await asked.read(asked.cast)
    assert [read for _, read in await asked.told(asked.cast)] == [True]


async def mails_to(asked: Asked, user: int) -> int:
    return await asked.count(f"mails m JOIN users u ON u.email = m.to_address WHERE u.id = {user}")


async def test_a_mail_an_hour_and_what_waited_comes_after_it(asked: Asked) -> None:
    await asked.ask()
    await asked.pass_time(1)
    await asked.tell()
    await asked.read(asked.cast)
    await asked.say(asked.cast)
    await asked.ask()
    await asked.pass_time(1)
    await asked.tell()
    assert len(await asked.told(asked.cast)) == 2
    assert await mails_to(asked, asked.cast) == 1
    await asked.pass_time(57)
    await asked.tell()
    assert await mails_to(asked, asked.cast) == 1
    await asked.pass_time(3)
    await asked.tell()
    assert await mails_to(asked, asked.cast) == 2
    await asked.pass_time(300)
    await asked.tell()
    assert await mails_to(asked, asked.cast) == 2


async def test_who_wants_none_gets_none_and_no_second_notice(asked: Asked) -> None:
    wants = {("questions", "mail"): False, ("questions", "push"): False}
    await asked.do(choices.choose, asked.cast, wants)
    await asked.ask()
    for _ in range(3):
        await asked.pass_time(61)
        await asked.tell()
    assert (len(await asked.told(asked.cast)), await mails(asked)) == (1, 0)


async def test_two_clocks_at_once_tell_once(asked: Asked) -> None:
    await asked.ask()
    await asked.pass_time(1)
    await asyncio.gather(*(asked.tell() for _ in range(3)))
    assert (len(await asked.told(asked.cast)), await mails(asked)) == (1, 1)
