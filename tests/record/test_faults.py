"""A row that fails is noted, skipped, told and tried again; what is no row's fault is raised."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.locks import LockOrderError
from record import alarm_list, faults
from record.faults import Work
from record.tables import row_faults
from tests.world import new_user


@dataclass(frozen=True)
class Thing:
    id: int


WORK = Work("mend", "thing")
THINGS = [Thing(number) for number in (1, 2, 3)]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.transaction() as opened:
        yield opened


class Mender:
    """Does something in the database with each thing, and fails at some."""

    def __init__(self, tx: Tx, *bad: int, error: Exception | None = None) -> None:
        self.tx, self.bad, self.error = tx, set(bad), error
        self.tried: list[int] = []

    async def one(self, thing: Thing) -> None:
        self.tried.append(thing.id)
        await new_user(self.tx, f"u{thing.id}")
        if thing.id in self.bad:
            if self.error is not None:
                raise self.error
            await self.tx.execute(sa.text("SELECT 1 / 0"))

    async def many(self, things: Any) -> None:
        for thing in things:
            await self.one(thing)

    async def names(self) -> list[str]:
        rows = await self.tx.execute(sa.text("SELECT nickname FROM users ORDER BY id"))
        return list(rows.scalars())


async def waits(tx: Tx) -> tuple[int, float]:
    """How often the one bad row was tried, and how many minutes it waits for the next try."""
    pause = sa.func.extract("epoch", row_faults.c.next_try_at - row_faults.c.last_at) / 60
    row = (await tx.execute(sa.select(row_faults.c.tries, pause.label("pause")))).one()
    return row.tries, round(float(row.pause), 1)


async def make_due(tx: Tx) -> None:
    await tx.execute(sa.update(row_faults).values(next_try_at=sa.func.clock_timestamp()))


async def test_a_bad_row_is_undone_and_stops_nobody(tx: Tx) -> None:
    mender = Mender(tx, 2)
    done = await faults.each(tx, WORK, THINGS, mender.one)
    assert [thing.id for thing in done] == [1, 3]
    assert await mender.names() == ["u1", "u3"]
    row = (await tx.execute(sa.select(row_faults))).one()
    assert (row.kind, row.subject) == ("mend", "thing:2")
    assert row.reason == "DivisionByZero: division by zero"


async def test_it_is_told_to_staff_once_in_both_languages(tx: Tx, logged: list[Any]) -> None:
    mender = Mender(tx, 2, error=UserError("no", "いいえ"))
    await faults.each(tx, WORK, THINGS, mender.one)
    await make_due(tx)
    await faults.each(tx, WORK, THINGS, mender.one)
    (alarm,) = (await alarm_list.listed(tx, 1, 10)).items
    assert alarm.kind == "row_fault"
    assert "thing:2" in alarm.said("ja")
    assert "thing:2" in alarm.said("en")
    assert [line["row"] for line in logged if line["event"] == "row.failed"] == ["thing:2"] * 2


async def test_it_waits_twice_as_long_each_time_and_an_hour_at_most(tx: Tx) -> None:
    mender, pauses = Mender(tx, 2), []
    for _ in range(8):
        await faults.each(tx, WORK, THINGS, mender.one)
        pauses.append((await waits(tx))[1])
        await make_due(tx)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_what_has_failed_for_weeks_still_stops_nobody(tx: Tx) -> None:
    mender = Mender(tx, 2)
    await faults.each(tx, WORK, THINGS, mender.one)
    await tx.execute(sa.update(row_faults).values(tries=5000))
    await make_due(tx)
    assert len(await faults.each(tx, WORK, THINGS, mender.one)) == 2
    assert (await waits(tx))[1] == 60


async def test_while_it_waits_it_is_left_alone(tx: Tx) -> None:
    mender = Mender(tx, 2)
    await faults.each(tx, WORK, THINGS, mender.one)
    await faults.each(tx, WORK, THINGS, mender.one)
    assert mender.tried == [1, 2, 3, 1, 3]
    await faults.each(tx, WORK, THINGS[1:2], mender.one, at_once=True)
    assert mender.tried[-1] == 2


async def test_a_row_that_succeeds_is_forgotten_and_would_be_told_anew(tx: Tx) -> None:
    await faults.each(tx, WORK, THINGS, Mender(tx, 2).one)
    await make_due(tx)
    assert len(await faults.each(tx, WORK, THINGS, Mender(tx).one)) == 3
    assert await tx.scalar(sa.select(sa.func.count()).select_from(row_faults)) == 0
    await faults.each(tx, WORK, THINGS, Mender(tx, 2).one)
    assert await alarm_list.unseen(tx) == 2


async def test_together_is_one_after_the_other_only_where_it_fails(tx: Tx) -> None:
    mender = Mender(tx)
    await faults.together(tx, WORK, THINGS, mender.many)
    assert mender.tried == [1, 2, 3]
    mender = Mender(tx, 2)
    await faults.together(tx, WORK, THINGS, mender.many)
    assert mender.tried == [1, 2, 1, 2, 3]
    assert await mender.names() == ["u1", "u2", "u3", "u1", "u3"]


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("", {}, psycopg.errors.DeadlockDetected()),
        OperationalError("", {}, psycopg.errors.LockNotAvailable()),
        OperationalError("", {}, psycopg.errors.SerializationFailure()),
        TimeoutError(),
        ConnectionError(),
        LockOrderError(),
    ],
    ids=lambda error: type(getattr(error, "orig", error)).__name__,
)
async def test_what_is_no_rows_fault_is_raised(tx: Tx, error: Exception) -> None:
    for verb in (
        lambda: faults.each(tx, WORK, THINGS, Mender(tx, 2, error=error).one),
        lambda: faults.together(tx, WORK, THINGS, Mender(tx, 2, error=error).many),
    ):
        with pytest.raises(type(error)):
            await verb()
    assert await tx.scalar(sa.select(sa.func.count()).select_from(row_faults)) == 0


async def test_a_connection_that_is_lost_is_no_rows_fault(database: Database) -> None:
    async def end_oneself(tx: Tx) -> None:
        await tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        async with database.transaction() as tx:
            await faults.each(tx, WORK, THINGS, lambda _: end_oneself(tx))


async def test_who_is_cancelled_goes(tx: Tx) -> None:
    reached = asyncio.Event()

    async def hang(_: Thing) -> None:
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(faults.each(tx, WORK, THINGS, hang))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await tx.scalar(sa.select(sa.func.count()).select_from(row_faults)) == 0


async def test_what_nobody_has_met_for_days_is_swept(tx: Tx) -> None:
    await faults.each(tx, WORK, THINGS, Mender(tx, 1, 2).one)
    assert await faults.sweep(tx, 10) == 0
    await tx.execute(sa.text("UPDATE row_faults SET last_at = last_at - interval '3 days'"))
    assert await faults.sweep(tx, 1) == 1
    assert await faults.sweep(tx, 10) == 1


async def test_the_condition_of_a_query_leaves_out_what_waits(tx: Tx) -> None:
    query = sa.text(
        "SELECT id FROM unnest(ARRAY[1, 2, 3]) AS things (id)"
        f" WHERE {WORK.is_due('things.id')} ORDER BY id"
    )
    await faults.each(tx, WORK, THINGS, Mender(tx, 2).one)
    assert list(await tx.scalars(query)) == [1, 3]
    await make_due(tx)
    assert list(await tx.scalars(query)) == [1, 2, 3]
