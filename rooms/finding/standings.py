"""What callers make of casts, by which rooms are sorted: whether they come again, and ratings."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from rooms.ground.rating_tables import rating_means
from rooms.ratings import means, rules


@dataclass(frozen=True)
class CastStanding:
    """The percentage of a cast's callers who came again, as far as few can tell, and their stars.

    `mean` is None for fewer ratings than are shown; `sorting_mean` is the Bayesian one.
    """

    came_again: int
    mean: float | None
    sorting_mean: float


# Who talked for a paid minute, and who did so again. The first few callers tell little: as if five
# more had come, of whom three in ten came again.
FEW_AGAIN = 30
_AGAIN = sa.text("""
SELECT cast_id, round(100 * (count(*) FILTER (WHERE times > 1) + 1.5) / (count(*) + 5)) AS again
FROM (
  SELECT cast_id, caller_id, count(*) AS times FROM talks
  WHERE cast_id = ANY (CAST(:casts AS bigint[])) AND next_minute > 1
  GROUP BY cast_id, caller_id
) pairs GROUP BY cast_id
""")


async def of_casts(tx: Tx, cast_ids: Collection[int]) -> dict[int, CastStanding]:
    """Return what callers make of each of these casts.

    Who isn't rated stands at the site's mean.
    """
    casts = sorted(cast_ids)
    rows = await tx.execute(_AGAIN, {"casts": casts})
    again = {row.cast_id: int(row.again) for row in rows}
    few = CastStanding(FEW_AGAIN, None, await means.prior(tx))
    rated = await tx.execute(sa.select(rating_means).where(rating_means.c.cast_id.in_(casts)))
    stars = {row.cast_id: (_shown(row.rated, row.mean), row.sorting_mean) for row in rated}
    return {
        cast: CastStanding(again.get(cast, FEW_AGAIN), *stars.get(cast, (None, few.sorting_mean)))
        for cast in casts
    }


def _shown(rated: int, mean: float) -> float | None:
    return mean if rated >= rules.SHOWN_FROM else None
