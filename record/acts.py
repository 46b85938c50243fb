"""What members of staff did, with their reasons. The log is added to, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset
from record.tables import staff_acts

MOST_REASON = 500


@dataclass(frozen=True)
class Act:
    """One act of a member of staff (of an operator at the console where there is no actor)."""

    id: int
    actor_id: int | None
    actor_name: str | None
    act: str
    subject: str
    detail: dict[str, Any]
    reason: str
    at: datetime


async def log_act(
    tx: Tx, actor_id: int | None, act: str, subject: str, *, reason: str, **detail: Any
) -> None:
    """Write an act into the log, in the transaction that does it. `subject` is `kind:id`."""
    await tx.execute(
        sa.insert(staff_acts).values(
            actor_id=actor_id, act=act, subject=subject, detail=detail, reason=reason
        )
    )


def reason_of(text: str) -> str:
    """Return a reason as it is kept. Raises UserError (400) `reason_needed` where there is none."""
    kept = " ".join(text.split())
    if not 1 <= len(kept) <= MOST_REASON:
        raise UserError("reason_needed", N_("理由は1〜500文字で入力してください。"), status=400)
    return kept


_ACTS = sa.text("""
SELECT a.id, a.actor_id, u.nickname AS actor_name, a.act, a.subject, a.detail, a.reason, a.at
FROM staff_acts a LEFT JOIN users u ON u.id = a.actor_id
WHERE CAST(:subject AS text) IS NULL OR a.subject = :subject
ORDER BY a.id DESC OFFSET :skip LIMIT :most
""")


async def acts(tx: Tx, number: int, size: int, subject: str | None = None) -> Page[Act]:
    """Return a page of the log, the latest first; of one subject where one is named."""
    rows = await tx.execute(
        _ACTS, {"subject": subject, "skip": offset(number, size), "most": size + 1}
    )
    return Page.of([Act(**row) for row in rows.mappings()], number, size)
