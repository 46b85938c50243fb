"""What goes on at this moment, and what waits for the staff: how much, and since when."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx


@dataclass(frozen=True)
class AtOnce:
    """Talks and casts of this moment."""

    talking: int
    interrupted: int
    connecting: int
    standing_by: int
    reserved_today: int


@dataclass(frozen=True)
class WaitingQueue:
    """A queue of the staff's by the way that leads there: how much waits, and since when."""

    way: str
    waiting: int
    oldest: datetime | None


async def at_once(tx: Tx) -> AtOnce:
    """Return what goes on now."""
    return AtOnce(**(await tx.execute(_AT_ONCE)).mappings().one())


async def queues(tx: Tx) -> list[WaitingQueue]:
    """Return the queues in which anything waits, the one with the oldest first."""
    return [WaitingQueue(**row) for row in (await tx.execute(_QUEUES)).mappings()]


_AT_ONCE = sa.text("""
SELECT count(*) FILTER (WHERE state = 'talking') AS talking,
  count(*) FILTER (WHERE state = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE state = 'connecting') AS connecting,
  (SELECT count(*) FROM standbys) AS standing_by,
  (SELECT count(*) FROM reservations WHERE state IN ('booked', 'running')
    AND starts_at >= clock_timestamp() AND starts_at < (date_trunc('day', clock_timestamp()
      AT TIME ZONE 'Asia/Tokyo') + interval '1 day') AT TIME ZONE 'Asia/Tokyo') AS reserved_today
FROM talks WHERE state <> 'ended'
""")
# Of each its open rows alone, which have indexes of their own where there may be many.
_QUEUES = sa.text("""
SELECT way, waiting, oldest FROM (
  SELECT '/staff/claims' AS way, count(*) AS waiting, min(created_at) AS oldest FROM claims
    WHERE state IN ('open', 'waiting_second')
  UNION ALL SELECT '/staff/reports', count(*), min(created_at) FROM reports WHERE state = 'open'
  UNION ALL SELECT '/staff/board', count(*), min(at) FROM (
    SELECT created_at AS at FROM board_reports WHERE state = 'open'
    UNION ALL SELECT written_at FROM board_topics WHERE waits AND hidden_at IS NULL) b
  UNION ALL SELECT '/staff/inquiries', count(*), min(created_at) FROM inquiries
    WHERE state = 'open'
  UNION ALL SELECT '/staff/applications', count(*), min(created_at) FROM applications
    WHERE state = 'open'
  UNION ALL SELECT '/staff/looks', count(*), min(at) FROM (
    SELECT sent_at AS at FROM rooms WHERE look = 'waiting'
    UNION ALL SELECT made_at FROM photos WHERE look = 'waiting') l
  UNION ALL SELECT '/staff/identities', count(*), min(sent_at) FROM identity_documents
    WHERE sent_at IS NOT NULL
  UNION ALL SELECT '/staff/people', count(*), min(proposed_at) FROM adjustments
    WHERE state = 'waiting_second'
  UNION ALL SELECT '/staff/alarms', count(*), min(at) FROM alarms WHERE seen_at IS NULL
) q WHERE waiting > 0 ORDER BY oldest
""")
