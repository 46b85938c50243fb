"""Reports as a list that staff work off: one line each, with what is known of who was reported."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from rooms.care.desk.claim_cases import Owned
from rooms.care.report_list import Queue


@dataclass(frozen=True)
class WantedReports:
    """What a list of reports is narrowed to: `days` since it was made."""

    which: Queue = "open"
    kind: str | None = None
    days: int | None = None
    who: str = ""
    owned: Owned = "anyone"


@dataclass(frozen=True)
class ReportLine:
    """One report in the list: `about_subject` counts all about the same person, `sanctions` theirs.

    `failed` where closing it could not be carried out.
    """

    id: int
    kind: str
    state: Queue
    times: int
    created_at: datetime
    reporter_id: int
    reporter_name: str
    subject_id: int
    subject_name: str
    room_title: str | None
    talk_id: int | None
    connected_ms: int | None
    owner_id: int | None
    owner_name: str | None
    about_subject: int
    sanctions: int
    failed: str | None


_LINES = """
SELECT p.id, p.kind, p.state, p.times, p.created_at, p.reporter_id,
  reporter.nickname AS reporter_name, p.subject_id, subject.nickname AS subject_name,
  r.title AS room_title, p.talk_id, t.connected_ms, o.owner_id, owner.nickname AS owner_name,
  (SELECT count(*) FROM reports q WHERE q.subject_id = p.subject_id) AS about_subject,
  (SELECT count(*) FROM sanctions n WHERE n.user_id = p.subject_id) AS sanctions, d.failed
FROM reports p
JOIN users reporter ON reporter.id = p.reporter_id
JOIN users subject ON subject.id = p.subject_id
LEFT JOIN rooms r ON r.id = p.room_id
LEFT JOIN talks t ON t.id = p.talk_id
LEFT JOIN case_owners o ON o.report_id = p.id
LEFT JOIN users owner ON owner.id = o.owner_id
LEFT JOIN due_decisions d ON d.report_id = p.id
WHERE p.state = :which AND (d.id IS NULL OR d.failed IS NOT NULL)
  AND (CAST(:kind AS text) IS NULL OR p.kind = :kind)
  AND (CAST(:days AS integer) IS NULL
    OR p.created_at <= clock_timestamp() - :days * interval '1 day')
  AND (CAST(:who AS text) = '' OR EXISTS (SELECT FROM users u
    WHERE u.id IN (p.reporter_id, p.subject_id)
    AND (position(lower(:who) IN lower(u.nickname)) > 0 OR u.member_number::text = :who)))
  AND (:owned = 'anyone' OR :owned = 'me' AND o.owner_id = :me
    OR :owned = 'nobody' AND o.owner_id IS NULL)
"""
_QUEUE: dict[Queue, sa.TextClause] = {
    "open": sa.text(f"{_LINES} ORDER BY p.id OFFSET :skip LIMIT :most"),
    "closed": sa.text(f"{_LINES} ORDER BY p.closed_at DESC OFFSET :skip LIMIT :most"),
}


async def listed(
    tx: Tx, wanted: WantedReports, viewer_id: int, number: int, size: int
) -> Page[ReportLine]:
    """Return a page of the reports that are wanted, but for those that are being closed."""
    rows = await tx.execute(
        _QUEUE[wanted.which],
        {
            "which": wanted.which,
            "kind": wanted.kind,
            "days": wanted.days,
            "who": wanted.who,
            "owned": wanted.owned,
            "me": viewer_id,
            "skip": offset(number, size),
            "most": size + 1,
        },
    )
    return Page.of([ReportLine(**row) for row in rows.mappings()], number, size)
