"""What a decision moves where its claim is about a reservation. See `rooms.decisions`."""

from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from points import ledger
from rooms.ground.booking_tables import reservations


async def returnable(tx: Tx, reservation_id: int | None) -> int:
    """Return the points of a reservation that could be given back now."""
    row = await _locked(tx, reservation_id)
    return await ledger.hold_returnable(tx, row.hold_id)


async def give_back(
    tx: Tx, reservation_id: int | None, points: int, reason: str, actor_id: int
) -> int:
    """Give so many points of a reservation back; what waits of the rest is paid to the cast."""
    row = await _locked(tx, reservation_id)
    back = await ledger.return_hold(
        tx,
        row.hold_id,
        points,
        cast_id=row.cast_id,
        share=row.share * row.minutes,
        reason=reason,
        actor_id=actor_id,
    )
    if back == row.points:
        await _change(tx, row, returned_at=sa.func.clock_timestamp())
    return back


async def leave(tx: Tx, reservation_id: int) -> None:
    """Pay a reservation to its cast whose claim was declined, where its points still wait."""
    row = await _locked(tx, reservation_id)
    await ledger.settle(
        tx, row.hold_id, row.cast_id, row.share * row.minutes, reason="claim declined"
    )


async def _locked(tx: Tx, reservation_id: int | None) -> Any:
    row = await locks.lock_row(
        tx, sa.select(reservations).where(reservations.c.id == reservation_id)
    )
    assert row is not None
    return row


async def _change(tx: Tx, row: Any, **values: Any) -> None:
    if row.state == "cast_missed":
        await tx.execute(
            sa.update(reservations).where(reservations.c.id == row.id).values(**values)
        )
