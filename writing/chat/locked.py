"""A consultation that something is done with: its people are locked before it, then its row."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_locked, typed_one
from people.accounts import locking
from writing.chat import refusals
from writing.chat.rows import ChatRow
from writing.chat.tables import chats

TRIES = 3


class _PassedOnError(Exception):
    """It passed into other hands before its row was locked."""


async def find(tx: Tx, chat_id: int) -> ChatRow:
    """Return a consultation's row. Raises UserError `chat_unknown` (404)."""
    found = await tx.execute(sa.select(chats).where(chats.c.id == chat_id))
    row = typed_one(ChatRow, found.mappings())
    if row is None:
        raise refusals.chat_unknown()
    return row


async def with_people(tx: Tx, chat_id: int, *also: int) -> ChatRow:
    """Lock a consultation's people and others, then its row, and return the row.

    So a block, a suspension and a withdrawal come before what is done with it, or after. Where it
    passed into other hands meanwhile, all is let go and taken again. Raises UserError
    `chat_unknown` (404), or `chat_changed` where that happens time and again.
    """
    for _ in range(TRIES):
        try:
            async with locks.savepoint(tx):
                return await _with_people(tx, await find(tx, chat_id), *also)
        except _PassedOnError:
            continue
    raise refusals.chat_changed()


async def _with_people(tx: Tx, row: ChatRow, *also: int) -> ChatRow:
    people = {row.caller_id, *([row.member_id] if row.member_id is not None else []), *also}
    await locking.lock_people(tx, *people)
    now = await again(tx, row.id)
    if now.member_id is not None and now.member_id not in people:
        raise _PassedOnError
    return now


async def of_side(tx: Tx, chat_id: int, user_id: int) -> ChatRow:
    """As `with_people`, for one of the two. Raises `chat_unknown` (404) for anybody else."""
    if (await find(tx, chat_id)).side_of(user_id) is None:
        raise refusals.chat_unknown()
    row = await with_people(tx, chat_id)
    if row.side_of(user_id) is None:
        raise refusals.chat_unknown()
    return row


async def of_caller(tx: Tx, chat_id: int, caller_id: int) -> ChatRow:
    """As `of_side`, for who asked."""
    row = await of_side(tx, chat_id, caller_id)
    if row.caller_id != caller_id:
        raise refusals.chat_unknown()
    return row


async def of_member(tx: Tx, chat_id: int, member_id: int, *also: int) -> ChatRow:
    """As `with_people`, for who has it in charge; raises `chat_unknown` (404) for anybody else."""
    if (await find(tx, chat_id)).member_id != member_id:
        raise refusals.chat_unknown()
    row = await with_people(tx, chat_id, *also)
    if row.member_id != member_id:
        raise refusals.chat_unknown()
    return row


async def again(tx: Tx, chat_id: int) -> ChatRow:
    """Lock a consultation's row and return it as it is now. Raises `chat_unknown` (404)."""
    query = sa.select(chats).where(chats.c.id == chat_id)
    rows = typed_locked(ChatRow, await locks.lock(tx, query))
    if not rows:
        raise refusals.chat_unknown()
    return rows[0]


async def change(tx: Tx, chat_id: int, **values: object) -> None:
    """Write what became of a consultation, whose row the caller has locked."""
    await tx.execute(sa.update(chats).where(chats.c.id == chat_id).values(**values))
