"""「担当する」: of all who press at once, one gets the consultation."""

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from people.meeting import blocks
from writing.chat import days, locked, members, notices, refusals
from writing.chat.rows import ChatRow
from writing.chat.tables import chat_messages, chat_sides
from writing.ground import answering


async def take(tx: Tx, settings: Settings, chat_id: int, member_id: int) -> None:
    """Let a member have a consultation in charge; who has it already keeps it.

    Raises UserError `chat_unknown` (404) where it isn't for them, `chat_taken` where another was
    first, `chat_gone` where it waits no more, `chat_load_full`.
    """
    row = await locked.with_people(tx, chat_id, member_id)
    if row.member_id == member_id and row.state == "running":
        return
    if not await is_for(tx, row, member_id):
        raise refusals.chat_unknown()
    now = await clock(tx)
    if row.state in ("running", "ended"):
        raise refusals.chat_taken()
    # Past its day it goes back, also where the clock has not come to that yet.
    if row.state != "waiting" or row.take_until <= now:
        raise refusals.chat_gone()
    await members.must_take(tx, settings, member_id, row.caller_id, row.points)
    await locked.change(tx, row.id, state="running", member_id=member_id, taken_at=now, last_at=now)
    await days.begin(tx, row.id, now)
    await _open_side(tx, row.id, member_id)
    await notices.tell(tx, settings, await locked.find(tx, row.id), "taken")


async def is_for(tx: Tx, row: ChatRow, member_id: int) -> bool:
    """Say whether a consultation is (or was) for a member to take, by who they are."""
    if member_id == row.caller_id or not (row.to_all or row.nominee_id == member_id):
        return False
    if not await answering.is_one(tx, member_id):
        return False
    if await blocks.hidden(tx, row.caller_id, member_id):
        return False
    return not row.points or (await answering.find(tx, member_id)).is_cast


async def _open_side(tx: Tx, chat_id: int, member_id: int) -> None:
    """Who takes it has read what it is about."""
    last = sa.select(sa.func.coalesce(sa.func.max(chat_messages.c.id), 0))
    read = last.where(chat_messages.c.chat_id == chat_id).scalar_subquery()
    side = {"chat_id": chat_id, "side": "member", "user_id": member_id, "read_id": read}
    await tx.execute(sa.insert(chat_sides).values(**side))
