"""What an answering member gave: the latest topics that they answered, and what it comes to."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from writing.board.listing import ListedTopic, T, listed, seen
from writing.board.tables import board_answers

LATEST = 5


async def answered_by(tx: Tx, member_id: int, viewer_id: int | None) -> list[ListedTopic]:
    """Return the latest topics that a member answered, as somebody else may see them."""
    answer = board_answers.c
    last = (
        sa.select(answer.topic_id, sa.func.max(answer.id).label("answer_id"))
        .where(answer.user_id == member_id, answer.shown)
        .group_by(answer.topic_id)
        .subquery()
    )
    query = listed(viewer_id).join(last, last.c.topic_id == T.id)
    query = query.where(*seen(viewer_id), T.user_id != member_id)
    rows = await tx.execute(query.order_by(last.c.answer_id.desc()).limit(LATEST))
    return typed_all(ListedTopic, rows.mappings())


# Of fewer topics than that nothing can be told.
LEAST_TOPICS = 5
_FIRST = sa.text("""
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY minutes), count(*) FROM (
  SELECT extract(epoch FROM first.at - t.shown_at) / 60 AS minutes
  FROM board_topics t CROSS JOIN LATERAL (
    SELECT min(a.written_at) AS at FROM board_answers a
    WHERE a.topic_id = t.id AND a.shown AND a.user_id <> t.user_id) first
  WHERE t.shown AND first.at >= t.shown_at
    AND t.shown_at > clock_timestamp() - interval '30 days'
  ORDER BY t.shown_at DESC LIMIT 200) latest
""")


async def minutes_to_first_answer(tx: Tx) -> int | None:
    """Return within how many minutes every second topic of the last month had its first answer.

    None where too few were answered to tell.
    """
    minutes, topics = (await tx.execute(_FIRST)).one()
    return None if topics < LEAST_TOPICS else int(minutes)


@dataclass(frozen=True)
class AnswersGiven:
    """How many answers of a member's are shown, and how often they helped or were thanked for."""

    answers: int
    helpful: int
    thanked: int


_GIVEN = sa.text("""
SELECT count(*) AS answers, coalesce(sum(helpful), 0) AS helpful, count(thanked_at) AS thanked
FROM board_answers a JOIN board_topics t ON t.id = a.topic_id
WHERE a.user_id = :user AND a.shown AND t.user_id <> a.user_id
""")


async def given_by(tx: Tx, member_id: int) -> AnswersGiven:
    """Return what a member's answers come to."""
    return typed_all(AnswersGiven, (await tx.execute(_GIVEN, {"user": member_id})).mappings())[0]
