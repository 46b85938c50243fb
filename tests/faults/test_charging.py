"""Any number of processes charge at once, and every minute is charged once."""

import asyncio
import os
import random
import sys

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from rooms.talk import ending, meter
from tests.browser.site import ROOT
from tests.faults.charger import AT_ONCE
from tests.faults.crowd import make_crowd
from tests.faults.scene import broken

TALKS = 102
DUE = 4


async def charges_of(database: Database) -> dict[int, int]:
    async with database.transaction() as tx:
        rows = await tx.execute(sa.text("SELECT talk_id, count(*) FROM charges GROUP BY 1"))
        return dict(tuple(row) for row in rows)


async def charge_all(database: Database, settings: Settings, patience: int = 3) -> int:
    """Charge and end as the clock does, until nothing is due several times in a row."""
    charged = idle = 0
    while idle < patience:
        async with database.transaction() as tx:
            done = await meter.charge(tx, settings)
        charged += len(done)
        if not done:
            async with database.transaction() as tx:
                done = await meter.end_spent(tx, settings)
            await asyncio.sleep(0.02)
        idle = 0 if done else idle + 1
    return charged


async def second_process(url: str) -> asyncio.subprocess.Process:
    """A process that has begun to charge what is due."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.charger", url),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"charging\n"
    return process


async def test_processes_that_charge_grant_and_return_at_once_never_charge_twice(
    database: Database,
    database_url: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(meter, "MOST_TALKS", 4 * AT_ONCE)
    async with database.transaction() as tx:
        # Two thirds can pay ten minutes, every third two and a half.
        talks = await make_crowd(tx, "crowd", TALKS, due=DUE, rich=8, poor=2, size=125)
        rows = await tx.execute(sa.text("SELECT id, caller_id FROM talks ORDER BY id"))
        callers = dict(tuple(row) for row in rows)
    poor = set(talks[2::3])
    rich = [talk for talk in talks if talk not in poor]
    other = Database(database_url, pool_size=5)
    process = await second_process(database_url)

    async def grants() -> None:
        for number, talk in enumerate(rich):
            database_of = random.choice([database, other])
            async with database_of.transaction() as tx:
                await ledger.grant(
                    tx, callers[talk], 10, "test", actor_id=None, key=f"g{number}", months=1
                )

    async def returns() -> int:
        back = 0
        for talk in random.sample(talks, len(talks)):
            async with other.transaction() as tx:
                back += await ledger.return_minute(tx, talk, 1, kind="cut_short", reason="test")
        return back

    try:
        charged, back, _ = await asyncio.gather(
            asyncio.gather(
                *(charge_all(pool, settings) for pool in (database, other) for _ in range(2))
            ),
            asyncio.gather(returns(), returns()),
            grants(),
        )
        out, errors = await asyncio.wait_for(process.communicate(b""), 30)
    finally:
        await other.close()
    assert process.returncode == 0, errors.decode()
    here = sum(charged) + await charge_all(database, settings)
    count = await charges_of(database)
    assert {count[talk] for talk in rich} == {DUE}
    # Whose first minute was returned in time could pay a third one of it.
    assert {count[talk] for talk in poor} <= {2, 3}
    assert int(out) + here == sum(count.values())
    assert int(out) > 0
    assert sum(back) == 100 * await returned(database)
    assert await ended(database) == poor
    assert await broken(database) == []


async def ended(database: Database) -> set[int]:
    async with database.transaction() as tx:
        rows = await tx.execute(sa.text("SELECT id FROM talks WHERE ended_at IS NOT NULL"))
        return set(rows.scalars())


async def returned(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text("SELECT count(*) FROM charge_returns")) or 0)


async def test_ending_and_charging_at_once_leave_right_books(
    database: Database, database_url: str, settings: Settings
) -> None:
    """People hang up while the clock charges: each talk is ended once, its books closed."""
    async with database.transaction() as tx:
        talks = await make_crowd(tx, "leaving", 30, due=3, rich=8, poor=8, size=125)
    other = Database(database_url, pool_size=5)

    async def leave(some: list[int]) -> int:
        ended = 0
        for talk in some:
            async with other.transaction() as tx:
                await tx.execute(sa.text("SELECT 1 FROM talks WHERE id=:t FOR UPDATE"), {"t": talk})
                await meter.bring_up_to_date(tx, settings, [talk])
                ended += await ending.end(tx, settings, talk, "cast_left")
        return ended

    try:
        done = await asyncio.gather(
            leave(talks), leave(talks[::-1]), *(charge_all(database, settings) for _ in range(2))
        )
    finally:
        await other.close()
    assert done[0] + done[1] == 30
    count = await charges_of(database)
    assert {count[talk] for talk in talks} == {3}
    # The cast hung up half a minute into the third: it went back.
    assert await returned(database) == 30
    assert await broken(database) == []


async def test_lots_burn_in_the_order_of_their_expiry_in_a_crowd_too(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        await make_crowd(tx, "order", 30, due=3, rich=4, poor=4, size=125)
    await charge_all(database, settings)
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text(
                "SELECT array_agg(remaining ORDER BY expires_at) AS left FROM lots"
                " GROUP BY wallet_id"
            )
        )
        assert {tuple(left) for left in rows.scalars()} == {(0, 0, 75, 125)}
    assert await broken(database) == []
