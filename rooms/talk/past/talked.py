"""How often a cast has talked, as everybody may know: no figure from which one could be counted."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx

# Beyond so many nobody counts on.
MOST = 1000
# A reserved time is paid beforehand: it counts once they have talked for a minute.
_COUNT = sa.text("""
SELECT count(*) FROM (
  SELECT FROM talks t WHERE t.cast_id = :cast AND t.ended_at IS NOT NULL
    AND (t.reservation_id IS NOT NULL AND t.connected_ms >= 60000
      OR EXISTS (SELECT FROM charges c WHERE c.talk_id = t.id AND NOT EXISTS (
        SELECT FROM charge_returns b WHERE b.talk_id = c.talk_id AND b.minute = c.minute)))
  LIMIT :most) counted
""")


@dataclass(frozen=True)
class Talked:
    """So many talks; `at_least` says that there may be more."""

    times: int
    at_least: bool


async def times(tx: Tx, cast_id: int) -> Talked:
    """Return how many talks of a cast had a paid minute that did not go back."""
    return rounded(int(await tx.scalar(_COUNT, {"cast": cast_id, "most": MOST}) or 0))


def rounded(number: int) -> Talked:
    """Return a number below ten as it is, any other cut off to its first figure."""
    if number < 10:
        return Talked(number, at_least=False)
    unit = 10 ** (len(str(number)) - 1)
    return Talked(number // unit * unit, at_least=True)
