"""Telling people of messages that they haven't read: once for all that came since they last looked.

Whoever has the consultation before their eyes reads within moments and is told nothing. By mail one
is told at most once an hour of one consultation.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import choices, inbox
from record import faults
from record.faults import Work
from writing.chat.notice_words import UNREAD, UNREAD_TEXT
from writing.chat.tables import chat_sides, chats

AT_ONCE = 100
# Whoever looks at it has read it by then.
AFTER_SECONDS = 20
MAIL_MINUTES = 60

TELL = Work("tell_chat", "chat", lambda row: f"{row.chat_id}:{row.side}")

# Told of what came since they last read; or told, but not by mail, since the last was so recent.
_DUE = f"""
s.unread > 0 AND s.unread_since < clock_timestamp() - :after * interval '1 s'
AND (s.told_at IS NULL OR s.told_at < s.unread_since
  OR s.mailed_at < s.unread_since AND s.mailed_at < clock_timestamp() - :mail * interval '1 minute')
AND {TELL.is_due("s.chat_id || ':' || s.side")}
"""
_BOUNDS = {"after": AFTER_SECONDS, "mail": MAIL_MINUTES}


@dataclass(frozen=True)
class ChatToTell:
    """One side of a consultation that is to be told; `again`: for the mail alone."""

    user_id: int
    locale: str
    unread: int
    name: str
    again: bool
    mails: bool


async def tell(tx: Tx, settings: Settings) -> int:
    """Tell up to `AT_ONCE` people of what they haven't read; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    found = (await tx.execute(_FOUND, {**_BOUNDS, "most": AT_ONCE})).all()
    if not found:
        return 0
    query = sa.select(chats.c.id).where(chats.c.id.in_({row.chat_id for row in found}))
    held = {row.id for row in await locks.lock(tx, query, skip_locked=True)}
    rows = [row for row in found if row.chat_id in held]
    await faults.each(tx, TELL, rows, lambda row: _tell(tx, settings, row.chat_id, row.side))
    return len(rows)


_FOUND = sa.text(f"""
SELECT s.chat_id, s.side FROM chat_sides s WHERE {_DUE} ORDER BY s.unread_since LIMIT :most
""")  # noqa: S608 - fixed texts
_ONE = sa.text(f"""
SELECT s.user_id, me.locale, s.unread, o.nickname AS name,
  coalesce(s.told_at >= s.unread_since, false) AS again,
  s.mailed_at IS NULL OR s.mailed_at < clock_timestamp() - :mail * interval '1 minute' AS mails
FROM chat_sides s JOIN chat_sides theirs ON theirs.chat_id = s.chat_id AND theirs.side <> s.side
JOIN users me ON me.id = s.user_id JOIN users o ON o.id = theirs.user_id
WHERE s.chat_id = :chat AND s.side = :side AND {_DUE}
""")  # noqa: S608 - likewise


async def _tell(tx: Tx, settings: Settings, chat_id: int, side: str) -> None:
    found = await tx.execute(_ONE, {**_BOUNDS, "chat": chat_id, "side": side})
    # Read before the consultation was locked.
    due = typed_one(ChatToTell, found.mappings())
    if due is None:
        return
    if not due.again or await choices.wants(tx, due.user_id, "chat_message", "mail"):
        await _write(tx, settings, chat_id, due)
    now = sa.func.clock_timestamp()
    of = (chat_sides.c.chat_id == chat_id) & (chat_sides.c.side == side)
    noted = {"told_at": now} | ({"mailed_at": now} if due.mails else {})
    await tx.execute(sa.update(chat_sides).where(of).values(**noted))


async def _write(tx: Tx, settings: Settings, chat_id: int, due: ChatToTell) -> None:
    await inbox.tell(
        tx,
        due.user_id,
        kind="chat_message",
        title=translate(due.locale, UNREAD, name=due.name),
        text=translate(due.locale, UNREAD_TEXT, n=due.unread),
        link=f"/chats/{chat_id}",
        site=settings.public_url,
        mail=due.mails,
    )
