"""The state of rooms that everybody sees: open, busy, reserved or closed; and who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from people.accounts.tables import blocks
from rooms.ground.calling_tables import calls
from rooms.ground.day_tables import pauses
from rooms.ground.kept_times import IS_NOW
from rooms.ground.tables import (
    rooms,
    standbys,
    talks,
)
from rooms.lobby import promises
from rooms.lobby.pauses import IS_RESTING, seconds_of
from rooms.lobby.presence import is_open

State = Literal["open", "busy", "reserved", "closed"]


@dataclass(frozen=True)
class RoomNews:
    """A room's state; `pause` are the seconds for which its cast rests, if that keeps it busy.

    `by_telephone`: its cast waits for calls, not in a browser.
    """

    room_id: int
    state: State
    pause: int | None
    by_telephone: bool = False

    def as_event(self) -> dict[str, object]:
        """The news as browsers are told of it."""
        event: dict[str, object] = {"room_id": self.room_id, "state": self.state}
        if self.by_telephone:
            event["medium"] = "telephone"
        return event if self.pause is None else event | {"pause": self.pause}


async def states(
    tx: Tx,
    settings: Settings,
    room_ids: Sequence[int] | None = None,
    viewer_id: int | None = None,
) -> dict[int, State]:
    """Return the state of rooms: those given, or all published ones that are not closed.

    Of rooms that are hidden from a viewer nothing is said.
    """
    state = room_state()
    query = joined(sa.select(rooms.c.id, state.label("state")), settings).where(
        rooms.c.published, *visible_to(viewer_id)
    )
    if room_ids is None:
        query = query.where(state != "closed").limit(10_000)
    else:
        query = query.where(rooms.c.id.in_(room_ids))
    return {row.id: row.state for row in await tx.execute(query)}


# A query is made once for all who ask.
@lru_cache(maxsize=8)
def not_closed(settings: Settings) -> sa.Select[Any]:
    """Return the query of the rooms that are not closed, with their states: id, state.

    It looks at those alone where somebody is, however many rooms there are.
    """
    somewhere = sa.union(
        sa.select(standbys.c.room_id),
        sa.select(talks.c.room_id).where(talks.c.ended_at.is_(None)),
        sa.select(calls.c.room_id).where(calls.c.ended_at.is_(None)),
        sa.select(_RESERVED.c.room_id),
        sa.select(pauses.c.room_id),
    )
    state = room_state().label("state")
    few = joined(sa.select(rooms.c.id, state), settings).where(rooms.c.id.in_(somewhere)).subquery()
    return sa.select(few.c.id, few.c.state).where(few.c.state != "closed")


async def news(tx: Tx, settings: Settings, room_ids: Sequence[int]) -> list[RoomNews]:
    """Return the state of these rooms now, as those are told who look at them.

    One that is published no more is closed to whoever still looks at it.
    """
    found = await states(tx, settings, room_ids)
    rests = await seconds_of(tx, room_ids)
    rung = await rung_in(tx, room_ids)
    told = [(room_id, found.get(room_id, "closed")) for room_id in sorted(set(room_ids))]
    return [
        RoomNews(room_id, state, rests.get(room_id) if state == "busy" else None, room_id in rung)
        for room_id, state in told
    ]


async def rung_in(tx: Tx, room_ids: Sequence[int]) -> set[int]:
    """Return those of these rooms whose cast waits for calls, not in a browser."""
    waits = sa.select(standbys.c.room_id).where(
        standbys.c.room_id.in_(list(room_ids)), standbys.c.medium == "telephone"
    )
    return set(await tx.scalars(waits))


async def casts_of(tx: Tx, room_ids: Sequence[int]) -> list[int]:
    """Return the casts of these rooms."""
    query = sa.select(rooms.c.cast_id).where(rooms.c.id.in_(list(room_ids))).distinct()
    return list((await tx.execute(query)).scalars())


async def watchable(tx: Tx, viewer_id: int | None) -> list[int] | None:
    """Return the rooms of whose states a viewer may hear; None where none is hidden from them."""
    if viewer_id is None or not await tx.scalar(sa.select(_has_blocks(viewer_id))):
        return None
    found = await tx.scalars(
        sa.select(rooms.c.id).where(rooms.c.published, *visible_to(viewer_id)).limit(10_000)
    )
    return list(found)


def _has_blocks(viewer_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        sa.or_(blocks.c.blocker_id == viewer_id, blocks.c.blocked_id == viewer_id)
    )


def joined(query: sa.Select[Any], settings: Settings) -> sa.Select[Any]:
    """Return a query of rooms with what `room_state` looks at."""
    return (
        query.select_from(rooms)
        .outerjoin(standbys, sa.and_(standbys.c.room_id == rooms.c.id, is_open(settings)))
        .outerjoin(talks, sa.and_(talks.c.room_id == rooms.c.id, talks.c.ended_at.is_(None)))
        .outerjoin(calls, sa.and_(calls.c.room_id == rooms.c.id, calls.c.ended_at.is_(None)))
        .outerjoin(pauses, sa.and_(pauses.c.room_id == rooms.c.id, IS_RESTING))
        .outerjoin(_RESERVED, _RESERVED.c.cast_id == rooms.c.cast_id)
        .params(early=settings.early_minutes)
    )


# The casts who are kept for a reservation now, of whom there are few.
_RESERVED = (
    sa.text(f"""
SELECT DISTINCT ON (cast_id) cast_id, room_id FROM reservations
WHERE {IS_NOW}
ORDER BY cast_id, starts_at
""")  # noqa: S608 - one fixed text within another
    .columns(sa.column("cast_id", sa.BigInteger), sa.column("room_id", sa.BigInteger))
    .subquery("reserved")
)


def room_state() -> sa.Case[str]:
    """Return the SQL expression of a room's state, in a query that was `joined`."""
    return sa.case(
        (sa.or_(talks.c.id.is_not(None), calls.c.id.is_not(None)), "busy"),
        (
            sa.or_(
                _RESERVED.c.room_id == rooms.c.id,
                sa.and_(_RESERVED.c.cast_id.is_not(None), standbys.c.cast_id.is_not(None)),
            ),
            "reserved",
        ),
        # Kept for those who wait, or for one who is rung.
        (sa.and_(standbys.c.cast_id.is_not(None), promises.keeps(rooms.c.id)), "busy"),
        # Without stand-by nobody is there but for whom they ring.
        (
            sa.and_(
                standbys.c.cast_id.is_not(None),
                sa.or_(rooms.c.by_standby, standbys.c.medium == "telephone"),
            ),
            "open",
        ),
        # Its cast rests.
        (pauses.c.cast_id.is_not(None), "busy"),
        else_="closed",
    )


def visible_to(
    viewer_id: int | None, cast_id: sa.ColumnElement[int] = rooms.c.cast_id
) -> list[sa.ColumnElement[bool]]:
    """Return the SQL conditions for a room, or what names its cast, that no block hides."""
    if viewer_id is None:
        return []
    # Once for all rooms of a query: a viewer's blocks are few, rooms may be many.
    between = sa.union_all(
        sa.select(blocks.c.blocked_id).where(blocks.c.blocker_id == viewer_id),
        sa.select(blocks.c.blocker_id).where(blocks.c.blocked_id == viewer_id),
    )
    return [cast_id.not_in(between)]
