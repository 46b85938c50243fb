"""A mail server or a push service that hangs keeps no job of another kind waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.background import end
from foundation.database import Database
from foundation.settings import Settings
from notify import inbox, outbox, push_keys
from notify.mail import Letter
from notify.push_client import PushClient
from notify.senders import sender_for
from scheduler import tasks
from scheduler.errands import Tools
from scheduler.schedule import SCHEDULE
from scheduler.tasks import TASKS, crews
from tests.notify.mail_server import mail_server
from tests.notify.push_house import Phone, open_house, opt_in
from tests.world import new_user

SOON = 60


@asynccontextmanager
async def mute_server() -> AsyncIterator[tuple[int, asyncio.Semaphore]]:
    """A mail server that takes connections and says nothing; its port, and who has come."""
    came = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.release()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()


@asynccontextmanager
async def at_work(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Let jobs run as in a serving process."""
    nobody: Any = None
    task = asyncio.create_task(tasks.run(settings, database, nobody))
    try:
        yield
    finally:
        await end(task)


async def post(database: Database, count: int) -> None:
    async with database.transaction() as tx:
        for _ in range(count):
            await outbox.post(tx, "a@test.example", Letter("題", "文", "<p>文</p>"))


def to(settings: Settings, port: int, **changed: Any) -> Settings:
    mail = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "a@talk.example"}
    return Settings(data=settings.data, **(mail | changed))


async def sent(database: Database) -> int:
    async with database.transaction() as tx:
        query = "SELECT count(*) FROM mails WHERE sent_at IS NOT NULL"
        return int(await tx.scalar(sa.text(query)) or 0)


def test_every_job_and_every_line_has_one_crew() -> None:
    found = crews(Settings(mails_at_once=3, pushes_at_once=7))
    assert sorted(task.__name__ for crew in found for task in crew.tasks) == sorted(
        task.__name__ for task in TASKS
    )
    assert [line for crew in found for line in crew.lines] == list(SCHEDULE)
    at_once = {task.__name__: crew.at_once for crew in found for task in crew.tasks}
    assert (at_once["send_mail"], at_once["send_push"]) == (3, 7)


async def test_a_mail_server_that_hangs_keeps_its_places_while_pushes_and_the_timetable_go_on(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as tx:
        await push_keys.make(tx)
        reader = await new_user(tx)
        await opt_in(tx, reader, Phone("phone-1"))
    async with open_house(tmp_path) as house, mute_server() as (port, came):
        monkeypatch.setattr(tasks, "PushClient", lambda site: PushClient(site, house.way))
        await post(database, 8)
        async with at_work(to(settings, port, mails_at_once=2), database), asyncio.timeout(SOON):
            await came.acquire()
            await came.acquire()
            async with database.transaction() as tx:
                await inbox.tell(tx, reader, kind="test", title="A", text="B", mail=False)
                # As of yesterday: a line of the timetable is to remove it.
                await tx.execute(_OVER)
            while not house.heard or await _is_left(database):
                await asyncio.sleep(0.05)
            assert came.locked(), "no third mail is on its way"
    assert await sent(database) == 0


_OVER = sa.text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, lock, args, status)
VALUES ('expire_points', 'expire_points', 'expire_points', 'x', '{"timestamp": 1}', 'todo')
ON CONFLICT DO NOTHING
""")
_LEFT = sa.text("SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = 'expire_points')")


async def _is_left(database: Database) -> bool:
    async with database.transaction() as tx:
        return bool(await tx.scalar(_LEFT))


async def test_a_push_service_that_hangs_keeps_no_mail_waiting(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def hang(*_: Any) -> None:
        hung.release()
        await go_on.wait()

    monkeypatch.setattr(PushClient, "send", hang)
    async with database.transaction() as tx:
        await push_keys.make(tx)
        reader = await new_user(tx)
        for number in range(6):
            await opt_in(tx, reader, Phone(f"phone-{number}"))
        await inbox.tell(tx, reader, kind="test", title="A", text="B", mail=False)
    async with mail_server() as server, asyncio.timeout(SOON):
        site = to(settings, server.port, pushes_at_once=6)
        async with at_work(site, database):
            for _ in range(6):
                await hung.acquire()
            await post(database, 1)
            while not server.taken:
                await asyncio.sleep(0.05)
            go_on.set()
    assert [message["Subject"] for message in server.taken] == ["題"]


async def test_jobs_of_one_kind_hold_few_connections(
    database: Database, settings: Settings, owner_url: str
) -> None:
    async with at_work(Settings(data=settings.data), database), asyncio.timeout(SOON):
        while (found := await _connections(database)) < len(crews(settings)) * 2:
            await asyncio.sleep(0.05)
        assert found <= len(crews(settings)) * (tasks.CONNECTIONS + 1)


async def _connections(database: Database) -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = 'hitotoki jobs' AND datname = current_database()"
    )
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(query)) or 0)


async def test_a_mail_server_that_is_slow_at_every_step_is_given_up_in_all(
    database: Database, settings: Settings
) -> None:
    async with mute_server() as (port, _), asyncio.timeout(SOON):
        slow = to(settings, port).model_copy(update={"mail_seconds": 0.2, "mail_step_seconds": 30})
        await post(database, 1)
        tools = Tools(slow, database, sender_for(slow))
        await tasks.work(tasks.clockwork(tools, lines=()), until_idle=True)
    async with database.transaction() as tx:
        row = (await tx.execute(sa.text("SELECT tries, last_error FROM mails"))).one()
    assert tuple(row) == (1, "TimeoutError: ")
