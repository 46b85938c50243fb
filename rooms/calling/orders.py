"""What the site asks of the processes that hold the telephone line; each order is taken by one."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_locked
from rooms.ground.calling_tables import telephone_orders as orders

CHANNEL = "telephone_orders"
# Whose order nobody takes for so long is told that the telephone is away.
TERM_SECONDS = 15
# How many of a line's telephones each takes.
LINES = {"call": 2, "prove": 1, "hang_up": 0}


@dataclass(frozen=True)
class TelephoneOrder:
    """To ring for a call, to prove a number (`subject`: the proof), or to hang up a call."""

    id: int
    kind: str
    user_id: int
    call_id: int | None
    subject: int | None


async def place(
    tx: Tx,
    kind: str,
    *,
    user_id: int,
    call_id: int | None = None,
    subject: int | None = None,
    seconds: int = TERM_SECONDS,
) -> int:
    """Ask for something, void after so many seconds; return the order's id."""
    term = sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    values = {"kind": kind, "user_id": user_id, "call_id": call_id, "subject": subject}
    placed = sa.insert(orders).values(values | {"void_at": term}).returning(orders.c.id)
    made = await tx.scalar(placed)
    assert made is not None
    await tx.execute(sa.select(sa.func.pg_notify(CHANNEL, kind)))
    return int(made)


async def take(
    tx: Tx, gateway_id: int, most: int, lines: int | None = None
) -> list[TelephoneOrder]:
    """Take up to `most` orders that nobody else has; those that are void stay.

    No more than there are `lines` for: the others wait, for another process or for a line that
    becomes free, until they are void. Who is to hang up is told all at once, by whichever process
    carries the call.
    """
    now = sa.func.clock_timestamp()
    ours = sa.text(
        "(kind <> 'hang_up' OR call_id IN"
        " (SELECT id FROM calls WHERE gateway = :gateway AND ended_at IS NULL))"
    )
    query = sa.select(orders).where(orders.c.taken_at.is_(None), orders.c.void_at > now, ours)
    bound = {"gateway": gateway_id}
    rows = await locks.lock(tx, query.order_by(orders.c.id).limit(most), bound, skip_locked=True)
    taken = _within(typed_locked(TelephoneOrder, rows), lines)
    if taken:
        these = orders.c.id.in_([one.id for one in taken])
        mark = sa.update(orders).where(these).values(taken_by=gateway_id, taken_at=now)
        await tx.execute(mark)
    return taken


def _within(found: list[TelephoneOrder], lines: int | None) -> list[TelephoneOrder]:
    """Return those for which there are lines; nobody overtakes one who needs more of them."""
    if lines is None:
        return found
    taken, left = [], lines
    for one in found:
        needed = LINES[one.kind]
        left -= needed
        if left >= 0 or not needed:
            taken.append(one)
    return taken


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Delete up to `most` orders whose term was over so many days ago; return how many."""
    past = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)
    old = sa.select(orders.c.id).where(orders.c.void_at < past).limit(most)
    return len(await locks.take_away(tx, old, skip_locked=True))
