"""The clock of recordings: questions lapse, what nobody writes stands, all end with the talk."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from rooms.ground.recording_tables import OPEN_STATES, recordings

# Who writes says so every second. What was agreed must begin, and what stands still go on, within:
SILENT_SECONDS = 4
BEGIN_SECONDS = 20
HALT_SECONDS = 60
MOST = 1000

# Not yet: a talk that has ended is only ended in the next second, when its last part is known.
_SETTLE = sa.text("""
UPDATE recordings r SET untold = true,
  state = CASE WHEN d.over IS NOT NULL THEN d.over ELSE 'halted' END,
  end_reason = d.reason,
  ended_at = CASE WHEN d.over IS NOT NULL THEN clock_timestamp() END,
  keep_until = CASE WHEN d.over = 'ended'
    THEN clock_timestamp() + r.keep_days * interval '1 day' END,
  run_ms = r.run_ms + coalesce(floor(extract(epoch
    FROM greatest(r.seen_at, r.running_since) - r.running_since) * 1000)::bigint, 0),
  running_since = NULL
FROM (
  SELECT r.id,
    CASE WHEN r.state = 'asked' AND (t.ended_at IS NOT NULL OR r.lapses_at <= clock_timestamp())
        THEN 'lapsed'
      WHEN t.ended_at IS NOT NULL OR r.state = 'agreed' AND r.seen_at < clock_timestamp()
          - :begin * interval '1 s'
        OR r.state = 'halted' AND r.seen_at < clock_timestamp() - :halt * interval '1 s'
        THEN 'ended' END AS over,
    CASE WHEN r.state = 'asked' THEN NULL
      WHEN t.ended_at IS NOT NULL THEN 'talk_over'
      WHEN r.state = 'agreed' AND r.seen_at < clock_timestamp() - :begin * interval '1 s'
        THEN 'no_way'
      WHEN r.state = 'halted' AND r.seen_at < clock_timestamp() - :halt * interval '1 s'
        THEN 'failed' END AS reason
  FROM recordings r JOIN talks t ON t.id = r.talk_id
  WHERE r.id = ANY (CAST(:ids AS bigint[]))
) d
WHERE r.id = d.id AND (d.over IS NOT NULL
  OR r.state = 'running' AND r.seen_at < clock_timestamp() - :silent * interval '1 s')
""")

_TOLD = sa.text("""
UPDATE recordings SET untold = false
WHERE id IN (SELECT id FROM recordings WHERE untold ORDER BY talk_id LIMIT :most
  FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, talk_id
""")


async def settle(tx: Tx) -> Sequence[int]:
    """Bring every open recording up to the database's clock; return the talks with any news.

    Those are told once, by whichever process comes first. Which recordings somebody holds just now
    wait for the next second.
    """
    query = sa.select(recordings.c.id).where(recordings.c.state.in_(OPEN_STATES)).limit(MOST)
    still_open = await locks.lock(tx, query.order_by(recordings.c.id), skip_locked=True)
    if still_open:
        bounds = {"silent": SILENT_SECONDS, "begin": BEGIN_SECONDS, "halt": HALT_SECONDS}
        await tx.execute(_SETTLE, bounds | {"ids": [row.id for row in still_open]})
    told = (await tx.execute(_TOLD, {"most": MOST})).all()
    locks.note(tx, recordings, [row.id for row in told], waited=False)
    return sorted({row.talk_id for row in told})
