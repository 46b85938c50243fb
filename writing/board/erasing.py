"""What goes of the board with a member who withdraws: all of their own words, and their marks.

What others wrote stays, and so do the places. What was reported stays with the report until staff
have closed it.
"""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from writing.board.tables import board_topics
from writing.board.thanks import COUNT_HELPFUL
from writing.ground import answering


async def withdraw(tx: Tx, user_id: int) -> None:
    """Erase what a member wrote and marked, whose lock is held."""
    await answering.leave(tx, user_id)
    await tx.execute(_PEN_BLOCKS, {"user": user_id})
    found = await tx.scalars(_TOUCHED, {"user": user_id})
    ids = found.all()
    if not ids:
        return
    await locks.lock(tx, sa.select(board_topics.c.id).where(board_topics.c.id.in_(ids)))
    marked = (await tx.scalars(_UNMARK, {"user": user_id})).all()
    await tx.execute(COUNT_HELPFUL, {"ids": marked})
    for erase in _ERASE:
        await tx.execute(erase, {"user": user_id})
    await tx.execute(_COUNT, {"ids": ids})


_TOUCHED = sa.text("""
SELECT id FROM board_topics WHERE user_id = :user
UNION SELECT topic_id FROM board_answers WHERE user_id = :user
UNION SELECT a.topic_id FROM board_helpful h JOIN board_answers a ON a.id = h.answer_id
WHERE h.user_id = :user
""")
_PEN_BLOCKS = sa.text("DELETE FROM board_pen_blocks WHERE user_id = :user")
_UNMARK = sa.text("DELETE FROM board_helpful WHERE user_id = :user RETURNING answer_id")
_ERASE = (
    sa.text("DELETE FROM board_additions WHERE user_id = :user"),
    sa.text("""
DELETE FROM board_words WHERE topic_id IN (SELECT id FROM board_topics WHERE user_id = :user)"""),
    sa.text("""
UPDATE board_topics SET title = '', text = '', pen_name = NULL, waits = false, unread = 0,
  unread_since = NULL, shown_at = coalesce(shown_at, clock_timestamp()),
  deleted_at = coalesce(deleted_at, clock_timestamp()) WHERE user_id = :user"""),
    sa.text("""
UPDATE board_answers SET text = '', deleted_at = coalesce(deleted_at, clock_timestamp())
WHERE user_id = :user"""),
)
_COUNT = sa.text("""
UPDATE board_topics t SET answers = (SELECT count(*) FROM board_answers a
  WHERE a.topic_id = t.id AND a.shown AND a.user_id <> t.user_id)
WHERE t.id = ANY (CAST(:ids AS bigint[]))
""")
