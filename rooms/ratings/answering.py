"""A cast answers a rating, once; the answer may be put better for some days."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import inbox
from people.accounts import locking
from people.accounts.tables import users
from rooms.ground import refusals
from rooms.ground.rating_tables import ratings
from rooms.ratings import rated_talks, rules

ANSWERED = N_("評価にお返事が届きました")
ANSWERED_TEXT = N_("%(name)sさんが、あなたの評価にお返事しました。")


@dataclass(frozen=True)
class _Rated:
    """A rating that is to be answered. `fixed`: its answer may be changed no more."""

    caller_id: int
    answer: str | None
    fixed: bool


async def answer(tx: Tx, settings: Settings, talk_id: int, cast_id: int, text: str) -> None:
    """Answer the rating of a talk with up to 400 characters, or change the answer.

    Raises UserError `answer_needed` or `text_too_long` (400), `talk_unknown` (404),
    `rating_unknown` (404; there is none, or staff have hidden it) or `answer_over`.
    """
    talk = await rated_talks.find(tx, settings, talk_id, cast_id)
    if talk.cast_id != cast_id:
        raise refusals.talk_unknown()
    said = rules.answer_of(text)
    await locking.lock_people(tx, talk.caller_id, talk.cast_id)
    rated = await _rated(tx, talk_id, settings.rating_days)
    if rated.fixed:
        raise UserError("answer_over", N_("お返事を変更できる期間は過ぎました。"))
    # The days of changing run from the first answer.
    first = sa.func.coalesce(ratings.c.answered_at, sa.func.clock_timestamp())
    mine = sa.update(ratings).where(ratings.c.talk_id == talk_id)
    await tx.execute(mine.values(answer=said, answered_at=first))
    if not talk.other_is_gone:
        await _tell(tx, settings, talk_id, rated.caller_id, cast_id)


async def _rated(tx: Tx, talk_id: int, days: int) -> _Rated:
    over = ratings.c.answered_at + sa.func.make_interval(0, 0, 0, days)
    fixed = sa.func.coalesce(over <= sa.func.clock_timestamp(), sa.false()).label("fixed")
    found = await tx.execute(
        sa.select(ratings.c.caller_id, ratings.c.answer, fixed).where(
            ratings.c.talk_id == talk_id, ratings.c.hidden_at.is_(None)
        )
    )
    rated = typed_one(_Rated, found.mappings())
    if rated is None:
        raise rated_talks.rating_unknown()
    return rated


async def _tell(tx: Tx, settings: Settings, talk_id: int, caller_id: int, cast_id: int) -> None:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == caller_id)) or "ja"
    name = await tx.scalar(sa.select(users.c.nickname).where(users.c.id == cast_id))
    await inbox.tell(
        tx,
        caller_id,
        kind="rating",
        key=f"rating-answer:{talk_id}",
        title=translate(locale, ANSWERED),
        text=translate(locale, ANSWERED_TEXT, name=name),
        link=f"/talks/{talk_id}",
        site=settings.public_url,
    )
