"""Running talks that change their path: to the relay, or away from a media process that stops."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_locked
from foundation.settings import Settings
from media import hosts
from record import faults
from record.faults import Work
from rooms.ground import refusals
from rooms.ground.tables import talks
from rooms.talk import pairs
from rooms.talk.rows import PairedTalk

MOST_TALKS = 50
MOVE_ON = Work("move_on", "talk")
_PAIRED = sa.select(talks.c.id, talks.c.pair, talks.c.media_host, talks.c.ended_at)


async def move_to_relay(tx: Tx, settings: Settings, talk_id: int) -> int | None:
    """Have a live talk go through the relay from now on; return its pair after that.

    That is a new one, whose meter waits until both prove it, or the present one where it goes there
    already. None where no media process is free: then nothing is changed.
    Raises UserError `talk_over`. Tell both by `signaling.moves.tell_pairs` after the commit.
    """
    talk = await _live(tx, talk_id)
    host = await pairs.choose(tx, settings, talk_id, wanted=True)
    if host is None:
        return None
    await tx.execute(sa.update(talks).where(talks.c.id == talk_id).values(wants_relay=True))
    if host == talk.media_host:
        return talk.pair
    pair = await _renew(tx, settings, talk_id, host)
    if pair is None:
        raise refusals.talk_over()
    return pair


async def _live(tx: Tx, talk_id: int) -> PairedTalk:
    talk = await locks.lock_row(tx, _PAIRED.where(talks.c.id == talk_id))
    if talk is None:
        raise refusals.talk_unknown()
    if talk.ended_at is not None:
        raise refusals.talk_over()
    return typed_locked(PairedTalk, [talk])[0]


async def _renew(tx: Tx, settings: Settings, talk_id: int, host: int | None) -> int | None:
    """Begin another pair for both; nobody asked for it, so it is as bright as a first one.

    None where the talk has just ended for want of points.
    """
    await pairs.stop(tx, settings, talk_id)
    pair = await tx.scalar(
        sa.update(talks)
        .where(talks.c.id == talk_id, talks.c.ended_at.is_(None))
        .values(pairs.opening(host, lights=True))
        .returning(talks.c.pair)
    )
    return None if pair is None else int(pair)


async def move_on(tx: Tx, settings: Settings) -> list[int]:
    """Give talks a new pair whose media process is about to stop, or dead; return the talks."""
    query = _PAIRED.where(
        talks.c.ended_at.is_(None),
        talks.c.media_host.in_(hosts.leaving()),
        sa.text(MOVE_ON.is_due("talks.id")),
    )
    rows = await locks.lock(tx, query.limit(MOST_TALKS), skip_locked=True)

    async def move(talk: PairedTalk) -> None:
        await _renew(tx, settings, talk.id, await pairs.choose(tx, settings, talk.id))

    done = await faults.each(tx, MOVE_ON, typed_locked(PairedTalk, rows), move)
    return [talk.id for talk in done]


async def pairs_at(tx: Tx, host_id: int) -> dict[int, int]:
    """Return the live talks that go through a media process, with their newest pairs."""
    query = sa.select(talks.c.id, talks.c.pair).where(
        talks.c.media_host == host_id, talks.c.ended_at.is_(None)
    )
    return {row.id: row.pair for row in await tx.execute(query)}


async def census(tx: Tx) -> dict[tuple[str, str], int]:
    """Return how many live talks there are, by their state and path."""
    columns = talks.c.state, talks.c.media_path
    query = (
        sa.select(*columns, sa.func.count()).where(talks.c.ended_at.is_(None)).group_by(*columns)
    )
    return {(state, path): number for state, path, number in await tx.execute(query)}
