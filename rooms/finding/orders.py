"""In which order rooms are shown. Written down in docs/decisions/search.md."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from rooms.finding.wishes import NEW_DAYS, RoomWish
from rooms.ground.finding_tables import room_search, room_words

SOON, LATER = timedelta(hours=24), timedelta(days=7)
# What a new room, and each star of its cast's mean, are worth in percent of callers who come again.
NEW_WORTH, STAR_WORTH = 10, 10
# What rooms are filtered and sorted by; and found by, where words are asked for.
SEARCH = room_search.alias("s")
WORDS = room_words.alias("w")
# The state of rooms that are not closed, of whom there are few: see `live_rooms`.
LIVE = sa.table("live", sa.column("id", sa.BigInteger), sa.column("state", sa.Text))


def of(wish: RoomWish, now: datetime) -> list[sa.ColumnElement[int] | sa.ColumnElement[float]]:
    """Return by what rooms are sorted, to the last tie: no two readers see another order.

    It stands in a query of SEARCH with LIVE, the states of those rooms that have one.
    """
    if wish.sort == "rate":
        return [SEARCH.c.rate, SEARCH.c.room_id]
    if wish.sort == "rating":
        return [SEARCH.c.sorting_mean.desc(), SEARCH.c.room_id]
    if wish.sort == "new":
        return [SEARCH.c.created_at.desc(), SEARCH.c.room_id.desc()]
    return [_by_state(), _by_next_time(now), _worth().desc(), SEARCH.c.room_id]


def _by_state() -> sa.ColumnElement[int]:
    """The rank of a room's state: open ones, then busy or reserved, then closed."""
    return sa.case((LIVE.c.state == "open", 0), (LIVE.c.state.is_not(None), 1), else_=2)


def _by_next_time(now: datetime) -> sa.ColumnElement[int]:
    opens = SEARCH.c.opens_at
    return sa.case((opens < now + SOON, 0), (opens < now + LATER, 1), else_=2)


def _worth() -> sa.ColumnElement[float]:
    new = sa.case((is_new(NEW_DAYS), NEW_WORTH), else_=0)
    return SEARCH.c.came_again + STAR_WORTH * SEARCH.c.sorting_mean + new


def is_new(days: int) -> sa.ColumnElement[bool]:
    """Return the condition that a room was made within so many days."""
    ago = sa.func.statement_timestamp() - sa.func.make_interval(0, 0, 0, days)
    return SEARCH.c.created_at > ago
