"""What a decision (`rooms.care.decisions`) moves of a reservation or of a letter."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_locked
from points import ledger
from points.tab import bills
from rooms.booking.reservations import change
from rooms.booking.rows import ReservationRow
from rooms.ground.booking_tables import reservations
from writing.letters import locked


async def returnable(tx: Tx, reservation_id: int | None, letter_id: int | None) -> int:
    """Return the points of a reservation, or else of a letter, that could be given back now."""
    if letter_id is not None:
        return await ledger.hold_returnable(tx, (await locked.again(tx, letter_id)).hold_id)
    row = await _locked(tx, reservation_id)
    return await ledger.hold_returnable(tx, row.hold)


async def give_back(
    tx: Tx, reservation_id: int | None, points: int, reason: str, actor_id: int
) -> int:
    """Give so many points of a reservation back; what waits of the rest is paid to the cast."""
    row = await _locked(tx, reservation_id)
    back = await ledger.return_hold(
        tx,
        row.hold,
        points,
        cast_id=row.cast_id,
        share=row.earning,
        reason=reason,
        actor_id=actor_id,
    )
    await bills.returned(tx, reservation_id=row.id)
    whole = back == row.points and row.state == "cast_missed"
    await _change(tx, row, decide_by=None, returned_at=sa.func.clock_timestamp() if whole else None)
    return back


async def give_letter_back(tx: Tx, letter_id: int, points: int, reason: str, actor_id: int) -> int:
    """Give so many points of a letter back; the cast keeps their part of the rest."""
    row = await locked.again(tx, letter_id)
    back = await ledger.return_hold(
        tx,
        row.hold_id,
        points,
        cast_id=row.cast_id,
        share=row.share,
        reason=reason,
        actor_id=actor_id,
    )
    await bills.returned(tx, letter_id=row.id)
    return back


async def pay_cast(tx: Tx, reservation_id: int) -> None:
    """Pay a reservation to its cast whose claim was declined, where its points still wait."""
    row = await _locked(tx, reservation_id)
    await ledger.pay_hold(tx, row.hold, row.cast_id, row.earning, reason="claim declined")
    await _change(tx, row, decide_by=None)


async def _locked(tx: Tx, reservation_id: int | None) -> ReservationRow:
    query = sa.select(reservations).where(reservations.c.id == reservation_id)
    (row,) = typed_locked(ReservationRow, await locks.lock(tx, query))
    return row


async def _change(tx: Tx, row: ReservationRow, **values: object) -> None:
    if row.state in ("cast_missed", "apart"):
        await change(tx, row.id, **values)
