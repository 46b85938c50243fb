"""Staff read a thread of questions: beside an open report about it, and logged; never else."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from people.desk import staff_views
from record.acts import log_act
from rooms.care.report_list import Report, find

PAGE = 50


@dataclass(frozen=True)
class EvidentMessage:
    """A message in a reported thread, as staff read it."""

    id: int
    by_reporter: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class QuestionEvidence:
    """A reported thread: a stretch of it, the oldest first, and whether there are older ones."""

    report: Report
    messages: list[EvidentMessage]
    has_older: bool


_MESSAGES = sa.text("""
SELECT m.id, s.user_id = :reporter AS by_reporter, m.text, m.at FROM question_messages m
JOIN question_sides s ON s.thread_id = m.thread_id AND s.side = m.side
WHERE m.thread_id = :thread AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
ORDER BY m.id DESC LIMIT :most
""")


async def read(
    tx: Tx, report_id: int, viewer_id: int, before: int | None = None
) -> QuestionEvidence:
    """Return what was written in the thread of an open report; that somebody looked is logged.

    Raises UserError `report_unknown` (404), `report_own` or `question_sealed` (403).
    """
    found = await find(tx, report_id)
    if viewer_id in (found.reporter_id, found.subject_id):
        raise UserError(
            "report_own", N_("ご自分が関わった通報のやりとりは、見られません。"), status=403
        )
    if found.question_id is None or found.state != "open":
        raise UserError(
            "question_sealed",
            N_("やりとりを見られるのは、その通報の審査中だけです。"),
            status=403,
        )
    matter = f"report:{report_id}"
    await log_act(tx, viewer_id, "question.read", f"question:{found.question_id}", reason=matter)
    await staff_views.note(tx, viewer_id, f"question:{found.question_id}")
    asked = {
        "thread": found.question_id,
        "reporter": found.reporter_id,
        "before": before,
        "most": PAGE + 1,
    }
    rows = typed_all(EvidentMessage, (await tx.execute(_MESSAGES, asked)).mappings())
    return QuestionEvidence(found, rows[:PAGE][::-1], len(rows) > PAGE)
