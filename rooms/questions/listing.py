"""Somebody's threads, the one that was written in last first, and how much of them is unread."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import MOST_COUNTED, Page, offset
from foundation.row_types import typed
from rooms.ground.question_tables import question_sides
from rooms.questions.threads import SEEN, QuestionThread

PAGE = 20
EXCERPT = 120


@dataclass(frozen=True)
class ListedThread:
    """A thread in a list, and how its last message begins; `mine`: it is one's own."""

    thread: QuestionThread
    excerpt: str
    mine: bool


_LIST = sa.text(f"""
SELECT seen.*, last.text AS excerpt, last.mine FROM (
  {SEEN} WHERE mine.user_id = :user AND (NOT :unread OR mine.unread > 0)
  ORDER BY mine.last_at DESC, mine.thread_id OFFSET :skip LIMIT :most
) seen LEFT JOIN LATERAL (
  SELECT left(m.text, {EXCERPT}) AS text, m.side = seen.side AS mine FROM question_messages m
  WHERE m.thread_id = seen.id AND (m.side = seen.side OR NOT seen.other_gone)
  ORDER BY m.id DESC LIMIT 1
) last ON true
ORDER BY seen.last_at DESC, seen.id
""")  # noqa: S608 - one fixed text within another


async def of_user(tx: Tx, user_id: int, number: int, *, unread: bool = False) -> Page[ListedThread]:
    """Return a page of a user's threads on both sides, or of those with something unread."""
    listed = await newest(tx, user_id, PAGE + 1, unread=unread, skip=offset(number, PAGE))
    return Page.of(listed, number, PAGE)


async def newest(
    tx: Tx, user_id: int, most: int, *, unread: bool = False, skip: int = 0
) -> list[ListedThread]:
    """Return up to `most` of a user's threads, the one that was written in last first."""
    asked = {"user": user_id, "unread": unread, "skip": skip, "most": most}
    return [
        ListedThread(typed(QuestionThread, row), row["excerpt"] or "", bool(row["mine"]))
        for row in (await tx.execute(_LIST, asked)).mappings()
    ]


_NUMBER = sa.text("""
SELECT count(*) FROM (SELECT FROM question_sides
  WHERE user_id = :user AND (NOT :unread OR unread > 0) LIMIT :most) few
""")


async def number_of(tx: Tx, user_id: int, *, unread: bool = False) -> int:
    """Return how many threads stand on those pages; beyond 99 the figure stays there."""
    asked = {"user": user_id, "unread": unread, "most": MOST_COUNTED}
    return int(await tx.scalar(_NUMBER, asked) or 0)


_UNREAD = sa.text("""
SELECT least(coalesce(sum(unread), 0), :most) FROM (
  SELECT unread FROM question_sides WHERE user_id = :user AND unread > 0 LIMIT :most) few
""")


async def unread(tx: Tx, user_id: int) -> int:
    """Return how many messages a user hasn't read; beyond 99 the figure stays there."""
    return int(await tx.scalar(_UNREAD, {"user": user_id, "most": MOST_COUNTED}) or 0)


async def people_of(tx: Tx, thread_id: int) -> list[int]:
    """Return the two people of a thread."""
    query = sa.select(question_sides.c.user_id).where(question_sides.c.thread_id == thread_id)
    return list(await tx.scalars(query))
