"""What the process tells of the site's talks, for whoever runs it."""

import math
import os
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from record import alarms
from rooms.ground.tables import talks
from rooms.talk import paths
from tests.web.conftest import Open
from tests.web.scene import Browser
from tests.world import World


async def figures(browser: Browser) -> dict[str, float]:
    answer = await browser.get("/metrics")
    assert answer.status == 200
    lines = re.findall(r"^(hitotoki_talk\S+) (\S+)$", await answer.text(), re.MULTILINE)
    return {name: float(value) for name, value in lines}


def setups(found: dict[str, float], path: str) -> float:
    return found.get(f'hitotoki_talk_setup_seconds_count{{path="{path}"}}', 0)


async def test_talks_are_told_by_state_and_path(
    browser: Browser, database: Database, settings: Settings
) -> None:
    before = await figures(browser)
    one, other = await World.of(database, settings), await World.of(database, settings)
    for world in (one, other):
        await world.enter()
    async with database.transaction() as tx:
        relayed = {"media_path": "relay", "media_host": 1}
        await tx.execute(sa.update(talks).where(talks.c.id == other.talk).values(relayed))
    await other.beat()
    found = await figures(browser)
    assert found['hitotoki_talks{path="p2p",state="connecting"}'] == 1
    assert found['hitotoki_talks{path="relay",state="talking"}'] == 1
    assert setups(found, "relay") == setups(before, "relay") + 1
    assert setups(found, "p2p") == setups(before, "p2p")


WAITING = [
    "INSERT INTO clock_watch (id, ticked_at) VALUES (1, now() - interval '40 s')",
    """INSERT INTO payment_events (id, type, payload, livemode, received_at)
    VALUES ('evt_1', 'x', '{}', false, now() - interval '900 s')""",
    """INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)
    VALUES ('x', 'x', '{}', now() - interval '500 s'),
    ('x', 'x', '{}', now() + interval '500 s')""",
]


async def site(browser: Browser) -> dict[str, float]:
    """What is told of the site as a whole."""
    lines = re.findall(
        r"^(hitotoki_[a-z_]+) (\S+)$", await (await browser.get("/metrics")).text(), re.MULTILINE
    )
    return {name: float(value) for name, value in lines}


async def test_what_waits_is_told_with_its_age(
    browser: Browser, database: Database, owner_database: Database
) -> None:
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM clock_watch"))
    before = await site(browser)
    assert before["hitotoki_ticked_seconds"] == math.inf
    assert before["hitotoki_payments_unhandled_seconds"] == 0
    assert before["hitotoki_jobs_late_seconds"] == 0
    async with owner_database.transaction() as tx:
        for put in WAITING:
            await tx.execute(sa.text(put))
        await alarms.alarm(tx, "test", "x", "1")
    found = await site(browser)
    assert 40 <= found["hitotoki_ticked_seconds"] < 900
    assert 900 <= found["hitotoki_payments_unhandled_seconds"] < 1800
    assert 500 <= found["hitotoki_jobs_late_seconds"] < 1400
    assert found["hitotoki_alarms_unseen"] == before["hitotoki_alarms_unseen"] + 1


async def test_of_a_silent_database_nothing_is_made_up(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise OSError("no database")

    monkeypatch.setattr(paths, "census", fail)
    found = await site(browser)
    assert math.isnan(found["hitotoki_ticked_seconds"])
    assert math.isnan(found["hitotoki_payments_unhandled_seconds"])


async def test_going_on_with_a_pair_is_no_setup(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    before = await figures(browser)
    await world.wait(20)
    await world.tick()
    assert (await world.reading()).state == "interrupted"
    await world.beat()
    assert (await world.reading()).state == "talking"
    assert setups(await figures(browser), "p2p") == setups(before, "p2p")


async def test_talks_that_are_over_are_not_counted(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await figures(browser)
    async with database.transaction() as tx:
        gone = sa.func.clock_timestamp()
        over = {"state": "ended", "ended_at": gone, "end_reason": "caller_left"}
        await tx.execute(sa.update(talks).values(over))
    assert not [name for name in await figures(browser) if name.startswith("hitotoki_talks{")]


async def test_the_age_of_the_newest_backup_is_told_where_a_folder_is_named(
    open_browser: Open, tmp_path: Path
) -> None:
    assert math.isnan((await site(await open_browser()))["hitotoki_backup_age_seconds"])
    browser = await open_browser(backup_folder=tmp_path)
    assert (await site(browser))["hitotoki_backup_age_seconds"] == math.inf
    made = tmp_path / "hitotoki-2026-12-01.tar"
    made.write_bytes(b"whole")
    long_ago = made.stat().st_mtime - 200_000
    os.utime(made, (long_ago, long_ago))
    assert (await site(browser))["hitotoki_backup_age_seconds"] > 190_000
