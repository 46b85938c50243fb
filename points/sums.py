"""What a day, a week or a month brought, in few figures: what staff look at first every morning.

A day is Asia/Tokyo's, a week begins on its Monday. Each question reads no further back than the
first period that is asked for, by the moments' own indexes.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx, clock
from points.rules import SITE_ZONE

Step = Literal["day", "week", "month"]

# How many are shown: no more is read, however long a site has been there.
PERIODS: dict[Step, int] = {"day": 14, "week": 8, "month": 6}


@dataclass(frozen=True)
class PeriodSum:
    """One period from its first day `start`: yen that came in, minutes and points that talks cost,
    points of them that went back.
    """

    start: date
    purchases: int = 0
    yen: int = 0
    minutes: int = 0
    spent: int = 0
    returned: int = 0


async def by(tx: Tx, step: Step) -> list[PeriodSum]:
    """Return the last periods (`PERIODS`), the one that runs first."""
    starts = _starts((await clock(tx)).astimezone(SITE_ZONE).date(), step)
    since = datetime.combine(starts[-1], datetime.min.time(), SITE_ZONE)
    rows = (await tx.execute(_SUMS, {"step": step, "since": since})).mappings()
    found = {row["start"]: PeriodSum(**row) for row in rows}
    return [found.get(start, PeriodSum(start)) for start in starts]


def _starts(today: date, step: Step) -> list[date]:
    first = today
    if step == "week":
        first = today - timedelta(days=today.weekday())
    elif step == "month":
        first = today.replace(day=1)
    found = [first]
    while len(found) < PERIODS[step]:
        before = found[-1] - timedelta(days=7 if step == "week" else 1)
        found.append(before.replace(day=1) if step == "month" else before)
    return found


_SUMS = sa.text("""
WITH sold AS (
  SELECT date_trunc(:step, t.at AT TIME ZONE 'Asia/Tokyo')::date AS start, count(*) AS purchases,
    sum(p.price_yen) AS yen
  FROM transfers t JOIN purchases p ON p.id = t.purchase_id
  WHERE t.kind = 'purchase' AND t.at >= :since GROUP BY 1
), charged AS (
  SELECT date_trunc(:step, at AT TIME ZONE 'Asia/Tokyo')::date AS start, count(*) AS minutes,
    sum(gross) AS spent
  FROM charges WHERE at >= :since GROUP BY 1
), given_back AS (
  SELECT date_trunc(:step, at AT TIME ZONE 'Asia/Tokyo')::date AS start, sum(gross) AS returned
  FROM charge_returns WHERE at >= :since GROUP BY 1
)
SELECT start, coalesce(purchases, 0)::bigint AS purchases, coalesce(yen, 0)::bigint AS yen,
  coalesce(minutes, 0)::bigint AS minutes, coalesce(spent, 0)::bigint AS spent,
  coalesce(returned, 0)::bigint AS returned
FROM sold FULL JOIN charged USING (start) FULL JOIN given_back USING (start)
""")
