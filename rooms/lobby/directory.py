"""Finding rooms: the list, one room's page, and the state that everybody sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from foundation.database import Tx
from foundation.row_types import DbRow
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from people.telephones.tables import cast_digits
from points.rules import entry_points
from rooms.ground import refusals
from rooms.ground.rating_tables import rating_means
from rooms.ground.tables import (
    room_hours,
    rooms,
    standbys,
)
from rooms.lobby.room_states import State, joined, room_state, visible_to
from rooms.ratings.rules import SHOWN_FROM

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
    # Whether its cast may ask callers for a recording, where the site allows that.
    records: bool
    # Whether callers may pay afterwards, where the site allows that.
    takes_tab: bool
    # The ways in beside reservations.
    by_standby: bool
    by_application: bool
    # Whether one may talk there by telephone, and by what its cast waits now, if they do.
    by_telephone: bool
    medium: str | None
    # The four digits by which its cast is rung.
    digits: str | None
    # How it takes reservations: none, direct or request.
    booking: str
    # How its cast is rated, in stars, and by how many; no mean of fewer than are shown.
    mean: float | None
    rated: int


@dataclass(frozen=True)
class RoomDetail:
    """A room's page: its card, the cast's own words, and the usual hours (site's time zone)."""

    card: RoomCard
    text: str
    hours: list[tuple[int, time, time]]


async def topics(tx: Tx, viewer_id: int | None) -> list[str]:
    """Return the topics of the published rooms that a viewer may see, the most frequent first."""
    rows = await tx.execute(
        sa.select(rooms.c.topic)
        .join(users, users.c.id == rooms.c.cast_id)
        .where(rooms.c.published, may_come_in(), *visible_to(viewer_id))
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
    found = await tx.execute(
        cards(settings)
        .add_columns(rooms.c.text)
        .where(
            rooms.c.id == room_id,
            sa.or_(rooms.c.published, rooms.c.cast_id == viewer_id),
            may_come_in(),
            *visible_to(viewer_id),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise refusals.room_unknown()
    return RoomDetail(card_of(row, settings), row.text, await _usual_hours(tx, room_id))


async def _usual_hours(tx: Tx, room_id: int) -> list[tuple[int, time, time]]:
    hours = await tx.execute(
        sa.select(room_hours.c.weekday, room_hours.c.starts, room_hours.c.ends)
        .where(room_hours.c.room_id == room_id)
        .order_by(room_hours.c.weekday, room_hours.c.starts)
        .limit(100)
    )
    return [tuple(hour) for hour in hours]


async def rooms_of(tx: Tx, settings: Settings, cast_id: int) -> list[RoomCard]:
    """Return a cast's own rooms, published ones first."""
    rows = await tx.execute(
        cards(settings)
        .where(rooms.c.cast_id == cast_id)
        .order_by(rooms.c.published.desc(), rooms.c.id)
        .limit(MOST_OWN_ROOMS)
    )
    return [card_of(row, settings) for row in rows]


async def public_rooms_of(
    tx: Tx, settings: Settings, cast_id: int, viewer_id: int | None
) -> list[RoomCard]:
    """Return a cast's public rooms that a viewer may see: the open one first, closed ones last."""
    state = room_state()
    rank = sa.case((state == "open", 0), (state.in_(("busy", "reserved")), 1), else_=2)
    rows = await tx.execute(
        cards(settings)
        .where(rooms.c.published, may_come_in(), rooms.c.cast_id == cast_id, *visible_to(viewer_id))
        .order_by(rank, rooms.c.id)
        .limit(MOST_OWN_ROOMS)
    )
    return [card_of(row, settings) for row in rows]


async def rooms_of_casts(
    tx: Tx, settings: Settings, viewer_id: int | None, cast_ids: Sequence[int]
) -> dict[int, RoomCard]:
    """Return for each of these casts the published room that one would go to now, if any.

    That is the open one, else the busy one, else the first.
    """
    state = room_state()
    rank = sa.case((state == "open", 0), (state.in_(("busy", "reserved")), 1), else_=2)
    rows = await tx.execute(
        cards(settings)
        .where(
            rooms.c.published, may_come_in(), rooms.c.cast_id.in_(cast_ids), *visible_to(viewer_id)
        )
        .ext(distinct_on(rooms.c.cast_id))
        .order_by(rooms.c.cast_id, rank, rooms.c.id)
    )
    return {row.cast_id: card_of(row, settings) for row in rows}


# A query is made once for all who ask.
@lru_cache(maxsize=8)
def cards(settings: Settings) -> sa.Select[Any]:
    """Return the query of rooms as cards, each with its state; `card_of` reads its rows."""
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
        rooms.c.booking,
        rooms.c.recording_since.is_not(None).label("records"),
        rooms.c.takes_tab,
        rooms.c.by_standby,
        rooms.c.by_application,
        rooms.c.by_telephone,
        cast_digits.c.digits,
        standbys.c.medium,
        room_state().label("state"),
        sa.case((rating_means.c.rated >= SHOWN_FROM, rating_means.c.mean)).label("mean"),
        sa.func.coalesce(rating_means.c.rated, 0).label("rated"),
    )
    rated = rating_means.c.cast_id == rooms.c.cast_id
    cast = users.c.id == rooms.c.cast_id
    known = joined(columns, settings).join(users, cast).outerjoin(rating_means, rated)
    return known.outerjoin(cast_digits, cast_digits.c.cast_id == rooms.c.cast_id)


def card_of(row: DbRow, settings: Settings) -> RoomCard:
    """Return the card that a row of `cards` is."""
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
        records=settings.recording and row.records,
        takes_tab=settings.tab and row.takes_tab,
        by_standby=row.by_standby,
        by_application=row.by_application,
        by_telephone=settings.telephone and row.by_telephone,
        digits=row.digits if settings.telephone and row.by_telephone else None,
        medium=row.medium,
        booking=row.booking,
        mean=row.mean,
        rated=row.rated,
    )
