"""What is known of the room on a database's disk."""

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.disk import MEGABYTE, Disk
from tests.faults.spoiling import spoil

HUGE = 1_000_000_000


def test_a_folder_says_how_much_is_free(tmp_path: Path) -> None:
    assert Disk(tmp_path, 0).lack() is None
    assert Disk(tmp_path, HUGE).lack() == "disk_low"
    free = Disk(tmp_path).free()
    assert free is not None
    half = Disk(tmp_path, free // MEGABYTE // 2)
    assert (half.lack(), half.lack(4)) == (None, "disk_low")


def test_nothing_is_said_of_a_disk_that_nobody_sees(tmp_path: Path) -> None:
    for disk in (Disk(None, HUGE), Disk(tmp_path / "gone", HUGE)):
        assert (disk.free(), disk.lack()) == (None, None)


def test_what_was_refused_for_want_of_room_counts_until_something_was_written() -> None:
    disk = Disk()
    disk.note(psycopg.errors.UniqueViolation("no"))
    disk.note(None)
    assert disk.lack() is None
    disk.note(psycopg.errors.DiskFull("no space"))
    assert disk.lack() == "disk_full"
    disk.note_room()
    assert disk.lack() is None


async def test_the_database_notes_it_for_all_pools(database: Database, owner_url: str) -> None:
    spoil(owner_url, "INSERT", "alarms", "true")
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "CREATE OR REPLACE FUNCTION spoiled() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$"
        )
    apart = database.apart(1, "test")
    try:
        with pytest.raises(sa.exc.OperationalError):
            async with apart.transaction() as tx:
                await tx.execute(
                    sa.text("INSERT INTO alarms (kind, text, subject) VALUES ('a', 'b', 'c')")
                )
    finally:
        await apart.close()
    assert database.disk.lack() == "disk_full"
