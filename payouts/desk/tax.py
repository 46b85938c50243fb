"""What was withheld for the tax office, by the month in which it was paid. Amounts are yen.

The tax of what a bank rejected was never withheld: it is left out, also of a month before.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from payouts.rules import Category


@dataclass(frozen=True)
class TaxLine:
    """One month's (or a year's) payments in one category: people, gross, and what was withheld."""

    month: date
    category: Category
    people: int
    payments: int
    gross: int
    withheld: int


_PAID = """
FROM payouts WHERE state = 'paid' AND paid_at >= CAST(:first AS timestamp) AT TIME ZONE 'Asia/Tokyo'
  AND paid_at < CAST(:first AS timestamp) AT TIME ZONE 'Asia/Tokyo' + interval '1 year'
"""
_FIGURES = """count(DISTINCT user_id) AS people, count(*) AS payments, sum(gross)::bigint AS gross,
  sum(withheld)::bigint AS withheld"""
_MONTHS = sa.text(f"""
SELECT date_trunc('month', paid_at AT TIME ZONE 'Asia/Tokyo')::date AS month, category, {_FIGURES}
{_PAID} GROUP BY 1, 2 ORDER BY 1, 2
""")
_YEAR = sa.text(f"""
SELECT CAST(:first AS date) AS month, category, {_FIGURES} {_PAID} GROUP BY 2 ORDER BY 2
""")
_YEARS = sa.text("""
SELECT min(extract(year FROM paid_at AT TIME ZONE 'Asia/Tokyo'))::integer,
  extract(year FROM clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::integer
FROM payouts WHERE paid_at IS NOT NULL
""")


async def of_months(tx: Tx, year: int) -> list[TaxLine]:
    """Return the months of a year in which something was paid, by category."""
    return await _lines(tx, _MONTHS, year)


async def of_year(tx: Tx, year: int) -> list[TaxLine]:
    """Return a whole year by category; each person counts once in it."""
    return await _lines(tx, _YEAR, year)


async def _lines(tx: Tx, query: sa.TextClause, year: int) -> list[TaxLine]:
    found = await tx.execute(query, {"first": date(year, 1, 1)})
    return typed_all(TaxLine, found.mappings())


async def years(tx: Tx) -> list[int]:
    """Return the years of which there are figures, and this one, the latest first."""
    first, last = (await tx.execute(_YEARS)).one()
    return list(range(last, min(first or last, last) - 1, -1))
