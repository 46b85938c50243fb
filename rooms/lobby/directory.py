"""Finding rooms: the list, one room's page, and the state that everybody sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset
from foundation.row_types import DbRow
from foundation.settings import Settings
from people.accounts.tables import blocks, users
from people.sign_in.sessions import welcome
from points.rules import entry_points
from rooms.ground.kept_times import STANDS
from rooms.ground.tables import (
    room_hours,
    rooms,
    standbys,
    talks,
)
from rooms.lobby import waiting
from rooms.lobby.presence import is_open

State = Literal["open", "busy", "reserved", "closed"]

MOST_TOPICS = 30
MOST_OWN_ROOMS = 50


@dataclass(frozen=True)
class RoomCard:
    """A room in the list. `rate` is points a minute, `entry_points` what one needs to enter."""

    id: int
    title: str
    topic: str
    cast_id: int
    cast_name: str
    portrait: str | None
    rate: int
    entry_points: int
    state: State
    allows_video: bool
    published: bool


@dataclass(frozen=True)
class RoomDetail:
    """A room's page: its card, the cast's own words, and the usual hours (site's time zone)."""

    card: RoomCard
    text: str
    hours: list[tuple[int, time, time]]


async def list_rooms(
    tx: Tx, settings: Settings, viewer_id: int | None, topic: str | None, number: int = 1
) -> Page[RoomCard]:
    """Return a page of published rooms: open ones first, then busy or reserved, then closed."""
    state = _state()
    rank = sa.case((state == "open", 0), (state.in_(("busy", "reserved")), 1), else_=2)
    query = (
        _cards(settings)
        .where(rooms.c.published, welcome(), *_visible_to(viewer_id))
        .order_by(rank, rooms.c.id)
        .offset(offset(number, settings.page_size))
        .limit(settings.page_size + 1)
    )
    if topic:
        query = query.where(rooms.c.topic == topic)
    rows = (await tx.execute(query)).all()
    return Page.of([_card(row, settings) for row in rows], number, settings.page_size)


async def topics(tx: Tx, viewer_id: int | None) -> list[str]:
    """Return the topics of the published rooms that a viewer may see, the most frequent first."""
    rows = await tx.execute(
        sa.select(rooms.c.topic)
        .join(users, users.c.id == rooms.c.cast_id)
        .where(rooms.c.published, welcome(), *_visible_to(viewer_id))
        .group_by(rooms.c.topic)
        .order_by(sa.func.count().desc(), rooms.c.topic)
        .limit(MOST_TOPICS)
    )
    return list(rows.scalars())


async def room_detail(
    tx: Tx, settings: Settings, room_id: int, viewer_id: int | None
) -> RoomDetail:
    """Return a room's page for a viewer; an unpublished one is seen by its cast alone.

    Raises UserError `room_unknown` (404), also between two people of whom one blocks the other, and
    while its cast is suspended, banned or withdrawn.
    """
    row = (
        await tx.execute(
            _cards(settings)
            .add_columns(rooms.c.text)
            .where(
                rooms.c.id == room_id,
                sa.or_(rooms.c.published, rooms.c.cast_id == viewer_id),
                welcome(),
                *_visible_to(viewer_id),
            )
        )
    ).one_or_none()
    if row is None:
        raise UserError("room_unknown", N_("このルームは見つかりません。"), status=404)
    hours = await tx.execute(
        sa.select(room_hours.c.weekday, room_hours.c.starts, room_hours.c.ends)
        .where(room_hours.c.room_id == room_id)
        .order_by(room_hours.c.weekday, room_hours.c.starts)
        .limit(100)
    )
    return RoomDetail(_card(row, settings), row.text, [tuple(hour) for hour in hours])


async def rooms_of(tx: Tx, settings: Settings, cast_id: int) -> list[RoomCard]:
    """Return a cast's own rooms, published ones first."""
    rows = await tx.execute(
        _cards(settings)
        .where(rooms.c.cast_id == cast_id)
        .order_by(rooms.c.published.desc(), rooms.c.id)
        .limit(MOST_OWN_ROOMS)
    )
    return [_card(row, settings) for row in rows]


async def rooms_of_casts(
    tx: Tx, settings: Settings, viewer_id: int, cast_ids: Sequence[int]
) -> dict[int, RoomCard]:
    """Return for each of these casts the published room that one would go to now, if any.

    That is the open one, else the busy one, else the first.
    """
    state = _state()
    rank = sa.case((state == "open", 0), (state.in_(("busy", "reserved")), 1), else_=2)
    rows = await tx.execute(
        _cards(settings)
        .where(rooms.c.published, welcome(), rooms.c.cast_id.in_(cast_ids), *_visible_to(viewer_id))
        .ext(distinct_on(rooms.c.cast_id))
        .order_by(rooms.c.cast_id, rank, rooms.c.id)
    )
    return {row.cast_id: _card(row, settings) for row in rows}


async def states(
    tx: Tx,
    settings: Settings,
    room_ids: Sequence[int] | None = None,
    viewer_id: int | None = None,
) -> dict[int, State]:
    """Return the state of rooms: those given, or all published ones that are not closed.

    Of rooms that are hidden from a viewer nothing is said.
    """
    state = _state()
    query = _joined(sa.select(rooms.c.id, state.label("state")), settings).where(
        rooms.c.published, *_visible_to(viewer_id)
    )
    if room_ids is None:
        query = query.where(state != "closed").limit(10_000)
    else:
        query = query.where(rooms.c.id.in_(room_ids))
    return {row.id: row.state for row in await tx.execute(query)}


async def watchable(tx: Tx, viewer_id: int | None) -> list[int] | None:
    """Return the rooms of whose states a viewer may hear; None where none is hidden from them."""
    if viewer_id is None or not await tx.scalar(sa.select(_has_blocks(viewer_id))):
        return None
    found = await tx.scalars(
        sa.select(rooms.c.id).where(rooms.c.published, *_visible_to(viewer_id)).limit(10_000)
    )
    return list(found)


def _has_blocks(viewer_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        sa.or_(blocks.c.blocker_id == viewer_id, blocks.c.blocked_id == viewer_id)
    )


def _cards(settings: Settings) -> sa.Select[Any]:
    columns = sa.select(
        rooms.c.id,
        rooms.c.title,
        rooms.c.topic,
        rooms.c.cast_id,
        users.c.nickname.label("cast_name"),
        sa.func.coalesce(rooms.c.portrait, users.c.portrait).label("portrait"),
        rooms.c.rate,
        rooms.c.allows_video,
        rooms.c.published,
        _state().label("state"),
    )
    return _joined(columns, settings).join(users, users.c.id == rooms.c.cast_id)


def _joined(query: sa.Select[Any], settings: Settings) -> sa.Select[Any]:
    return (
        query.select_from(rooms)
        .outerjoin(standbys, sa.and_(standbys.c.room_id == rooms.c.id, is_open(settings)))
        .outerjoin(talks, sa.and_(talks.c.room_id == rooms.c.id, talks.c.ended_at.is_(None)))
        .outerjoin(_RESERVED, _RESERVED.c.cast_id == rooms.c.cast_id)
        .params(early=settings.early_minutes)
    )


# The casts who are kept for a reservation now, of whom there are few.
_RESERVED = (
    sa.text(f"""
SELECT DISTINCT ON (cast_id) cast_id, room_id FROM reservations
WHERE {STANDS}
ORDER BY cast_id, starts_at
""")  # noqa: S608 - one fixed text within another
    .columns(sa.column("cast_id", sa.BigInteger), sa.column("room_id", sa.BigInteger))
    .subquery("reserved")
)


def _state() -> sa.Case[str]:
    return sa.case(
        (talks.c.id.is_not(None), "busy"),
        (
            sa.or_(
                _RESERVED.c.room_id == rooms.c.id,
                sa.and_(_RESERVED.c.cast_id.is_not(None), standbys.c.cast_id.is_not(None)),
            ),
            "reserved",
        ),
        # Kept for those who wait.
        (sa.and_(standbys.c.cast_id.is_not(None), waiting.holds(rooms.c.id)), "busy"),
        (standbys.c.cast_id.is_not(None), "open"),
        else_="closed",
    )


def _visible_to(viewer_id: int | None) -> list[sa.ColumnElement[bool]]:
    if viewer_id is None:
        return []
    between = sa.or_(
        sa.and_(blocks.c.blocker_id == viewer_id, blocks.c.blocked_id == rooms.c.cast_id),
        sa.and_(blocks.c.blocked_id == viewer_id, blocks.c.blocker_id == rooms.c.cast_id),
    )
    return [~sa.exists().where(between)]


def _card(row: DbRow, settings: Settings) -> RoomCard:
    return RoomCard(
        id=row.id,
        title=row.title,
        topic=row.topic,
        cast_id=row.cast_id,
        cast_name=row.cast_name,
        portrait=row.portrait,
        rate=row.rate,
        entry_points=entry_points(row.rate, settings.entry_minutes),
        state=row.state,
        allows_video=row.allows_video,
        published=row.published,
    )
