"""What one of a talk's two people sees of its ratings, and may say now."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_one
from foundation.settings import Settings
from rooms.ground.rating_tables import caller_ratings, ratings
from rooms.ratings import rated_talks
from rooms.ratings.rated_talks import RatedTalk


@dataclass(frozen=True)
class GivenRating:
    """What a caller said of a cast, and what the cast answered."""

    talk_id: int
    stars: int
    text: str
    rated_at: datetime
    answer: str | None
    answered_at: datetime | None
    hidden_for: str | None
    hidden_words: str | None
    answer_fixed: bool


@dataclass(frozen=True)
class GivenWord:
    """What a cast said of a caller; the caller never sees it."""

    talk_id: int
    good: bool
    words: str


@dataclass(frozen=True)
class TalkRatings:
    """The ratings of a talk as one side sees them.

    `may_rate` the other now, until `until`. `rating` is the caller's, which both read; `word` is
    the cast's own, for the cast alone. One of a reservation may stand with another of its talks.
    """

    may_rate: bool
    until: datetime | None
    rating: GivenRating | None
    word: GivenWord | None
    may_answer: bool


async def of_talk(tx: Tx, settings: Settings, talk_id: int, user_id: int) -> TalkRatings:
    """Return the ratings of a talk for one of its people. Raises UserError `talk_unknown` (404)."""
    talk = await rated_talks.find(tx, settings, talk_id, user_id)
    rating = await _rating(tx, settings, talk)
    of_cast = talk.side_of(user_id) == "cast"
    word = await _word(tx, talk) if of_cast else None
    mine = word if of_cast else rating
    elsewhere = mine is not None and mine.talk_id != talk_id
    return TalkRatings(
        may_rate=talk.may_be_rated and not elsewhere,
        until=talk.until,
        rating=rating,
        word=word,
        may_answer=of_cast and _answerable(rating, talk_id),
    )


def _answerable(rating: GivenRating | None, talk_id: int) -> bool:
    if rating is None or rating.hidden_for is not None or rating.talk_id != talk_id:
        return False
    return not rating.answer_fixed


async def _rating(tx: Tx, settings: Settings, talk: RatedTalk) -> GivenRating | None:
    over = ratings.c.answered_at + sa.func.make_interval(0, 0, 0, settings.rating_days)
    fixed = sa.func.coalesce(over <= sa.func.clock_timestamp(), sa.false())
    found = await tx.execute(
        sa.select(ratings, fixed.label("answer_fixed")).where(_of(ratings, talk))
    )
    return typed_one(GivenRating, found.mappings())


async def _word(tx: Tx, talk: RatedTalk) -> GivenWord | None:
    found = await tx.execute(sa.select(caller_ratings).where(_of(caller_ratings, talk)))
    return typed_one(GivenWord, found.mappings())


def _of(table: sa.Table, talk: RatedTalk) -> sa.ColumnElement[bool]:
    if talk.reservation_id is None:
        return table.c.talk_id == talk.talk_id
    return table.c.reservation_id == talk.reservation_id


async def stars_of_talks(tx: Tx, talk_ids: list[int]) -> dict[int, int]:
    """Return the stars of those of these talks that were rated, for a history of one's talks."""
    rows = await tx.execute(
        sa.select(ratings.c.talk_id, ratings.c.stars).where(ratings.c.talk_id.in_(talk_ids))
    )
    return {row.talk_id: row.stars for row in rows}
