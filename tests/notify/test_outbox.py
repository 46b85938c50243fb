"""A mail waits in the outbox until it was sent or given up, and staff may begin again."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.errors import UserError
from notify import jobs, outbox
from notify.jobs import LaterError
from notify.mail import Letter
from notify.outbox import Mail
from notify.tables import mails

LETTER = Letter("題", "文", "<p>文</p>")
JOBS = sa.text(
    "SELECT (args->>'mail_id')::int FROM procrastinate_jobs"
    " WHERE task_name = 'send_mail' AND status = 'todo' ORDER BY 1"
)


async def write(database: Database) -> int:
    async with database.transaction() as tx:
        return await outbox.post(tx, "a@test.example", LETTER)


async def take(database: Database, mail_id: int) -> Mail:
    async with database.transaction() as tx:
        mail = await outbox.take(tx, mail_id)
    assert mail is not None
    return mail


async def fail(database: Database, mail: Mail, *, final: bool = False) -> timedelta | None:
    """Note a failure; how long it then has to wait."""
    async with database.transaction() as tx:
        again = await outbox.failed(tx, mail, "the server is away", final=final)
        return again - await clock(tx) if again else None


async def change(database: Database, mail_id: int, **values: object) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(mails).where(mails.c.id == mail_id).values(**values))


async def lose_jobs(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM procrastinate_jobs"))


async def waiting(database: Database) -> list[int]:
    async with database.transaction() as tx:
        return list((await tx.execute(JOBS)).scalars())


NOW = sa.func.now()


async def test_a_mail_goes_with_its_job_or_not_at_all(database: Database) -> None:
    async with database.engine.connect() as tx:
        await outbox.post(tx, "a@test.example", LETTER)
        await tx.rollback()
    assert await waiting(database) == []
    mail = await write(database)
    assert await waiting(database) == [mail]


async def test_of_many_at_once_one_takes_a_mail(database: Database) -> None:
    mail = await write(database)
    taken = await asyncio.gather(*(take(database, mail) for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in taken) == ["LaterError"] * 4 + ["Mail"]


async def test_a_sent_mail_is_not_taken_again(database: Database) -> None:
    mail = await write(database)
    await take(database, mail)
    async with database.transaction() as tx:
        await outbox.sent(tx, mail)
        assert await outbox.take(tx, mail) is None
        assert await outbox.take(tx, 999) is None


async def test_each_wait_is_twice_the_one_before_up_to_an_hour(database: Database) -> None:
    mail = await write(database)
    waits = []
    for _ in range(8):
        wait = await fail(database, await take(database, mail))
        assert wait is not None
        waits.append(round(wait.total_seconds() / 60))
        with pytest.raises(LaterError):
            await take(database, mail)
        await change(database, mail, next_try_at=NOW)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("final", [False, True])
async def test_after_its_last_try_a_mail_is_dead(database: Database, final: bool) -> None:
    mail = await write(database)
    if not final:
        await change(database, mail, tries=jobs.MOST_TRIES - 1)
    assert await fail(database, await take(database, mail), final=final) is None
    async with database.transaction() as tx:
        assert await outbox.take(tx, mail) is None
        [dead] = await outbox.dead(tx, 1, 10)
        assert (dead.id, dead.last_error) == (mail, "the server is away")
        assert await outbox.dead_count(tx) == 1


async def test_staff_send_a_dead_mail_again_once(database: Database) -> None:
    mail = await write(database)
    with pytest.raises(UserError, match="mail_unknown"):
        async with database.transaction() as tx:
            await outbox.send_again(tx, mail)
    await fail(database, await take(database, mail), final=True)
    await lose_jobs(database)
    async with database.transaction() as tx:
        assert (await outbox.send_again(tx, mail)).id == mail
        assert await outbox.dead_count(tx) == 0
    assert await waiting(database) == [mail]
    assert (await take(database, mail)).tries == 1
    with pytest.raises(UserError, match="mail_unknown"):
        async with database.transaction() as tx:
            await outbox.send_again(tx, mail)


async def test_a_failure_that_comes_late_changes_nothing_of_a_sent_mail(
    database: Database,
) -> None:
    mail = await take(database, await write(database))
    async with database.transaction() as tx:
        await outbox.sent(tx, mail.id)
    await fail(database, mail)
    async with database.transaction() as tx:
        found = await outbox.find(tx, mail.id)
        assert await outbox.take(tx, mail.id) is None
    assert found
    assert (found.last_error, found.sent_at is None) == (None, False)


async def test_a_mail_that_lost_its_job_gets_another(database: Database) -> None:
    lost, fresh, sent = [await write(database) for _ in range(3)]
    await change(database, lost, next_try_at=NOW - timedelta(hours=1))
    await change(database, sent, next_try_at=None, sent_at=NOW)
    await lose_jobs(database)
    async with database.transaction() as tx:
        assert await outbox.requeue_lost(tx, 10) == 1
        assert await outbox.requeue_lost(tx, 10) == 0
    assert await waiting(database) == [lost]
    assert fresh not in await waiting(database)


async def test_a_mail_whose_job_only_waits_long_gets_no_second_one(database: Database) -> None:
    mail = await write(database)
    await change(database, mail, next_try_at=NOW - timedelta(hours=1))
    async with database.transaction() as tx:
        assert await outbox.requeue_lost(tx, 10) == 1
    assert await waiting(database) == [mail]


async def test_old_mails_are_forgotten_and_younger_ones_kept(database: Database) -> None:
    ids = [await write(database) for _ in range(4)]
    for mail in ids[:3]:
        await change(database, mail, created_at=NOW - timedelta(days=91))
    async with database.transaction() as tx:
        assert await outbox.sweep(tx, 90, 2) == 2
        assert await outbox.sweep(tx, 90, 2) == 1
        assert await outbox.sweep(tx, 90, 2) == 0
        assert [mail.id for mail in await outbox.box(tx, 1, 10)] == ids[3:]


async def test_a_mail_that_could_not_leave_while_it_was_worth_it_is_not_sent(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        worth = await outbox.post(tx, "a@test.example", LETTER, worth_seconds=60)
        stale = await outbox.post(tx, "a@test.example", LETTER, worth_seconds=0)
    assert (await take(database, worth)).id == worth
    async with database.transaction() as tx:
        assert await outbox.take(tx, stale) is None
        assert await tx.scalar(sa.select(mails.c.id).where(mails.c.id == stale)) is None


async def test_a_stale_mail_that_somebody_is_sending_stays_until_they_are_done(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        mail_id = await outbox.post(tx, "a@test.example", LETTER, worth_seconds=60)
    mail = await take(database, mail_id)
    async with database.transaction() as tx:
        await tx.execute(sa.update(mails).values(stale_at=sa.func.now()))
    with pytest.raises(LaterError):
        await take(database, mail_id)
    async with database.transaction() as tx:
        await outbox.sent(tx, mail.id)
        assert await tx.scalar(sa.select(mails.c.sent_at)) is not None
