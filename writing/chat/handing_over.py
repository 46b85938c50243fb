"""Handing a consultation over to another member: nothing changes until both have said yes."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_one
from foundation.settings import Settings
from writing.chat import locked, members, notices, refusals
from writing.chat.day_tables import chat_handovers
from writing.chat.members import Nominee
from writing.chat.rows import ChatRow
from writing.chat.rules import HandoverEnd
from writing.chat.tables import chat_sides
from writing.ground.categories import Category


@dataclass(frozen=True)
class Handover:
    """An offer to hand a consultation over; `agreed_at`: its caller has said yes."""

    id: int
    chat_id: int
    from_id: int
    from_name: str
    to_id: int
    to_name: str
    to_portrait: str | None
    offered_at: datetime
    agreed_at: datetime | None
    closed_at: datetime | None
    came_to: HandoverEnd | None


_SEEN = """
SELECT h.id, h.chat_id, h.from_id, f.nickname AS from_name, h.to_id, t.nickname AS to_name,
  t.portrait AS to_portrait, h.offered_at, h.agreed_at, h.closed_at, h.came_to
FROM chat_handovers h JOIN users f ON f.id = h.from_id JOIN users t ON t.id = h.to_id
WHERE h.chat_id = :chat"""
_OPEN = sa.text(f"{_SEEN} AND h.closed_at IS NULL")
_PAST = sa.text(f"{_SEEN} AND h.came_to = 'taken' ORDER BY h.id")


async def open_of(tx: Tx, chat_id: int) -> Handover | None:
    """Return the offer of a consultation that waits, for the caller or for who was asked."""
    return typed_one(Handover, (await tx.execute(_OPEN, {"chat": chat_id})).mappings())


async def past_of(tx: Tx, chat_id: int) -> list[Handover]:
    """Return the times at which a consultation passed into other hands."""
    return typed_all(Handover, (await tx.execute(_PAST, {"chat": chat_id})).mappings())


async def candidates(tx: Tx, chat_id: int, member_id: int) -> list[Nominee]:
    """Return to whom a member may offer their consultation: who isn't full, and is there for its
    caller. Raises UserError `chat_unknown` (404).
    """
    row = await locked.find(tx, chat_id)
    if row.member_id != member_id:
        raise refusals.chat_unknown()
    every = await members.there_for(tx, row.caller_id, casts=row.points > 0)
    return [one for one in every if one.id != member_id and not one.is_full and not one.quiet]


async def offer(tx: Tx, settings: Settings, chat_id: int, member_id: int, to_id: int) -> None:
    """Offer to hand a consultation over: its caller is asked first. The same again is once.

    Raises UserError `chat_unknown` (404), `chat_over`, `handover_open`, and as `members.must_take`
    for who is named.
    """
    row = await locked.of_member(tx, chat_id, member_id, to_id)
    if row.state != "running":
        raise refusals.chat_over()
    known = await open_of(tx, chat_id)
    if known is not None and known.to_id == to_id:
        return
    if known is not None:
        raise UserError(
            "handover_open", N_("別の引き継ぎをご相談中です。取り消してから選びなおしてください。")
        )
    if to_id in (member_id, row.caller_id):
        raise refusals.chat_member_off()
    await members.must_take(tx, settings, to_id, row.caller_id, row.points)
    values = {"chat_id": chat_id, "from_id": member_id, "to_id": to_id}
    await tx.execute(sa.insert(chat_handovers).values(**values))
    await notices.tell(tx, settings, row, "handover_offered", once=await _id_of(tx, chat_id))


async def agree(tx: Tx, settings: Settings, chat_id: int, caller_id: int, *, yes: bool) -> None:
    """Let the caller agree to a hand-over, or refuse it; then who was named is asked.

    Raises UserError `chat_unknown` or `handover_unknown` (404).
    """
    row = await locked.of_caller(tx, chat_id, caller_id)
    waits = await _waiting(tx, chat_id)
    if not yes:
        await _close(tx, waits, "refused")
        await notices.tell(tx, settings, row, "handover_refused", once=waits.id)
        return
    if waits.agreed_at is None:
        await _change(tx, waits.id, agreed_at=await clock(tx))
        await notices.tell_user(tx, settings, row, "handover_asked", waits.to_id, once=waits.id)


async def take_back(tx: Tx, chat_id: int, member_id: int) -> None:
    """Let the member take their offer back. Raises UserError `chat_unknown` (404)."""
    await locked.of_member(tx, chat_id, member_id)
    await drop(tx, chat_id)


async def take_over(tx: Tx, settings: Settings, chat_id: int, to_id: int) -> None:
    """Let who was named have it in charge from now on; what was earned of days until now stays.

    Raises UserError `handover_unknown` (404), `chat_over`, and as `members.must_take`.
    """
    row, waits = await _named(tx, chat_id, to_id)
    if row.state != "running":
        raise refusals.chat_over()
    await members.must_take(tx, settings, to_id, row.caller_id, row.points)
    await _close(tx, waits, "taken")
    await locked.change(tx, chat_id, member_id=to_id, last_at=await clock(tx))
    side = (chat_sides.c.chat_id == chat_id) & (chat_sides.c.side == "member")
    fresh = {"user_id": to_id, "told_at": None, "mailed_at": None}
    await tx.execute(sa.update(chat_sides).where(side).values(**fresh))
    now = await locked.find(tx, chat_id)
    await notices.tell(tx, settings, now, "handover_taken", once=waits.id)
    await notices.tell_user(tx, settings, now, "handover_done", waits.from_id, once=waits.id)


async def decline(tx: Tx, settings: Settings, chat_id: int, to_id: int) -> None:
    """Let who was named leave it where it is. Raises UserError `handover_unknown` (404)."""
    row, waits = await _named(tx, chat_id, to_id)
    await _close(tx, waits, "declined")
    await notices.tell_user(tx, settings, row, "handover_declined", waits.from_id, once=waits.id)


async def drop(tx: Tx, chat_id: int) -> None:
    """Take the offer back that waits, if any, of a consultation whose row is locked."""
    waits = await open_of(tx, chat_id)
    if waits is not None:
        await _close(tx, waits, "dropped")


_DROP = sa.text("""
UPDATE chat_handovers h SET closed_at = clock_timestamp(), came_to = 'dropped' FROM chats c
WHERE c.id = h.chat_id AND h.closed_at IS NULL AND (
  h.to_id = :person AND (CAST(:other AS bigint) IS NULL OR :other IN (c.caller_id, h.from_id))
  OR h.to_id = :other AND :person IN (c.caller_id, h.from_id))
""")


async def drop_to(tx: Tx, person_id: int, other_id: int | None = None) -> None:
    """Drop what waits for somebody to take over who goes, or is parted from one of its people."""
    await tx.execute(_DROP, {"person": person_id, "other": other_id})


@dataclass(frozen=True)
class OfferedChat:
    """A consultation as who is asked to take it over sees it: what it is about, no more.

    `said`: how many messages it has; `days_left`: paid days that are still to come.
    """

    chat_id: int
    from_name: str
    caller_name: str
    category: Category
    matter: str
    said: int
    days_left: int
    offered_at: datetime


_OFFERED = """
SELECT h.chat_id, f.nickname AS from_name, u.nickname AS caller_name, c.category,
  coalesce((SELECT m.text FROM chat_messages m WHERE m.chat_id = c.id AND m.side = 'caller'
    ORDER BY m.id LIMIT 1), '') AS matter,
  (SELECT count(*) FROM chat_messages m WHERE m.chat_id = c.id)::integer AS said,
  (SELECT count(*) FROM chat_days d WHERE d.chat_id = c.id AND d.state = 'held')::integer
    AS days_left, h.offered_at
FROM chat_handovers h JOIN chats c ON c.id = h.chat_id AND c.state = 'running'
JOIN users f ON f.id = h.from_id JOIN users u ON u.id = c.caller_id
WHERE h.to_id = :user AND h.closed_at IS NULL AND h.agreed_at IS NOT NULL"""
_ALL_OFFERED = sa.text(f"{_OFFERED} ORDER BY h.id")
_ONE_OFFERED = sa.text(f"{_OFFERED} AND c.id = :chat")


async def offered_to(tx: Tx, user_id: int) -> list[OfferedChat]:
    """Return what a member is asked to take over."""
    return typed_all(OfferedChat, (await tx.execute(_ALL_OFFERED, {"user": user_id})).mappings())


async def offered(tx: Tx, chat_id: int, user_id: int) -> OfferedChat:
    """Return one of those. Raises UserError `handover_unknown` (404)."""
    found = await tx.execute(_ONE_OFFERED, {"user": user_id, "chat": chat_id})
    one = typed_one(OfferedChat, found.mappings())
    if one is None:
        raise refusals.handover_unknown()
    return one


async def _named(tx: Tx, chat_id: int, to_id: int) -> tuple[ChatRow, Handover]:
    """Lock a consultation with who was named to take it over."""
    row = await locked.with_people(tx, chat_id, to_id)
    waits = await _waiting(tx, chat_id)
    if waits.to_id != to_id or waits.agreed_at is None:
        raise refusals.handover_unknown()
    return row, waits


async def _waiting(tx: Tx, chat_id: int) -> Handover:
    waits = await open_of(tx, chat_id)
    if waits is None:
        raise refusals.handover_unknown()
    return waits


async def _id_of(tx: Tx, chat_id: int) -> int:
    return (await _waiting(tx, chat_id)).id


async def _close(tx: Tx, waits: Handover, came_to: HandoverEnd) -> None:
    await _change(tx, waits.id, closed_at=await clock(tx), came_to=came_to)


async def _change(tx: Tx, handover_id: int, **values: object) -> None:
    row = chat_handovers.c.id == handover_id
    await tx.execute(sa.update(chat_handovers).where(row).values(**values))
