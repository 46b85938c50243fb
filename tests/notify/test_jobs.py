"""A job is made with its cause, once a key, and is never lost with its worker."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from notify import jobs


async def rows(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as tx:
        found = await tx.execute(sa.text("SELECT * FROM procrastinate_jobs ORDER BY id"))
        return [dict(row) for row in found.mappings()]


async def states(database: Database) -> list[str]:
    return [row["status"] for row in await rows(database)]


async def begin(database: Database, *, beat: int = 0, began: int = 0) -> None:
    """Begin every waiting job in a worker of its own that beat, and began, seconds ago."""
    async with database.transaction() as tx:
        for row in await tx.execute(sa.text("SELECT id FROM procrastinate_jobs")):
            await tx.execute(_BEGIN, {"id": row.id, "beat": beat})
        await tx.execute(
            sa.text(
                "UPDATE procrastinate_events SET at = at - :s * interval '1 s'"
                " WHERE type = 'started'"
            ),
            {"s": began},
        )


_BEGIN = sa.text("""
WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat)
  VALUES (now() - :beat * interval '1 s') RETURNING id)
UPDATE procrastinate_jobs j SET status = 'doing', worker_id = w.id FROM w
WHERE j.id = :id AND status = 'todo'
""")


async def heal(database: Database) -> int:
    healed = 0
    while True:
        async with database.transaction() as tx:
            if not (found := await jobs.heal(tx)):
                return healed
        healed += found


async def defer(database: Database, name: str = "work", **given: Any) -> None:
    async with database.transaction() as tx:
        await jobs.defer(tx, name, **given)


async def test_a_job_goes_with_its_cause_or_not_at_all(database: Database) -> None:
    async with database.engine.connect() as tx:
        await jobs.defer(tx, "work", number=1)
        await tx.rollback()
    assert await rows(database) == []
    at = datetime(2030, 1, 2, tzinfo=UTC)
    await defer(database, key="k", at=at, number=1, text="文'\"%s")
    [row] = await rows(database)
    assert (row["task_name"], row["queue_name"]) == ("work", "work")
    assert (row["args"], row["scheduled_at"]) == ({"number": 1, "text": "文'\"%s"}, at)


async def test_of_one_key_one_job_waits(database: Database) -> None:
    await asyncio.gather(*(defer(database, key="k") for _ in range(4)), defer(database, key="l"))
    await defer(database)
    await defer(database)
    assert sorted(str(row["queueing_lock"]) for row in await rows(database)) == [
        "None", "None", "k", "l",
    ]  # fmt: skip
    await begin(database)
    await defer(database, key="k")
    assert len(await rows(database)) == 5, "one that is under way may have missed the new cause"


async def test_a_second_cause_of_a_key_does_not_spoil_its_transaction(database: Database) -> None:
    async with database.transaction() as tx:
        await jobs.defer(tx, "work", key="k")
        await jobs.defer(tx, "work", key="k")
        assert await tx.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) == 1


@pytest.mark.parametrize(
    ("beat", "began", "healed"),
    [
        (0, 0, 0),
        (jobs.SILENT_SECONDS - 5, jobs.LONGEST_RUN_SECONDS, 0),
        (jobs.SILENT_SECONDS + 5, 0, 1),
        (0, jobs.LONGEST_RUN_SECONDS + 90, 1),
    ],
)
async def test_what_its_worker_has_lost_waits_again(
    database: Database, beat: int, began: int, healed: int
) -> None:
    await defer(database)
    await begin(database, beat=beat, began=began)
    assert await heal(database) == healed
    [row] = await rows(database)
    assert (row["status"], row["attempts"]) == (("todo", 1) if healed else ("doing", 0))
    assert await heal(database) == 0


async def test_a_job_whose_worker_was_forgotten_waits_again(database: Database) -> None:
    await defer(database)
    await begin(database)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM procrastinate_workers"))
    assert await heal(database) == 1
    assert await states(database) == ["todo"]


async def test_a_job_that_kills_each_of_its_workers_is_given_up(database: Database) -> None:
    await defer(database)
    await begin(database, beat=60)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE procrastinate_jobs SET attempts = :n"), {"n": jobs.MOST_TRIES}
        )
    assert await heal(database) == 1
    assert await states(database) == ["failed"]


async def test_of_lost_jobs_with_one_key_one_waits_again(database: Database) -> None:
    """Two that wait would break the key, and then neither would ever be healed."""
    for _ in range(2):
        await defer(database, key="k")
        await begin(database, beat=60)
    await defer(database, key="other")
    await begin(database, beat=60)
    await defer(database, key="other")
    assert await heal(database) == 3
    assert await states(database) == ["todo", "failed", "failed", "todo"]


async def test_jobs_given_up_are_forgotten_after_a_while(database: Database) -> None:
    for _ in range(3):
        await defer(database)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE procrastinate_jobs SET status = 'failed' WHERE id < 3"))
        await tx.execute(
            sa.text("UPDATE procrastinate_events SET at = at - :ago WHERE job_id <> 2"),
            {"ago": timedelta(days=15)},
        )
        assert await jobs.sweep(tx, 14, 10) == 1
    assert [row["id"] for row in await rows(database)] == [2, 3]
