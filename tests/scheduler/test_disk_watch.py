"""Staff are told of a disk that is nearly full, and of one that was."""

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from foundation.database import Database
from foundation.disk import MEGABYTE, Disk
from scheduler import disk_watch
from scheduler.disk_watch import Watch


async def told(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list(await tx.scalars(sa.text("SELECT kind FROM alarms ORDER BY kind")))


async def test_staff_are_told_early_and_once_a_day(database: Database, tmp_path: Path) -> None:
    free = Disk(tmp_path).free()
    assert free is not None
    database.disk = Disk(tmp_path, free // MEGABYTE // 2)
    watch = Watch(database)
    for _ in range(3):
        await watch.look()
    assert database.disk.lack() is None
    assert await told(database) == ["disk_low"]


async def test_nothing_is_told_where_there_is_room(database: Database, tmp_path: Path) -> None:
    database.disk = Disk(tmp_path, 1)
    await Watch(database).look()
    assert await told(database) == []


async def test_what_could_not_be_told_is_told_once_there_is_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(database)
    database.disk.note(psycopg.errors.DiskFull("no space"))
    full = "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$"
    with monkeypatch.context() as patched:
        patched.setattr(disk_watch, "_PROBE", (full,))
        for _ in range(2):
            with pytest.raises(OperationalError):
                await watch.look()
    assert database.disk.lack() == "disk_full"
    assert await told(database) == []
    await watch.look()
    assert database.disk.lack() is None
    assert await told(database) == ["disk_full"]
