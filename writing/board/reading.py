"""The answers to a topic, a page at a time, as somebody reads them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed_all
from writing.board import refusals
from writing.board.rules import PAGE
from writing.board.tables import board_answers
from writing.board.topics import ANSWER_UNBLOCKED


@dataclass(frozen=True)
class BoardAnswer:
    """An answer with what its reader may know of its writer; its `text` only where it is shown.

    `by_asker`: who asked wrote it, under the name of the topic. `marked`: an answering member's.
    `found`: the reader found it helpful.
    """

    id: int
    writer_id: int
    name: str
    portrait: str | None
    gone: bool
    marked: bool
    mine: bool
    by_asker: bool
    text: str
    shown: bool
    written_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    hidden_for: str | None
    hidden_words: str | None
    thanked: bool
    helpful: int
    found: bool
    age_minutes: float


_SEEN = f"a.topic_id = :topic AND (a.user_id = :viewer OR {ANSWER_UNBLOCKED})"
_PAGE = sa.text(f"""
SELECT a.id, a.user_id AS writer_id,
  CASE WHEN a.user_id = t.user_id THEN coalesce(t.pen_name, u.nickname) ELSE u.nickname END AS name,
  CASE WHEN a.user_id <> t.user_id OR t.pen_name IS NULL THEN u.portrait END AS portrait,
  u.withdrawn_at IS NOT NULL AS gone,
  (a.user_id <> t.user_id OR t.pen_name IS NULL)
    AND EXISTS (SELECT FROM answering_members m WHERE m.user_id = u.id) AS marked,
  a.user_id IS NOT DISTINCT FROM :viewer AS mine, a.user_id = t.user_id AS by_asker,
  CASE WHEN a.shown OR a.user_id = :viewer THEN a.text ELSE '' END AS text, a.shown,
  a.written_at, a.edited_at, a.deleted_at, a.hidden_for,
  CASE WHEN a.user_id = :viewer THEN a.hidden_words END AS hidden_words,
  a.thanked_at IS NOT NULL AS thanked, a.helpful,
  EXISTS (SELECT FROM board_helpful h WHERE h.answer_id = a.id AND h.user_id = :viewer) AS found,
  CAST(extract(epoch FROM clock_timestamp() - a.written_at) AS double precision) / 60
    AS age_minutes
FROM board_answers a JOIN board_topics t ON t.id = a.topic_id JOIN users u ON u.id = a.user_id
WHERE {_SEEN} ORDER BY a.id OFFSET :skip LIMIT :most
""")  # noqa: S608 - one fixed text within another
_BEFORE = sa.text(f"SELECT count(*) FROM board_answers a WHERE {_SEEN} AND a.id < :answer")  # noqa: S608


async def page(tx: Tx, topic_id: int, viewer_id: int | None, number: int) -> Page[BoardAnswer]:
    """Return a page of a topic's answers in the order in which they were written."""
    asked = {"topic": topic_id, "viewer": viewer_id, "skip": offset(number, PAGE)}
    found = await tx.execute(_PAGE, asked | {"most": PAGE + 1})
    return Page.of(typed_all(BoardAnswer, found.mappings()), number, PAGE)


async def page_of(tx: Tx, topic_id: int, viewer_id: int | None, answer_id: int) -> int:
    """Return the number of the page on which an answer stands for a viewer."""
    asked = {"topic": topic_id, "viewer": viewer_id, "answer": answer_id}
    return int(await tx.scalar(_BEFORE, asked) or 0) // PAGE + 1


async def topic_of(tx: Tx, answer_id: int) -> int:
    """Return in which topic an answer stands. Raises UserError `answer_unknown` (404)."""
    query = sa.select(board_answers.c.topic_id).where(board_answers.c.id == answer_id)
    topic_id = await tx.scalar(query)
    if topic_id is None:
        raise refusals.answer_unknown()
    return int(topic_id)
