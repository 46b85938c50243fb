"""What was written in a thread, a page at a time, and how far each of the two has read."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_all
from notify import inbox
from rooms.ground.question_tables import question_threads
from rooms.questions import threads
from rooms.questions.threads import QuestionThread

PAGE = 50


@dataclass(frozen=True)
class QuestionMessage:
    """One message; `mine`: the reader's own. `read`: the other has read it."""

    id: int
    mine: bool
    text: str
    at: datetime
    read: bool


@dataclass(frozen=True)
class MessagePage:
    """A stretch of messages, the oldest first, and whether there are older ones."""

    messages: list[QuestionMessage]
    has_older: bool


async def stretch(tx: Tx, thread: QuestionThread, before: int | None = None) -> MessagePage:
    """Return the last messages of a thread, or the last before one.

    What somebody wrote who has withdrawn is nobody's to read any more.
    """
    asked = {
        "thread": thread.id,
        "side": thread.side,
        "before": before,
        "most": PAGE + 1,
        "read": thread.other_read_id,
        "gone": thread.other_gone,
    }
    found = await tx.execute(_MESSAGES, asked)
    rows = typed_all(QuestionMessage, found.mappings())
    return MessagePage(rows[:PAGE][::-1], len(rows) > PAGE)


_MESSAGES = sa.text("""
SELECT id, side = :side AS mine, text, at, side = :side AND id <= :read AS read
FROM question_messages
WHERE thread_id = :thread AND (CAST(:before AS bigint) IS NULL OR id < :before)
  AND (side = :side OR NOT :gone)
ORDER BY id DESC LIMIT :most
""")


async def mark_read(tx: Tx, thread_id: int, user_id: int, up_to: int) -> bool:
    """Note that a user has read a thread up to a message; return whether that was news.

    What the site told them of it is read as well. Raises UserError `question_unknown` (404).
    """
    thread = await threads.find(tx, thread_id, user_id)
    if up_to <= thread.read_id and not thread.unread:
        return False
    query = sa.select(question_threads.c.id).where(question_threads.c.id == thread_id)
    await locks.lock(tx, query)
    return await note_read(tx, thread, up_to)


async def note_read(tx: Tx, thread: QuestionThread, up_to: int) -> bool:
    """As `mark_read`, of a thread that is locked."""
    of = {"thread": thread.id, "side": thread.side, "up_to": up_to}
    changed = (await tx.execute(_READ, of)).one_or_none()
    if changed is not None and changed.unread == 0:
        await inbox.mark_link_read(tx, thread.user_id, f"/messages/{thread.id}")
    return changed is not None


# Nobody reads further than what has been written to them.
_READ = sa.text("""
UPDATE question_sides s SET read_id = r.up_to, unread = r.unread, unread_since = r.since
FROM (
  SELECT coalesce(max(id) FILTER (WHERE id <= :up_to), 0) AS up_to,
    count(*) FILTER (WHERE id > :up_to) AS unread, min(at) FILTER (WHERE id > :up_to) AS since
  FROM (SELECT id, at FROM question_messages
    WHERE thread_id = :thread AND side <> :side ORDER BY id DESC LIMIT 200) latest
) r
WHERE s.thread_id = :thread AND s.side = :side AND r.up_to > s.read_id
RETURNING s.unread
""")
