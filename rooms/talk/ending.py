"""How a talk ends, and what happens to the minute that the end cut short."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from points import ledger
from record import faults
from record.faults import Work
from rooms.ground.tables import talks
from rooms.lobby import pauses
from rooms.talk import cut_minutes, rules, spans

_END = sa.text("""
WITH before AS (
  SELECT id, state, interrupted_at, running_since, clock_timestamp() AS moment,
    greatest(coalesce(CAST(:as_of AS timestamptz), least(caller_good_at, cast_good_at)),
      running_since) AS as_of,
    coalesce(caller_seen_at < clock_timestamp() - :silence * interval '1 s', true)
      AS caller_missing,
    coalesce(cast_seen_at < clock_timestamp() - :silence * interval '1 s', true) AS cast_missing,
    coalesce(caller_good_at >= clock_timestamp() - :silence * interval '1 s', false)
      AS caller_receives,
    coalesce(cast_good_at >= clock_timestamp() - :silence * interval '1 s', false)
      AS cast_receives,
    coalesce(cast_report_at > coalesce(caller_came_at, pair_begun_at) + :late * interval '1 s',
      false) OR coalesce(disagree_to > interrupted_at, false) AS caller_doubted
  FROM talks WHERE id = :talk AND ended_at IS NULL FOR NO KEY UPDATE
)
UPDATE talks t SET state = 'ended', end_reason = :reason, ended_at = b.moment,
  connected_ms = connected_ms + CASE WHEN b.state = 'talking'
    THEN floor(extract(epoch FROM b.as_of - b.running_since) * 1000)::bigint ELSE 0 END,
  running_since = NULL, interrupted_at = NULL, due_at = NULL, dark = true
FROM before b WHERE t.id = b.id
RETURNING t.id, t.cast_id, t.room_id, t.reservation_id,
  t.connected_ms, t.free_ms, t.minute_ms, t.next_minute - 1 AS charged,
  b.state = 'interrupted' AS interrupted, b.caller_missing, b.cast_missing, b.caller_receives,
  b.cast_receives, b.caller_doubted,
  CASE WHEN b.state = 'talking' THEN b.as_of ELSE b.moment END AS closed_at
""")

END_LOST = Work("end_lost", "talk")
# An interruption lasts as long as one may be away, and no longer than all of them together may.
_LOST = sa.text(f"""
SELECT id, CASE WHEN state = 'connecting'
  THEN 'never_connected' ELSE 'connection_lost' END AS reason
FROM talks
WHERE ended_at IS NULL AND (
  state = 'interrupted' AND interrupted_at < clock_timestamp() - interval '1 ms' * least(:back_ms,
    :budget_ms + :more_ms * (connected_ms / :each_ms) - interrupted_ms)
  OR state = 'connecting' AND entered_at < clock_timestamp() - :connect_seconds * interval '1 s')
  AND {END_LOST.is_due("talks.id")}
ORDER BY payer_wallet FOR NO KEY UPDATE SKIP LOCKED LIMIT 1000
""")  # noqa: S608 - one fixed text within another

# Ends after which nobody is expected back.
WITHOUT_PAUSE = ("never_connected", "stopped_by_staff")
CUT_SHORT = "cut short by the cast or by the platform"


async def end(
    tx: Tx, settings: Settings, talk_id: int, reason: str, *, as_of: datetime | None = None
) -> bool:
    """End a live talk at the last evidence (or `as_of`); return whether it was still live.

    A minute that the cast or the platform cut short goes back to its lots. A cast who was there
    takes a pause, after which the stand-by goes on.
    """
    told = {"talk": talk_id, "reason": reason, "as_of": as_of}
    told |= {"silence": settings.silence_seconds, "late": rules.LATE_REPORT_SECONDS}
    found = await tx.execute(_END, told)
    row = found.one_or_none()
    if row is None:
        return False
    locks.note(tx, talks, [talk_id])
    await spans.close(tx, [(talk_id, row.closed_at)])
    if row.reservation_id is None and not row.cast_missing and reason not in WITHOUT_PAUSE:
        await pauses.begin(tx, settings, row.cast_id, row.room_id)
    ending = rules.Ending(
        reason,
        row.interrupted,
        caller_missing=row.caller_missing,
        cast_missing=row.cast_missing,
        caller_receives=row.caller_receives,
        cast_receives=row.cast_receives,
        caller_doubted=row.caller_doubted,
    )
    cut_short = row.connected_ms < rules.paid_until(row.free_ms, row.minute_ms, row.charged)
    if row.charged and cut_short and rules.returns_cut_minute(ending):
        await ledger.return_minute(tx, talk_id, row.charged, kind="cut_short", reason=CUT_SHORT)
        await cut_minutes.tell(tx, talk_id, row.charged)
    return True


async def end_lost(tx: Tx, settings: Settings) -> Sequence[int]:
    """End the talks that nobody came back to, or that never connected; return their ids.

    They are taken in the order of their wallets, which `end` may lock.
    """
    rows = (
        await tx.execute(
            _LOST,
            {
                "back_ms": settings.return_seconds * 1000,
                "budget_ms": settings.interruption_seconds * 1000,
                "more_ms": rules.MORE_INTERRUPTION_MS,
                "each_ms": rules.PROVED_FOR_MORE_MS,
                "connect_seconds": settings.connect_seconds,
            },
        )
    ).all()
    locks.note(tx, talks, [row.id for row in rows], waited=False)
    done = await faults.each(tx, END_LOST, rows, lambda row: end(tx, settings, row.id, row.reason))
    return [row.id for row in done]
