"""What a media process may write, what becomes of a recording that nobody writes, and its end."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from media import hosts
from record.tables import alarms
from rooms.ground.tables import talks
from rooms.recording import asking, library, settling, way, writing
from rooms.talk.past import history
from tests.rooms.recording.scene import Taped, age


@pytest.fixture
async def world(database: Database, settings: Settings) -> Taped:
    return await Taped.begun(database, settings)


async def test_it_is_ordered_once_both_agree_and_runs_once_it_is_written(world: Taped) -> None:
    assert await world.orders() == []
    recording = await world.agreed()
    (order,) = await world.do(writing.orders, world.host)
    assert order == writing.RecordingOrder(recording, world.talk)
    # Another process, which carries other talks, is told of nothing.
    assert await world.do(writing.orders, world.host + 1) == []
    assert (await world.standing()).state == "agreed"
    await world.do(writing.written, [recording])
    assert (await world.standing()).state == "running"
    assert await world.settle() == [world.talk]
    # It goes on with the same order, and nobody is told anything twice.
    assert await world.orders() == [recording]
    await world.do(writing.written, [recording])
    assert await world.settle() == []


async def test_a_killed_process_is_seen_and_another_one_goes_on(
    world: Taped, owner_database: Database
) -> None:
    recording = await world.write()
    await world.settle()
    for column in ("seen_at", "running_since"):
        await age(owner_database, column, settling.SILENT_SECONDS + 3)
    await age(owner_database, "running_since", 5)
    assert await world.settle() == [world.talk]
    halted = await world.standing()
    assert halted.state == "halted"
    # Only what was written counts: up to the last sign of life.
    assert 5_000 <= halted.elapsed_ms < 7_000
    # Consent stands in that very talk: the same recording, and the pages are told.
    assert await world.orders() == [recording]
    await world.do(writing.written, [recording])
    assert (await world.standing()).state == "running"
    assert await world.settle() == [world.talk]


async def test_what_stood_still_does_not_go_on_once_either_stopped(
    world: Taped, owner_database: Database
) -> None:
    recording = await world.write()
    for column in ("seen_at", "running_since"):
        await age(owner_database, column, settling.SILENT_SECONDS + 1)
    await world.settle()
    assert (await world.standing()).state == "halted"
    await world.stop(world.caller)
    assert await world.orders() == []
    assert await world.do(writing.written, [recording]) == []
    assert (await world.standing()).end_reason == "stopped"


@pytest.mark.parametrize(
    ("state", "seconds", "reason"),
    [("agreed", settling.BEGIN_SECONDS, "no_way"), ("halted", settling.HALT_SECONDS, "failed")],
)
async def test_what_nobody_writes_ends(
    world: Taped, owner_database: Database, state: str, seconds: int, reason: str
) -> None:
    recording = await world.agreed()
    if state == "halted":
        await world.do(writing.written, [recording])
        await age(owner_database, "seen_at", settling.SILENT_SECONDS + 1)
        await world.settle()
    assert (await world.standing()).state == state
    await age(owner_database, "seen_at", seconds + 1)
    assert await world.settle() == [world.talk]
    found = await world.standing()
    assert (found.state, found.end_reason) == ("ended", reason)
    assert await world.orders() == []


async def test_it_ends_with_its_talk(world: Taped) -> None:
    recording = await world.write()
    await world.do(history.leave, world.settings, world.talk, world.caller)
    # At once for who writes it, and with the next tick for everybody.
    assert await world.orders() == []
    await world.settle()
    row = await world.row(recording)
    assert (row.state, row.end_reason) == ("ended", "talk_over")
    assert (row.keep_until - row.ended_at).days == world.settings.recording_days


async def test_a_question_ends_with_its_talk(world: Taped) -> None:
    await world.ask()
    await world.do(history.leave, world.settings, world.talk, world.caller)
    await world.settle()
    assert (await world.standing()).state == "lapsed"


async def test_days_are_those_that_both_agreed_to(world: Taped) -> None:
    recording = await world.agreed()
    world.settings = world.settings.model_copy(update={"recording_days": 5})
    await world.stop(world.cast)
    row = await world.row(recording)
    assert (row.keep_until - row.ended_at).days == 30


@pytest.mark.parametrize(
    ("why", "reason", "told"),
    [("quota", "full", 1), ("disk_full", "full", 1), ("something else", "failed", 0)],
)
async def test_a_full_disk_ends_it_and_harms_no_talk(
    world: Taped, why: str, reason: str, told: int
) -> None:
    await world.beat()
    recording = await world.write()
    for _ in range(2):
        await world.do(writing.failed, recording, why)
    found = await world.standing()
    assert (found.state, found.end_reason, found.ended_by) == ("ended", reason, None)
    assert (await world.reading()).running is True
    async with world.database.transaction() as tx:
        query = sa.select(sa.func.count()).where(alarms.c.kind == "recordings_full")
        assert await tx.scalar(query) == told


async def test_files_are_kept_as_they_grow_and_known_once(world: Taped) -> None:
    recording = await world.write()
    first = await world.kept(recording)
    second = await world.kept(recording, part=1)
    await world.do(writing.keep, first)
    assert await world.do(library.parts, recording) == [first, second]
    # Of nothing that is known nothing is kept.
    await world.kept(recording + 1)
    assert await world.do(library.parts, recording + 1) == []


async def goes_directly(world: Taped, owner: Database) -> None:
    """The talk has come back from browser to browser, some seconds ago."""
    async with owner.transaction() as tx:
        directly = sa.update(talks).where(talks.c.id == world.talk)
        then = sa.text("clock_timestamp() - interval '25 s'")
        await tx.execute(directly.values(media_path="p2p", media_host=None, pair_at=then))


async def test_a_talk_that_came_away_from_its_media_process_is_led_back(
    world: Taped, owner_database: Database
) -> None:
    recording = await world.write()
    await goes_directly(world, owner_database)
    assert await world.orders() == []
    await world.do(hosts.beat, world.host, 0)
    assert await world.do(way.make_all, world.settings) == [world.talk]
    assert await world.orders() == [recording]
    # It is there: nobody is interrupted once more.
    assert await world.do(way.make_all, world.settings) == []


async def test_it_is_led_nowhere_once_either_stopped(
    world: Taped, owner_database: Database
) -> None:
    await world.write()
    await world.stop(world.caller)
    await goes_directly(world, owner_database)
    await world.do(hosts.beat, world.host, 0)
    assert await world.do(way.make_all, world.settings) == []


async def test_nobody_is_asked_where_nothing_could_write_it(world: Taped) -> None:
    await world.do(hosts.lose, world.host)
    with pytest.raises(UserError, match="recording_no_way"):
        await world.do(asking.ask, world.settings, world.talk, world.cast, world.seen)
    assert (await world.standing()).state == "none"
