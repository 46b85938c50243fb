"""Telling those who asked for it of topics that nobody has answered for a day.

The clock does so once an hour, and tells each of them of all such topics at once.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_all
from foundation.settings import Settings
from notify import inbox
from record import faults
from record.faults import Work
from writing.board.tables import board_topics

# As many topics at once, and as many who are told of them.
MOST_TOPICS, MOST_PEOPLE = 500, 5000
LINK = "/board?show=not_by_me&order=waiting"

CALL = Work("call_for_answers", "user")
TITLE = N_("回答を待っている相談があります")
TEXT = N_("%(hours)s時間以上、だれからも回答のない相談が%(n)s件あります。")


@dataclass(frozen=True)
class CalledMember:
    """Who is told, of how many topics that are there for them and aren't their own."""

    id: int
    locale: str
    topics: int


async def call(tx: Tx, settings: Settings) -> int:
    """Tell of the topics that have waited long; return how many topics those were.

    Each topic is told of once. With a second call for what more there is, who was told is told
    again: `MOST_TOPICS` are more than an hour brings.
    """
    t = board_topics.c
    since = sa.func.clock_timestamp() - sa.func.make_interval(
        0, 0, 0, 0, settings.board_unanswered_hours
    )
    long = sa.and_(
        t.shown, t.answers == 0, t.closed_at.is_(None), t.called_at.is_(None), t.shown_at < since
    )
    query = sa.select(t.id).where(long).order_by(t.shown_at).limit(MOST_TOPICS)
    rows = await locks.lock(tx, query, skip_locked=True)
    if not rows:
        return 0
    ids = [row.id for row in rows]
    found = await tx.execute(_PEOPLE, {"ids": ids, "most": MOST_PEOPLE})
    people = typed_all(CalledMember, found.mappings())
    await faults.each(
        tx, CALL, people, lambda one: _tell(tx, settings, one, max(ids)), at_once=True
    )
    now = sa.func.clock_timestamp()
    await tx.execute(sa.update(board_topics).where(t.id.in_(ids)).values(called_at=now))
    return len(ids)


_PEOPLE = sa.text("""
SELECT u.id, u.locale, count(*) AS topics FROM users u
JOIN board_topics t ON t.id = ANY (CAST(:ids AS bigint[])) AND t.user_id <> u.id
WHERE u.id IN (SELECT user_id FROM notification_choices WHERE topic = 'unanswered' AND wanted)
  AND u.confirmed_at IS NOT NULL AND u.withdrawn_at IS NULL AND u.banned_at IS NULL
  AND (u.suspended_until IS NULL OR u.suspended_until <= clock_timestamp())
  AND CASE WHEN t.pen_name IS NULL THEN NOT EXISTS (SELECT FROM blocks b
      WHERE (b.blocker_id, b.blocked_id) IN ((u.id, t.user_id), (t.user_id, u.id)))
    ELSE NOT EXISTS (SELECT FROM board_pen_blocks p WHERE (p.topic_id, p.user_id) = (t.id, u.id))
    END
GROUP BY u.id ORDER BY u.id LIMIT :most
""")


async def _tell(tx: Tx, settings: Settings, one: CalledMember, last: int) -> None:
    await inbox.tell(
        tx,
        one.id,
        kind="unanswered",
        key=f"unanswered:{last}",
        title=translate(one.locale, TITLE),
        text=translate(one.locale, TEXT, hours=settings.board_unanswered_hours, n=one.topics),
        link=LINK,
        site=settings.public_url,
    )
