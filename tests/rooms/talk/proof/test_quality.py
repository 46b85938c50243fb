"""A talk's quality is told in few parts, of this talk alone, and outlives its beats."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from rooms.talk.proof import digests, evidence, quality
from rooms.talk.proof.evidence import Evidence
from rooms.talk.proof.quality import PARTS
from tests.world import World

_BEATS = sa.text("""
INSERT INTO beats (talk_id, side, at, media, packets, lost, rtt_ms, hidden, audio_received)
SELECT id, CAST(:side AS text), entered_at + second * interval '1 s', :lost < 100, 100 - :lost,
  :lost, :rtt, :hidden, 1 FROM talks, generate_series(CAST(:first AS int), :last, 5) AS second
""")


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of an hour that has ended, with no beats yet."""
    world = await World.of(database, settings)
    await world.enter()
    await run(
        world,
        "UPDATE talks SET entered_at = now() - interval '1 hour', ended_at = now(),"
        " state = 'ended', end_reason = 'caller_left'",
    )
    return world


async def run(world: World, statement: str) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.text(statement))


async def beats(world: World, side: str, first: int, last: int, **given: object) -> None:
    told = {"lost": 0, "rtt": 40, "hidden": False, **given}
    async with world.database.transaction() as tx:
        await tx.execute(_BEATS, {"side": side, "first": first, "last": last, **told})


async def read(world: World) -> Evidence:
    async with world.database.transaction() as tx:
        return await evidence.of_talk(tx, world.settings, world.talk)


async def test_each_part_tells_loss_and_way_of_its_own_time(world: World) -> None:
    await beats(world, "caller", 0, 1795)
    await beats(world, "caller", 1800, 3595, lost=5, rtt=120, hidden=True)
    caller, cast = (await read(world)).sides
    assert [len(caller.quality), cast.quality] == [PARTS, []]
    assert {(part.loss, part.rtt_ms, part.hidden) for part in caller.quality[:15]} == {(0, 40, 0)}
    assert {(part.loss, part.rtt_ms) for part in caller.quality[15:]} == {(50, 120)}
    assert all(part.hidden == part.beats == 24 for part in caller.quality[15:])
    # One after the other, with nothing between and nothing beyond.
    for before, part in zip(caller.quality, caller.quality[1:], strict=False):
        assert part.began_at == before.ended_at


async def test_what_nobody_told_is_none_and_a_silent_part_is_missing(world: World) -> None:
    await beats(world, "cast", 0, 115, rtt=0)
    await beats(world, "cast", 240, 355, lost=100)
    cast = (await read(world)).sides[1]
    first, other = cast.quality
    assert (first.loss, first.rtt_ms, first.media) == (0, None, 24)
    assert (other.loss, other.media) == (1000, 0)
    assert other.began_at - first.ended_at == timedelta(minutes=2)


async def test_a_short_talk_has_no_empty_parts(world: World) -> None:
    await run(world, "UPDATE talks SET ended_at = entered_at + interval '40 s'")
    await beats(world, "caller", 5, 40)
    caller = (await read(world)).sides[0]
    assert [part.beats for part in caller.quality] == [1, 2, 2, 3]


async def test_the_digest_keeps_it(world: World) -> None:
    await beats(world, "caller", 0, 3595, lost=3)
    await run(
        world,
        "UPDATE beats SET at = at - interval '31 days'; UPDATE talks SET"
        " entered_at = entered_at - interval '31 days', ended_at = ended_at - interval '31 days'",
    )
    before = await read(world)
    async with world.database.transaction() as tx:
        assert await digests.sweep_beats(tx, world.settings, digests.BEATS_DAYS) == 1
    assert (await read(world)).sides == before.sides
    assert len(before.sides[0].quality) == PARTS


async def test_a_digest_of_before_has_none_and_is_read_all_the_same(world: World) -> None:
    await beats(world, "caller", 0, 100)
    await run(
        world,
        "UPDATE beats SET at = at - interval '31 days'; UPDATE talks SET"
        " entered_at = entered_at - interval '31 days', ended_at = ended_at - interval '31 days'",
    )
    async with world.database.transaction() as tx:
        await digests.sweep_beats(tx, world.settings, digests.BEATS_DAYS)
    await run(
        world,
        "UPDATE talk_digests SET sides = sides #- '{caller,quality}' #- '{cast,quality}'",
    )
    caller = (await read(world)).sides[0]
    assert (caller.beats, caller.quality) == (21, [])


async def test_the_index_alone_leads_to_a_talks_beats(world: World) -> None:
    await beats(world, "caller", 0, 3595)
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        now = await clock(tx)
        given = {"talk": world.talk, "since": now, "until": now, "seconds": 120, "last": 29}
        plan = await tx.execute(sa.text(f"EXPLAIN {quality._PARTS.text}"), given)
        lines = "\n".join(plan.scalars())
    assert re.search(r"Index Cond: \(\(talk_id = \S+\) AND \(at >=", lines), lines
