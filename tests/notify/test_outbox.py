"""A mail leaves the outbox when a sender took it, and waits there otherwise."""

import asyncio

import sqlalchemy as sa

from foundation.database import Database
from notify import outbox
from notify.outbox import Mail
from notify.tables import mails
from scheduler.errands import send_with


async def _write(database: Database, count: int) -> None:
    async with database.transaction() as tx:
        for number in range(count):
            await tx.execute(
                sa.insert(mails).values(to_address="a@test.example", subject=f"{number}", text="B")
            )


async def _all_due(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE mails SET next_try_at = now() WHERE next_try_at IS NOT NULL")
        )


async def _one(database: Database) -> sa.Row[tuple[object, ...]]:
    async with database.transaction() as tx:
        return (await tx.execute(sa.select(mails))).one()


async def test_many_processes_send_each_mail_once(database: Database) -> None:
    await _write(database, 50)
    gone: list[str] = []

    async def send(mail: Mail) -> None:
        await asyncio.sleep(0.001)
        gone.append(mail.subject)

    await asyncio.gather(*(send_with(database, send) for _ in range(4)))
    assert sorted(gone, key=int) == [str(number) for number in range(50)]


async def test_a_mail_that_fails_is_tried_again_later(database: Database) -> None:
    await _write(database, 1)
    tries = []

    async def send(mail: Mail) -> None:
        tries.append(mail.id)
        if len(tries) == 1:
            raise ConnectionError("the server is away")

    await send_with(database, send)
    await send_with(database, send)
    row = await _one(database)
    assert (len(tries), row.sent_at, row.tries) == (1, None, 1)
    assert "away" in row.last_error
    await _all_due(database)
    await send_with(database, send)
    row = await _one(database)
    assert (len(tries), row.last_error, row.next_try_at) == (2, None, None)
    assert row.sent_at


async def test_a_mail_that_always_fails_is_given_up(database: Database) -> None:
    await _write(database, 1)

    async def send(_: Mail) -> None:
        raise ConnectionError

    for _ in range(outbox.MOST_TRIES + 3):
        await _all_due(database)
        await send_with(database, send)
    row = await _one(database)
    assert (row.tries, row.sent_at, row.next_try_at) == (outbox.MOST_TRIES, None, None)


async def test_a_mail_whose_process_died_is_sent_by_another(database: Database) -> None:
    await _write(database, 1)
    async with database.transaction() as tx:
        assert len(await outbox.due(tx)) == 1
    async with database.transaction() as tx:
        assert await outbox.due(tx) == []
    await _all_due(database)
    gone = []

    async def send(mail: Mail) -> None:
        gone.append(mail.id)

    await send_with(database, send)
    assert len(gone) == 1
