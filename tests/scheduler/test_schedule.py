"""The timetable: each line once in its time, whatever the number of processes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from procrastinate import App
from procrastinate.periodic import PeriodicDeferrer

from foundation.database import Database, metadata
from foundation.settings import Settings
from notify import senders
from scheduler import schedule, tasks
from scheduler.errands import Tools
from scheduler.schedule import Line
from scheduler.tasks import clockwork, work

# Every minute of three hours half a year from now, so that the real clock is in nobody's way.
DAY = (datetime.now(UTC) + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
CRON = f"* 0-2 {DAY.day} {DAY.month} *"


class Counted:
    """An errand that counts its runs, waits until it may end, and fails when told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.fails = False
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    @property
    def line(self) -> Line:
        async def count(_: Tools) -> None:
            self.runs += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.begun.set()
            await self.may_end.wait()
            self.at_once -= 1
            if self.fails:
                raise KeyError("broken")

        return Line(CRON, count)


@pytest.fixture
def tools(database: Database, settings: Settings) -> Tools:
    return Tools(settings, database, senders.leave_in_mailbox)


async def tick(app: App, deferrer: PeriodicDeferrer, minutes: float) -> None:
    """Let a process look at its timetable, so many minutes after the day began."""
    await app.open_async()
    try:
        at = DAY.timestamp() + 60 * minutes
        await deferrer.defer_jobs(deferrer.get_previous_tasks(at))
    finally:
        await app.close_async()


def deferrer_of(app: App) -> PeriodicDeferrer:
    return PeriodicDeferrer(app.periodic_registry, **app.periodic_defaults)


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    async with database.transaction() as tx:
        found = await tx.execute(sa.text(f"SELECT * FROM {table} ORDER BY id"))
        return [dict(row) for row in found.mappings()]


async def test_of_many_processes_one_runs_a_line_at_each_tick(
    tools: Tools, database: Database
) -> None:
    counted = Counted()
    apps = [clockwork(tools, lines=[counted.line]) for _ in range(4)]
    for minute in (1, 2):
        await asyncio.gather(*(tick(app, deferrer_of(app), minute + 0.1) for app in apps))
        await asyncio.gather(*(work(app, until_idle=True) for app in apps))
        assert counted.runs == minute
    # One that comes late to a tick finds it done, also after the job itself is gone.
    await tick(apps[0], deferrer_of(apps[0]), 2.5)
    assert await rows(database, "procrastinate_jobs") == []


async def test_after_three_hours_without_a_process_a_line_is_made_up_once(
    tools: Tools, database: Database
) -> None:
    counted = Counted()
    app = clockwork(tools, lines=[counted.line])
    await tick(app, deferrer_of(app), 1)
    await work(app, until_idle=True)
    await tick(app, deferrer_of(app), 178)
    await work(app, until_idle=True)
    assert counted.runs == 2


async def test_a_process_that_slept_for_three_hours_makes_a_line_up_once(
    tools: Tools, database: Database
) -> None:
    """A laptop's lid: the process lives, and all ticks are behind it at once."""
    counted = Counted()
    app = clockwork(tools, lines=[counted.line])
    deferrer = deferrer_of(app)
    await tick(app, deferrer, 1)
    await work(app, until_idle=True)
    await tick(app, deferrer, 178)
    assert len(await rows(database, "procrastinate_jobs")) == 1
    await work(app, until_idle=True)
    assert counted.runs == 2


@pytest.mark.parametrize("hours", [1, 20])
async def test_a_line_of_once_a_day_is_made_up_by_a_start_that_comes_late(
    tools: Tools, hours: int
) -> None:
    counted = Counted()
    once = Line(f"30 18 {DAY.day} {DAY.month} *", counted.line.errand)
    app = clockwork(tools, lines=[once])
    for _ in range(2):
        await tick(app, deferrer_of(app), (18.5 + hours) * 60)
        await work(app, until_idle=True)
    assert counted.runs == 1


async def test_a_line_under_way_is_not_begun_again_and_one_run_waits(
    tools: Tools, database: Database
) -> None:
    counted = Counted()
    counted.may_end.clear()
    app, other = (clockwork(tools, lines=[counted.line]) for _ in range(2))
    await tick(app, deferrer_of(app), 1)
    first = asyncio.create_task(work(app, until_idle=True))
    async with asyncio.timeout(30):
        await counted.begun.wait()
    for minute in (2, 3, 4):
        await tick(other, deferrer_of(other), minute)
    await work(other, until_idle=True)
    assert counted.runs == 1
    states = [row["status"] for row in await rows(database, "procrastinate_jobs")]
    assert sorted(states) == ["doing", "todo"]
    counted.may_end.set()
    await first
    await work(other, until_idle=True)
    assert (counted.runs, counted.most_at_once) == (2, 1)


async def test_a_line_that_fails_runs_at_its_next_time(tools: Tools, database: Database) -> None:
    counted = Counted()
    counted.fails = True
    app = clockwork(tools, lines=[counted.line])
    for minute in (1, 2):
        await tick(app, deferrer_of(app), minute)
        await work(app, until_idle=True)
    assert counted.runs == 2
    states = [row["status"] for row in await rows(database, "procrastinate_jobs")]
    assert states == ["failed", "failed"]


async def test_the_timetable_goes_before_a_heap_of_mail(tools: Tools, database: Database) -> None:
    counted = Counted()
    app = clockwork(tools, lines=[counted.line])
    await tick(app, deferrer_of(app), 1)
    [row] = await rows(database, "procrastinate_jobs")
    assert row["priority"] == tasks.LINE_PRIORITY > 0


@pytest.mark.parametrize("line", schedule.SCHEDULE, ids=lambda line: line.name)
async def test_every_line_finds_nothing_to_do_on_an_empty_site(
    tools: Tools, database: Database, line: Line
) -> None:
    before = await everything(database)
    for _ in range(2):
        await line.errand(tools)
    assert await everything(database) == before


async def everything(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    async with database.transaction() as tx:
        return {
            table.name: int(await tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in metadata.sorted_tables
        }


def test_every_line_comes_at_least_once_a_day() -> None:
    """Otherwise a late start would not make it up."""
    now = datetime.now(UTC).timestamp()
    app = clockwork(
        Tools(Settings(), Database("postgresql://nobody@/none"), senders.leave_in_mailbox)
    )
    due = {task.task.name for task, _ in deferrer_of(app).get_previous_tasks(now)}
    assert due == {line.name for line in schedule.SCHEDULE}
