"""A topic, as somebody sees it: whose it is, and whether it is there for them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_one
from people.accounts import locking
from writing.board import refusals
from writing.board.tables import board_topics


@dataclass(frozen=True)
class BoardTopic:
    """A topic with what its reader may know of its writer.

    `name` is the pen name where there is one; `gone`: its writer has withdrawn; `marked`: they are
    an answering member. `shown`: others may read it. `mine`: the reader wrote it. `additions` are
    how often it was added to, `age_minutes` how long it has stood.
    """

    id: int
    writer_id: int
    name: str
    portrait: str | None
    has_pen_name: bool
    gone: bool
    marked: bool
    mine: bool
    category: str
    title: str
    text: str
    members_only: bool
    danger: bool
    waits: bool
    shown: bool
    written_at: datetime
    edited_at: datetime | None
    shown_at: datetime | None
    closed_at: datetime | None
    deleted_at: datetime | None
    hidden_at: datetime | None
    hidden_for: str | None
    hidden_words: str | None
    answers: int
    unread: int
    age_minutes: float

    @property
    def is_open(self) -> bool:
        """Whether one may write in it."""
        return self.shown and self.closed_at is None


_SEEN = """
SELECT t.id, t.user_id AS writer_id, coalesce(t.pen_name, u.nickname) AS name,
  CASE WHEN t.pen_name IS NULL THEN u.portrait END AS portrait,
  t.pen_name IS NOT NULL AS has_pen_name, u.withdrawn_at IS NOT NULL AS gone,
  t.pen_name IS NULL AND EXISTS (SELECT FROM answering_members m WHERE m.user_id = u.id) AS marked,
  t.user_id IS NOT DISTINCT FROM :viewer AS mine, t.category, t.title, t.text, t.members_only,
  t.danger, t.waits, t.shown, t.written_at, t.edited_at, t.shown_at, t.closed_at, t.deleted_at,
  t.hidden_at, t.hidden_for, t.hidden_words, t.answers, t.unread,
  CAST(extract(epoch FROM clock_timestamp() - t.written_at) AS double precision) / 60
    AS age_minutes
FROM board_topics t JOIN users u ON u.id = t.user_id
WHERE t.id = :id
"""
# Whom one blocks, or is blocked by, one neither reads nor answers.
UNBLOCKED = """NOT EXISTS (SELECT FROM blocks b WHERE
  (b.blocker_id, b.blocked_id) IN ((:viewer, {user}), ({user}, :viewer)))"""
# What stands under a pen name shows nothing of who blocks whom, or it would show whose name it is;
# it goes for whoever has pressed there that they want to see no more of it.
_NOT_HIDDEN = f"""(t.user_id = :viewer OR CASE WHEN t.pen_name IS NULL
  THEN {UNBLOCKED.format(user="t.user_id")}
  ELSE NOT EXISTS (SELECT FROM board_pen_blocks p WHERE (p.topic_id, p.user_id) = (t.id, :viewer))
  END)"""
_ONE = sa.text(f"{_SEEN} AND {_NOT_HIDDEN}")
# Of an answer `a`: who asked under a pen name answers under it as well.
ANSWER_UNBLOCKED = f"""(EXISTS (SELECT FROM board_topics p
    WHERE (p.id, p.user_id) = (a.topic_id, a.user_id) AND p.pen_name IS NOT NULL)
  OR {UNBLOCKED.format(user="a.user_id")})"""
_ANY = sa.text(_SEEN)


async def find(tx: Tx, topic_id: int, viewer_id: int | None) -> BoardTopic:
    """Return a topic that is there for a viewer, as a whole or as the trace of a deleted one.

    Who isn't signed in gets one for members alone as well: the door asks them to. Raises UserError
    `topic_unknown` (404).
    """
    found = await tx.execute(_ONE, {"id": topic_id, "viewer": viewer_id})
    topic = typed_one(BoardTopic, found.mappings())
    # What staff took out of sight stays there with all that was said to it, also once deleted.
    trace = topic is not None and topic.deleted_at and not topic.hidden_at
    if topic is None or not (topic.mine or topic.shown or trace):
        raise refusals.topic_unknown()
    return topic


async def find_for_staff(tx: Tx, topic_id: int) -> BoardTopic:
    """Return any topic. Raises UserError `topic_unknown` (404)."""
    found = await tx.execute(_ANY, {"id": topic_id, "viewer": None})
    topic = typed_one(BoardTopic, found.mappings())
    if topic is None:
        raise refusals.topic_unknown()
    return topic


async def locked(tx: Tx, topic_id: int, user_id: int) -> BoardTopic:
    """Lock a topic and both people, its writer and who asks; return it as `find` does.

    A block, a sanction, a withdrawal of either comes before what follows, or after it.
    """
    topic = await find(tx, topic_id, user_id)
    await locking.lock_people(tx, user_id, topic.writer_id)
    await lock(tx, topic_id)
    return await find(tx, topic_id, user_id)


async def lock(tx: Tx, topic_id: int) -> None:
    """Let what is written and marked in a topic come one after the other."""
    await locks.lock(tx, sa.select(board_topics.c.id).where(board_topics.c.id == topic_id))


async def change(tx: Tx, topic_id: int, **values: object) -> None:
    """Set columns of a topic that is locked."""
    row = board_topics.c.id == topic_id
    await tx.execute(sa.update(board_topics).where(row).values(**values))


async def count_answers(tx: Tx, topic_id: int) -> None:
    """Count a locked topic's answers anew: those of others that are shown."""
    await tx.execute(_COUNT, {"topic": topic_id})


_COUNT = sa.text("""
UPDATE board_topics t SET answers = (SELECT count(*) FROM board_answers a
  WHERE a.topic_id = t.id AND a.shown AND a.user_id <> t.user_id)
WHERE t.id = :topic
""")
