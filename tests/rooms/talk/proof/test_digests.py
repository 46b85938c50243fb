"""The evidence of a talk reads the same from its digest as from its beats."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.care import own_data
from rooms.talk import messages
from rooms.talk.past import history
from rooms.talk.proof import digests, evidence
from rooms.talk.proof.evidence import Evidence
from tests.rooms.booked import Booked
from web.pages.staff.timeline import timeline


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    """A talk in which the cast fell silent, that has ended."""
    world = await Booked.open(database, owner_database, settings)
    await world.stand_by()
    await world.enter()
    await world.beat()
    await world.talk_for(63, step=7)
    await world.beat("caller", media=False)
    await world.do(messages.say, settings, world.talk, world.cast, "k", "ひみつの話")
    await world.do(history.leave, settings, world.talk, world.caller)
    return world


async def age(world: Booked, days: float) -> None:
    """Let the talk, and all that was told of it, be older."""
    async with world.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table, columns in {
            "talks": ("entered_at", "ended_at", "caller_seen_at", "cast_seen_at"),
            "beats": ("at",),
            "messages": ("at",),
            "talk_spans": ("began_at", "ended_at"),
            "talk_digests": ("ended_at",),
        }.items():
            moved = ", ".join(f"{one} = {one} - :days * interval '1 day'" for one in columns)
            await tx.execute(sa.text(f"UPDATE {table} SET {moved}"), {"days": days})


async def read(world: Booked) -> Evidence:
    return await world.do(evidence.of_talk, world.settings, world.talk)


async def swept(world: Booked) -> int:
    return await world.do(digests.sweep_beats, world.settings, digests.BEATS_DAYS)


async def left(world: Booked, table: str) -> int:
    counted = sa.text(f"SELECT count(*) FROM {table}")
    return int(await world.do(lambda tx: tx.scalar(counted)) or 0)


async def test_the_evidence_is_the_same_before_and_after(world: Booked) -> None:
    await age(world, 31)
    before = await read(world)
    assert before.sides[0].beats > before.sides[1].beats > 0
    assert await swept(world) == 1
    assert (await left(world, "beats"), await left(world, "talk_digests")) == (0, 1)
    after = await read(world)
    assert after == before
    assert timeline(after) == timeline(before)
    # The chat may go before the digest does.
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM messages"))
    assert await read(world) == before
    assert await swept(world) == 0


async def test_beats_stay_for_their_days(world: Booked) -> None:
    before = await left(world, "beats")
    await age(world, 29.9)
    assert await swept(world) == 0
    assert await left(world, "beats") == before > 0


async def test_the_beats_of_a_talk_that_goes_on_stay(world: Booked) -> None:
    await age(world, 40)
    await world.stand_by()
    await world.enter()
    await world.beat()
    live = world.talk
    assert await swept(world) == 1
    beats = sa.text("SELECT DISTINCT talk_id FROM beats")
    assert list(await world.do(lambda tx: tx.scalars(beats))) == [live]


async def test_many_talks_go_some_at_a_time(world: Booked) -> None:
    async with world.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(
            sa.text(
                "CREATE TEMPORARY TABLE more AS SELECT t.* FROM talks t, generate_series(1, 45);"
            )
        )
        await tx.execute(sa.text("ALTER TABLE more DROP COLUMN id"))
        names = await tx.scalar(
            sa.text(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = 'more'::regclass AND attnum > 0 AND NOT attisdropped"
            )
        )
        await tx.execute(sa.text(f"INSERT INTO talks ({names}) SELECT {names} FROM more"))
        await tx.execute(
            sa.text(
                "INSERT INTO beats (talk_id, side, at, media, packets, lost, rtt_ms, hidden)"
                " SELECT id, 'caller', entered_at, true, 1, 0, 1, false FROM talks"
            )
        )
    await age(world, 31)
    done = [await swept(world) for _ in range(4)]
    assert done == [20, 20, 6, 0]
    assert (await left(world, "beats"), await left(world, "talk_digests")) == (0, 46)


async def test_a_digest_waits_for_the_claim_that_needs_it(world: Booked) -> None:
    await age(world, 31)
    await swept(world)
    await age(world, 400)
    async with world.owner.transaction() as tx:
        claim = "INSERT INTO claims (talk_id, user_id, kind) VALUES (:talk, :user, 'no_media')"
        await tx.execute(sa.text(claim), {"talk": world.talk, "user": world.caller})
    assert await world.do(digests.sweep, digests.DIGEST_DAYS, 10) == 0
    assert not (await read(world)).forgotten
    async with world.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE claims SET state = 'withdrawn'"))
    assert await world.do(digests.sweep, digests.DIGEST_DAYS, 10) == 1
    record = await read(world)
    assert record.forgotten
    # What was billed is told as long as the books are.
    assert [line.kind for line in record.lines]


async def test_ones_own_data_holds_the_signals_and_then_their_digest(world: Booked) -> None:
    told = await world.do(own_data.part, world.caller, "signals")
    assert isinstance(told, list)
    mine = "SELECT count(*) FROM beats WHERE side = 'caller'"
    assert len(told) == await world.do(lambda tx: tx.scalar(sa.text(mine)))
    await age(world, 31)
    await swept(world)
    assert await world.do(own_data.part, world.caller, "signals") == []
    found: Any = await world.do(own_data.part, world.caller, "signal_digests")
    (digest,) = found
    assert digest["told"]["side"] == "caller"
    assert digest["told"]["beats"] == len(told)
    assert "contradicting_ms" not in digest["told"]
    assert "ひみつ" not in repr(digest)
