"""What each side held of the other's receiver reports, and where that contradicts the other."""

from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from rooms.talk import rules

MOST = 200

# A report is told with its age; the same one is told by several beats. Those less than a report's
# late time apart are one stretch. One that is later than what the other side last received, as it
# told in a beat after it, contradicts that side.
_HELD = sa.text("""
WITH held AS (
  SELECT DISTINCT side, date_trunc('second', at - least(
      CASE WHEN audio_sent > 0 THEN audio_report_ms END,
      CASE WHEN video_sent > 0 THEN video_report_ms END) * interval '1 ms') AS at
  FROM beats WHERE talk_id = :talk AND (audio_report_ms IS NOT NULL OR video_report_ms IS NOT NULL)
), judged AS (
  SELECT h.side, h.at, CASE WHEN NOT said.media AND h.at > coalesce(came.at, t.entered_at)
    + :late * interval '1 s' THEN 'contradicted' ELSE 'reported' END AS state
  FROM held h JOIN talks t ON t.id = :talk LEFT JOIN LATERAL (
    SELECT b.at, b.media FROM beats b WHERE b.talk_id = :talk AND b.side <> h.side
      AND b.at >= h.at AND (b.audio_received IS NOT NULL OR b.video_received IS NOT NULL)
    ORDER BY b.at LIMIT 1) said ON true LEFT JOIN LATERAL (
    SELECT b.at FROM beats b WHERE b.talk_id = :talk AND b.side <> h.side AND b.at < said.at
      AND b.media ORDER BY b.at DESC LIMIT 1) came ON true
  WHERE h.at IS NOT NULL
), turns AS (
  SELECT *, state IS DISTINCT FROM lag(state) OVER beside
    OR at - lag(at) OVER beside > :late * interval '1 s' AS turns
  FROM judged WINDOW beside AS (PARTITION BY side ORDER BY at)
), numbered AS (
  SELECT *, count(*) FILTER (WHERE turns) OVER (PARTITION BY side ORDER BY at) AS number FROM turns
)
SELECT side, state, min(at) AS began_at, max(at) AS ended_at FROM numbered
WHERE number <= :most GROUP BY side, number, state ORDER BY side, number
""")


async def of_talk(tx: Tx, talk_id: int) -> dict[str, list[tuple[str, datetime, datetime]]]:
    """Return of each side the times for which it held reports: `reported` or `contradicted`."""
    params = {"talk": talk_id, "late": rules.LATE_REPORT_SECONDS, "most": MOST}
    found: dict[str, list[tuple[str, datetime, datetime]]] = {}
    for row in await tx.execute(_HELD, params):
        found.setdefault(row.side, []).append((row.state, row.began_at, row.ended_at))
    return found
