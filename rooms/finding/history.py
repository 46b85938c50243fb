"""The rooms that a member looked at, for themselves: the latest fifty, until they erase them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from rooms.finding import found_rooms
from rooms.finding.found_rooms import FoundRoom
from rooms.ground.finding_tables import room_views, views_off
from rooms.ground.tables import rooms
from rooms.lobby import directory
from rooms.lobby.room_states import visible_to

MOST_VIEWS = 50


@dataclass(frozen=True)
class Viewed:
    """A room that a member looked at, and when last (UTC)."""

    room: FoundRoom
    viewed_at: datetime


async def note(tx: Tx, user_id: int, room_id: int, cast_id: int) -> None:
    """Note that a member looks at a room, unless they want none of it, or it is their own."""
    if user_id != cast_id:
        await tx.execute(_NOTE, {"user": user_id, "room": room_id, "most": MOST_VIEWS})


# One statement sees what was there before: the new row stands beside the most that stay.
_NOTE = sa.text("""
WITH surplus AS (
  DELETE FROM room_views WHERE user_id = :user AND room_id IN (
    SELECT room_id FROM room_views WHERE user_id = :user AND room_id <> :room
    ORDER BY viewed_at DESC, room_id OFFSET :most - 1)
)
INSERT INTO room_views (user_id, room_id, viewed_at) SELECT :user, :room, clock_timestamp()
WHERE NOT EXISTS (SELECT FROM views_off WHERE user_id = :user)
ON CONFLICT (user_id, room_id) DO UPDATE SET viewed_at = excluded.viewed_at
""")


async def is_on(tx: Tx, user_id: int) -> bool:
    """Say whether a member's history is kept."""
    off = sa.select(views_off.c.user_id).where(views_off.c.user_id == user_id)
    return await tx.scalar(off) is None


async def set_on(tx: Tx, user_id: int, on: bool) -> None:
    """Keep a member's history from now on, or none: then what there is goes at once."""
    if on:
        await tx.execute(sa.delete(views_off).where(views_off.c.user_id == user_id))
        return
    await tx.execute(insert(views_off).values(user_id=user_id).on_conflict_do_nothing())
    await erase(tx, user_id)


async def erase(tx: Tx, user_id: int, room_id: int | None = None) -> None:
    """Erase one room of a member's history, or all of it."""
    mine = room_views.c.user_id == user_id
    one = sa.true() if room_id is None else room_views.c.room_id == room_id
    await tx.execute(sa.delete(room_views).where(mine, one))


async def forget(tx: Tx, user_id: int) -> None:
    """Delete what is kept for a member's history, as for one who goes for good."""
    await erase(tx, user_id)
    await tx.execute(sa.delete(views_off).where(views_off.c.user_id == user_id))
    theirs = sa.select(rooms.c.id).where(rooms.c.cast_id == user_id)
    await tx.execute(sa.delete(room_views).where(room_views.c.room_id.in_(theirs)))


async def of(tx: Tx, settings: Settings, user_id: int, number: int) -> Page[Viewed]:
    """Return a page of what a member looked at, the latest first.

    Rooms that they may not see any more are left out.
    """
    size = settings.page_size
    query = (
        directory.cards(settings)
        .add_columns(room_views.c.viewed_at)
        .join(room_views, room_views.c.room_id == rooms.c.id)
        .where(*_mine(user_id))
        .order_by(room_views.c.viewed_at.desc(), rooms.c.id)
        .offset(offset(number, size))
        .limit(size + 1)
    )
    page = Page.of((await tx.execute(query)).all(), number, size)
    shown = await found_rooms.with_times(tx, [directory.card_of(row, settings) for row in page])
    viewed = [Viewed(one, row.viewed_at) for one, row in zip(shown, page, strict=True)]
    return Page(viewed, page.number, page.has_next)


async def count(tx: Tx, user_id: int) -> int:
    """Return how many rooms of a member's history they may still see."""
    query = (
        sa.select(sa.func.count())
        .select_from(room_views)
        .join(rooms, rooms.c.id == room_views.c.room_id)
        .join(users, users.c.id == rooms.c.cast_id)
        .where(*_mine(user_id))
    )
    return int(await tx.scalar(query) or 0)


def _mine(user_id: int) -> list[sa.ColumnElement[bool]]:
    return [
        room_views.c.user_id == user_id,
        rooms.c.published,
        may_come_in(),
        *visible_to(user_id),
    ]
