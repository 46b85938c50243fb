"""Finding rooms: which ones a wish finds, in which order, and how many there are.

Filters and orders are in docs/decisions/search.md. Where nothing is found, one letter may be wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.pages import Page, offset
from foundation.settings import Settings
from foundation.text.found import contains
from foundation.text.found import typed as typed_words
from foundation.text.words import Pattern
from rooms.booking.rules import Period
from rooms.finding import found_rooms, orders
from rooms.finding.found_rooms import FoundRoom
from rooms.finding.orders import LIVE, SEARCH, WORDS
from rooms.finding.times import is_free
from rooms.finding.wishes import LEAST_MEAN, NEW_DAYS, RoomWish, time_wanted
from rooms.ground.tables import rooms
from rooms.lobby import directory, room_states
from rooms.lobby.room_states import visible_to


@dataclass(frozen=True)
class Found:
    """A page of what was found, how many there are in all, and whether a letter was wrong."""

    rooms: Page[FoundRoom]
    count: int
    mistyped: bool = False


# Few searches ask for it, so it stands with the room alone.
_TAKES_CALLS = sa.exists().where(rooms.c.id == SEARCH.c.room_id, rooms.c.by_telephone)


async def find(
    tx: Tx,
    settings: Settings,
    viewer_id: int | None,
    wish: RoomWish,
    number: int = 1,
    *,
    zone: ZoneInfo | None = None,
) -> Found:
    """Return a page of the published rooms that a wish finds, in its order.

    Days and evenings are of `zone`, the reader's (the site's where it isn't given).
    """
    now = await clock(tx)
    times = time_wanted(wish, now, zone or ZoneInfo(settings.site_zone))
    typed = await typed_words(wish.text)
    asked = _Query(wish, [*_seen(viewer_id), *_filters(wish, times)], typed.exact, now, times)
    found = await _page(tx, settings, asked, number)
    if found.count or not typed.close:
        return found
    return await _page(tx, settings, replace(asked, patterns=typed.close, mistyped=True), number)


@dataclass(frozen=True)
class _Query:
    """What is asked of the database: `patterns` are for each word those of which one is found."""

    wish: RoomWish
    conditions: list[sa.ColumnElement[bool]]
    patterns: list[list[Pattern]]
    now: datetime
    times: list[Period]
    mistyped: bool = False

    @property
    def wanted(self) -> list[sa.ColumnElement[bool]]:
        """All conditions."""
        found = (contains(WORDS, some, mistyped=self.mistyped) for some in self.patterns)
        return [*self.conditions, *found]


def _seen(viewer_id: int | None) -> list[sa.ColumnElement[bool]]:
    """Rooms whose cast isn't shut out, and that no block hides: all others here are public."""
    shut = SEARCH.c.shut_until
    there = sa.or_(shut.is_(None), shut <= sa.func.statement_timestamp())
    return [there, *visible_to(viewer_id, SEARCH.c.cast_id)]


def _filters(wish: RoomWish, times: Sequence[Period]) -> list[sa.ColumnElement[bool]]:
    found = [is_free(one, place) for place, one in enumerate(times)]
    conditions = (
        (wish.topic, SEARCH.c.topic == wish.topic),
        (wish.category is not None, SEARCH.c.category_id == wish.category),
        (wish.now, LIVE.c.state == "open"),
        (wish.least_rate is not None, SEARCH.c.rate >= (wish.least_rate or 0)),
        (wish.most_rate is not None, SEARCH.c.rate <= (wish.most_rate or 0)),
        (wish.medium == "video", SEARCH.c.allows_video),
        (wish.medium == "voice", ~SEARCH.c.allows_video),
        (wish.medium == "telephone", _TAKES_CALLS),
        (wish.language, SEARCH.c.languages.contains([wish.language])),
        (wish.rated, SEARCH.c.mean >= LEAST_MEAN),
        (wish.new, orders.is_new(NEW_DAYS)),
    )
    return found + [condition for asked, condition in conditions if asked]


async def _page(tx: Tx, settings: Settings, asked: _Query, number: int) -> Found:
    size = settings.page_size
    query = (
        _ids(settings, words_too=bool(asked.patterns))
        .add_columns(sa.func.count().over().label("of_all"))
        .where(*asked.wanted)
        .order_by(*_in_head(asked), *orders.of(asked.wish, asked.now))
        .offset(offset(number, size))
        .limit(size + 1)
    )
    rows = (await tx.execute(query)).all()
    count = rows[0].of_all if rows else 0
    if not rows and number > 1:
        count = await _count(tx, settings, asked)
    page = Page.of([row.id for row in rows], number, size)
    time = asked.times[-1] if asked.times else None
    shown = await _shown(tx, settings, page.items, time)
    return Found(Page(shown, number, page.has_next), count, asked.mistyped)


def _ids(settings: Settings, *, words_too: bool = False) -> sa.Select[Any]:
    """The rooms alone: what cards show besides is asked for those of one page."""
    live = room_states.not_closed(settings).cte("live")
    some = (
        sa.select(SEARCH.c.room_id.label("id"))
        .add_cte(live)
        .select_from(SEARCH)
        .outerjoin(LIVE, LIVE.c.id == SEARCH.c.room_id)
        .params(early=settings.early_minutes)
    )
    return some.join(WORDS, WORDS.c.room_id == SEARCH.c.room_id) if words_too else some


async def _count(tx: Tx, settings: Settings, asked: _Query) -> int:
    some = _ids(settings, words_too=bool(asked.patterns)).where(*asked.wanted)
    return int(await tx.scalar(some.with_only_columns(sa.func.count())) or 0)


async def _shown(
    tx: Tx, settings: Settings, ids: Sequence[int], wanted: Period | None = None
) -> list[FoundRoom]:
    rows = await tx.execute(directory.cards(settings).where(rooms.c.id.in_(ids)))
    cards = {row.id: directory.card_of(row, settings) for row in rows}
    return await found_rooms.with_times(tx, [cards[one] for one in ids if one in cards], wanted)


def _in_head(asked: _Query) -> list[sa.ColumnElement[int]]:
    """Rooms that are named so come before those whose text says so, in the usual order."""
    if asked.wish.sort != "recommended" or asked.mistyped:
        return []
    return [
        sa.case((sa.or_(*(sa.func.strpos(WORDS.c.head, one.term) > 0 for one in some)), 0), else_=1)
        for some in asked.patterns
    ]


async def open_now(tx: Tx, settings: Settings, viewer_id: int | None, most: int) -> list[FoundRoom]:
    """Return up to `most` rooms that one can enter at once, in the recommended order."""
    now = await clock(tx)
    query = (
        _ids(settings)
        .where(*_seen(viewer_id), LIVE.c.state == "open")
        .order_by(*orders.of(RoomWish(), now))
        .limit(most)
    )
    return await _shown(tx, settings, list((await tx.execute(query)).scalars()))


async def soon(tx: Tx, settings: Settings, viewer_id: int | None, most: int) -> list[FoundRoom]:
    """Return up to `most` rooms without anybody now whose cast is free within a day.

    The earliest stand first, as the timetable and what is reserved have it.
    """
    until = await clock(tx) + orders.SOON
    query = (
        _ids(settings)
        .where(*_seen(viewer_id), LIVE.c.state.is_(None), SEARCH.c.opens_at < until)
        .order_by(SEARCH.c.opens_at, SEARCH.c.room_id)
        # Some of them may be booked out.
        .limit(2 * most)
    )
    shown = await _shown(tx, settings, list((await tx.execute(query)).scalars()))
    within = [one for one in shown if one.next and one.next.starts_at < until]
    return sorted(within, key=_beginning)[:most]


def _beginning(one: FoundRoom) -> tuple[datetime, int]:
    assert one.next is not None
    return one.next.starts_at, one.card.id


async def least_rate(tx: Tx) -> int | None:
    """Return the lowest rate of all that are published, in points a minute; None without any."""
    rate = await tx.scalar(sa.select(sa.func.min(rooms.c.rate)).where(rooms.c.published))
    return None if rate is None else int(rate)
