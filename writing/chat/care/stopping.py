"""Consultations that are open when two part: a block, a suspension, a withdrawal.

What waits goes back whole; of one that runs the day that runs is settled by its rule, and the rest
goes back. Where a nominated member goes, the caller is asked whether all may have it.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.row_types import typed, typed_all
from foundation.settings import Settings
from record import faults
from record.faults import Work
from writing.chat import days, handing_over, locked, notices
from writing.chat.clock import lapsing
from writing.chat.rows import ChatRow
from writing.chat.tables import chats

STOP = Work("stop_chat", "chat")

_BETWEEN = """
state IN ('waiting', 'running') AND (
  caller_id = :person AND (CAST(:other AS bigint) IS NULL OR :other IN (member_id, nominee_id))
  OR :person IN (member_id, nominee_id) AND (CAST(:other AS bigint) IS NULL OR :other = caller_id))
"""
_OPEN = sa.select(chats).where(sa.text(_BETWEEN))
# Also those of others that somebody is asked to take over who goes.
_TOUCHED = sa.select(chats.c.id).where(
    sa.text(f"""({_BETWEEN}) OR EXISTS (SELECT FROM chat_handovers h WHERE h.chat_id = chats.id
  AND h.closed_at IS NULL AND h.to_id IN (:person, CAST(:other AS bigint)))""")
)
_ACROSS = sa.text("""
SELECT caller_id FROM chats WHERE member_id = :person AND state = 'running'
UNION SELECT member_id FROM chats WHERE caller_id = :person AND state = 'running'
UNION SELECT caller_id FROM chats WHERE nominee_id = :person AND state = 'waiting'
UNION SELECT nominee_id FROM chats
  WHERE caller_id = :person AND state = 'waiting' AND nominee_id IS NOT NULL
""")
_WAITING = sa.text("""
SELECT coalesce(sum((SELECT sum(d.points) FROM chat_days d
    WHERE d.chat_id = c.id AND d.state = 'held')) FILTER (WHERE caller_id = :person), 0)::bigint
    AS points,
  count(*) FILTER (WHERE caller_id = :person)::integer AS asked,
  count(*) FILTER (WHERE member_id = :person)::integer AS in_charge
FROM chats c WHERE state IN ('waiting', 'running') AND (
  caller_id = :person AND (CAST(:other AS bigint) IS NULL OR member_id = :other)
  OR member_id = :person AND (CAST(:other AS bigint) IS NULL OR caller_id = :other))
""")


async def people_of(tx: Tx, person_id: int) -> list[int]:
    """Return everybody with whom a person has a consultation that is open."""
    return list(await tx.scalars(_ACROSS, {"person": person_id}))


async def lock(tx: Tx, person_id: int, other_id: int | None = None) -> None:
    """Lock what `stop` would stop, in its place among the locks."""
    await locks.lock(tx, _TOUCHED, {"person": person_id, "other": other_id})


async def stop(tx: Tx, settings: Settings, person_id: int, other_id: int | None = None) -> None:
    """Stop a person's open consultations, with one other person alone where named.

    The other side is told, without a reason. One that can't be stopped goes on, for its days.
    """
    found = await tx.execute(_OPEN.order_by(chats.c.id), {"person": person_id, "other": other_id})
    rows = typed_all(ChatRow, found.mappings())

    async def part(row: ChatRow) -> None:
        if _is_nominees(row, person_id, other_id):
            if not row.to_all and row.asked_at is None:
                await lapsing.ask_one(tx, settings, row)
        else:
            await _stop(tx, settings, row, person_id)

    await faults.each(tx, STOP, rows, part, at_once=True)
    await handing_over.drop_to(tx, person_id, other_id)


def _is_nominees(row: ChatRow, person_id: int, other_id: int | None) -> bool:
    """Say whether it is only the nominated member from whom a waiting consultation is parted."""
    return row.state == "waiting" and row.nominee_id in (person_id, other_id)


async def _stop(tx: Tx, settings: Settings, row: ChatRow, person_id: int) -> None:
    now = await clock(tx)
    side = "caller" if row.caller_id == person_id else "member"
    await days.settle_end(tx, row, now)
    await locked.change(tx, row.id, state="stopped", ended_at=now, stopped_for=side, wishes="")
    await handing_over.drop(tx, row.id)
    back = await days.returned_of(tx, row.id)
    await notices.tell(tx, settings, row, "stopped", back=back)
    await notices.tell(tx, settings, row, "stopped_member")


@dataclass(frozen=True)
class ChatsWaiting:
    """How many consultations of a person's are open: `asked`, for which `points` are held, and
    `in_charge`.
    """

    points: int
    asked: int
    in_charge: int


async def waiting(tx: Tx, person_id: int, other_id: int | None = None) -> ChatsWaiting:
    """Return what `stop` would stop."""
    found = await tx.execute(_WAITING, {"person": person_id, "other": other_id})
    return typed(ChatsWaiting, found.mappings().one())
