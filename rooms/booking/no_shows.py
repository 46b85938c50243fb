"""What became of a reservation, judged once its time is over, by recorded presence alone.

Presence is recorded while it happens: the cast's by stand-by and talk, the caller's by entering.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.settings import Settings
from points import ledger
from record import faults
from record.faults import Work
from rooms.booking import rules
from rooms.booking.notices import tell
from rooms.booking.views import unknown
from rooms.ground.booking_tables import reservations
from rooms.ground.tables import talks

MOST_TALKS = 100

JUDGE = Work("judge", "reservation")
_OVER = sa.text(f"""
state IN ('booked', 'running') AND starts_at <= clock_timestamp()
  AND ends_at <= clock_timestamp() AND {JUDGE.is_due("reservations.id")}
""")


async def judge(tx: Tx, settings: Settings) -> int:
    """Judge one reservation whose time is over; return how many were looked at.

    Call it again, in a new transaction, while it returns any. What was kept, and what the caller
    missed, is paid to the cast; what the cast missed goes back later by itself, or waits for a
    claim.
    """
    query = sa.select(reservations).where(_OVER).order_by(reservations.c.starts_at).limit(1)
    rows = await locks.lock(tx, query, skip_locked=True)
    await faults.each(tx, JUDGE, rows, lambda row: _settle(tx, settings, row))
    return len(rows)


async def _settle(tx: Tx, settings: Settings, row: Any) -> None:
    came = row.caller_came_at is not None
    verdict = (
        "done" if row.began_at is not None else rules.verdict(row.starts_at, came, row.cast_last_at)
    )
    if verdict == "cast_missed":
        await _leave_to_caller(tx, settings, row)
        return
    await _judge(tx, row, state=verdict)
    await ledger.settle(
        tx, row.hold_id, row.cast_id, row.share * row.minutes, reason=f"reservation {verdict}"
    )
    if verdict == "caller_missed":
        await tell(tx, settings, row, "caller_missed")
        await tell(tx, settings, row, "caller_missed_cast")


async def _leave_to_caller(tx: Tx, settings: Settings, row: Any) -> None:
    minutes = settings.no_show_minutes
    due = row.ends_at + timedelta(minutes=minutes) if settings.auto_return_no_show else None
    await _judge(tx, row, state="cast_missed", return_due_at=due)
    if due is None:
        await tell(tx, settings, row, "cast_missed_claim")
    else:
        await tell(tx, settings, row, "cast_missed", minutes=max(minutes, 1))
    await tell(tx, settings, row, "cast_missed_cast")


async def _judge(tx: Tx, row: Any, **values: Any) -> None:
    at = sa.func.clock_timestamp()
    await tx.execute(
        sa.update(reservations).where(reservations.c.id == row.id).values(judged_at=at, **values)
    )


GIVE_BACK = Work("return_no_show", "reservation")
_DUE = sa.text(f"""
return_due_at <= clock_timestamp() AND returned_at IS NULL AND return_due_at IS NOT NULL
  AND {GIVE_BACK.is_due("reservations.id")}
""")


async def give_back(tx: Tx, settings: Settings) -> int:
    """Give back the points of one reservation that its cast missed, once that is due.

    Returns how many were looked at; call it again, in a new transaction, while it returns any.
    """
    query = sa.select(reservations).where(_DUE).order_by(reservations.c.return_due_at).limit(1)
    rows = await locks.lock(tx, query, skip_locked=True)
    await faults.each(tx, GIVE_BACK, rows, lambda row: _give_back(tx, settings, row))
    return len(rows)


async def _give_back(tx: Tx, settings: Settings, row: Any) -> None:
    back = await ledger.release(tx, row.hold_id, reason="the cast did not come")
    await tx.execute(
        sa.update(reservations)
        .where(reservations.c.id == row.id)
        .values(returned_at=sa.func.clock_timestamp())
    )
    await tell(tx, settings, row, "returned", back=back)


@dataclass(frozen=True)
class ReservedTalk:
    """One talk within a reservation's time, as far as it tells who was there."""

    talk_id: int
    entered_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    connected_ms: int


@dataclass(frozen=True)
class Record:
    """What the site recorded of a reservation, for staff to read beside a claim.

    `late_ms` of a side is how long after the beginning its first sign of presence came; None where
    there was none. Presence before the beginning counts as no delay.
    """

    reservation_id: int
    state: str
    starts_at: datetime
    ends_at: datetime
    points: int
    message: str
    caller_came_at: datetime | None
    cast_came_at: datetime | None
    cast_last_at: datetime | None
    caller_late_ms: int | None
    cast_late_ms: int | None
    judged_at: datetime | None
    until: datetime
    talks: list[ReservedTalk]


async def record_of(tx: Tx, reservation_id: int) -> Record:
    """Return the record of a reservation. Raises UserError `reservation_unknown` (404)."""
    found = await tx.execute(sa.select(reservations).where(reservations.c.id == reservation_id))
    row = found.one_or_none()
    if row is None:
        raise unknown()
    return Record(
        reservation_id=row.id,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        points=row.points,
        message=row.message,
        caller_came_at=row.caller_came_at,
        cast_came_at=row.cast_came_at,
        cast_last_at=row.cast_last_at,
        caller_late_ms=_late(row.starts_at, row.caller_came_at),
        cast_late_ms=_late(row.starts_at, row.cast_came_at),
        judged_at=row.judged_at,
        until=min(row.ends_at, await clock(tx)),
        talks=await _talks(tx, reservation_id),
    )


def _late(starts_at: datetime, came_at: datetime | None) -> int | None:
    if came_at is None:
        return None
    return max(0, (came_at - starts_at) // timedelta(milliseconds=1))


async def _talks(tx: Tx, reservation_id: int) -> list[ReservedTalk]:
    rows = await tx.execute(
        sa.select(
            talks.c.id.label("talk_id"),
            talks.c.entered_at,
            talks.c.ended_at,
            talks.c.end_reason,
            talks.c.connected_ms,
        )
        .where(talks.c.reservation_id == reservation_id)
        .order_by(talks.c.id)
        .limit(MOST_TALKS)
    )
    return [ReservedTalk(**row) for row in rows.mappings()]
