"""Telling who asked of new answers: once for all that came since they last looked.

By mail they are told at most once an hour of one topic, with what came meanwhile.
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
from record import faults
from record.faults import Work
from writing.board import topics
from writing.board.tables import board_topics

AT_ONCE = 100
MAIL_MINUTES = 60

TELL = Work("tell_board", "board")
TITLE = N_("掲示板の相談に、回答が届いています")
TEXT = N_("「%(title)s」に、まだお読みでない回答が%(n)s件あります。")

# Told of what came since they last read; or told, but not by mail, since the last was so recent.
_DUE = f"""
t.unread > 0 AND t.shown AND (t.told_at IS NULL OR t.told_at < t.unread_since
  OR t.mailed_at < t.unread_since AND t.mailed_at < clock_timestamp() - :mail * interval '1 minute')
AND {TELL.is_due("t.id")}
"""
_FOUND = sa.text(f"""
SELECT t.id FROM board_topics t WHERE {_DUE} ORDER BY t.unread_since LIMIT :most
""")  # noqa: S608 - fixed texts
_ONE = sa.text(f"""
SELECT t.id, t.user_id, t.title, t.unread, t.unread_since, u.locale,
  coalesce(t.told_at >= t.unread_since, false) AS again,
  t.mailed_at IS NULL OR t.mailed_at < clock_timestamp() - :mail * interval '1 minute' AS mails
FROM board_topics t JOIN users u ON u.id = t.user_id WHERE t.id = :id AND {_DUE}
""")  # noqa: S608 - likewise


@dataclass(frozen=True)
class ToldTopic:
    """A topic whose writer is to be told; `again`: for the mail alone."""

    id: int
    user_id: int
    title: str
    unread: int
    unread_since: datetime
    locale: str
    again: bool
    mails: bool


async def tell(tx: Tx, settings: Settings) -> int:
    """Tell up to `AT_ONCE` people of answers that they haven't read; return how many were found.

    Call it again, in a new transaction, while it returns any.
    """
    found = (await tx.scalars(_FOUND, {"mail": MAIL_MINUTES, "most": AT_ONCE})).all()
    if not found:
        return 0
    query = sa.select(board_topics.c.id).where(board_topics.c.id.in_(found))
    rows = await locks.lock(tx, query, skip_locked=True)
    await faults.each(tx, TELL, rows, lambda row: _tell(tx, settings, row.id))
    return len(rows)


async def _tell(tx: Tx, settings: Settings, topic_id: int) -> None:
    found = await tx.execute(_ONE, {"mail": MAIL_MINUTES, "id": topic_id})
    # Read before the topic was locked.
    due = typed_one(ToldTopic, found.mappings())
    if due is None:
        return
    if not due.again or await choices.wants(tx, due.user_id, "board", "mail"):
        await inbox.tell(
            tx,
            due.user_id,
            kind="board",
            title=translate(due.locale, TITLE),
            text=translate(due.locale, TEXT, title=due.title, n=due.unread),
            link=f"/board/{topic_id}",
            site=settings.public_url,
            mail=due.mails,
        )
    now = sa.func.clock_timestamp()
    await topics.change(tx, topic_id, told_at=now, **({"mailed_at": now} if due.mails else {}))
