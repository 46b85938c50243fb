"""Adding to a topic or an answer of one's own that can be changed no longer."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from writing.board import answers, refusals, reports, topics
from writing.board.rules import MOST_ADDITIONS
from writing.board.tables import board_additions
from writing.board.texts import text_of
from writing.ground.danger import is_danger


async def add(
    tx: Tx,
    settings: Settings,
    topic_id: int,
    user_id: int,
    key: str,
    text: str,
    answer_id: int | None = None,
) -> None:
    """Add to one's topic, or to one's answer in it; the same `key` again adds nothing.

    Raises UserError `topic_unknown` or `answer_unknown` (404), `topic_over`, `additions_full`,
    `answers_too_many` (429), and as `texts.text_of` does.
    """
    kept = text_of(text)
    topic = await topics.locked(tx, topic_id, user_id)
    if answer_id is None and not topic.mine:
        raise refusals.topic_unknown()
    if answer_id is not None:
        await answers.own(tx, topic_id, answer_id, user_id)
    if not topic.is_open:
        raise refusals.topic_over()
    if await _is_known(tx, topic_id, user_id, key, answer_id):
        return
    await answers.must_be_few(tx, settings, user_id)
    values = {"topic_id": topic_id, "answer_id": answer_id, "user_id": user_id, "key": key}
    await tx.execute(sa.insert(board_additions).values(**values, text=kept))
    if is_danger(kept):
        await reports.tell_of_danger(tx, topic_id, answer_id)


async def _is_known(tx: Tx, topic_id: int, user_id: int, key: str, answer_id: int | None) -> bool:
    """Say whether this was added already. Raises UserError `additions_full`."""
    c = board_additions.c
    mine = await tx.scalar(sa.select(c.id).where(c.user_id == user_id, c.key == key))
    if mine is not None:
        return True
    there = sa.and_(c.topic_id == topic_id, c.answer_id.is_not_distinct_from(answer_id))
    number = await tx.scalar(sa.select(sa.func.count()).select_from(board_additions).where(there))
    if (number or 0) >= MOST_ADDITIONS:
        raise UserError("additions_full", N_("補足は%(most)s回までです。"), most=MOST_ADDITIONS)
    return False
