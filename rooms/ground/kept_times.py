"""What reservations mean for everything else a cast does: the times at which talks must end.

Whoever books, calls off or enters holds the lock of the people concerned (`locking.lock_people`),
so what is read here stays true until the transaction ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.booking_tables import reservations
from rooms.ground.tables import talks


@dataclass(frozen=True)
class ReservationNow:
    """A reservation whose room is kept for its caller at this moment."""

    id: int
    room_id: int
    cast_id: int
    caller_id: int


def runs_until(of: str = "reservations") -> str:
    """Return the SQL expression of a reservation's end: begun early, it lasts its own minutes."""
    return f"least({of}.ends_at, {of}.began_at + {of}.minutes * interval '1 minute')"


# The reservations whose room is kept now, from `early` minutes before them. None is as long as the
# hours named, which let an index find the few that may be meant.
IS_NOW = f"""state IN ('booked', 'running') AND starts_at > clock_timestamp() - interval '3 hours'
  AND starts_at <= clock_timestamp() + :early * interval '1 minute'
  AND {runs_until()} > clock_timestamp()"""

_NOW = sa.text(f"""
SELECT id, room_id, cast_id, caller_id FROM reservations
WHERE cast_id = :cast AND {IS_NOW}
ORDER BY starts_at LIMIT 1
""")  # noqa: S608 - one fixed text within another

_NEXT = sa.text("""
SELECT min(starts_at) FROM reservations
WHERE cast_id = ANY (CAST(:people AS bigint[])) AND state IN ('booked', 'running')
  AND starts_at > clock_timestamp()
""")

_BOUND_TALKS = sa.text("""
UPDATE talks t SET must_end_at = (
  SELECT min(r.starts_at) FROM reservations r
  WHERE r.cast_id IN (t.cast_id, t.caller_id) AND r.state = 'booked'
    AND r.starts_at > clock_timestamp())
WHERE t.ended_at IS NULL AND (t.cast_id = :person OR t.caller_id = :person)
  AND (t.reservation_id IS NULL OR t.went_on_at IS NOT NULL)
RETURNING t.id
""")


# Who holds the row is booking or calling off; the next sign of life comes in some seconds.
_NOTE = sa.text("""
UPDATE reservations SET cast_last_at = clock_timestamp(),
  cast_came_at = coalesce(cast_came_at, clock_timestamp()),
  cast_in_at = coalesce(cast_in_at,
    CASE WHEN starts_at <= clock_timestamp() THEN clock_timestamp() END)
WHERE id IN (
  SELECT id FROM reservations
  WHERE cast_id = ANY (CAST(:casts AS bigint[])) AND state = 'booked' AND medium = 'browser'
    AND starts_at > clock_timestamp() - interval '3 hours'
    AND starts_at <= clock_timestamp() + interval '30 minutes' AND ends_at > clock_timestamp()
  FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
""")


async def note_presence(tx: Tx, cast_ids: Sequence[int]) -> None:
    """Record that these casts are there, for the reservations whose time it is, or nearly."""
    if cast_ids:
        noted = await tx.scalars(_NOTE, {"casts": list(cast_ids)})
        locks.note(tx, reservations, noted, waited=False)


# The rooms that turn reserved or free again, as far back as a tick may be late.
_TURNING = sa.text("""
SELECT DISTINCT unnest(ARRAY[r.room_id, s.room_id]) AS room_id
FROM reservations r LEFT JOIN standbys s ON s.cast_id = r.cast_id, clock_timestamp() AS moment
WHERE r.state IN ('booked', 'running')
  AND r.starts_at > moment - interval '3 hours' AND r.starts_at <= moment + interval '1 hour'
  AND (r.ends_at BETWEEN moment - interval '5 s' AND moment
    OR r.starts_at - :early * interval '1 minute' BETWEEN moment - interval '5 s' AND moment)
""")


async def reservation_now(tx: Tx, settings: Settings, cast_id: int) -> ReservationNow | None:
    """Return the reservation for which a cast is kept now, from `early_minutes` before it."""
    bounds = {"cast": cast_id, "early": settings.early_minutes}
    row = (await tx.execute(_NOW, bounds)).mappings().one_or_none()
    return ReservationNow(**row) if row else None


async def turning(tx: Tx, settings: Settings) -> list[int]:
    """Return the rooms that have turned reserved, or free again, in the last five seconds."""
    rows = await tx.scalars(_TURNING, {"early": settings.early_minutes})
    return [room for room in rows if room is not None]


async def next_start(tx: Tx, *people: int) -> datetime | None:
    """Return when the next reservation begins in which one of these people is the cast."""
    found: datetime | None = await tx.scalar(_NEXT, {"people": list(people)})
    return found


async def lock_talks(tx: Tx, *people: int) -> None:
    """Lock the live talks of these people, as everybody does before the wallets."""
    theirs = sa.or_(talks.c.cast_id.in_(people), talks.c.caller_id.in_(people))
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.ended_at.is_(None), theirs))


async def bound_talks(tx: Tx, cast_id: int) -> list[int]:
    """Let a cast's live talk end in time for their next reservation; return the talk's id.

    A reserved talk keeps its own end.
    """
    bound = list((await tx.execute(_BOUND_TALKS, {"person": cast_id})).scalars())
    locks.note(tx, talks, bound)
    return bound
