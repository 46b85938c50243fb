"""In which order rooms are shown. Written down in docs/decisions/search.md."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from rooms.finding.wishes import NEW_DAYS, RoomWish
from rooms.ground.finding_tables import room_search
from rooms.ground.tables import rooms

SOON, LATER = timedelta(hours=24), timedelta(days=7)
# How much a new room is preferred, in percent of callers who come again.
NEW_WORTH = 10
# What rooms are found by, as queries of rooms name it.
SEARCH = room_search.alias("s")
# The state of rooms that are not closed, of whom there are few: see `live_rooms`.
LIVE = sa.table("live", sa.column("id", sa.BigInteger), sa.column("state", sa.Text))


def of(wish: RoomWish, now: datetime) -> list[sa.ColumnElement[object]]:
    """Return by what rooms are sorted, to the last tie: no two readers see another order.

    It stands in a query of `rooms` with SEARCH and with LIVE, the states of those that have one.
    """
    if wish.sort == "rate":
        return [rooms.c.rate, rooms.c.id]
    if wish.sort == "new":
        return [rooms.c.created_at.desc(), rooms.c.id.desc()]
    return [_by_state(), _by_next_time(now), _worth().desc(), rooms.c.id]


def _by_state() -> sa.ColumnElement[int]:
    """The rank of a room's state: open ones, then busy or reserved, then closed."""
    return sa.case((LIVE.c.state == "open", 0), (LIVE.c.state.is_not(None), 1), else_=2)


def _by_next_time(now: datetime) -> sa.ColumnElement[int]:
    opens = SEARCH.c.opens_at
    return sa.case((opens < now + SOON, 0), (opens < now + LATER, 1), else_=2)


def _worth() -> sa.ColumnElement[int]:
    new = sa.case((is_new(NEW_DAYS), NEW_WORTH), else_=0)
    return sa.func.coalesce(SEARCH.c.came_again, 0) + new


def is_new(days: int) -> sa.ColumnElement[bool]:
    """Return the condition that a room was made within so many days."""
    return rooms.c.created_at > sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)
