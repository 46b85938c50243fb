"""Staff who look at a recording: beside an open claim or report about its talk, and logged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed, typed_all
from people.desk import staff_views
from record.acts import log_act
from rooms.recording import library

Matter = Literal["claim", "report"]


@dataclass(frozen=True)
class Evidenced:
    """A recording beside a claim or a report, as staff know of it. `open`: they may look now."""

    id: int
    talk_id: int
    caller_name: str
    cast_name: str
    agreed_at: datetime
    run_ms: int
    open: bool


# A recording that its two don't see any more stays for an open matter, and goes when that closes.
_FOUND = """
SELECT r.id, r.talk_id, caller.nickname AS caller_name, star.nickname AS cast_name, r.agreed_at,
  r.run_ms, q.open AND :viewer NOT IN (t.caller_id, t.cast_id) AS open
FROM recordings r JOIN talks t ON t.id = r.talk_id
JOIN users caller ON caller.id = t.caller_id
JOIN users star ON star.id = t.cast_id
JOIN ({}) q ON q.talk_id = t.id
WHERE r.state = 'ended' AND r.erased_at IS NULL
  AND EXISTS (SELECT FROM recording_parts p WHERE p.recording_id = r.id)
"""
_MATTERS: dict[Matter, str] = {
    "claim": """SELECT t.id AS talk_id, c.state IN ('open', 'waiting_second') AS open
      FROM claims c JOIN talks t ON t.id = c.talk_id OR t.reservation_id = c.reservation_id
      WHERE c.id = :matter""",
    "report": "SELECT talk_id, state = 'open' AS open FROM reports WHERE id = :matter",
}
_BESIDE = {
    matter: sa.text(f"{_FOUND.format(query)} ORDER BY r.id LIMIT 50")
    for matter, query in _MATTERS.items()
}
_ONE = {
    matter: sa.text(f"{_FOUND.format(query)} AND r.id = :id") for matter, query in _MATTERS.items()
}


async def beside(tx: Tx, matter: Matter, matter_id: int, viewer_id: int) -> list[Evidenced]:
    """Return the recordings about which a claim or a report is, and whether staff may look."""
    rows = await tx.execute(_BESIDE[matter], {"matter": matter_id, "viewer": viewer_id})
    return typed_all(Evidenced, rows.mappings())


async def look(
    tx: Tx, matter: Matter, matter_id: int, recording_id: int, viewer_id: int, *, opens: bool
) -> Evidenced:
    """Let a member of staff see a recording; that they did is written down, whatever they do then.

    `opens`: they open its page, which is an act of its own; its files are noted to the minute.
    Raises UserError `recording_unknown` (404) for one that no open matter is about.
    """
    asked = {"matter": matter_id, "viewer": viewer_id, "id": recording_id}
    row = (await tx.execute(_ONE[matter], asked)).mappings().one_or_none()
    if row is None or not row["open"]:
        raise library.recording_unknown()
    found = typed(Evidenced, row)
    if opens:
        reason = f"{matter}:{matter_id}"
        await log_act(tx, viewer_id, "recording.watch", f"recording:{recording_id}", reason=reason)
    await staff_views.note(tx, viewer_id, f"recording:{recording_id}")
    return found
