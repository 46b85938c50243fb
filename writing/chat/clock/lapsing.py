"""By the timetable: nobody took it, the nominated member didn't, a paid day is over. Once each.

A savepoint a row; all of it is caught up with right after the site was off.
"""

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from points.tables import wallets
from record import faults
from record.faults import Work
from writing.chat import days, handing_over, locked, notices
from writing.chat.day_tables import chat_days
from writing.chat.rows import ChatRow
from writing.chat.tables import chats

LAPSE = Work("lapse_chat", "chat")
ASK = Work("ask_chat", "chat")
SETTLE = Work("settle_chat", "chat")
AT_ONCE = 200

_NOW = sa.func.clock_timestamp()
# Wallets are locked in the order of their ids: so those of one caller stand together, in it.
_BY_WALLET = (
    sa.select(wallets.c.id)
    .where(wallets.c.user_id == chats.c.caller_id, wallets.c.kind == "points")
    .scalar_subquery()
)


async def lapse(tx: Tx, settings: Settings) -> int:
    """End consultations that nobody took in their days; return how many were looked at.

    Everything goes back. Call it again, in a new transaction, while it returns any.
    """
    query = (
        sa.select(chats)
        .where(chats.c.state == "waiting", chats.c.take_until <= _NOW)
        .where(sa.text(LAPSE.is_due("chats.id")))
        .order_by(_BY_WALLET, chats.c.id)
        .limit(AT_ONCE)
    )
    return await faults.each_locked(
        tx, LAPSE, ChatRow, query, lambda row: _lapse(tx, settings, row)
    )


async def _lapse(tx: Tx, settings: Settings, row: ChatRow) -> None:
    back = await days.give_back(tx, row.id, reason="chat not taken")
    await locked.change(tx, row.id, state="unanswered", ended_at=await clock(tx), wishes="")
    await notices.tell(tx, settings, row, "unanswered", back=back)


async def ask(tx: Tx, settings: Settings) -> int:
    """Ask the callers of those that a nominated member didn't take whether all may have them.

    Returns how many were looked at. Call it again, as `lapse`.
    """
    query = (
        sa.select(chats)
        .where(chats.c.state == "waiting", ~chats.c.to_all, chats.c.asked_at.is_(None))
        .where(chats.c.nominee_until <= _NOW, chats.c.take_until > _NOW)
        .where(sa.text(ASK.is_due("chats.id")))
        .order_by(chats.c.nominee_until)
        .limit(AT_ONCE)
    )
    return await faults.each_locked(tx, ASK, ChatRow, query, lambda row: ask_one(tx, settings, row))


async def ask_one(tx: Tx, settings: Settings, row: ChatRow) -> None:
    """Ask a caller whether all may have what the nominated member doesn't take."""
    await locked.change(tx, row.id, asked_at=await clock(tx))
    await notices.tell(tx, settings, row, "ask_all")


async def settle(tx: Tx, settings: Settings) -> int:
    """Settle the paid days that are over; return how many consultations were looked at.

    Call it again, as `lapse`.
    """
    due = sa.exists().where(
        chat_days.c.chat_id == chats.c.id,
        chat_days.c.state == "held",
        chat_days.c.ends_at <= _NOW,
    )
    query = (
        sa.select(chats)
        .where(chats.c.state == "running", due)
        .where(sa.text(SETTLE.is_due("chats.id")))
        .order_by(_BY_WALLET, chats.c.id)
        .limit(AT_ONCE)
    )
    return await faults.each_locked(
        tx, SETTLE, ChatRow, query, lambda row: _settle(tx, settings, row)
    )


async def _settle(tx: Tx, settings: Settings, row: ChatRow) -> None:
    now = await clock(tx)
    silent = await days.settle_due(tx, row, now)
    if not silent and not await days.is_through(tx, row):
        return
    how = "silent" if silent else "over"
    await locked.change(tx, row.id, state="ended", ended_at=now, ended_how=how)
    await handing_over.drop(tx, row.id)
    back = await days.returned_of(tx, row.id) if silent else 0
    await notices.tell(tx, settings, row, how, back=back)
    await notices.tell(tx, settings, row, f"{how}_member")
