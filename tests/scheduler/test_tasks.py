"""Jobs are run by any number of processes, again until they are done, and once in effect."""

import asyncio
import os
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import structlog
from psycopg import sql

from foundation import background
from foundation.database import Database
from foundation.embedded import OWNER, EmbeddedPostgres
from foundation.settings import Settings
from notify import inbox, jobs, outbox
from notify.mail import Letter
from notify.outbox import Mail
from notify.senders import Sender, sender_for
from notify.tables import mails
from scheduler import errands, tasks
from scheduler.errands import Tools
from scheduler.schedule import SCHEDULE
from scheduler.tasks import TASKS, clockwork, work
from tests.notify.mail_server import MailServer, mail_server
from tests.world import new_user

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60

Start = Callable[..., Tools]


@pytest.fixture
def tools(database: Database, settings: Settings) -> Start:
    """Tools with a sender."""

    def with_sender(send: Sender | MailServer) -> Tools:
        if isinstance(send, MailServer):
            send = sender_for(settings_to(send))
        return Tools(settings, database, send)

    return with_sender


def settings_to(server: MailServer) -> Settings:
    """Settings that name a mail server."""
    return Settings(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="a@talk.example")


class Collected:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    async def __call__(self, mail: Mail) -> None:
        self.ids.append(mail.id)
        await asyncio.sleep(0.005)


async def run_due(tools: Tools, *more: Callable[..., Any]) -> None:
    """Run what is due until nothing is."""
    await work(clockwork(tools, (*TASKS, *more), lines=()), until_idle=True)


async def post(database: Database, count: int = 1) -> list[int]:
    async with database.transaction() as tx:
        return [
            await outbox.post(tx, "a@test.example", Letter("題", "文", "<p>文</p>"))
            for _ in range(count)
        ]


async def travel(database: Database, seconds: int = 7200) -> None:
    """Let time pass for what waits, and for workers that are gone."""
    async with database.transaction() as tx:
        for change in (
            "procrastinate_jobs SET scheduled_at = scheduled_at - :s * interval '1 s'",
            "procrastinate_workers SET last_heartbeat = last_heartbeat - :s * interval '1 s'",
            "mails SET next_try_at = next_try_at - :s * interval '1 s'",
        ):
            await tx.execute(sa.text(f"UPDATE {change}"), {"s": seconds})


async def waiting(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as tx:
        found = await tx.execute(sa.text("SELECT * FROM procrastinate_jobs ORDER BY id"))
        return [dict(row) for row in found.mappings()]


async def mail_row(database: Database) -> Any:
    async with database.transaction() as tx:
        return (await tx.execute(sa.select(mails))).one()


async def test_what_somebody_is_told_arrives_once_and_leaves_no_job(
    database: Database, tools: Start
) -> None:
    async with mail_server() as server:
        async with database.transaction() as tx:
            user = await new_user(tx)
            await inbox.tell(tx, user, kind="test", title="予約の確定", text="明日です。")
        await run_due(tools(server))
        await run_due(tools(server))
    assert [message["Subject"] for message in server.taken] == ["予約の確定"]
    assert await waiting(database) == []
    assert (await mail_row(database)).sent_at


async def test_a_mail_that_is_refused_for_now_is_tried_again_at_its_time(
    database: Database, tools: Start
) -> None:
    await post(database)
    async with mail_server() as server:
        server.to_mail = "451 4.3.0 later"
        await run_due(tools(server))
        row, [job] = await mail_row(database), await waiting(database)
        assert (row.tries, row.sent_at, job["status"]) == (1, None, "todo")
        assert "later" in row.last_error
        assert job["scheduled_at"] == row.next_try_at
        server.to_mail = "250 OK"
        await run_due(tools(server))
        assert server.taken == [], "its time has not come"
        await travel(database)
        await run_due(tools(server))
        assert len(server.taken) == 1
    assert await waiting(database) == []


async def test_a_mail_is_kept_while_the_server_is_down_and_given_up_in_the_end(
    database: Database, tools: Start
) -> None:
    async with mail_server() as server:
        pass
    await post(database)
    await run_due(tools(server))
    async with database.transaction() as tx:
        await tx.execute(sa.update(mails).values(tries=jobs.MOST_TRIES - 1))
    await travel(database)
    await run_due(tools(server))
    row = await mail_row(database)
    assert (row.tries, row.sent_at, row.next_try_at) == (jobs.MOST_TRIES, None, None)
    assert await waiting(database) == []


async def test_a_mail_that_nobody_will_ever_take_is_dead_at_once_and_sent_again_by_staff(
    database: Database, tools: Start
) -> None:
    [mail] = await post(database)
    async with mail_server() as server:
        server.to_recipient = "550 5.1.1 unknown"
        await run_due(tools(server))
        assert await waiting(database) == []
        async with database.transaction() as tx:
            assert [dead.id for dead in await outbox.dead(tx, 1, 10)] == [mail]
        server.to_recipient = "250 OK"
        async with database.transaction() as tx:
            await outbox.send_again(tx, mail)
        await run_due(tools(server))
        assert len(server.taken) == 1


async def test_a_slow_server_is_given_up_for_now(database: Database, tools: Start) -> None:
    await post(database)
    async with mail_server() as server:
        server.ready.clear()
        slow = sender_for(settings_to(server).model_copy(update={"mail_seconds": 0.3}))
        await run_due(tools(slow))
        server.ready.set()
    row = await mail_row(database)
    assert (row.tries, row.sent_at, row.last_error) == (1, None, "TimeoutError: ")


async def test_two_processes_send_each_mail_once(
    database: Database, database_url: str, settings: Settings, tools: Start
) -> None:
    ids, sent = await post(database, 30), Collected()
    other = Database(database_url, pool_size=5)
    try:
        await asyncio.gather(run_due(tools(sent)), run_due(Tools(settings, other, sent)))
    finally:
        await other.close()
    assert sorted(sent.ids) == ids


async def test_a_killed_workers_mail_is_sent_by_another_once(
    database: Database, database_url: str, tools: Start
) -> None:
    [mail] = await post(database)
    hanging = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.scheduler.hanging", database_url,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert hanging.stdout
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert int(await hanging.stdout.readline()) == mail
    hanging.kill()
    await hanging.wait()
    sent = Collected()
    await run_due(tools(sent))
    assert [job["status"] for job in await waiting(database)] == ["doing"], "nobody missed it yet"
    await travel(database, jobs.SILENT_SECONDS)
    await errands.heal_jobs(tools(sent))
    await run_due(tools(sent))
    assert sent.ids == [], "the dead one may still have it in hand"
    await travel(database, outbox.HAND_SECONDS)
    await run_due(tools(sent))
    await run_due(tools(sent))
    assert sent.ids == [mail]
    assert await waiting(database) == []


async def test_a_job_done_twice_sends_a_mail_once(database: Database, tools: Start) -> None:
    [mail] = await post(database)
    sent = Collected()
    await run_due(tools(sent))
    async with database.transaction() as tx:
        await jobs.defer(tx, "send_mail", mail_id=mail)
    await run_due(tools(sent))
    assert sent.ids == [mail]


async def test_a_worker_that_is_stopped_in_the_middle_leaves_its_job_to_the_next(
    database: Database, tools: Start
) -> None:
    begun = asyncio.Event()

    async def hang(_: Mail) -> None:
        begun.set()
        await asyncio.sleep(3600)

    [mail] = await post(database)
    worker = asyncio.create_task(work(clockwork(tools(hang), lines=())))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await begun.wait()
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
    [job] = await waiting(database)
    assert (job["status"], job["worker_id"]) == ("todo", None)
    sent = Collected()
    await travel(database)
    await run_due(tools(sent))
    assert sent.ids == [mail]


async def test_a_task_that_fails_is_tried_again_and_given_up_after_its_last_try(
    database: Database, tools: Start
) -> None:
    tries = []

    async def stumble(_: Tools, number: int) -> None:
        tries.append(number)
        raise KeyError(number)

    async with database.transaction() as tx:
        await jobs.defer(tx, "stumble", number=5)
    await run_due(tools(Collected()), stumble)
    async with database.transaction() as tx:
        wait = await tx.scalar(sa.text("SELECT scheduled_at - now() FROM procrastinate_jobs"))
        assert 30 < wait.total_seconds() <= 60
        most = {"n": jobs.MOST_TRIES - 1}
        await tx.execute(sa.text("UPDATE procrastinate_jobs SET attempts = :n"), most)
    await travel(database)
    await run_due(tools(Collected()), stumble)
    assert tries == [5, 5]
    assert [job["status"] for job in await waiting(database)] == ["failed"]


async def test_a_job_that_only_a_newer_version_knows_is_left_alone(
    database: Database, tools: Start
) -> None:
    async with database.transaction() as tx:
        await jobs.defer(tx, "of_tomorrow", number=1)
    await run_due(tools(Collected()))
    [job] = await waiting(database)
    assert (job["status"], job["attempts"]) == ("todo", 0)


@pytest.mark.parametrize("away", [False, True])
async def test_work_goes_on_after_the_database_cut_every_connection_or_was_away(
    away: bool,
    database: Database,
    database_name: str,
    postgres: EmbeddedPostgres,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = Collected()
    monkeypatch.setattr(tasks, "sender_for", lambda _: sent)
    monkeypatch.setattr(tasks, "RESTART_SECONDS", 0.1)
    monkeypatch.setattr(tasks, "POOL_SECONDS", 1)

    async def until(done: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not done():
                await asyncio.sleep(0.05)

    with structlog.testing.capture_logs() as lines:
        clock = asyncio.create_task(tasks.run(settings, database, None))  # type: ignore[arg-type]
        await post(database)
        await until(lambda: len(sent.ids) == 1)
        with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
            allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            name = sql.Identifier(database_name)
            if away:
                owner.execute(allowed.format(name, sql.SQL("false")))
            cut = owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [database_name],
            )
            assert cut.rowcount >= 2
            if away:
                await until(lambda: any(line["event"] == "jobs.worker_failed" for line in lines))
                owner.execute(allowed.format(name, sql.SQL("true")))
        await post(database)
        await until(lambda: len(sent.ids) == 2)
        clock.cancel()
        with pytest.raises(asyncio.CancelledError):
            await clock


async def test_a_stop_ends_workers_whose_database_goes_at_that_moment(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def fail_at_stop(*_: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise psycopg.OperationalError from None

    monkeypatch.setattr(tasks, "work", fail_at_stop)
    clock = asyncio.create_task(tasks.run(settings, database, None))  # type: ignore[arg-type]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await begun.wait()
        clock.cancel()
        with pytest.raises(asyncio.CancelledError):
            await clock


async def test_a_stop_that_a_worker_did_not_hear_reaches_it_the_second_time(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, missed = asyncio.Event(), asyncio.Event()

    async def miss_the_first(*_: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            missed.set()
        await asyncio.sleep(3600)

    monkeypatch.setattr(tasks, "work", miss_the_first)
    clock = asyncio.create_task(tasks.run(settings, database, None))  # type: ignore[arg-type]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await begun.wait()
        clock.cancel()
        await missed.wait()
        await background.end(clock)
    assert clock.cancelled()


def test_the_migration_has_the_librarys_tables() -> None:
    """A newer version may bring others: then they need a migration, with what it changes."""
    ours = (ROOT / "migrations" / "sql" / "0006_jobs.sql").read_text("utf-8")
    theirs = files("procrastinate").joinpath("sql/schema.sql").read_text("utf-8")
    assert ours.endswith(theirs)


def test_every_name_fits_and_stands_once() -> None:
    names = [task.__name__ for task in TASKS] + [line.name for line in SCHEDULE]
    assert len(set(names)) == len(names)
    assert max(len(name) for name in names) <= jobs.LONGEST_NAME
    assert outbox.JOB in names
