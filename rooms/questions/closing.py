"""Closing a thread, which either of its two may; and a room that takes no questions."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.accounts import locking
from rooms.ground import refusals
from rooms.ground.question_tables import question_threads
from rooms.ground.tables import rooms
from rooms.questions import threads
from rooms.questions.threads import QuestionThread


async def close(tx: Tx, thread_id: int, user_id: int) -> None:
    """Let nobody write in a thread; one that is closed stays as it is.

    Raises UserError `question_unknown` (404).
    """
    thread = await _locked(tx, thread_id, user_id)
    if thread.closed_by is None:
        now = sa.func.clock_timestamp()
        await _change(tx, thread_id, closed_by=thread.side, closed_at=now)


async def reopen(tx: Tx, thread_id: int, user_id: int) -> None:
    """Open a thread again that oneself has closed; the other's word stands. Raises as `close`."""
    thread = await _locked(tx, thread_id, user_id)
    if thread.closed_by == thread.side:
        await _change(tx, thread_id, closed_by=None, closed_at=None)


async def _locked(tx: Tx, thread_id: int, user_id: int) -> QuestionThread:
    await threads.find(tx, thread_id, user_id)
    query = sa.select(question_threads.c.id).where(question_threads.c.id == thread_id)
    await locks.lock(tx, query)
    return await threads.find(tx, thread_id, user_id)


async def _change(tx: Tx, thread_id: int, **values: object) -> None:
    row = question_threads.c.id == thread_id
    await tx.execute(sa.update(question_threads).where(row).values(**values))


async def take_questions(tx: Tx, room_id: int, cast_id: int, *, takes: bool) -> None:
    """Let a room take questions or not. Raises UserError `room_unknown` (404)."""
    await locking.lock_people(tx, cast_id)
    own = sa.and_(rooms.c.id == room_id, rooms.c.cast_id == cast_id)
    if not await locks.lock(tx, sa.select(rooms.c.id).where(own)):
        raise refusals.room_unknown()
    await tx.execute(sa.update(rooms).where(own).values(takes_questions=takes))
