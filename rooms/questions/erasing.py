"""What goes of threads: what somebody wrote who withdraws, and threads that are long over.

What was reported stays as evidence until staff have closed the report, for nobody else to read.
"""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.accounts.tables import users
from record import sweeps
from rooms.ground.question_tables import question_messages, question_sides, question_threads
from rooms.ground.report_tables import reports

_REPORTED = sa.exists().where(
    reports.c.question_id == question_threads.c.id, reports.c.state == "open"
)


async def withdraw(tx: Tx, user_id: int) -> None:
    """Erase what a member wrote, but what is evidence of an open report; `sweep_words` follows."""
    mine = sa.exists().where(
        question_sides.c.thread_id == question_threads.c.id, question_sides.c.user_id == user_id
    )
    rows = await locks.lock(tx, sa.select(question_threads.c.id).where(mine, ~_REPORTED))
    if not rows:
        return
    written = sa.select(question_sides.c.side).where(
        question_sides.c.thread_id == question_messages.c.thread_id,
        question_sides.c.user_id == user_id,
    )
    of = question_messages.c.thread_id.in_([row.id for row in rows])
    await tx.execute(
        sa.delete(question_messages).where(
            of, question_messages.c.side == written.scalar_subquery()
        )
    )
    await tx.execute(_UNREAD, {"user": user_id})


# Nobody waits for who has gone, and what can't be read any more is unread no longer.
_UNREAD = sa.text("""
UPDATE question_sides s SET unread = 0, unread_since = NULL
WHERE s.unread > 0 AND s.thread_id IN (
  SELECT thread_id FROM question_sides WHERE user_id = :user)
""")


async def sweep_words(tx: Tx, most: int) -> int:
    """Erase up to `most` messages of members who have withdrawn; return how many were looked at."""
    gone = sa.exists().where(
        question_sides.c.thread_id == question_messages.c.thread_id,
        question_sides.c.side == question_messages.c.side,
        question_sides.c.user_id == users.c.id,
        users.c.withdrawn_at.is_not(None),
    )
    reported = sa.exists().where(
        reports.c.question_id == question_messages.c.thread_id, reports.c.state == "open"
    )
    old = sa.and_(gone, ~reported)
    key = question_messages.c.id
    return await sweeps.sweep(tx, key, key, old, most)


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` threads in which nobody has written for so long; return how many.

    Those of an open report stay, and for as long again after it was closed.
    """
    kept = sa.exists().where(
        reports.c.question_id == question_threads.c.id,
        sa.or_(reports.c.state == "open", ~sweeps.older(reports.c.closed_at, days)),
    )
    old = sa.and_(sweeps.older(question_threads.c.last_at, days), ~kept)
    key = question_threads.c.id
    return await sweeps.sweep(tx, key, question_threads.c.last_at, old, most)
