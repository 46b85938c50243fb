"""Identities as administrators read them: what waits, who isn't checked yet, what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, count, offset
from foundation.row_types import typed_all
from people.desk.identity_tables import identity_documents

IdentityQueue = Literal["open", "unchecked", "done"]


@dataclass(frozen=True)
class IdentityLine:
    """Somebody in one of the lists. `at`: when they sent, were decided, or may go on until."""

    user_id: int
    nickname: str
    state: str
    at: datetime | None
    decided_by_name: str | None
    words: str | None


_LISTS: dict[IdentityQueue, str] = {
    # Who has waited longest comes first.
    "open": """
SELECT u.id AS user_id, u.nickname, 'waiting' AS state, d.sent_at AS at, NULL AS decided_by_name,
  NULL AS words
FROM identity_documents d JOIN users u ON u.id = d.user_id WHERE d.sent_at IS NOT NULL
ORDER BY d.sent_at, u.id""",
    # Casts who may not offer video, or only for some days more: whose days end first.
    "unchecked": """
SELECT u.id AS user_id, u.nickname, coalesce(c.state, 'none') AS state, c.allowed_until AS at,
  NULL AS decided_by_name, c.words
FROM users u LEFT JOIN identity_checks c ON c.user_id = u.id
WHERE u.is_cast AND NOT u.is_demo AND c.state IS DISTINCT FROM 'checked'
ORDER BY c.allowed_until NULLS LAST, u.id""",
    "done": """
SELECT u.id AS user_id, u.nickname, c.state, c.decided_at AS at, s.nickname AS decided_by_name,
  c.words
FROM identity_checks c JOIN users u ON u.id = c.user_id LEFT JOIN users s ON s.id = c.decided_by
WHERE c.decided_at IS NOT NULL ORDER BY c.decided_at DESC, u.id""",
}
_QUERIES = {which: sa.text(f"{query} OFFSET :skip LIMIT :most") for which, query in _LISTS.items()}


async def queue(tx: Tx, which: IdentityQueue, number: int, size: int) -> Page[IdentityLine]:
    """Return a page of those who wait, of casts not checked, or of what was decided."""
    bounds = {"skip": offset(number, size), "most": size + 1}
    rows = await tx.execute(_QUERIES[which], bounds)
    return Page.of(typed_all(IdentityLine, rows.mappings()), number, size)


async def waiting(tx: Tx) -> int:
    """Return how many documents wait; beyond 99 the figure stays there."""
    sent = identity_documents.c.sent_at.is_not(None)
    return await count(tx, sa.select(identity_documents.c.user_id).where(sent))
