"""What staff note about a member, for each other alone. A note goes with the member."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.text.written import written
from people.accounts.tables import users
from people.desk.tables import staff_notes
from record.acts import log_act

MOST_CHARACTERS = 1000
MOST_SHOWN = 50


@dataclass(frozen=True)
class StaffNote:
    """One note about a member, and who of the staff wrote it."""

    id: int
    author_id: int
    author_name: str
    text: str
    at: datetime


async def add(tx: Tx, user_id: int, author_id: int, text: str) -> None:
    """Note something about a member.

    Raises UserError `note_own` (403) for one about oneself, `note_needed` (400), and as `written`.
    """
    if user_id == author_id:
        raise UserError("note_own", N_("ご自分についてのメモは書けません。"), status=403)
    words = written(text, MOST_CHARACTERS)
    if not words:
        raise UserError("note_needed", N_("メモを入力してください。"), status=400)
    values = {"user_id": user_id, "author_id": author_id, "text": words}
    await tx.execute(sa.insert(staff_notes).values(values))
    # The words go with the member, which the log does not.
    await log_act(tx, author_id, "note.add", f"user:{user_id}", reason="–")


async def remove(tx: Tx, user_id: int, note_id: int, author_id: int) -> None:
    """Take one's own note away. Raises UserError `note_unknown` (404) for any other."""
    mine = sa.delete(staff_notes).where(
        staff_notes.c.id == note_id,
        staff_notes.c.user_id == user_id,
        staff_notes.c.author_id == author_id,
    )
    if not (await tx.execute(mine)).rowcount:
        raise UserError("note_unknown", N_("このメモは見つかりません。"), status=404)
    await log_act(tx, author_id, "note.remove", f"user:{user_id}", reason="–")


async def about(tx: Tx, user_id: int) -> list[StaffNote]:
    """Return the notes about a member, the latest first."""
    rows = await tx.execute(
        sa.select(
            staff_notes.c.id,
            staff_notes.c.author_id,
            users.c.nickname.label("author_name"),
            staff_notes.c.text,
            staff_notes.c.at,
        )
        .join(users, users.c.id == staff_notes.c.author_id)
        .where(staff_notes.c.user_id == user_id)
        .order_by(staff_notes.c.id.desc())
        .limit(MOST_SHOWN)
    )
    return [StaffNote(**row) for row in rows.mappings()]
