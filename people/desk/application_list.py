"""Applications as staff read them: those that wait, and those that are decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, count, offset
from people.desk import staff_views
from people.meeting.tables import applications

Queue = Literal["open", "done"]


@dataclass(frozen=True)
class Application:
    """One application. `account_id` is the confirmed account it would be, or was, applied to."""

    id: int
    user_id: int | None
    email: str
    name: str
    about: str
    message: str
    locale: str
    state: str
    created_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    words: str | None
    claimed_by: int | None
    account_id: int | None
    account_name: str | None
    account_is_cast: bool
    account_is_welcome: bool


_APPLICATION = """
SELECT a.id, a.user_id, a.email, a.name, a.about, a.message, a.locale, a.state, a.created_at,
  a.decided_by, d.nickname AS decided_by_name, a.decided_at, a.words, a.claimed_by,
  u.id AS account_id, u.nickname AS account_name, coalesce(u.is_cast, false) AS account_is_cast,
  coalesce(u.banned_at IS NULL
    AND (u.suspended_until IS NULL OR u.suspended_until <= clock_timestamp()), true)
    AS account_is_welcome
FROM applications a
LEFT JOIN users d ON d.id = a.decided_by
LEFT JOIN LATERAL (
  SELECT u.* FROM users u
  WHERE u.confirmed_at IS NOT NULL AND u.withdrawn_at IS NULL
    AND (u.id = coalesce(a.claimed_by, a.user_id) OR u.email = a.email)
  ORDER BY u.id = a.claimed_by DESC NULLS LAST, u.id = a.user_id DESC NULLS LAST LIMIT 1
) u ON true
"""
_BY_ID = sa.text(f"{_APPLICATION} WHERE a.id = :id")
# Those that wait: who has waited longest comes first. Those that are done: the latest first.
_WAITING = sa.text(f"{_APPLICATION} WHERE a.state = 'open' ORDER BY a.id OFFSET :skip LIMIT :most")
_DONE = sa.text(
    f"{_APPLICATION} WHERE a.state <> 'open' ORDER BY a.decided_at DESC OFFSET :skip LIMIT :most"
)


async def application(tx: Tx, application_id: int) -> Application:
    """Return an application. Raises UserError `application_unknown` (404)."""
    row = (await tx.execute(_BY_ID, {"id": application_id})).mappings().one_or_none()
    if row is None:
        raise UserError("application_unknown", N_("この応募は見つかりません。"), status=404)
    return Application(**row)


async def queue(tx: Tx, which: Queue, number: int, size: int, viewer_id: int) -> Page[Application]:
    """Return a page of the applications that wait, or of those that are decided.

    That this member of staff looked at them is noted.
    """
    rows = await tx.execute(
        _WAITING if which == "open" else _DONE,
        {"skip": offset(number, size), "most": size + 1},
    )
    page = Page.of([Application(**row) for row in rows.mappings()], number, size)
    await staff_views.note(tx, viewer_id, *(f"application:{one.id}" for one in page))
    return page


async def waiting(tx: Tx) -> int:
    """Return how many applications wait; beyond 99 the figure stays there."""
    return await count(tx, sa.select(applications.c.id).where(applications.c.state == "open"))
