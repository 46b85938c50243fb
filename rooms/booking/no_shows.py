"""What became of a reservation, judged once its time is over, by recorded presence alone.

Presence is recorded while it happens: the cast's by stand-by and talk, the caller's by entering.
"""

from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from points import ledger
from points.tab import bills
from record import faults
from record.faults import Work
from rooms.booking import calling_off, judging_rules, reservations
from rooms.booking.notices import tell
from rooms.booking.rows import JudgedRow, ReservationRow
from rooms.ground.booking_tables import reservations as table

# For how long both proved to talk in its time (ms).
_TALKED = sa.literal_column(
    """(
SELECT coalesce(sum(t.connected_ms + CASE WHEN t.state = 'talking' THEN greatest(0,
    extract(epoch FROM least(t.caller_good_at, t.cast_good_at) - t.running_since) * 1000)::bigint
    ELSE 0 END), 0)::bigint
FROM talks t WHERE t.reservation_id = reservations.id)""",
    sa.BigInteger,
).label("talked_ms")

# Over, or missed by its cast while the caller waited until they should have come; or those to be
# rung were rung, and aren't again, however late that was.
JUDGE = Work("judge", "reservation")
_OVER = sa.text(f"""
starts_at <= clock_timestamp() AND (
  state IN ('booked', 'running') AND ends_at <= clock_timestamp()
  OR state = 'booked' AND medium = 'browser' AND cast_in_at IS NULL
    AND starts_at <= clock_timestamp() - :no_show * interval '1 minute'
    AND caller_last_at >= starts_at + :no_show * interval '1 minute'
  OR state = 'booked' AND medium = 'telephone' AND ring_at IS NULL
    AND NOT EXISTS (SELECT FROM calls c WHERE c.reservation_id = reservations.id
      AND c.ended_at IS NULL))
  AND {JUDGE.is_due("reservations.id")}
""")


async def judge(tx: Tx, settings: Settings) -> int:
    """Judge one reservation whose time is over; return how many were looked at.

    Call it again, in a new transaction, while it returns any. What was kept, and what the caller
    missed, is paid to the cast; what the cast missed goes back later by itself, or waits for a
    claim. Where both came but apart, the points stay held until a claim is decided or none was
    made in time.
    """
    query = sa.select(table, _TALKED).where(_OVER).order_by(table.c.starts_at).limit(1)
    bounds = {"no_show": settings.no_show_after_minutes}
    return await faults.each_locked(
        tx, JUDGE, JudgedRow, query, lambda row: _settle(tx, settings, row), bounds
    )


async def _settle(tx: Tx, settings: Settings, row: JudgedRow) -> None:
    verdict = _verdict(settings, row)
    if verdict == "cast_missed":
        await _leave_to_caller(tx, settings, row)
        return
    if verdict == "apart":
        await _leave_to_people(tx, settings, row)
        return
    await _judge(tx, row, state=verdict)
    if verdict == "line_failed":
        back = await ledger.release(tx, row.hold, reason="the line failed")
        await tell(tx, settings, row, "line_failed", back=back)
        await tell(tx, settings, row, "line_failed_cast")
        return
    if await _cut_by_line(tx, settings, row):
        return
    await ledger.pay_hold(tx, row.hold, row.cast_id, row.earning, reason=f"reservation {verdict}")
    if verdict == "caller_missed":
        await tell(tx, settings, row, "caller_missed")
        await tell(tx, settings, row, "caller_missed_cast")


async def _cut_by_line(tx: Tx, settings: Settings, row: JudgedRow) -> bool:
    """Give back the minutes that the line took from a talk; False where it took none."""
    if row.line_failed_at is None:
        return False
    back = judging_rules.not_talked(row.points, row.rate, row.talked_ms)
    if not back:
        return False
    whose = {"cast_id": row.cast_id, "share": row.earning}
    reason = "the line failed in the talk"
    await ledger.return_hold(tx, row.hold, back, **whose, reason=reason, actor_id=None)
    await bills.returned(tx, reservation_id=row.id)
    await tell(tx, settings, row, "cut_by_line", back=back)
    return True


def _verdict(settings: Settings, row: JudgedRow) -> judging_rules.Verdict:
    failed = row.medium == "telephone" and judging_rules.kept_apart(
        began=row.began_at is not None, rung=row.rung, line_failed=row.line_failed_at is not None
    )
    seen = judging_rules.Presence(
        row.starts_at, row.caller_came_at, row.caller_last_at, row.cast_in_at, row.talked_ms, failed
    )
    return judging_rules.verdict(seen, timedelta(minutes=settings.no_show_after_minutes))


async def _leave_to_people(tx: Tx, settings: Settings, row: ReservationRow) -> None:
    days = settings.claim_days
    await _judge(tx, row, state="apart", decide_by=row.ends_at + timedelta(days=days))
    await tell(tx, settings, row, "apart", days=days)
    await tell(tx, settings, row, "apart_cast", days=days)


JUDGE_CALLED_OFF = Work("judge_called_off", "reservation")
_CALLED_OFF = sa.text(f"""
state = 'called_off' AND judged_at IS NULL AND ends_at <= clock_timestamp()
  AND {JUDGE_CALLED_OFF.is_due("reservations.id")}
""")


async def judge_called_off(tx: Tx, settings: Settings) -> int:
    """Settle one time that was called off late and is over; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    query = sa.select(table).where(_CALLED_OFF).order_by(table.c.ends_at).limit(1)
    return await faults.each_locked(
        tx, JUDGE_CALLED_OFF, ReservationRow, query, lambda row: _settle_sold(tx, settings, row)
    )


async def _settle_sold(tx: Tx, settings: Settings, row: ReservationRow) -> None:
    await _judge(tx, row)
    await calling_off.give_back_sold(tx, settings, row)


PAY_UNCLAIMED = Work("pay_unclaimed", "reservation")
_UNCLAIMED = sa.text(f"""
decide_by <= clock_timestamp() AND decide_by IS NOT NULL AND NOT EXISTS (
  SELECT FROM claims c WHERE c.reservation_id = reservations.id
    AND c.state IN ('open', 'waiting_second'))
  AND {PAY_UNCLAIMED.is_due("reservations.id")}
""")


async def pay_unclaimed(tx: Tx, settings: Settings) -> int:
    """Pay the cast of one reservation to which both came apart and which nobody claimed in time.

    Returns how many were looked at; call it again, in a new transaction, while it returns any.
    """
    query = sa.select(table).where(_UNCLAIMED).order_by(table.c.decide_by).limit(1)
    return await faults.each_locked(
        tx, PAY_UNCLAIMED, ReservationRow, query, lambda row: _pay_unclaimed(tx, settings, row)
    )


async def _pay_unclaimed(tx: Tx, settings: Settings, row: ReservationRow) -> None:
    await reservations.change(tx, row.id, decide_by=None)
    await ledger.pay_hold(tx, row.hold, row.cast_id, row.earning, reason="reservation not claimed")
    await tell(tx, settings, row, "paid_cast")


async def _leave_to_caller(tx: Tx, settings: Settings, row: ReservationRow) -> None:
    minutes = settings.no_show_minutes
    over = min(row.ends_at, await clock(tx))
    due = over + timedelta(minutes=minutes) if settings.auto_return_no_show else None
    await _judge(tx, row, state="cast_missed", return_due_at=due)
    if due is None:
        await tell(tx, settings, row, "cast_missed_claim")
    else:
        await tell(tx, settings, row, "cast_missed", minutes=max(minutes, 1))
    await tell(tx, settings, row, "cast_missed_cast")


async def _judge(tx: Tx, row: ReservationRow, **values: object) -> None:
    await reservations.change(tx, row.id, judged_at=sa.func.clock_timestamp(), **values)


GIVE_BACK = Work("return_no_show", "reservation")
_DUE = sa.text(f"""
return_due_at <= clock_timestamp() AND returned_at IS NULL AND return_due_at IS NOT NULL
  AND {GIVE_BACK.is_due("reservations.id")}
""")


async def give_back(tx: Tx, settings: Settings) -> int:
    """Give back the points of one reservation that its cast missed, once that is due.

    Returns how many were looked at; call it again, in a new transaction, while it returns any.
    """
    query = sa.select(table).where(_DUE).order_by(table.c.return_due_at).limit(1)
    return await faults.each_locked(
        tx, GIVE_BACK, ReservationRow, query, lambda row: _give_back(tx, settings, row)
    )


async def _give_back(tx: Tx, settings: Settings, row: ReservationRow) -> None:
    back = await ledger.release(tx, row.hold, reason="the cast did not come")
    await reservations.change(tx, row.id, returned_at=sa.func.clock_timestamp())
    await tell(tx, settings, row, "returned", back=back)
