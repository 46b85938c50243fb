"""Stand-by by telephone: a cast waits in a room with no browser, until a moment.

Nothing of theirs gives signs of life, so the clock does. Who was rung twice in vain waits no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from record.site import doors
from rooms.ground import refusals
from rooms.ground.live import live_call, live_talk
from rooms.ground.tables import rooms, standbys
from rooms.lobby import pauses, presence
from rooms.lobby.presence import is_open

# Vain rings in a row after which a room closes.
MOST_MISSES = 2
AT_ONCE = 1000


@dataclass(frozen=True)
class TakenStandby:
    """A stand-by that was taken for a call: until when it was to last, and its vain rings."""

    until: datetime
    misses: int


async def open_by_telephone(tx: Tx, settings: Settings, cast_id: int, room_id: int) -> list[int]:
    """Let a cast wait by telephone in one of their rooms; return the rooms that this changes.

    Raises UserError `room_unknown` (404), `room_unpublished`, `room_without_telephone`, and those
    of `presence.begin`.
    """
    await locking.lock_people(tx, cast_id)
    await _must_take_telephone(tx, cast_id, room_id)
    await doors.must_be_open(tx, "telephone")
    until = await clock(tx) + timedelta(hours=settings.telephone_standby_hours)
    before = await presence.begin(tx, cast_id, room_id, medium="telephone", until=until)
    before += await pauses.end(tx, cast_id)
    await pauses.note_standby(tx, cast_id)
    return sorted({room_id, *before})


async def _must_take_telephone(tx: Tx, cast_id: int, room_id: int) -> None:
    query = sa.select(rooms.c.published, rooms.c.by_telephone).join(
        users, users.c.id == rooms.c.cast_id
    )
    own = (
        await tx.execute(
            query.where(rooms.c.id == room_id, rooms.c.cast_id == cast_id, may_come_in())
        )
    ).one_or_none()
    if own is None:
        raise refusals.room_unknown()
    if not own.published:
        raise refusals.room_unpublished()
    if not own.by_telephone:
        raise without_telephone()


def without_telephone() -> UserError:
    """Return the refusal of a room in which nobody talks by telephone."""
    return UserError(
        "room_without_telephone", N_("このルームは、お電話での相談を受け付けていません。")
    )


# Seldom enough that a cast who waits for hours costs little, often enough for `is_open`.
_TOUCH = sa.select(standbys.c.cast_id).where(
    standbys.c.medium == "telephone",
    standbys.c.until > sa.func.clock_timestamp(),
    sa.text("seen_at < clock_timestamp() - :third * interval '1 s'"),
)


async def touch(tx: Tx, settings: Settings) -> list[int]:
    """Give signs of life for those who wait by telephone and whose time isn't over."""
    bound = {"third": settings.standby_grace_seconds / 3}
    rows = await locks.lock(tx, _TOUCH.limit(AT_ONCE), bound, skip_locked=True)
    ids = [row.cast_id for row in rows]
    if ids:
        these = standbys.c.cast_id.in_(ids)
        now = sa.func.clock_timestamp()
        await tx.execute(sa.update(standbys).where(these).values(seen_at=now))
    return ids


async def take(tx: Tx, settings: Settings, room_id: int) -> TakenStandby | None:
    """Take the cast who waits in a room by telephone; of two callers at once only one can."""
    here = standbys.c.room_id == room_id, standbys.c.medium == "telephone"
    row = (
        await tx.execute(
            sa.delete(standbys)
            .where(*here, is_open(settings))
            .returning(standbys.c.cast_id, standbys.c.until, standbys.c.misses)
        )
    ).one_or_none()
    locks.note(tx, standbys, [] if row is None else [row.cast_id])
    return None if row is None else TakenStandby(row.until, row.misses)


@dataclass(frozen=True)
class LeftStandby:
    """A stand-by that a talk by telephone has ended; `until` when one by telephone was to last."""

    cast_id: int
    room_id: int
    until: datetime | None
    misses: int


async def leave(tx: Tx, *people: int) -> list[LeftStandby]:
    """End whatever stand-by these locked people have; return what there was."""
    theirs = sa.delete(standbys).where(standbys.c.cast_id.in_(people))
    columns = (standbys.c[name] for name in LeftStandby.__dataclass_fields__)
    found = [LeftStandby(*row) for row in await tx.execute(theirs.returning(*columns))]
    locks.note(tx, standbys, sorted(one.cast_id for one in found))
    return found


async def put_back(tx: Tx, cast_id: int, room_id: int, taken: TakenStandby) -> bool:
    """Let a locked cast wait again as before the call; return whether they do.

    Not where their time is over, they were rung twice in vain, the room takes no telephone any
    more, or they are in a talk or wait elsewhere by now.
    """
    if taken.misses >= MOST_MISSES or taken.until <= await clock(tx):
        return False
    if await live_talk(tx, cast_id) or await live_call(tx, cast_id):
        return False
    try:
        await _must_take_telephone(tx, cast_id, room_id)
    except UserError:
        return False
    values = {"cast_id": cast_id, "room_id": room_id, "medium": "telephone"}
    values |= {"until": taken.until, "misses": taken.misses}
    back = insert(standbys).values(values).on_conflict_do_nothing().returning(standbys.c.cast_id)
    return await tx.scalar(back) is not None
