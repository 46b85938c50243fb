"""The row of a talk application: locking it, and how it ends or goes back to waiting.

Every change is made under the lock of both people (`locking.lock_people`) but the clock's, which
skips what anybody holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.columns import one_of
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import DbRow, typed_locked, typed_one
from foundation.settings import Settings
from people.accounts import locking
from points.rules import Pays
from rooms.ground.applying_tables import LIVE_STATES
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.calling_tables import calls
from rooms.ground.live import Side
from rooms.ground.tables import rooms, standbys
from rooms.lobby import application_notices
from rooms.lobby.by_medium import Medium

ApplicationState = Literal[
    "open",
    "accepted",
    "rung",
    "entered",
    "lapsed",
    "declined",
    "withdrawn",
    "expired",
    "replaced",
    "void",
]
# Written out, so that every plan finds the partial indexes.
IS_LIVE: sa.ColumnElement[bool] = sa.literal_column(
    one_of("talk_applications.state", LIVE_STATES), sa.Boolean
)


@dataclass(frozen=True)
class TalkApplication:
    """What stands in `talk_applications` of one; `rate` is points a minute, by telephone with the
    line's part in it; moments are UTC.
    """

    id: int
    room_id: int
    cast_id: int
    caller_id: int
    rate: int
    medium: Medium
    pays: Pays
    words: str
    minutes: int
    made_at: datetime
    wait_until: datetime
    state: ApplicationState
    due_at: datetime | None
    accepted_at: datetime | None
    rung_at: datetime | None
    stood_by_in: int | None
    ended_at: datetime | None
    reply: str | None
    talk_id: int | None
    asked_again_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether it waits, or the cast makes ready, or its caller is rung."""
        return self.state in LIVE_STATES


@dataclass
class Changed:
    """What a door announces after the commit: rooms whose state changed, and people concerned."""

    rooms: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)

    def about(self, *rows: TalkApplication) -> "Changed":
        """Add applications that changed, with what is to be seen of them."""
        for row in rows:
            self.people |= {row.caller_id, row.cast_id}
            if row.state == "rung":
                self.rooms |= {row.room_id, row.stood_by_in or row.room_id}
        return self


def unknown() -> UserError:
    """The application isn't there, or isn't the asker's."""
    return UserError("application_unknown", N_("この申し込みは見つかりません。"), status=404)


def answered() -> UserError:
    """The application is over, or was answered on another page."""
    return UserError("application_answered", N_("この申し込みは、すでに終わっています。"))


async def locked(tx: Tx, application_id: int, user_id: int, side: Side) -> TalkApplication:
    """Lock the people of an application, then its row, and return the row.

    Raises UserError `application_unknown` (404) where the user isn't on this side of it.
    """
    row = await find(tx, application_id)
    if row is None or user_id != (row.caller_id if side == "caller" else row.cast_id):
        raise unknown()
    await locking.lock_people(tx, row.caller_id, row.cast_id)
    return (await lock(tx, applications.c.id == application_id))[0]


async def find(tx: Tx, application_id: int) -> TalkApplication | None:
    """Return an application's row, if it is there."""
    query = sa.select(applications).where(applications.c.id == application_id)
    return typed_one(TalkApplication, (await tx.execute(query)).mappings())


async def lock(
    tx: Tx, *which: sa.ColumnElement[bool], skip_locked: bool = False
) -> list[TalkApplication]:
    """Lock the rows that these conditions find, and return them."""
    query = sa.select(applications).where(*which).order_by(applications.c.id)
    return typed_rows(await locks.lock(tx, query, skip_locked=skip_locked))


def typed_rows(found: Sequence[DbRow]) -> list[TalkApplication]:
    """Return rows that were locked as what they are."""
    return typed_locked(TalkApplication, found)


async def change(tx: Tx, application_id: int, **values: object) -> None:
    """Write what became of an application, whose row is locked."""
    mine = applications.c.id == application_id
    await tx.execute(sa.update(applications).where(mine).values(**values))


async def end(
    tx: Tx,
    settings: Settings,
    row: TalkApplication,
    state: ApplicationState,
    *told: str,
    **values: object,
) -> None:
    """End a locked live application, and tell whom these notices are for.

    Was it rung, the cast stands by again where they did before.
    """
    ended = {"state": state, "due_at": None, "ended_at": sa.func.clock_timestamp()}
    await change(tx, row.id, **ended, **values)
    if row.state == "rung" and state != "entered":
        await _after_ring(tx, row)
    for notice in told:
        await application_notices.tell(tx, settings, row.id, notice)


async def put_back(tx: Tx, settings: Settings, row: TalkApplication, *told: str) -> None:
    """Let a locked application wait again, for the cast can't go on just now.

    Was its time over meanwhile, it has run out.
    """
    if row.wait_until <= await clock(tx):
        await end(tx, settings, row, "expired", "expired", "expired_cast")
        return
    await change(tx, row.id, state="open", due_at=row.wait_until, accepted_at=None)
    if row.state == "rung":
        await _after_ring(tx, row)
    for notice in told:
        await application_notices.tell(tx, settings, row.id, notice)


async def _after_ring(tx: Tx, row: TalkApplication) -> None:
    """By telephone have the call be hung up that was made for it; else undo the stand-by."""
    if row.medium == "browser":
        await _stand_by_as_before(tx, row)
        return
    mine = calls.c.application_id == row.id, calls.c.ended_at.is_(None), calls.c.talk_id.is_(None)
    found = [one.id for one in await locks.lock(tx, sa.select(calls.c.id).where(*mine))]
    stop = sa.update(calls).where(calls.c.id.in_(found), calls.c.stop_asked_by.is_(None))
    await tx.execute(stop.values(stop_asked_by="site"))


async def _stand_by_as_before(tx: Tx, row: TalkApplication) -> None:
    """Undo the stand-by that a ring opened, unless the cast has moved on by themselves."""
    mine = sa.and_(standbys.c.cast_id == row.cast_id, standbys.c.room_id == row.room_id)
    if row.stood_by_in == row.room_id or not await locks.lock(
        tx, sa.select(standbys.c.cast_id).where(mine), to_delete=True
    ):
        return
    before = sa.exists().where(rooms.c.id == row.stood_by_in, rooms.c.published)
    if row.stood_by_in is not None and await tx.scalar(sa.select(before)):
        moved = sa.update(standbys).where(mine).values(room_id=row.stood_by_in)
        await tx.execute(moved)
    else:
        await tx.execute(sa.delete(standbys).where(mine))


async def void(tx: Tx, settings: Settings, *which: sa.ColumnElement[bool]) -> Changed:
    """End live applications that can come to nothing any more; their callers are told."""
    rows = await lock(tx, IS_LIVE, *which)
    for row in rows:
        await end(tx, settings, row, "void", "void")
    return Changed().about(*rows)


async def look_at_rooms(tx: Tx, room_ids: Sequence[int]) -> None:
    """Have the clock look at these rooms' live applications at once: they are public no more."""
    found = await lock(tx, IS_LIVE, applications.c.room_id.in_(room_ids))
    for row in found:
        await change(tx, row.id, due_at=sa.func.clock_timestamp())


KEPT_DAYS = 90
_ENDED = applications.c.ended_at < sa.func.clock_timestamp() - sa.func.make_interval(
    0, 0, 0, sa.bindparam("days", type_=sa.Integer)
)


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` applications that ended more than so many days ago; return how many."""
    query = sa.select(applications.c.id).where(_ENDED).order_by(applications.c.id).limit(most)
    return len(await locks.take_away(tx, query, {"days": days}, skip_locked=True))
