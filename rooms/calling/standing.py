"""A cast goes on and off stand-by by telephone: on a page, or by ringing a number of their own."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from people.accounts import locking
from rooms.calling import gateways, news
from rooms.ground.calling_tables import calls
from rooms.ground.day_tables import pauses as resting
from rooms.ground.live import live_call
from rooms.ground.tables import rooms, talks
from rooms.lobby import pauses, presence, telephone_standbys, turns
from rooms.lobby.telephone_standbys import TakenStandby
from rooms.lobby.turns import Turn

MOST_ROOMS = 50
AT_ONCE = 200


@dataclass(frozen=True)
class TelephoneRoom:
    """A room in which a cast may wait by telephone; until when they do there now, else None."""

    id: int
    title: str
    until: datetime | None


async def rooms_of(tx: Tx, cast_id: int) -> list[TelephoneRoom]:
    """Return a cast's public rooms that take calls."""
    standby = await presence.standby_of(tx, cast_id)
    query = sa.select(rooms.c.id, rooms.c.title).where(
        rooms.c.cast_id == cast_id, rooms.c.published, rooms.c.by_telephone
    )
    found = await tx.execute(query.order_by(rooms.c.id).limit(MOST_ROOMS))
    here = standby.room_id if standby else None
    return [
        TelephoneRoom(row.id, row.title, standby.until if standby and row.id == here else None)
        for row in found
    ]


async def stand_by(tx: Tx, settings: Settings, cast_id: int, room_id: int) -> list[int]:
    """Let a cast wait by telephone in a room; return the rooms whose state this changes.

    Raises UserError `telephone_away`, and as `telephone_standbys.open_by_telephone` does.
    """
    await gateways.must_be_there(tx, settings)
    changed = await telephone_standbys.open_by_telephone(tx, settings, cast_id, room_id)
    await news.note(tx, rooms=changed, people=[cast_id])
    return changed


async def stop(tx: Tx, cast_id: int) -> list[Turn]:
    """Let a cast wait no more, now and after the call or pause they are in; who waited in vain."""
    await locking.lock_people(tx, cast_id)
    live = await live_call(tx, cast_id)
    if live is not None and live.side == "cast":
        mine = await locks.lock(tx, sa.select(calls.c.id).where(calls.c.id == live.id))
        ids = [row.id for row in mine]
        await tx.execute(sa.update(calls).where(calls.c.id.in_(ids)).values(standby_until=None))
    closed = await presence.close_standby(tx, cast_id)
    closed += await pauses.end(tx, cast_id)
    waited = await turns.dissolve(tx, cast_id) if closed else []
    await news.note(tx, rooms=closed, people=[cast_id])
    return waited


# Whose rest after a call's talk is over, and whose stand-by was to last longer.
_RESTED = sa.text("""
pauses.ends_at <= clock_timestamp() AND EXISTS (
  SELECT FROM calls c WHERE c.cast_id = pauses.cast_id AND c.room_id = pauses.room_id
    AND c.standby_until > clock_timestamp() AND c.talk_id = (
      SELECT max(t.id) FROM talks t WHERE t.cast_id = pauses.cast_id AND t.ended_at IS NOT NULL))
""")


async def resume(tx: Tx, settings: Settings) -> list[int]:
    """Let casts wait by telephone again whose rest is over; return the rooms that open."""
    query = sa.select(resting.c.cast_id).where(_RESTED).order_by(resting.c.cast_id)
    casts = [row.cast_id for row in await tx.execute(query.limit(AT_ONCE))]
    opened = []
    if casts:
        await locking.lock_people(tx, *casts)
    for cast_id in casts:
        last = await _last_call(tx, cast_id)
        if last is None or not await pauses.end(tx, cast_id):
            continue
        if await telephone_standbys.put_back(tx, cast_id, last[0], last[1]):
            opened.append(last[0])
        await news.note(tx, rooms=[last[0]], people=[cast_id])
    return opened


async def resumes(tx: Tx, cast_id: int) -> bool:
    """Say whether a cast who rests now waits by telephone again after it, with no browser."""
    if await pauses.of(tx, cast_id) is None:
        return False
    return await _last_call(tx, cast_id) is not None


async def _last_call(tx: Tx, cast_id: int) -> tuple[int, TakenStandby] | None:
    newest = sa.select(sa.func.max(talks.c.id)).where(
        talks.c.cast_id == cast_id, talks.c.ended_at.is_not(None)
    )
    query = sa.select(calls.c.room_id, calls.c.standby_until).where(
        calls.c.cast_id == cast_id, calls.c.talk_id == newest.scalar_subquery()
    )
    row = (await tx.execute(query)).one_or_none()
    if row is None or row.standby_until is None:
        return None
    return row.room_id, TakenStandby(row.standby_until, 0)
