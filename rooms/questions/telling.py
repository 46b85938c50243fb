"""Telling people of messages that they haven't read: once for all that came since they last looked.

Whoever has the thread before their eyes reads within moments and is told nothing. By mail one is
told at most once an hour of one thread.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import choices, inbox
from people.accounts.tables import users
from record import faults
from record.faults import Work
from rooms.ground.question_tables import question_sides, question_threads

AT_ONCE = 100
# Whoever looks at the thread has read it by then.
AFTER_SECONDS = 20
MAIL_MINUTES = 60

TELL = Work("tell_question", "question", lambda row: f"{row.thread_id}:{row.side}")
TITLE = N_("%(name)sさんからメッセージが届いています")
TEXT = N_("「%(room)s」について、未読のメッセージが%(n)s件あります。")

# Told of what came since they last read; or told, but not by mail, since the last was so recent.
_DUE = f"""
s.unread > 0 AND s.unread_since < clock_timestamp() - :after * interval '1 s'
AND (s.told_at IS NULL OR s.told_at < s.unread_since
  OR s.mailed_at < s.unread_since AND s.mailed_at < clock_timestamp() - :mail * interval '1 minute')
AND {TELL.is_due("s.thread_id || ':' || s.side")}
"""


@dataclass(frozen=True)
class ToTell:
    """One side of a thread that is to be told; `again`: for the mail alone."""

    thread_id: int
    side: str
    user_id: int
    unread: int
    unread_since: datetime
    room: str
    name: str
    again: bool
    mails: bool


async def tell(tx: Tx, settings: Settings) -> int:
    """Tell up to `AT_ONCE` people of what they haven't read; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    bounds = {"after": AFTER_SECONDS, "mail": MAIL_MINUTES, "most": AT_ONCE}
    found = (await tx.execute(_FOUND, bounds)).all()
    if not found:
        return 0
    query = sa.select(question_threads.c.id).where(
        question_threads.c.id.in_({row.thread_id for row in found})
    )
    held = {row.id for row in await locks.lock(tx, query, skip_locked=True)}
    rows = [row for row in found if row.thread_id in held]
    await faults.each(tx, TELL, rows, lambda row: _tell(tx, settings, row.thread_id, row.side))
    return len(rows)


_FOUND = sa.text(f"""
SELECT s.thread_id, s.side FROM question_sides s WHERE {_DUE} ORDER BY s.unread_since LIMIT :most
""")  # noqa: S608 - fixed texts
_ONE = sa.text(f"""
SELECT s.thread_id, s.side, s.user_id, s.unread, s.unread_since, r.title AS room,
  o.nickname AS name, coalesce(s.told_at >= s.unread_since, false) AS again,
  s.mailed_at IS NULL OR s.mailed_at < clock_timestamp() - :mail * interval '1 minute' AS mails
FROM question_sides s JOIN question_threads t ON t.id = s.thread_id
JOIN rooms r ON r.id = t.room_id
JOIN question_sides theirs ON theirs.thread_id = s.thread_id AND theirs.side <> s.side
JOIN users o ON o.id = theirs.user_id
WHERE s.thread_id = :thread AND s.side = :side AND {_DUE}
""")  # noqa: S608 - likewise


async def _tell(tx: Tx, settings: Settings, thread_id: int, side: str) -> None:
    bounds = {"after": AFTER_SECONDS, "mail": MAIL_MINUTES}
    found = await tx.execute(_ONE, bounds | {"thread": thread_id, "side": side})
    # Read before the thread was locked.
    due = typed_one(ToTell, found.mappings())
    if due is None:
        return
    if not due.again or await choices.wants(tx, due.user_id, "question", "mail"):
        await _write(tx, settings, due)
    now = sa.func.clock_timestamp()
    of = sa.and_(question_sides.c.thread_id == thread_id, question_sides.c.side == side)
    noted = {"told_at": now} | ({"mailed_at": now} if due.mails else {})
    await tx.execute(sa.update(question_sides).where(of).values(**noted))


async def _write(tx: Tx, settings: Settings, due: ToTell) -> None:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == due.user_id)) or "ja"
    await inbox.tell(
        tx,
        due.user_id,
        kind="question",
        title=translate(locale, TITLE, name=due.name),
        text=translate(locale, TEXT, room=due.room, n=due.unread),
        link=f"/messages/{due.thread_id}",
        site=settings.public_url,
        mail=due.mails,
    )
