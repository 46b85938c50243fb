"""The record of a reservation: who was there and when, for staff to read beside a claim."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from rooms.booking import reservations
from rooms.ground.tables import talks

MOST_TALKS = 100


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
    row = await reservations.row_of(tx, reservation_id)
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
