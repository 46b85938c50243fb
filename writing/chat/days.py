"""The money of a paid consultation: held by days when it is sent, each day settled by itself.

Who calls has locked the consultation's row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from points import ledger
from points import rules as prices
from writing.chat import rules
from writing.chat.day_tables import chat_days
from writing.chat.rows import ChatRow
from writing.chat.rules import DayOf, DayState
from writing.ground import paying


@dataclass(frozen=True)
class ChatDay:
    """A day of a consultation: its price, the member's share of it, and what became of it."""

    day: int
    hold_id: int
    points: int
    share: int
    state: DayState
    starts_at: datetime | None
    ends_at: datetime | None
    silent: bool


@dataclass(frozen=True)
class HeldDay:
    """The price of a day and the hold that bears it."""

    points: int
    hold_id: int


async def hold(
    tx: Tx, settings: Settings, caller_id: int, press: str, points: int
) -> list[HeldDay]:
    """Set a price aside, each day by itself.

    Raises UserError as `paying.must_be_able_to_pay` does for the whole.
    """
    if not points:
        return []
    await paying.must_be_able_to_pay(
        tx, settings, caller_id, points, takes_tab=False, pays="points"
    )
    held = []
    for number, part in enumerate(rules.parts_of(points, settings.chat_days), 1):
        key = f"chat:{caller_id}:{press}:{number}"
        hold_id = await paying.set_aside(
            tx, settings, caller_id, part, key=key, reason="chat", pays="points"
        )
        held.append(HeldDay(part, hold_id))
    return held


async def write(tx: Tx, settings: Settings, chat_id: int, held: Sequence[HeldDay]) -> None:
    """Write down the days of a consultation that was just sent."""
    rows = [
        {
            "chat_id": chat_id,
            "day": number,
            "hold_id": one.hold_id,
            "points": one.points,
            "share": prices.share_of(one.points, settings.fee_percent),
        }
        for number, one in enumerate(held, 1)
    ]
    if rows:
        await tx.execute(sa.insert(chat_days), rows)


async def begin(tx: Tx, chat_id: int, at: datetime) -> None:
    """Let the days of a consultation run from the moment in which it was taken."""
    day = sa.text("interval '1 day'")
    starts = sa.literal(at, sa.DateTime(timezone=True)) + (chat_days.c.day - 1) * day
    mine = chat_days.c.chat_id == chat_id
    values = {"starts_at": starts, "ends_at": starts + day}
    await tx.execute(sa.update(chat_days).where(mine).values(**values))


async def of(tx: Tx, chat_id: int) -> list[ChatDay]:
    """Return the days of a consultation in their order; none of one that is for nothing."""
    query = sa.select(chat_days).where(chat_days.c.chat_id == chat_id).order_by(chat_days.c.day)
    return typed_all(ChatDay, (await tx.execute(query)).mappings())


async def settle_due(tx: Tx, row: ChatRow, now: datetime) -> bool:
    """Settle the days that are over; return whether so many in a row were silent.

    Then all that is left goes back.
    """
    silent = 0
    for one in await of(tx, row.id):
        due = one.state == "held" and one.ends_at is not None and one.ends_at <= now
        quiet = one.silent
        if due:
            assert one.ends_at is not None
            quiet = not await _settle(tx, row, one, one.ends_at)
        silent = silent + 1 if quiet else 0
        if due and silent >= rules.SILENT_DAYS:
            await give_back(tx, row.id, reason="chat silent")
            return True
    return False


async def is_through(tx: Tx, row: ChatRow) -> bool:
    """Say whether the last paid day of a consultation is settled; never of one for nothing."""
    waits = sa.exists().where(chat_days.c.chat_id == row.id, chat_days.c.state == "held")
    return row.days > 0 and not await tx.scalar(sa.select(waits))


async def settle_end(tx: Tx, row: ChatRow, now: datetime) -> int:
    """Settle the days up to now, with the one that runs; the others go back: how many points."""
    await settle_due(tx, row, now)
    for one in await of(tx, row.id):
        if one.state == "held" and one.starts_at is not None and one.starts_at <= now:
            await _settle(tx, row, one, now)
    return await give_back(tx, row.id, reason="chat ended")


async def give_back(tx: Tx, chat_id: int, *, reason: str) -> int:
    """Give every day back that is held; return the points that came back."""
    back = 0
    for one in await of(tx, chat_id):
        if one.state == "held":
            back += await _return(tx, chat_id, one, silent=False, reason=reason)
    return back


async def _return(tx: Tx, chat_id: int, one: ChatDay, *, silent: bool, reason: str) -> int:
    back = await ledger.release(tx, one.hold_id, reason=reason)
    await _note(tx, chat_id, one, state="returned", silent=silent)
    return back


async def _settle(tx: Tx, row: ChatRow, one: ChatDay, until: datetime) -> bool:
    """Pay a day, or give it back where an answer was owed; return whether it was paid."""
    assert one.starts_at is not None
    payee = rules.payee_of(await _what_happened(tx, row, one.starts_at, until))
    if payee is None:
        await _return(tx, row.id, one, silent=True, reason="chat day silent")
        return False
    await ledger.pay_hold(tx, one.hold_id, payee, one.share, reason="chat day")
    await _note(tx, row.id, one, state="paid", member_id=payee)
    return True


async def _note(tx: Tx, chat_id: int, one: ChatDay, **values: object) -> None:
    this = (chat_days.c.chat_id == chat_id) & (chat_days.c.day == one.day)
    values["settled_at"] = sa.func.clock_timestamp()
    await tx.execute(sa.update(chat_days).where(this).values(**values))


_HAPPENED = sa.text("""
SELECT (SELECT m.sender_id FROM chat_messages m JOIN users u ON u.id = m.sender_id
    AND u.withdrawn_at IS NULL
    WHERE m.chat_id = :chat AND m.side = 'member' AND m.at >= :since AND m.at < :until
    ORDER BY m.id DESC LIMIT 1) AS writer_id,
  coalesce((SELECT side FROM chat_messages WHERE chat_id = :chat AND at < :until
    ORDER BY id DESC LIMIT 1), 'caller') = 'caller' AS owed,
  coalesce((SELECT from_id FROM chat_handovers WHERE chat_id = :chat AND came_to = 'taken'
    AND closed_at >= :until ORDER BY id LIMIT 1), :member) AS in_charge_id
""")


async def _what_happened(tx: Tx, row: ChatRow, since: datetime, until: datetime) -> DayOf:
    bounds = {"chat": row.id, "since": since, "until": until, "member": row.in_charge}
    found = (await tx.execute(_HAPPENED, bounds)).one()
    return DayOf(found.writer_id, found.owed, found.in_charge_id)


async def returned_of(tx: Tx, chat_id: int) -> int:
    """Return the points of days that went back."""
    mine = (chat_days.c.chat_id == chat_id) & (chat_days.c.state == "returned")
    return int(await tx.scalar(sa.select(sa.func.sum(chat_days.c.points)).where(mine)) or 0)


def length_of(days: int) -> timedelta:
    """Return how long so many days are."""
    return timedelta(days=days)
