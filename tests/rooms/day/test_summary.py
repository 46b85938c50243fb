"""The day's summary comes once, after the day's end by the cast's own clock, if there is a word."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify import choices, inbox
from notify.tables import mails
from rooms.day import home, summary
from rooms.talk.past import history
from tests.world import World


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of three charged minutes at 100 points, ended by the caller."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(190, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    return world


async def move(world: World, owner: Database, hours: int, zone: str) -> None:
    """The talk was so many hours before the last midnight of a zone, in which its cast lives."""
    bounds = {"zone": zone, "hours": hours, "talk": world.talk, "cast": world.cast}
    then = (
        "date_trunc('day', now() AT TIME ZONE :zone) AT TIME ZONE :zone - :hours * interval '1 h'"
    )
    async with owner.transaction() as tx:
        # Rows of the books are written once.
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for change in (
            "UPDATE users SET time_zone = :zone WHERE id = :cast",
            f"UPDATE talks SET ended_at = {then} WHERE id = :talk",
            f"UPDATE charges SET at = {then} WHERE talk_id = :talk",
        ):
            names = {name for name in bounds if f":{name}" in change}
            await tx.execute(sa.text(change), {name: bounds[name] for name in names})


async def zone_after_midnight(world: World) -> str:
    """A zone in which it is soon after midnight: less than some hours of the new day are over."""
    async with world.database.transaction() as tx:
        hour = await tx.scalar(sa.text("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int"))
    offset = -int(hour or 0) if int(hour or 0) <= 12 else 24 - int(hour or 0)
    # The sign of these names is the other way round.
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


async def told(world: World) -> list[tuple[str, str]]:
    async with world.database.transaction() as tx:
        while await summary.tell(tx, world.settings):
            pass
        found = await inbox.inbox(tx, world.cast, 1, 20)
    return [(one.title, one.text) for one in found if one.kind == "day"]


async def test_a_day_with_a_talk_is_summed_up_once(world: World, owner_database: Database) -> None:
    zone = await zone_after_midnight(world)
    await move(world, owner_database, -1, zone)
    assert await told(world) == []
    await move(world, owner_database, 3, zone)
    ((title, text),) = await told(world)
    assert title.endswith("のまとめ")
    assert "通話：1回（3分）" in text
    assert len(await told(world)) == 1


async def test_a_day_without_anything_is_not_told(world: World, owner_database: Database) -> None:
    await move(world, owner_database, 72, await zone_after_midnight(world))
    assert await told(world) == []


@pytest.mark.parametrize("wanted", [False, True])
async def test_it_is_mailed_to_those_who_asked_for_it(
    world: World, owner_database: Database, wanted: bool
) -> None:
    zone = await zone_after_midnight(world)
    await move(world, owner_database, 3, zone)
    async with world.database.transaction() as tx:
        if wanted:
            await choices.choose(tx, world.cast, {("day", "mail"): True})
        before = await tx.scalar(sa.select(sa.func.count()).select_from(mails))
    assert len(await told(world)) == 1
    async with world.database.transaction() as tx:
        after = await tx.scalar(sa.select(sa.func.count()).select_from(mails))
    assert int(after or 0) - int(before or 0) == int(wanted)


async def test_the_home_counts_what_there_is(world: World) -> None:
    async with world.database.transaction() as tx:
        found = await home.home(tx, world.settings, world.cast)
        other = await home.home(tx, world.settings, world.caller)
    assert (found.today.net, found.month.net, found.waiting) == (240, 240, 0)
    # Who has talked needs no list of first steps.
    assert found.steps is None
    assert other.steps == {
        "profile": False, "photo": False, "room": False, "hours": False, "standby": False,
    }  # fmt: skip
