"""Which private matters members of staff opened. The log is added to, never changed."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.pages import Page, offset
from people.accounts.tables import users
from people.desk.tables import staff_views


@dataclass(frozen=True)
class View:
    """One look of a member of staff at a private matter, `kind:id`, to the minute."""

    id: int
    viewer_id: int
    viewer_name: str
    subject: str
    at: datetime


async def note(tx: Tx, viewer_id: int, *subjects: str) -> None:
    """Note that a member of staff opens these matters, each at most once a minute."""
    rows = [{"viewer_id": viewer_id, "subject": subject} for subject in subjects]
    if rows:
        await tx.execute(insert(staff_views).values(rows).on_conflict_do_nothing())


async def note_list(tx: Tx, viewer_id: int, name: str) -> None:
    """Note that a member of staff takes a whole list along as a file."""
    await note(tx, viewer_id, f"sheet:{name}")


async def views(
    tx: Tx, number: int, size: int, subject: str | None = None, who: str = ""
) -> Page[View]:
    """Return a page of the log, the latest first; of one subject, or of whom a name is part of.

    A subject that ends with a colon stands for all of its kind.
    """
    query = (
        sa.select(
            staff_views.c.id,
            staff_views.c.viewer_id,
            users.c.nickname.label("viewer_name"),
            staff_views.c.subject,
            staff_views.c.at,
        )
        .join(users, users.c.id == staff_views.c.viewer_id)
        .order_by(staff_views.c.id.desc())
        .offset(offset(number, size))
        .limit(size + 1)
    )
    if subject and subject.endswith(":"):
        query = query.where(staff_views.c.subject.startswith(subject, autoescape=True))
    elif subject:
        query = query.where(staff_views.c.subject == subject)
    if who:
        query = query.where(users.c.nickname.icontains(who, autoescape=True))
    rows = await tx.execute(query)
    return Page.of([View(**row) for row in rows.mappings()], number, size)


_SWEEP = sa.text("""
DELETE FROM staff_views WHERE id IN (
  SELECT id FROM (SELECT id, at FROM staff_views ORDER BY id LIMIT :most) oldest
  WHERE at < clock_timestamp() - :days * interval '1 day')
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` looks that are older; return how many. Younger ones can't be deleted."""
    return (await tx.execute(_SWEEP, {"days": days, "most": most})).rowcount
