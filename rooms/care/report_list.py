"""Reports as staff read them, beside what the site knows of their people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from people.desk import staff_views
from rooms.ground import refusals
from rooms.ground.report_tables import reports
from rooms.talk import messages
from rooms.talk.messages import Message

Queue = Literal["open", "closed"]

MOST_BETWEEN = 20


@dataclass(frozen=True)
class Report:
    """One report with its people, as staff read it."""

    id: int
    reporter_id: int
    reporter_name: str
    subject_id: int
    subject_name: str
    talk_id: int | None
    room_id: int | None
    question_id: int | None
    letter_id: int | None
    chat_id: int | None
    room_title: str | None
    kind: str
    text: str
    times: int
    state: Queue
    created_at: datetime
    closed_by_name: str | None
    closed_at: datetime | None
    words: str | None
    # How many reports about the same person there are in all.
    about_subject: int


@dataclass(frozen=True)
class TalkBetween:
    """A talk of the two people of a report."""

    id: int
    room_title: str
    caller_id: int
    entered_at: datetime
    state: str
    end_reason: str | None
    connected_ms: int


_REPORT = """
SELECT p.id, p.reporter_id, reporter.nickname AS reporter_name, p.subject_id,
  subject.nickname AS subject_name, p.talk_id, p.room_id, p.question_id,
  p.letter_id, p.chat_id,
  r.title AS room_title, p.kind, p.text,
  p.times, p.state, p.created_at, closer.nickname AS closed_by_name, p.closed_at, p.words,
  (SELECT count(*) FROM reports o WHERE o.subject_id = p.subject_id AND o.kind <> 'help')
    AS about_subject
FROM reports p
JOIN users reporter ON reporter.id = p.reporter_id
JOIN users subject ON subject.id = p.subject_id
LEFT JOIN rooms r ON r.id = p.room_id
LEFT JOIN users closer ON closer.id = p.closed_by
"""
_ONE = sa.text(f"{_REPORT} WHERE p.id = :id")
_ABOUT = sa.text(f"{_REPORT} WHERE p.subject_id = :user ORDER BY p.id DESC LIMIT :most")
_BETWEEN = sa.text("""
SELECT t.id, r.title AS room_title, t.caller_id, t.entered_at, t.state, t.end_reason, t.connected_ms
FROM talks t JOIN rooms r ON r.id = t.room_id
WHERE (t.caller_id, t.cast_id) IN ((:a, :b), (:b, :a)) ORDER BY t.id DESC LIMIT :most
""")


def is_closed() -> UserError:
    """Another member of staff has closed the report."""
    return UserError("report_closed", N_("この通報は、ほかのスタッフが処理しました。"))


async def report(tx: Tx, report_id: int, viewer_id: int) -> Report:
    """Return a report; that this member of staff opened it is noted.

    Raises UserError `report_unknown` (404).
    """
    found = await find(tx, report_id)
    await staff_views.note(tx, viewer_id, f"report:{report_id}")
    return found


async def chat(tx: Tx, report_id: int, viewer_id: int) -> tuple[Report, list[Message]]:
    """Return a report and what was written in its talk; that somebody looked is noted.

    Raises UserError `report_unknown` (404), also where no talk was reported.
    """
    found = await find(tx, report_id)
    if found.talk_id is None:
        raise refusals.report_unknown()
    await staff_views.note(tx, viewer_id, f"talk:{found.talk_id}")
    return found, await messages.latest(tx, found.talk_id)


async def find(tx: Tx, report_id: int) -> Report:
    """Return a report. Raises UserError `report_unknown` (404)."""
    row = (await tx.execute(_ONE, {"id": report_id})).mappings().one_or_none()
    if row is None:
        raise refusals.report_unknown()
    return Report(**row)


async def about(tx: Tx, user_id: int, most: int) -> list[Report]:
    """Return the latest reports about a person."""
    rows = await tx.execute(_ABOUT, {"user": user_id, "most": most})
    return [Report(**row) for row in rows.mappings()]


async def talks_between(tx: Tx, a: int, b: int) -> list[TalkBetween]:
    """Return the latest talks of two people."""
    rows = await tx.execute(_BETWEEN, {"a": a, "b": b, "most": MOST_BETWEEN})
    return [TalkBetween(**row) for row in rows.mappings()]


async def waiting(tx: Tx) -> int:
    """Return how many reports wait."""
    open_ones = sa.select(sa.func.count()).where(reports.c.state == "open")
    return int(await tx.scalar(open_ones) or 0)
