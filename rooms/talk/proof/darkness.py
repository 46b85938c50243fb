"""Light and darkness: whoever is not metered is not seen.

While a talk is dark both clients send silence and black. It is bright while its meter runs on
fresh evidence, and for a few seconds at the beginning of a pair, until the meter starts.
"""

from collections.abc import Sequence

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.talk import unproved
from rooms.talk.scopes import scoped

_TURN = scoped(f"""
WITH live AS (
  SELECT id, dark, state, lit_at, pair_lights, pair_begun_at, frozen_at,
    clock_timestamp() AS moment,
    least(caller_good_at, cast_good_at) AS proved,
    greatest(0, :allowance - unproved_ms) AS left_ms
  FROM talks
  WHERE ended_at IS NULL /* only */
), judged AS (
  SELECT *, CASE
    WHEN state = 'talking' THEN proved < moment - interval '1 ms' * CASE
      WHEN left_ms < :tight THEN :tight ELSE least(:hold, left_ms) END
    WHEN pair_lights AND pair_begun_at IS NOT NULL THEN left_ms < :tight
    WHEN lit_at IS NOT NULL THEN moment >= lit_at + least(:bright, left_ms) * interval '1 ms'
    WHEN NOT dark THEN left_ms < :tight OR frozen_at IS NULL
      OR moment >= frozen_at + :after_stop * interval '1 ms'
    ELSE true END AS wanted
  FROM live
), turning AS (
  SELECT t.id, j.wanted, j.moment FROM talks t JOIN judged j ON j.id = t.id
  WHERE j.wanted <> j.dark AND t.dark = j.dark AND t.state = j.state
  FOR NO KEY UPDATE OF t SKIP LOCKED LIMIT 1000
)
UPDATE talks t SET dark = c.wanted,
  dark_at = CASE WHEN c.wanted THEN c.moment ELSE t.dark_at END,
  unproved_ms = t.unproved_ms + CASE WHEN c.wanted THEN {unproved.LIT} ELSE 0 END,
  lit_at = CASE WHEN NOT c.wanted AND t.state <> 'talking' THEN c.moment END,
  pair_lights = false
FROM turning c WHERE t.id = c.id
RETURNING t.id
""")  # noqa: S608 - fixed fragments


async def turn(tx: Tx, settings: Settings, only: Sequence[int] | None = None) -> list[int]:
    """Darken the talks that nobody proves, and light up those that may be seen; return both."""
    found = await tx.scalars(
        _TURN.of(only),
        {
            "only": list(only) if only is not None else None,
            "allowance": settings.unproved_seconds * 1000,
            "tight": unproved.TIGHT_MS,
            "hold": settings.beat_seconds * 1000 + unproved.LATE_BEAT_MS,
            "bright": settings.bright_seconds * 1000,
            "after_stop": unproved.AFTER_STOP_MS,
        },
    )
    turned = list(found)
    locks.note(tx, talks, turned, waited=False)
    return turned
