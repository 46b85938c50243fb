"""When two sides contradict each other, what it costs, and who hears of it."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from rooms.ground.tables import talks
from rooms.lobby import presence
from rooms.talk.proof import beats
from rooms.talk.proof.beats import Beat, Flow
from tests.world import World, new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    return world


def flow(**more: Any) -> Flow:
    """Sound that flows both ways, and that the other reports of just now."""
    figures: dict[str, Any] = {
        "received": 900, "received_ago_ms": 0, "sent": 900, "reported_ago_ms": 500, "on": True,
    }  # fmt: skip
    return Flow(**figures | more)


async def tell(world: World, side: str, audio: Flow | None, video: Flow | None = None) -> None:
    async with world.database.transaction() as tx:
        pair = await tx.scalar(sa.select(talks.c.pair).where(talks.c.id == world.talk))
        told = Beat(world.talk, side, int(pair or 0), 0, audio, video, 9, 0, 5, False)
        await beats.record(tx, world.settings, [told])


async def kept(world: World, name: str) -> Any:
    async with world.database.transaction() as tx:
        return await tx.scalar(sa.select(talks.c[name]).where(talks.c.id == world.talk))


# Ten seconds and more after its last media the caller says so; what did the cast hold by then?
FIGURES = [
    # how long ago the caller's media came, the cast's sound: sent, report ago; contradiction?
    ("a fresh report", 12_000, 900, 500, True),
    ("a report 8 s after the last media", 12_000, 900, 4_000, False),
    ("a report 9.5 s after it", 12_000, 900, 2_500, True),
    ("nothing was sent of that kind", 12_000, 0, 500, False),
    ("no report at all", 12_000, 900, None, False),
    ("media came lately", 4_000, 900, 500, False),
]


@pytest.mark.parametrize(("what", "came", "sent", "report", "contradicted"), FIGURES)
@pytest.mark.parametrize("denier", ["caller", "cast"])
async def test_who_denies_what_the_others_report_confirms_is_contradicted(
    world: World, denier: str, what: str, came: int, sent: int, report: int | None,
    contradicted: bool,
) -> None:  # fmt: skip
    other = "cast" if denier == "caller" else "caller"
    await world.wait(13)
    await tell(world, denier, flow(received=900, received_ago_ms=came + 100))
    await tell(world, other, flow(sent=sent, reported_ago_ms=report))
    await tell(world, denier, flow(received=0, received_ago_ms=came + 100))
    assert (await kept(world, "disagree_ms") > 0) is contradicted, what
    assert ((await world.reading()).why == "disagree") is contradicted


async def test_a_side_that_says_nothing_contradicts_nobody(world: World) -> None:
    for _ in range(6):
        await world.wait(4)
        await tell(world, "caller", flow())
        await tell(world, "cast", None)
        await world.tick()
    assert await kept(world, "disagree_ms") == 0
    assert (await world.reading()).why == "no_media"


async def test_a_kind_that_is_not_told_proves_nothing(world: World) -> None:
    """Only the picture is reported of; the sound is not sent at all."""
    await world.wait(13)
    await tell(world, "cast", flow(sent=0, reported_ago_ms=None), flow(reported_ago_ms=200))
    await tell(world, "caller", flow(received=0, received_ago_ms=13_000))
    assert await kept(world, "disagree_ms") > 0


async def test_a_report_that_comes_after_the_denial_says_nothing_yet(world: World) -> None:
    await world.wait(12)
    await tell(world, "caller", flow(received=0, received_ago_ms=12_000))
    await world.wait(0.5)
    await tell(world, "cast", flow(reported_ago_ms=0))
    assert await kept(world, "disagree_ms") == 0
    await world.wait(3)
    await tell(world, "caller", flow())
    assert await kept(world, "disagree_ms") == 0


async def disagree(world: World) -> None:
    """Let the two contradict each other until the talk ends."""
    for _ in range(8):
        await world.wait(5)
        await tell(world, "cast", flow())
        await tell(world, "caller", flow(received=0, received_ago_ms=None))
        await world.tick()
        if (await world.reading()).state == "ended":
            return


async def test_a_contradicted_talk_ends_and_nothing_is_taken_or_goes_back(world: World) -> None:
    await world.talk_for(80)
    before = await world.points()
    await disagree(world)
    reading = await world.reading()
    assert (reading.end_reason, reading.dark) == ("reports_disagree", True)
    assert await world.points() == before == 900


async def test_staff_are_told_once_of_whom_three_others_contradict(
    world: World, settings: Settings
) -> None:
    async def alarms() -> list[str]:
        async with world.database.transaction() as tx:
            found = await tx.scalars(
                sa.text("SELECT details->>'user' FROM alarms WHERE kind = 'contradicted'")
            )
            return list(found)

    cast, room = world.cast, world.room
    for number in range(5):
        if number:
            async with world.database.transaction() as tx:
                world.caller = await new_user(tx, points=1000)
            async with world.database.transaction() as tx:
                await presence.open_standby(tx, cast, room)
            await world.enter()
            await world.beat()
        await disagree(world)
        assert (await world.reading()).end_reason == "reports_disagree"
        assert await alarms() == ([str(cast)] if number >= 2 else [])


async def test_the_same_two_again_and_again_are_nobodys_alarm(world: World) -> None:
    for number in range(4):
        if number:
            async with world.database.transaction() as tx:
                await presence.open_standby(tx, world.cast, world.room)
            await world.enter()
            await world.beat()
        await disagree(world)
    async with world.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM alarms")) == 0


async def test_a_talk_that_cannot_be_ended_stops_no_other(
    world: World, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.talk_for(80)
    others = [await World.of(database, settings) for _ in range(2)]
    for other in others:
        await other.enter()
        await other.beat()
        await other.talk_for(80)
    real = ledger.return_minute

    async def fail(tx: Any, talk_id: int, *args: Any, **more: Any) -> None:
        if talk_id == world.talk:
            await tx.execute(sa.text("INSERT INTO charges DEFAULT VALUES"))
        await real(tx, talk_id, *args, **more)

    monkeypatch.setattr(ledger, "return_minute", fail)
    for one in (world, *others):
        await one.wait(20)
        await one.tick()
        await one.wait(95)
    await world.tick()
    for other in others:
        assert (await other.reading()).end_reason == "connection_lost"
        assert await other.points() == 1000
    assert (await world.reading()).state == "interrupted"
    async with database.transaction() as tx:
        kinds = await tx.scalars(sa.text("SELECT kind FROM alarms"))
        assert list(kinds) == ["row_fault"]
        await tx.execute(sa.text("UPDATE row_faults SET next_try_at = clock_timestamp()"))
    monkeypatch.undo()
    await world.tick()
    assert (await world.reading()).end_reason == "connection_lost"


async def test_all_interruptions_of_a_talk_have_one_budget(world: World) -> None:
    await world.talk_for(30)
    for _ in range(2):
        await world.wait(80)
        await world.tick()
        assert (await world.reading()).state == "interrupted"
        await world.join("caller")
        await world.beat()
        assert (await world.reading()).running
    await world.wait(16)
    await world.tick()
    left = (await world.reading()).return_ms
    assert left is not None
    assert left < 20_000 - 15_000
    await world.wait(6)
    await world.tick()
    assert (await world.reading()).end_reason == "connection_lost"


async def test_presence_is_the_seat_and_its_socket_whatever_beats_come(world: World) -> None:
    await world.wait(60)
    seat = await world.join("caller")
    assert seat.peer
