"""What members of staff did, as others of them read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset


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
