"""What waits for staff on the board: reports with what they are about, and first topics."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, count, offset
from foundation.row_types import typed_all
from writing.board.tables import board_reports, board_topics

Queue = Literal["open", "closed"]


@dataclass(frozen=True)
class BoardReport:
    """One report, with what stands there now (`text`) and what stood there (`said`).

    `reporter_id` is null where the site told of danger. `pen_name`: what others see its writer as.
    """

    id: int
    topic_id: int
    answer_id: int | None
    title: str
    text: str
    said: str
    writer_id: int
    writer_name: str
    pen_name: str | None
    hidden_for: str | None
    deleted: bool
    reporter_id: int | None
    reporter_name: str | None
    kind: str
    words_of_reporter: str
    created_at: datetime
    state: str
    closed_by_name: str | None
    closed_at: datetime | None
    words: str | None


_REPORT = """
SELECT r.id, r.topic_id, r.answer_id, t.title, coalesce(a.text, t.text) AS text, r.said,
  w.id AS writer_id, w.nickname AS writer_name,
  CASE WHEN w.id = t.user_id THEN t.pen_name END AS pen_name,
  CASE WHEN a.id IS NULL THEN t.hidden_for ELSE a.hidden_for END AS hidden_for,
  CASE WHEN a.id IS NULL THEN t.deleted_at ELSE a.deleted_at END IS NOT NULL AS deleted,
  r.reporter_id, p.nickname AS reporter_name, r.kind, r.text AS words_of_reporter, r.created_at,
  r.state, c.nickname AS closed_by_name, r.closed_at, r.words
FROM board_reports r JOIN board_topics t ON t.id = r.topic_id
LEFT JOIN board_answers a ON a.id = r.answer_id
JOIN users w ON w.id = coalesce(a.user_id, t.user_id)
LEFT JOIN users p ON p.id = r.reporter_id
LEFT JOIN users c ON c.id = r.closed_by
"""
# Danger comes before all else, then who has waited longest. Of what is closed the latest.
_QUEUE: dict[Queue, sa.TextClause] = {
    "open": sa.text(f"""{_REPORT} WHERE r.state = 'open'
      ORDER BY r.kind <> 'danger', r.id OFFSET :skip LIMIT :most"""),
    "closed": sa.text(f"""{_REPORT} WHERE r.state = 'closed'
      ORDER BY r.closed_at DESC, r.id OFFSET :skip LIMIT :most"""),
}


async def queue(tx: Tx, which: Queue, number: int, size: int) -> Page[BoardReport]:
    """Return a page of the reports that wait, or that are closed."""
    rows = await tx.execute(_QUEUE[which], {"skip": offset(number, size), "most": size + 1})
    return Page.of(typed_all(BoardReport, rows.mappings()), number, size)


@dataclass(frozen=True)
class WaitingTopic:
    """A first topic that staff look at before others read it."""

    id: int
    title: str
    text: str
    category: str
    pen_name: str | None
    writer_id: int
    writer_name: str
    written_at: datetime
    # When it was last written: staff decide about what they saw.
    last_at: datetime


_WAITING = sa.text("""
SELECT t.id, t.title, t.text, t.category, t.pen_name, u.id AS writer_id,
  u.nickname AS writer_name, t.written_at, coalesce(t.edited_at, t.written_at) AS last_at
FROM board_topics t JOIN users u ON u.id = t.user_id
WHERE t.waits AND t.hidden_at IS NULL ORDER BY t.written_at, t.id OFFSET :skip LIMIT :most
""")


async def first_topics(tx: Tx, number: int, size: int) -> Page[WaitingTopic]:
    """Return a page of the first topics that wait, who has waited longest first."""
    rows = await tx.execute(_WAITING, {"skip": offset(number, size), "most": size + 1})
    return Page.of(typed_all(WaitingTopic, rows.mappings()), number, size)


async def waiting_reports(tx: Tx) -> int:
    """Return how many reports wait; beyond 99 the figure stays there."""
    return await count(tx, sa.select(board_reports.c.id).where(board_reports.c.state == "open"))


async def waiting_topics(tx: Tx) -> int:
    """Return how many first topics wait; beyond 99 the figure stays there."""
    t = board_topics.c
    return await count(tx, sa.select(t.id).where(t.waits, t.hidden_at.is_(None)))
