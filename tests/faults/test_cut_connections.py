"""The database's connection cut in the middle of a charge: nothing is half done, or done twice."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.settings import Settings
from points import ledger
from rooms.talk import ending, meter
from scheduler import ticker
from tests.faults.crowd import make_crowd
from tests.faults.databases import fresh_database
from tests.faults.scene import broken, minutes
from tests.faults.window import Window
from tests.scheduler.test_ticker import Told
from tests.world import World

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def talks(database: Database, settings: Settings) -> AsyncIterator[list[int]]:
    """Talks with two minutes due each; nobody else's is left over for the next test."""
    async with database.transaction() as tx:
        made = await make_crowd(tx, f"cut-{next(_numbers)}", 5, due=2, rich=8, poor=8, size=125)
    yield made
    for talk in made:
        async with database.transaction() as tx:
            await ending.end(tx, settings, talk, "stopped_by_staff")
    assert await broken(database) == []


def end_session(owner_url: str, pid: int) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@contextmanager
def cut_at(database: Database, owner_url: str, statement: str) -> Iterator[list[str]]:
    """End the session that is about to run a statement (or "COMMIT"), the first time."""
    cut: list[str] = []
    engine = database.engine.sync_engine

    def end(connection: sa.Connection) -> None:
        cut.append(statement)
        end_session(owner_url, connection.connection.driver_connection.info.backend_pid)  # type: ignore[union-attr]

    def before(connection: sa.Connection, _: object, text: str, *__: object) -> None:
        if statement in text and not cut:
            end(connection)

    def commit(connection: sa.Connection) -> None:
        if statement == "COMMIT" and not cut:
            end(connection)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", commit)
    try:
        yield cut
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", commit)


# Before the wallets are locked, after the charges are written, and before all of it is kept.
@pytest.mark.parametrize("statement", ["charge_minutes", "SET next_minute", "COMMIT"])
async def test_a_charge_that_is_cut_off_leaves_nothing_and_the_next_tick_charges_once(
    database: Database, owner_url: str, settings: Settings, talks: list[int], statement: str
) -> None:
    with cut_at(database, owner_url, statement) as cut:
        with pytest.raises(sa.exc.OperationalError):
            async with database.transaction() as tx:
                await meter.charge(tx, settings)
        assert cut == [statement]
    assert [await minutes(database, talk) for talk in talks] == [[]] * 5
    assert await broken(database) == []
    await ticker.tick(settings, database, Told(database, settings))
    assert [await minutes(database, talk) for talk in talks] == [[1, 2]] * 5


async def test_a_charge_cut_off_while_it_holds_talks_and_waits_for_wallets_leaves_nothing(
    database: Database, owner_url: str, settings: Settings, talks: list[int]
) -> None:
    with psycopg.connect(owner_url) as owner, psycopg.connect(owner_url, autocommit=True) as other:
        owner.execute(
            "SELECT 1 FROM wallets w JOIN talks t ON t.payer_wallet = w.id WHERE t.id = %s"
            " FOR UPDATE OF w",
            [talks[2]],
        )
        charging = asyncio.create_task(charge(database, settings))
        pid = await waiting(other)
        # The talks are locked now: another process finds nothing to do, and does not wait.
        assert await charge(database, settings) == []
        end_session(owner_url, pid)
        with pytest.raises(sa.exc.OperationalError):
            await charging
        owner.rollback()
    assert [await minutes(database, talk) for talk in talks] == [[]] * 5
    assert await charge(database, settings) == talks
    assert await charge(database, settings) == talks
    assert await charge(database, settings) == []
    assert [await minutes(database, talk) for talk in talks] == [[1, 2]] * 5


async def charge(database: Database, settings: Settings) -> list[int]:
    async with database.transaction() as tx:
        return await meter.charge(tx, settings)


async def waiting(other: psycopg.Connection[Any]) -> int:
    """The session that waits for a lock."""
    async with asyncio.timeout(10):
        while True:
            row = other.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            ).fetchone()
            if row:
                return int(row[0])
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("statement", ["charge_minutes", "SET next_minute", "COMMIT"])
async def test_a_tick_whose_connection_is_cut_charges_each_minute_once(
    database: Database, owner_url: str, settings: Settings, talks: list[int], statement: str
) -> None:
    push = Told(database, settings)
    with cut_at(database, owner_url, statement) as cut:
        await ticker.tick(settings, database, push)
        assert cut == [statement]
    await ticker.tick(settings, database, push)
    assert [await minutes(database, talk) for talk in talks] == [[1, 2]] * 5


@pytest.mark.parametrize("statement", ["INTO charge_returns", "INTO lot_backs", "COMMIT"])
async def test_an_end_that_is_cut_off_is_no_end_and_its_minute_returned_once(
    database: Database, owner_url: str, settings: Settings, talks: list[int], statement: str
) -> None:
    talk = talks[0]
    while await charge(database, settings):
        pass

    async def end() -> bool:
        async with database.transaction() as tx:
            return await ending.end(tx, settings, talk, "cast_left")

    with cut_at(database, owner_url, statement), pytest.raises(sa.exc.OperationalError):
        await end()
    assert await returned(database, talk) == []
    assert await end()
    assert not await end()
    assert await returned(database, talk) == [2]


async def returned(database: Database, talk: int) -> list[int]:
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text("SELECT minute FROM charge_returns WHERE talk_id = :t"), {"t": talk}
        )
        return list(rows.scalars())


async def test_a_grant_that_is_cut_off_can_be_repeated_under_its_key(
    database: Database, owner_url: str, settings: Settings
) -> None:
    world = await World.of(database, settings, points=0)

    async def grant() -> bool:
        async with database.transaction() as tx:
            return await ledger.grant(
                tx, world.caller, 70, "test", actor_id=None, key=f"cut-{world.caller}"
            )

    for statement in ("INTO lots", "INTO lot_moves", "COMMIT"):
        with cut_at(database, owner_url, statement), pytest.raises(sa.exc.OperationalError):
            await grant()
        assert await world.points() == 0
    assert await grant()
    assert not await grant()
    assert await world.points() == 70


async def test_a_pool_whose_every_connection_was_cut_works_at_once(
    database: Database, owner_url: str
) -> None:
    async def ask() -> int:
        async with database.transaction() as tx:
            await tx.execute(sa.text("SELECT pg_sleep(0.05)"))
            return int(await tx.scalar(sa.text("SELECT pg_backend_pid()")) or 0)

    before = set(await asyncio.gather(*(ask() for _ in range(5))))
    for pid in before:
        end_session(owner_url, pid)
    after = set(await asyncio.gather(*(ask() for _ in range(5))))
    assert not before & after


async def test_a_beat_whose_connection_is_cut_is_refused_and_the_next_one_counts(
    database: Database,
    live: Database,
    owner_url: str,
    settings: Settings,
    here: str,
    open_window: Callable[..., Any],
) -> None:
    world = await World.of(database, settings)
    caller: Window = await open_window(here, world.caller)
    cast: Window = await open_window(here, world.cast)
    talk = await caller.enter(world.room)
    assert (await caller.sit(talk))["ok"]
    assert (await cast.sit(talk))["ok"]
    assert (await caller.prove())["ok"]
    with cut_at(live, owner_url, "INTO beats") as cut:
        assert (await cast.prove())["code"] == "too_busy"
        assert cut
    meter_now = (await cast.prove())["meter"]
    assert (meter_now["state"], meter_now["running"]) == ("talking", True)
