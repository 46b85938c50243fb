"""What goes of consultations: what somebody wrote who withdraws, and what was written long ago.

The rows stay, as what was held and paid was for them. What stands under an open report stays until
staff have closed it; which those are is told by who asks (`reported`: a condition on `chats`).
Photos go with their messages.
"""

import sqlalchemy as sa

from foundation.database import Tx
from people.accounts.tables import users
from record import sweeps
from writing.chat.tables import chat_members, chat_messages, chats

# What can't be read any more is unread no longer.
_UNREAD = sa.text("""
UPDATE chat_sides s SET unread = 0, unread_since = NULL
WHERE s.unread > 0 AND EXISTS (SELECT FROM chats c
  WHERE c.id = s.chat_id AND :user IN (c.caller_id, c.member_id))
""")


async def withdraw(tx: Tx, user_id: int, reported: sa.ColumnElement[bool]) -> None:
    """Erase what a member wrote in consultations, but what is evidence, and what they chose.

    Who calls holds the lock of the member, without which nobody writes in one of theirs.
    """
    await tx.execute(sa.delete(chat_members).where(chat_members.c.user_id == user_id))
    await tx.execute(sa.update(chats).where(chats.c.caller_id == user_id).values(wishes=""))
    evident = sa.exists().where(chats.c.id == chat_messages.c.chat_id, reported)
    mine = chat_messages.c.sender_id == user_id
    await tx.execute(sa.delete(chat_messages).where(mine, ~evident))
    await tx.execute(_UNREAD, {"user": user_id})


async def sweep_words(tx: Tx, most: int, reported: sa.ColumnElement[bool]) -> int:
    """Erase up to `most` messages that somebody wrote who has withdrawn; return how many."""
    gone = sa.exists().where(
        chats.c.id == chat_messages.c.chat_id,
        users.c.id == chat_messages.c.sender_id,
        users.c.withdrawn_at.is_not(None),
        ~reported,
    )
    return await sweeps.sweep(tx, chat_messages.c.id, chat_messages.c.id, gone, most)


async def sweep(tx: Tx, days: int, most: int, reported: sa.ColumnElement[bool]) -> int:
    """Erase up to `most` messages of consultations that are over for so long; return how many.

    The wishes of their callers go with them.
    """
    over = sa.and_(sweeps.older(chats.c.ended_at, days), ~reported)
    wished = sa.select(chats.c.id).where(over, chats.c.wishes != "").limit(most)
    await tx.execute(sa.update(chats).where(chats.c.id.in_(wished)).values(wishes=""))
    theirs = sa.exists().where(chats.c.id == chat_messages.c.chat_id, over)
    old = sa.and_(sweeps.older(chat_messages.c.at, days), theirs)
    return await sweeps.sweep(tx, chat_messages.c.id, chat_messages.c.at, old, most)
