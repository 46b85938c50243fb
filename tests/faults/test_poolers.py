"""pgbouncer before the database: with sessions it serves, without it is refused in words."""

import asyncio
import contextlib

import psycopg
import pytest
import sqlalchemy as sa

from foundation.database import SESSION, Database
from foundation.pooler import NoSessionError, must_keep_sessions
from foundation.settings import Settings
from notify import jobs, senders
from scheduler.errands import Tools
from scheduler.tasks import clockwork, work
from tests.cli.site import Site
from tests.cli.test_serve import run
from tests.faults.pooler import needs_pgbouncer, pooled


async def test_postgresql_itself_keeps_sessions(database_url: str) -> None:
    await must_keep_sessions(database_url)


@needs_pgbouncer
async def test_a_pooler_of_sessions_keeps_them(database_url: str) -> None:
    with pooled(database_url, "session") as url:
        await must_keep_sessions(url)


@needs_pgbouncer
@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("size", [1, 2, 40])
async def test_a_pooler_without_sessions_is_found(database_url: str, mode: str, size: int) -> None:
    with pooled(database_url, mode, size) as url, pytest.raises(NoSessionError):
        await must_keep_sessions(url)


@needs_pgbouncer
async def test_a_pooler_without_sessions_is_found_in_a_crowd(database_url: str) -> None:
    async def ask(url: str) -> None:
        connected = psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=None)
        async with await connected as connection:
            while True:
                await connection.execute("SELECT 1")

    with pooled(database_url, "transaction", 4) as url:
        others = [asyncio.create_task(ask(url)) for _ in range(6)]
        try:
            for _ in range(5):
                with pytest.raises(NoSessionError):
                    await must_keep_sessions(url)
        finally:
            for other in others:
                other.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await other


@needs_pgbouncer
async def test_each_session_has_its_bounds_whoever_had_it_before(database_url: str) -> None:
    with pooled(database_url, "session", 1) as url:
        with psycopg.connect(url, autocommit=True) as before:
            before.execute("SET statement_timeout = '1h'")
            before.execute("PREPARE _pg3_0 AS SELECT 1")
        database = Database(url, pool_size=1)
        try:
            # More often than the driver waits before it prepares a statement.
            for _ in range(12):
                async with database.transaction() as tx:
                    for name, value in SESSION.items():
                        asked = sa.text("SELECT current_setting(:name)")
                        assert await tx.scalar(asked, {"name": name}) == value
        finally:
            await database.close()


@needs_pgbouncer
async def test_jobs_are_run_through_a_pooler_of_sessions(
    database_url: str, settings: Settings
) -> None:
    done = []

    async def count(_: Tools, number: int) -> None:
        done.append(number)

    with pooled(database_url, "session") as url:
        database = Database(url, pool_size=2)
        tools = Tools(settings, database, senders.leave_in_mailbox)
        try:
            for number in range(8):
                async with database.transaction() as tx:
                    await jobs.defer(tx, "count", number=number)
            await work(clockwork(tools, tasks=[count], lines=[]), until_idle=True)
        finally:
            await database.close()
    assert sorted(done) == list(range(8))


@needs_pgbouncer
def test_a_site_serves_through_a_pooler_of_sessions(database_url: str) -> None:
    with pooled(database_url, "session") as url, Site("serve", database_url=url) as site:
        assert site.get("/healthz")[0] == 200
        assert site.get("/")[0] == 200
        site.stop()
        assert site.process.returncode == 0


@needs_pgbouncer
@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("verb", [["serve", "--port", "0"], ["audit"], ["migrate"]])
def test_a_pooler_without_sessions_is_refused_in_words(
    database_url: str, mode: str, verb: list[str]
) -> None:
    with pooled(database_url, mode) as url:
        done = run(*verb, database_url=url)
    assert done.returncode != 0
    assert "pool_mode = session" in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
