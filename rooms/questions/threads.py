"""Threads of questions, as one of their two people sees them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from rooms.ground.live import Side
from rooms.ground.question_tables import MOST_UNANSWERED


@dataclass(frozen=True)
class QuestionThread:
    """A thread, as the one on `side` sees it: `other_…` is the person across.

    `other_gone`: they have withdrawn. `read_id` is the last message that oneself has read,
    `other_read_id` that the other has, `unread` are the other's since. `run` messages were written
    by `run_side` without an answer.
    """

    id: int
    room_id: int
    room_title: str
    side: Side
    user_id: int
    other_id: int
    other_name: str
    other_portrait: str | None
    other_gone: bool
    said: int
    run_side: Side
    run: int
    closed_by: Side | None
    last_at: datetime
    read_id: int
    other_read_id: int
    unread: int

    @property
    def left(self) -> int:
        """How many messages one may write before the other answers."""
        return MOST_UNANSWERED - (self.run if self.run_side == self.side else 0)


SEEN = """
SELECT t.id, t.room_id, r.title AS room_title, mine.side, mine.user_id, o.id AS other_id,
  o.nickname AS other_name, o.withdrawn_at IS NOT NULL AS other_gone,
  CASE WHEN mine.side = 'caller' THEN coalesce(r.portrait, o.portrait) ELSE o.portrait END
    AS other_portrait,
  t.said, t.run_side, t.run, t.closed_by, t.last_at, mine.read_id,
  theirs.read_id AS other_read_id, mine.unread
FROM question_sides mine JOIN question_threads t ON t.id = mine.thread_id
JOIN question_sides theirs ON theirs.thread_id = t.id AND theirs.side <> mine.side
JOIN users o ON o.id = theirs.user_id
JOIN rooms r ON r.id = t.room_id
"""
_ONE = sa.text(f"{SEEN} WHERE mine.thread_id = :id AND mine.user_id = :user")


async def find(tx: Tx, thread_id: int, user_id: int) -> QuestionThread:
    """Return a thread of a user's. Raises UserError `question_unknown` (404) for any other."""
    found = await tx.execute(_ONE, {"id": thread_id, "user": user_id})
    thread = typed_one(QuestionThread, found.mappings())
    if thread is None:
        raise UserError("question_unknown", N_("このメッセージは見つかりません。"), status=404)
    return thread


@dataclass(frozen=True)
class AskWay:
    """How a room's page leads to its questions: whether it takes any, and one's own thread."""

    takes: bool
    thread_id: int | None


_WAY = sa.text("""
SELECT r.takes_questions AS takes, t.id AS thread_id FROM rooms r
LEFT JOIN question_threads t ON t.room_id = r.id AND t.caller_id = :user WHERE r.id = :room
""")


async def way(tx: Tx, room_id: int, user_id: int | None) -> AskWay:
    """Return how a room's page leads a viewer to its questions."""
    found = await tx.execute(_WAY, {"room": room_id, "user": user_id})
    return typed_one(AskWay, found.mappings()) or AskWay(takes=False, thread_id=None)
