"""The evidence beside a claim says what the site recorded, and no more."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.talk.proof import beats, evidence, sides
from rooms.talk.proof.sides import SideEvidence
from tests.world import World, flowing
from web.pages.staff.timeline import WIDTH, timeline

SECONDS = 100


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of a hundred seconds that has ended, with no beats yet."""
    world = await World.of(database, settings)
    await world.enter()
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE talks SET entered_at = now() - interval '100 s', ended_at = now(),"
                " state = 'ended', end_reason = 'caller_left'"
            )
        )
    return world


async def beat(world: World, side: str, *seconds: float, media: bool = True) -> None:
    async with world.database.transaction() as tx:
        for second in seconds:
            await tx.execute(
                sa.text(
                    "INSERT INTO beats (talk_id, side, at, media, packets, audio_received, lost,"
                    " rtt_ms, hidden) SELECT id, :side, entered_at + :s * interval '1 s', :media,"
                    " 98, 1,"
                    " 2, 50, :s > 90 FROM talks"
                ),
                {"side": side, "s": second, "media": media},
            )


async def read(world: World) -> evidence.Evidence:
    async with world.database.transaction() as tx:
        return await evidence.of_talk(tx, world.settings, world.talk)


def told(side: SideEvidence, record: evidence.Evidence) -> list[tuple[str, int, int]]:
    """The stretches of a side, in seconds from the entry."""
    return [
        (
            stretch.state,
            round((stretch.began_at - record.entered_at).total_seconds()),
            round((stretch.ended_at - record.entered_at).total_seconds()),
        )
        for stretch in side.stretches
    ]


async def test_a_side_that_never_came_is_silent_from_end_to_end(world: World) -> None:
    await beat(world, "caller", *range(0, 100, 5))
    record = await read(world)
    caller, cast = record.sides
    assert told(caller, record) == [("good", 0, 100)]
    assert told(cast, record) == [("silent", 0, 100)]
    assert (cast.beats, cast.first_at, cast.good_at) == (0, None, None)
    assert (caller.silent_ms, cast.silent_ms) == (0, SECONDS * 1000)


async def test_gaps_and_missing_media_are_stretches_of_their_own(world: World) -> None:
    await beat(world, "cast", 5, 10, 15, 20)
    await beat(world, "cast", 25, 30, 35, media=False)
    await beat(world, "cast", 40, 80, 85, 90, 95)
    record = await read(world)
    cast = record.sides[1]
    assert told(cast, record) == [
        ("good", 0, 20),
        ("no_media", 20, 35),
        ("good", 35, 40),
        ("silent", 40, 80),
        ("good", 80, 100),
    ]
    assert (cast.no_media_ms, cast.silent_ms) == (15_000, 40_000)
    assert (cast.beats, cast.media, cast.hidden, cast.lost) == (12, 9, 1, 24)


async def test_a_gap_of_exactly_the_silence_is_none(world: World) -> None:
    await beat(world, "caller", 0, 15, 30, 45, 60, 75, 90)
    record = await read(world)
    assert told(record.sides[0], record) == [("good", 0, 100)]


async def test_who_left_before_the_end_is_silent_from_there(world: World) -> None:
    await beat(world, "caller", *range(0, 50, 5))
    record = await read(world)
    assert told(record.sides[0], record) == [("good", 0, 45), ("silent", 45, 100)]


async def test_two_beats_of_one_moment_do_no_harm(world: World) -> None:
    await beat(world, "caller", 0, 5, 5, 5, 10)
    await beat(world, "caller", 5, media=False)
    assert sum(s.beats for s in (await read(world)).sides) == 6


async def test_the_chat_is_known_by_its_times_only(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO messages (talk_id, side, key, text, at) SELECT t.id, 'cast', n::text,"
                " 'ひみつ', entered_at + n * interval '0.1 s'"
                " FROM talks t, generate_series(1, 300) n"
            )
        )
    record = await read(world)
    cast = record.sides[1]
    assert (cast.wrote, len(cast.wrote_at)) == (300, sides.MOST_WORDS)
    assert "ひみつ" not in repr(record)


async def test_a_talk_of_a_day_is_told_in_few_stretches(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE talks SET entered_at = ended_at - interval '1 day'"))
        await tx.execute(
            sa.text(
                "INSERT INTO beats (talk_id, side, at, media, packets, audio_received, lost,"
                " rtt_ms, hidden)"
                " SELECT t.id, s, entered_at + n * interval '5 s', n / 9 % 2 = 0, 1, 1, 0, 5, false"
                " FROM talks t, unnest(ARRAY['caller','cast']) s, generate_series(0, 17279) n"
            )
        )
    record = await read(world)
    assert sum(len(side.stretches) for side in record.sides) <= 2 * sides.MOST_STRETCHES
    assert all(side.beats == 17_280 for side in record.sides)


async def test_the_picture_stays_within_its_frame(world: World) -> None:
    await beat(world, "caller", -3, 0, 50, 100, 104)
    rows = timeline(await read(world))
    assert [row.name for row in rows] == [
        "talk",
        "caller",
        "cast",
        "caller_reports",
        "cast_reports",
        "caller_wrote",
        "cast_wrote",
    ]
    for bar in (bar for row in rows for bar in row.bars):
        assert bar.x >= 0
        assert bar.width >= 1
        assert bar.x + bar.width <= WIDTH + 2


async def test_a_report_that_contradicts_the_other_side_stands_out(world: World) -> None:
    async with world.database.transaction() as tx:
        for second in range(0, 100, 5):
            for side in ("caller", "cast"):
                denied = side == "caller" and second >= 40
                await tx.execute(
                    sa.text(
                        "INSERT INTO beats (talk_id, side, at, media, packets, lost, rtt_ms,"
                        " hidden, audio_received, audio_sent, audio_report_ms) SELECT id, :side,"
                        " entered_at + :s * interval '1 s', :media, 98, 2, 50, false, :received,"
                        " 900, 1000 FROM talks"
                    ),
                    {
                        "side": side,
                        "s": second,
                        "media": not denied,
                        "received": 0 if denied else 900,
                    },
                )
    record = await read(world)
    caller, cast = record.sides
    held = [
        (one.state, round((one.began_at - record.entered_at).total_seconds()))
        for one in cast.reported
    ]
    # Reports are known to the second.
    assert [state for state, _ in held] == ["reported", "contradicted"]
    assert held[0][1] in (-2, -1)
    assert held[1][1] in (48, 49)
    assert 40_000 <= cast.contradicting_ms <= 50_000
    assert {one.state for one in caller.reported} == {"reported"}
    assert (caller.audio.received, caller.audio.sent, caller.reports) == (8, 20, 20)
    kinds = {bar.kind for row in timeline(record) for bar in row.bars}
    assert {"reported", "contradicted", "no_media"} <= kinds


async def test_the_evidence_says_what_the_site_itself_has_counted(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    counted = replace(flowing(world.talk, "caller", 2), counted=True)
    async with world.database.transaction() as tx:
        await beats.record(tx, world.settings, [counted, flowing(world.talk, "cast", 2)])
        found = await evidence.of_talk(tx, world.settings, world.talk)
    assert [side.counted for side in found.sides] == [1, 0]
