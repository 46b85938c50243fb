"""What the process tells of the site's talks, for whoever runs it."""

import re

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.ground.tables import talks
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
