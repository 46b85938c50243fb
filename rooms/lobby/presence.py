"""Stand-by: a cast waits in one room, for as long as their browser gives signs of life.

One by telephone is opened by `rooms.lobby.telephone_standbys`, and ends at a moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from rooms.ground import refusals
from rooms.ground.calling_tables import calls
from rooms.ground.kept_times import note_presence
from rooms.ground.live import live_call, live_talk
from rooms.ground.tables import rooms, standbys
from rooms.lobby import pauses


@dataclass(frozen=True)
class Standby:
    """A cast on stand-by in a room since a moment (UTC); by telephone, `until` another."""

    room_id: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Closed:
    """A stand-by that ended by itself: no sign of life, or no working microphone or camera."""

    cast_id: int
    room_id: int
    reason: Literal["silent", "devices"] = "silent"


async def open_standby(tx: Tx, cast_id: int, room_id: int, *, ringing: bool = False) -> list[int]:
    """Let a cast wait in one of their rooms; return the rooms whose state this changes.

    A stand-by in another of their rooms ends with it, and so does a pause. Raises UserError where
    the room isn't theirs, isn't published or takes no stand-by (who is ringing somebody there needs
    that it takes applications, no more), or while they are in a talk.
    """
    await locking.lock_people(tx, cast_id)
    await _must_be_own_room(tx, cast_id, room_id, ringing=ringing)
    return await begin(tx, cast_id, room_id)


async def begin(tx: Tx, cast_id: int, room_id: int, **values: object) -> list[int]:
    """Write the stand-by of a locked cast in a room that may have one; return what this changes.

    Raises UserError where they are in a talk, or rung for one.
    """
    await _must_not_talk(tx, cast_id)
    before = await close_standby(tx, cast_id)
    await tx.execute(insert(standbys).values(cast_id=cast_id, room_id=room_id, **values))
    before += await pauses.end(tx, cast_id)
    await pauses.note_standby(tx, cast_id)
    await note_presence(tx, [cast_id])
    return sorted({room_id, *before})


async def _must_be_own_room(tx: Tx, cast_id: int, room_id: int, *, ringing: bool) -> None:
    found = await tx.execute(
        sa.select(rooms.c.published, rooms.c.by_standby)
        .join(users, users.c.id == rooms.c.cast_id)
        # A connection may outlive its owner's right to come in by some seconds.
        .where(rooms.c.id == room_id, rooms.c.cast_id == cast_id, may_come_in())
    )
    own = found.one_or_none()
    if own is None:
        raise refusals.room_unknown()
    if not own.published:
        raise refusals.room_unpublished()
    if not own.by_standby and not ringing:
        raise refusals.room_without_standby()


async def _must_not_talk(tx: Tx, user_id: int) -> None:
    talk = await live_talk(tx, user_id)
    if talk is not None:
        raise refusals.in_talk_still(talk.id)
    call = await live_call(tx, user_id)
    if call is not None:
        raise refusals.in_call_now(call.id)


async def close_standby(tx: Tx, cast_id: int) -> list[int]:
    """End a cast's stand-by; return the room that closes, or nothing where there was none."""
    rows = await tx.execute(
        sa.delete(standbys).where(standbys.c.cast_id == cast_id).returning(standbys.c.room_id)
    )
    closed = list(rows.scalars())
    locks.note(tx, standbys, [cast_id] if closed else [])
    return closed


async def standby_of(tx: Tx, cast_id: int) -> Standby | None:
    """Return a cast's stand-by, if there is one."""
    row = (
        await tx.execute(
            sa.select(standbys.c.room_id, standbys.c.since, standbys.c.until).where(
                standbys.c.cast_id == cast_id
            )
        )
    ).one_or_none()
    return Standby(row.room_id, row.since, row.until) if row else None


async def touch(tx: Tx, cast_ids: Sequence[int]) -> list[int]:
    """Note a sign of life of these casts; return those who are on stand-by."""
    # An open page of who waits by telephone says nothing of that.
    theirs = standbys.c.cast_id.in_(cast_ids), standbys.c.medium == "browser"
    query = sa.select(standbys.c.cast_id).where(*theirs)
    alive = [row.cast_id for row in await locks.lock(tx, query)]
    if alive:
        await tx.execute(
            sa.update(standbys)
            .where(standbys.c.cast_id.in_(alive))
            .values(seen_at=sa.func.clock_timestamp())
        )
    await note_presence(tx, alive)
    return alive


# The page says what works; since when it doesn't is the database's clock's to say.
_NOTE_DEVICES = sa.text("""
UPDATE standbys s SET
  devices_lost_at = CASE WHEN NOT told.works THEN coalesce(s.devices_lost_at, clock_timestamp()) END
FROM unnest(CAST(:casts AS bigint[]), CAST(:works AS boolean[])) AS told (cast_id, works)
WHERE s.cast_id = told.cast_id AND (NOT told.works OR s.devices_lost_at IS NOT NULL)
RETURNING s.cast_id, extract(epoch FROM clock_timestamp() - s.devices_lost_at) AS seconds
""")


async def note_devices(tx: Tx, works: Mapping[int, bool]) -> dict[int, float]:
    """Note whether the devices that a stand-by needs work, of casts whose rows are locked.

    Return of those whose don't for how many seconds that has been so.
    """
    bound = {"casts": list(works), "works": list(works.values())}
    rows = (await tx.execute(_NOTE_DEVICES, bound)).all()
    return {row.cast_id: float(row.seconds) for row in rows if row.seconds is not None}


async def close_lost(tx: Tx, settings: Settings) -> list[Closed]:
    """End the stand-bys without a sign of life for `standby_grace_seconds`.

    Likewise those whose devices have not worked for `standby_devices_seconds`.
    """
    silent = standbys.c.seen_at < _alive_since(settings)
    mute = standbys.c.devices_lost_at < _ago(settings.standby_devices_seconds)
    lost = (
        sa.select(standbys.c.cast_id, standbys.c.room_id, silent.label("silent"))
        .where(sa.or_(silent, mute))
        .limit(1000)
    )
    rows = await locks.take_away(tx, lost, skip_locked=True)
    return [Closed(row.cast_id, row.room_id, "silent" if row.silent else "devices") for row in rows]


async def take_from_room(tx: Tx, settings: Settings, room_id: int) -> bool:
    """Take the cast waiting in a room into a talk; of two callers at once only one can.

    Who waits by telephone is not in a browser: `telephone_standbys.take` takes them.
    """
    here = standbys.c.room_id == room_id, standbys.c.medium == "browser"
    taken = await tx.scalar(
        sa.delete(standbys).where(*here, is_open(settings)).returning(standbys.c.cast_id)
    )
    locks.note(tx, standbys, [taken] if taken is not None else [])
    return taken is not None


async def why_not_open(tx: Tx, cast_id: int) -> UserError:
    """Return the refusal of a room in which nobody waits whom one could take."""
    talk = await live_talk(tx, cast_id)
    if talk is not None and talk.side == "cast":
        return refusals.room_busy()
    if await pauses.of(tx, cast_id) or await live_call(tx, cast_id):
        return refusals.room_busy()
    standby = await standby_of(tx, cast_id)
    if standby is not None and standby.until is not None:
        return refusals.room_by_telephone()
    return refusals.room_closed()


async def take_cast(tx: Tx, settings: Settings, cast_id: int) -> int | None:
    """Take a cast into a talk wherever they wait in a browser; return that room, or None."""
    theirs = standbys.c.cast_id == cast_id, standbys.c.medium == "browser"
    room_id: int | None = await tx.scalar(
        sa.delete(standbys).where(*theirs, is_open(settings)).returning(standbys.c.room_id)
    )
    locks.note(tx, standbys, [cast_id] if room_id is not None else [])
    return room_id


def _alive_since(settings: Settings) -> sa.ColumnElement[datetime]:
    return _ago(settings.standby_grace_seconds)


def _ago(seconds: int) -> sa.ColumnElement[datetime]:
    grace = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    moment: sa.ColumnElement[datetime] = sa.func.clock_timestamp() - grace
    return moment


def _soon() -> sa.ColumnElement[datetime]:
    """A sign of life from later than this is no sign: the clock was set back."""
    soon: sa.ColumnElement[datetime] = sa.func.clock_timestamp() + sa.text("interval '1 s'")
    return soon


_RUNG = calls.alias("rung")


def is_open(settings: Settings) -> sa.ColumnElement[bool]:
    """The SQL condition for a stand-by that still gives signs of life, of a cast whom nobody rings.

    Who is rung for what was promised is taken already, on whichever side.
    """
    live = _RUNG.c.ended_at.is_(None)
    rung = (
        sa.exists().where(live, side == standbys.c.cast_id)
        for side in (_RUNG.c.cast_id, _RUNG.c.caller_id)
    )
    return sa.and_(
        standbys.c.seen_at.between(_alive_since(settings), _soon()), *(~one for one in rung)
    )
