"""In which order rooms are shown. Written down in docs/decisions/search.md."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE

from rooms.finding.wishes import NEW_DAYS, RoomWish
from rooms.ground.finding_tables import room_search
from rooms.ground.tables import rooms
from rooms.lobby.room_states import room_state

SOON, LATER = timedelta(hours=24), timedelta(days=7)
# How much a new room is preferred, in percent of callers who come again.
NEW_WORTH = 10
# What rooms are found by, as queries of rooms name it.
SEARCH = room_search.alias("s")


def of(wish: RoomWish, now: datetime) -> list[sa.ColumnElement[object]]:
    """Return by what rooms are sorted, to the last tie: no two readers see another order."""
    if wish.sort == "rate":
        return [rooms.c.rate, rooms.c.id]
    if wish.sort == "new":
        return [rooms.c.created_at.desc(), rooms.c.id.desc()]
    return [by_state(), _by_next_time(now), _worth().desc(), rooms.c.id]


def by_state() -> sa.ColumnElement[int]:
    """Return the rank of a room's state: open ones, then busy or reserved, then closed."""
    state = room_state()
    return sa.case((state == "open", 0), (state.in_(("busy", "reserved")), 1), else_=2)


def _by_next_time(now: datetime) -> sa.ColumnElement[int]:
    return sa.case((opens_by(now, SOON), 0), (opens_by(now, LATER), 1), else_=2)


def opens_by(now: datetime, ahead: timedelta) -> sa.ColumnElement[bool]:
    """Return the condition that the timetable has the cast there within so much time."""
    return SEARCH.c.openings.op("&&", is_comparison=True)(_span(now, now + ahead))


def next_opening(now: datetime) -> sa.ColumnElement[datetime]:
    """Return when the timetable next has the cast there, whether or not that is reserved."""
    ahead = sa.func.tstzmultirange(_span(now, None))
    return sa.func.lower(SEARCH.c.openings.op("*")(ahead))


def _span(begins: datetime, ends: datetime | None) -> sa.ColumnElement[object]:
    return sa.func.tstzrange(begins, ends, type_=TSTZRANGE)


def _worth() -> sa.ColumnElement[int]:
    new = sa.case((is_new(NEW_DAYS), NEW_WORTH), else_=0)
    return sa.func.coalesce(SEARCH.c.came_again, 0) + new


def is_new(days: int) -> sa.ColumnElement[bool]:
    """Return the condition that a room was made within so many days."""
    return rooms.c.created_at > sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)
