"""Calling a reservation off too late to have all points back: the cast may sell the time again.

What is sold again of it goes back once the time is over; the rest is the cast's.
"""

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from points import ledger
from points.tab import bills
from rooms.booking import judging_rules, reservations
from rooms.booking.cancelling import begun, must_wait
from rooms.booking.notices import tell
from rooms.booking.rows import ReservationRow
from rooms.booking.views import Reservation, reservation
from rooms.ground import kept_times

# Minutes of that time for which others paid the same cast: reserved ones, and those of talks.
_SOLD = sa.text("""
SELECT (SELECT coalesce(sum(extract(epoch
      FROM least(o.ends_at, :ends) - greatest(o.starts_at, :starts)) / 60), 0)
    FROM reservations o JOIN holds h ON h.id = o.hold_id
    WHERE o.cast_id = :cast AND o.id <> :id
      AND o.state IN ('booked', 'running', 'done', 'caller_missed')
      AND o.starts_at < :ends AND o.ends_at > :starts AND h.released = 0)
  + (SELECT count(*) FROM charges c JOIN talks t ON t.id = c.talk_id
    WHERE t.cast_id = :cast AND c.at >= :starts AND c.at < :ends AND NOT EXISTS (
      SELECT FROM charge_returns b WHERE (b.talk_id, b.minute) = (c.talk_id, c.minute)))
""")


async def call_off(tx: Tx, settings: Settings, reservation_id: int, caller_id: int) -> Reservation:
    """Call a reservation off as its caller after `cancel_until`, before it begins.

    Its points stay held until its end. Raises UserError `reservation_unknown` (404),
    `already_cancelled`, `reservation_begun`, `reservation_over` or `still_cancellable`.
    """
    row = await reservations.locked(tx, reservation_id, caller_id, "caller")
    must_wait(row)
    now = await clock(tx)
    if now >= row.starts_at:
        raise begun()
    if now <= row.cancel_until:
        raise UserError("still_cancellable", N_("まだキャンセルできる時間です。"))
    await kept_times.lock_talks(tx, row.cast_id)
    await reservations.change(tx, row.id, state="called_off", called_off_at=now)
    await kept_times.bound_talks(tx, row.cast_id)
    await tell(tx, settings, row, "called_off")
    await tell(tx, settings, row, "called_off_cast")
    return await reservation(tx, settings, reservation_id, caller_id)


async def give_back_sold(tx: Tx, settings: Settings, row: ReservationRow) -> None:
    """Give back what was sold again of a time called off late, and pay the cast the rest."""
    bounds = {"cast": row.cast_id, "id": row.id, "starts": row.starts_at, "ends": row.ends_at}
    minutes = int(await tx.scalar(_SOLD, bounds) or 0)
    back = judging_rules.sold_again(row.points, row.rate, minutes)
    if back:
        await ledger.return_hold(
            tx,
            row.hold,
            back,
            cast_id=row.cast_id,
            share=row.earning,
            reason="sold again after it was called off",
            actor_id=None,
        )
        await bills.returned(tx, reservation_id=row.id)
        await tell(tx, settings, row, "sold_again", back=back)
    else:
        await ledger.pay_hold(
            tx, row.hold, row.cast_id, row.earning, reason="reservation called off"
        )
