"""Talks, reservations and letters on a tab, once they are over: each is billed once, by the clock.

Not where a talk ends: a bill that can't be made keeps nobody from hanging up, and is tried again.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from points import ledger
from points.tab import bills
from record import faults
from record.faults import Work
from rooms.ground.tables import talks

BILL = Work("bill_talk", "talk")
MOST_BILLED = 200

_ENDED = sa.text(f"""
SELECT id FROM talks WHERE to_bill AND ended_at IS NOT NULL AND {BILL.is_due("talks.id")}
ORDER BY payer_wallet, id FOR NO KEY UPDATE SKIP LOCKED LIMIT :most
""")  # noqa: S608 - one fixed text within another


async def bill_ended(tx: Tx, settings: Settings) -> list[int]:
    """Bill talks that are over, by the wallet that pays; return them."""
    rows = (await tx.execute(_ENDED, {"most": MOST_BILLED})).all()
    locks.note(tx, talks, [row.id for row in rows], waited=False)
    done = await faults.each(tx, BILL, rows, lambda row: bill(tx, settings, row.id))
    return [row.id for row in done]


async def bill(tx: Tx, settings: Settings, talk_id: int) -> int | None:
    """Bill one talk, whose row is locked; return the bill, if there is one now."""
    made = await bills.make_due(tx, settings, talk_id)
    await tx.execute(sa.update(talks).where(talks.c.id == talk_id).values(to_bill=False))
    return made


async def bill_all_of(tx: Tx, settings: Settings, caller_id: int) -> None:
    """Bill what is over of one caller now, for who goes; what the clock is at is left to it."""
    mine = sa.select(talks.c.id).where(
        talks.c.to_bill, talks.c.caller_id == caller_id, talks.c.ended_at.is_not(None)
    )
    for row in await locks.lock(tx, mine, skip_locked=True):
        await bill(tx, settings, row.id)


BILL_HELD = Work("bill_reservation", "hold")


@dataclass(frozen=True)
class SettledHold:
    """A hold of a tab that waits no more, and what it was for; neither: a request."""

    id: int
    reservation_id: int | None
    letter_id: int | None


# In the order of their wallets, which are locked one after the other.
_SETTLED = sa.text(f"""
SELECT h.id, r.id AS reservation_id, m.id AS letter_id FROM holds h
LEFT JOIN reservations r ON r.hold_id = h.id LEFT JOIN letters m ON m.hold_id = h.id
WHERE h.to_bill AND h.released + h.share + h.fee = h.points AND {BILL_HELD.is_due("h.id")}
ORDER BY h.wallet_id, h.id LIMIT :most
""")  # noqa: S608 - one fixed text within another


async def bill_settled(tx: Tx, settings: Settings) -> list[int]:
    """Bill reservations and letters whose points were settled; return their holds.

    What was released whole, of a reservation or a request, costs nothing and makes no line.
    """
    rows = typed_all(SettledHold, (await tx.execute(_SETTLED, {"most": MOST_BILLED})).mappings())
    done = await faults.each(tx, BILL_HELD, rows, lambda row: _bill_held(tx, settings, row))
    return [row.id for row in done]


async def _bill_held(tx: Tx, settings: Settings, row: SettledHold) -> None:
    if row.reservation_id is not None:
        await bills.make_due_reservation(tx, settings, row.reservation_id)
    if row.letter_id is not None:
        await bills.make_due_letter(tx, settings, row.letter_id)
    await ledger.note_billed(tx, row.id)
