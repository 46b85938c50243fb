"""The timetable: each line once in its time, whatever the number of processes."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from scheduler import timetable
from scheduler.timetable import Line, run_if_due


def counted() -> tuple[list[int], timetable.Errand]:
    runs: list[int] = []

    async def errand(settings: Settings, database: Database) -> None:
        await asyncio.sleep(0.05)
        runs.append(1)

    return runs, errand


async def _pass(database: Database, seconds: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE timetable_runs SET began_at = began_at - :s * interval '1 s',"
                " ended_at = ended_at - :s * interval '1 s'"
            ),
            {"s": seconds},
        )


async def test_of_many_processes_one_runs_a_line(database: Database, settings: Settings) -> None:
    runs, errand = counted()
    line = Line("count", errand, 60)
    ran = await asyncio.gather(*(run_if_due(settings, database, line) for _ in range(5)))
    assert (sum(ran), len(runs)) == (1, 1)
    assert not await run_if_due(settings, database, line)
    await _pass(database, 61)
    assert await run_if_due(settings, database, line)
    assert len(runs) == 2


async def test_a_run_that_takes_longer_than_its_time_is_not_begun_twice(
    database: Database, settings: Settings
) -> None:
    _, errand = counted()
    line = Line("count", errand, 5)
    async with database.transaction() as tx:
        assert await timetable._take(tx, line) is not None
    await _pass(database, 60)
    assert not await run_if_due(settings, database, line)
    await _pass(database, timetable.LONGEST_RUN_SECONDS)
    assert await run_if_due(settings, database, line), "its process is gone"


async def test_a_line_that_fails_is_noted_and_runs_at_its_next_time(
    database: Database, settings: Settings
) -> None:
    async def errand(settings: Settings, database: Database) -> None:
        raise KeyError("broken")

    line = Line("break", errand, 60)
    assert await run_if_due(settings, database, line)
    async with database.transaction() as tx:
        error = await tx.scalar(sa.text("SELECT error FROM timetable_runs WHERE name = 'break'"))
    assert "broken" in error
    await _pass(database, 61)
    assert await run_if_due(settings, database, line)


@pytest.mark.parametrize("line", timetable.TIMETABLE, ids=lambda line: line.name)
async def test_every_line_runs_on_an_empty_site(
    database: Database, settings: Settings, line: Line
) -> None:
    assert await run_if_due(settings, database, line)
    async with database.transaction() as tx:
        row = (await tx.execute(sa.text("SELECT * FROM timetable_runs"))).one()
    assert row.error is None
    assert row.ended_at


async def test_the_loop_runs_until_it_is_cancelled(database: Database, settings: Settings) -> None:
    loop = asyncio.create_task(timetable.run(settings, database, None))  # type: ignore[arg-type]
    for _ in range(100):
        await asyncio.sleep(0.05)
        async with database.transaction() as tx:
            ended = await tx.scalar(
                sa.text("SELECT count(*) FROM timetable_runs WHERE ended_at IS NOT NULL")
            )
        if ended == len(timetable.TIMETABLE):
            break
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert ended == len(timetable.TIMETABLE)
