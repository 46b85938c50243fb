"""Ratings as they are read: a cast's by everybody, all of them by staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from rooms.ratings import means
from rooms.ratings.means import RatingMean

RatingQueue = Literal["all", "hidden", "linked", "words"]

PAGE_SIZE = 20
LATEST = 3


@dataclass(frozen=True)
class ShownRating:
    """A rating as everybody reads it: of whom it is stands nowhere. `text` is gone where hidden."""

    talk_id: int
    stars: int
    text: str
    rated_at: datetime
    answer: str | None
    answered_at: datetime | None
    hidden_for: str | None


@dataclass(frozen=True)
class RatingSummary:
    """What a cast's ratings come to, and the latest of them."""

    cast_id: int
    mean: RatingMean
    latest: Page[ShownRating]


@dataclass(frozen=True)
class StaffRating:
    """A rating as staff read it, with its people and by what they are linked."""

    talk_id: int
    caller_id: int
    caller_name: str
    cast_id: int
    cast_name: str
    room_title: str
    stars: int
    text: str
    rated_at: datetime
    changed_at: datetime | None
    linked_by: str | None
    answer: str | None
    hidden_for: str | None
    hidden_words: str | None
    hidden_at: datetime | None
    hidden_by_name: str | None


@dataclass(frozen=True)
class StaffWord:
    """What a cast told staff of a caller."""

    talk_id: int
    caller_id: int
    caller_name: str
    cast_id: int
    cast_name: str
    good: bool
    words: str
    rated_at: datetime
    linked_by: str | None


# Where they can't be read, the words of both are out of sight: the answer speaks of them.
_OF_CAST = sa.text("""
SELECT talk_id, stars, CASE WHEN hidden_at IS NULL THEN text ELSE '' END AS text, rated_at,
  CASE WHEN hidden_at IS NULL THEN answer END AS answer, answered_at, hidden_for
FROM ratings WHERE cast_id = :cast AND counts
ORDER BY rated_at DESC, talk_id DESC OFFSET :skip LIMIT :most
""")
_STAFF = """
SELECT r.talk_id, r.caller_id, c.nickname AS caller_name, r.cast_id, k.nickname AS cast_name,
  m.title AS room_title, r.stars, r.text, r.rated_at, r.changed_at, r.linked_by, r.answer,
  r.hidden_for, r.hidden_words, r.hidden_at, h.nickname AS hidden_by_name
FROM ratings r JOIN users c ON c.id = r.caller_id JOIN users k ON k.id = r.cast_id
JOIN rooms m ON m.id = r.room_id LEFT JOIN users h ON h.id = r.hidden_by
"""
_ORDER = "ORDER BY r.rated_at DESC, r.talk_id DESC OFFSET :skip LIMIT :most"
_WHICH: dict[str, sa.TextClause] = {
    "all": sa.text(f"{_STAFF} {_ORDER}"),
    "hidden": sa.text(f"{_STAFF} WHERE r.hidden_at IS NOT NULL {_ORDER}"),
    "linked": sa.text(f"{_STAFF} WHERE r.linked_by IS NOT NULL {_ORDER}"),
}
_ABOUT = sa.text(f"{_STAFF} WHERE :user IN (r.cast_id, r.caller_id) {_ORDER}")
_WORDS = sa.text("""
SELECT w.talk_id, w.caller_id, c.nickname AS caller_name, w.cast_id, k.nickname AS cast_name,
  w.good, w.words, w.rated_at, w.linked_by
FROM caller_ratings w JOIN users c ON c.id = w.caller_id JOIN users k ON k.id = w.cast_id
WHERE w.words <> '' ORDER BY w.rated_at DESC, w.talk_id DESC OFFSET :skip LIMIT :most
""")


async def summary(tx: Tx, cast_id: int) -> RatingSummary:
    """Return a cast's ratings in short, as they stand on the pages of a room and of the cast."""
    latest = await of_cast(tx, cast_id, 1, LATEST)
    return RatingSummary(cast_id, await means.of_cast(tx, cast_id), latest)


async def of_cast(tx: Tx, cast_id: int, number: int, size: int = PAGE_SIZE) -> Page[ShownRating]:
    """Return a page of a cast's ratings that count, the latest first; none where too few do."""
    if not (await means.of_cast(tx, cast_id)).shows:
        return Page([], 1, has_next=False)
    bounds = {"cast": cast_id, "skip": offset(number, size), "most": size + 1}
    rows = await tx.execute(_OF_CAST, bounds)
    return Page.of([ShownRating(**row) for row in rows.mappings()], number, size)


async def for_staff(
    tx: Tx, which: RatingQueue, about: int | None, number: int
) -> Page[StaffRating]:
    """Return a page of ratings, the latest first: all of them, or those `about` a member."""
    query = _WHICH[which] if about is None else _ABOUT
    bounds = {"skip": offset(number, PAGE_SIZE), "most": PAGE_SIZE + 1}
    rows = await tx.execute(query, bounds | ({} if about is None else {"user": about}))
    return Page.of([StaffRating(**row) for row in rows.mappings()], number, PAGE_SIZE)


async def words_for_staff(tx: Tx, number: int) -> Page[StaffWord]:
    """Return a page of what casts told staff of callers, the latest first."""
    bounds = {"skip": offset(number, PAGE_SIZE), "most": PAGE_SIZE + 1}
    rows = await tx.execute(_WORDS, bounds)
    return Page.of([StaffWord(**row) for row in rows.mappings()], number, PAGE_SIZE)
