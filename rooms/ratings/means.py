"""What a cast's ratings come to: how many of each number of stars, their mean, and by what casts
are sorted. A row of each cast, written in the transaction that changes a rating.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_one
from foundation.settings import Settings
from rooms.ground.rating_tables import rating_means
from rooms.ratings import rules


@dataclass(frozen=True)
class RatingMean:
    """A cast's ratings that count, one a caller. `mean` is None for fewer than may be shown."""

    rated: int
    mean: float | None
    by_stars: tuple[int, int, int, int, int]

    @property
    def shows(self) -> bool:
        """Whether there are enough to be shown."""
        return self.mean is not None

    @property
    def distribution(self) -> list[tuple[int, int]]:
        """How many there are of each number of stars, the most stars first."""
        return [(stars, self.by_stars[stars - 1]) for stars in range(rules.MOST_STARS, 0, -1)]


NONE_YET = RatingMean(0, None, (0, 0, 0, 0, 0))


@dataclass(frozen=True)
class _Counted:
    one: int
    two: int
    three: int
    four: int
    five: int

    @property
    def each(self) -> tuple[int, int, int, int, int]:
        return self.one, self.two, self.three, self.four, self.five

    @property
    def rated(self) -> int:
        return sum(self.each)

    @property
    def stars(self) -> int:
        return sum(stars * times for stars, times in enumerate(self.each, 1))


# Of who rated several talks the latest counts: else one caller alone could make a cast's mean.
_COUNT = sa.text("""
SELECT count(*) FILTER (WHERE stars = 1) AS one, count(*) FILTER (WHERE stars = 2) AS two,
  count(*) FILTER (WHERE stars = 3) AS three, count(*) FILTER (WHERE stars = 4) AS four,
  count(*) FILTER (WHERE stars = 5) AS five
FROM (SELECT DISTINCT ON (caller_id) stars FROM ratings WHERE cast_id = :cast AND counts
  ORDER BY caller_id, rated_at DESC, talk_id DESC) latest
""")
_WRITE = sa.text("""
INSERT INTO rating_means (cast_id, one, two, three, four, five, sorting_mean)
VALUES (:cast, :one, :two, :three, :four, :five, :sorting)
ON CONFLICT (cast_id) DO UPDATE SET one = :one, two = :two, three = :three, four = :four,
  five = :five, sorting_mean = :sorting
""")
_PRIOR = sa.text("SELECT sum(rated * mean) / nullif(sum(rated), 0) FROM rating_means")


async def of_cast(tx: Tx, cast_id: int) -> RatingMean:
    """Return what a cast's ratings come to."""
    found = await tx.execute(sa.select(rating_means).where(rating_means.c.cast_id == cast_id))
    counted = typed_one(_Counted, found.mappings())
    if counted is None:
        return NONE_YET
    shown = counted.rated >= rules.SHOWN_FROM
    mean = counted.stars / counted.rated if shown else None
    return RatingMean(counted.rated, mean, counted.each)


async def prior(tx: Tx) -> float:
    """Return the site's mean, by which who has few ratings is sorted; the middle before any."""
    found = await tx.scalar(_PRIOR)
    return rules.MIDDLE if found is None else float(found)


async def count_again(tx: Tx, settings: Settings, cast_id: int) -> None:
    """Count a cast's ratings again, after one has changed; the cast is locked."""
    counted = typed_one(_Counted, (await tx.execute(_COUNT, {"cast": cast_id})).mappings())
    assert counted is not None
    await _write(tx, settings, cast_id, counted, await prior(tx))


async def _write(
    tx: Tx, settings: Settings, cast_id: int, counted: _Counted, site_mean: float
) -> None:
    sorting = rules.sorting_mean(counted.stars, counted.rated, site_mean, settings.rating_weight)
    named = dict(zip(("one", "two", "three", "four", "five"), counted.each, strict=True))
    await tx.execute(_WRITE, named | {"cast": cast_id, "sorting": sorting})


# As `rules.sorting_mean` has it.
_RENEW = sa.text("""
UPDATE rating_means SET sorting_mean =
  (coalesce(mean * rated, 0) + :weight * CAST(:prior AS double precision)) / (rated + :weight)
WHERE rated + :weight > 0
""")


async def renew(tx: Tx, settings: Settings) -> int:
    """Sort all casts by the site's mean of now, which others' ratings have moved; return how many.

    A cast's own row is written with each rating of theirs; this is for the rest, once a night.
    """
    bounds = {"weight": settings.rating_weight, "prior": await prior(tx)}
    return (await tx.execute(_RENEW, bounds)).rowcount
