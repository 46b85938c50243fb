"""When a room's cast is next free, by its timetable and its reservations, as SQL."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation.database import Tx
from rooms.booking.rules import SHORTEST, Period

# What is left of the openings in a time, once all that is reserved is taken out, in pieces that are
# long enough to be of use. Of reservations only those near by can reach into it.
_FREE = f"""
SELECT lower(piece) AS starts_at, upper(piece) AS ends_at FROM unnest(
  s.openings * tstzmultirange(tstzrange(CAST(:begins AS timestamptz), CAST(:ends AS timestamptz)))
  - coalesce((
    SELECT range_agg(tstzrange(v.starts_at, v.ends_at)) FROM reservations v
    WHERE v.cast_id = s.cast_id AND v.state IN ('kept', 'booked', 'running')
      AND v.starts_at > CAST(:begins AS timestamptz) - interval '2 hours' AND v.starts_at < :ends
      AND (v.state <> 'kept' OR v.kept_until > clock_timestamp())
  ), '{{}}')
) AS piece
WHERE upper(piece) - lower(piece) >= interval '{SHORTEST} minutes'
"""  # noqa: S608 - a number of the code's own


def is_free(wanted: Period, number: int) -> sa.ColumnElement[bool]:
    """Return the condition that a room is free within a time; `number` tells several apart.

    It stands in a query of `room_search` as `s`.
    """
    begins, ends = f"begins_{number}", f"ends_{number}"
    free = _FREE.replace(":begins", f":{begins}").replace(":ends", f":{ends}")
    meets = f"s.openings && tstzrange(CAST(:{begins} AS timestamptz), CAST(:{ends} AS timestamptz))"
    text = sa.text(f"({meets} AND EXISTS ({free}))")
    return text.bindparams(**{begins: wanted.starts_at, ends: wanted.ends_at})  # type: ignore[return-value]


_NEXT = sa.text(f"""
SELECT s.room_id, free.starts_at, free.ends_at
FROM room_search s CROSS JOIN LATERAL ({_FREE} ORDER BY 1 LIMIT 1) free
WHERE s.room_id = ANY (CAST(:ids AS bigint[]))
""")  # noqa: S608 - likewise


async def next_times(tx: Tx, room_ids: Sequence[int], within: Period) -> dict[int, Period]:
    """Return for each of these rooms the first time within another that its cast is free."""
    if not room_ids:
        return {}
    bounds = {"begins": within.starts_at, "ends": within.ends_at}
    rows = await tx.execute(_NEXT, {"ids": list(room_ids), **bounds})
    return {row.room_id: Period(row.starts_at, row.ends_at) for row in rows}
