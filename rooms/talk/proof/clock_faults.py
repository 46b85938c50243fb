"""Evidence from the future of the database's clock: the clock has stepped back.

What it counted is what was proved; everything later is cut to this moment, and nobody's time runs
on by it.
"""

from collections.abc import Sequence

from foundation import locks
from foundation.database import Tx, clock
from foundation.language import N_
from record import alarms
from rooms.ground.tables import talks
from rooms.talk import spans
from rooms.talk.scopes import scoped

STEPPED_BACK = N_("データベースの時計が戻りました。通話は、確認できたところまでで止めています。")

_CUT = (
    "caller_seen_at", "cast_seen_at", "pair_at", "pair_begun_at", "pair_flow_at", "frozen_at",
    "renewed_at",
)  # fmt: skip
_FORGOTTEN = (
    "running_since", "caller_good_at", "cast_good_at", "caller_told_at", "cast_told_at",
    "caller_came_at", "cast_came_at", "caller_report_at", "cast_report_at", "caller_frame_at",
    "cast_frame_at", "caller_camera_at", "cast_camera_at", "disagree_to", "lit_at", "lapse_at",
    "flow_at",
)  # fmt: skip
# Of all that is known, what can not lie ahead; `due_at` does by right.
_MOMENTS = (*_CUT, *_FORGOTTEN, "interrupted_at", "dark_at")

_MEND = scoped(f"""
WITH ahead AS (
  SELECT id, state, clock_timestamp() AS moment,
    greatest(least(caller_good_at, cast_good_at), running_since) AS proved
  FROM talks
  WHERE ended_at IS NULL
    AND greatest({", ".join(_MOMENTS)}, CASE WHEN state = 'connecting' THEN entered_at END)
      > clock_timestamp() + interval '1 s'
    /* only */
  FOR NO KEY UPDATE SKIP LOCKED LIMIT 1000
)
UPDATE talks t SET state = CASE WHEN t.state = 'talking' THEN 'interrupted' ELSE t.state END,
  connected_ms = connected_ms + CASE WHEN t.state = 'talking'
    THEN floor(extract(epoch FROM a.proved - t.running_since) * 1000)::bigint ELSE 0 END,
  interrupted_at = CASE WHEN t.state = 'talking' THEN a.moment
    ELSE least(t.interrupted_at, a.moment) END,
  stopped_by = CASE WHEN t.state = 'talking' THEN 'reconnecting' ELSE t.stopped_by END,
  entered_at = CASE WHEN t.state = 'connecting' THEN least(entered_at, a.moment)
    ELSE entered_at END,
  {", ".join(f"{name} = least(t.{name}, a.moment)" for name in _CUT)},
  {", ".join(f"{name} = NULL" for name in _FORGOTTEN)},
  due_at = NULL, dark = true, dark_at = a.moment
FROM ahead a WHERE t.id = a.id
RETURNING t.id, a.state, a.moment AS at, t.connected_ms, 'reconnecting' AS reason
""")  # noqa: S608 - fixed names


async def mend(tx: Tx, only: Sequence[int] | None = None) -> list[int]:
    """Interrupt the talks that hold evidence from the future, as of the last; return their ids.

    Staff are told, once an hour.
    """
    rows = (await tx.execute(_MEND.of(only), {"only": list(only or ())})).all()
    if not rows:
        return []
    locks.note(tx, talks, [row.id for row in rows], waited=False)
    await spans.turn(tx, "interrupted", [row for row in rows if row.state == "talking"])
    await alarms.alarm(tx, "clock_back", STEPPED_BACK, f"{await clock(tx):%Y-%m-%d %H}")
    return [row.id for row in rows]
