"""The runs as staff read them, each with its sums. Amounts are yen."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed_all, typed_one
from payouts import refusals


@dataclass(frozen=True)
class PayoutRun:
    """A run. `total` is what the bank transfers; `made_by_name` and the like are nicknames."""

    id: int
    way: str
    state: str
    pay_on: date
    month: date | None
    payouts: int
    total: int
    made_by: int
    made_by_name: str
    made_at: datetime
    second_by_name: str | None
    second_at: datetime | None
    filed_at: datetime | None
    ended_by_name: str | None
    ended_at: datetime | None


@dataclass(frozen=True)
class RunSums:
    """What a run's payouts come to, and how many the bank rejected."""

    gross: int
    bank_fee: int
    withheld: int
    net: int
    rejected: int
    rejected_net: int


_RUNS = """
SELECT r.*, m.nickname AS made_by_name, s.nickname AS second_by_name, e.nickname AS ended_by_name
FROM payout_runs r JOIN users m ON m.id = r.made_by LEFT JOIN users s ON s.id = r.second_by
LEFT JOIN users e ON e.id = r.ended_by
"""
_LATEST = sa.text(f"{_RUNS} ORDER BY r.id DESC LIMIT :size OFFSET :skip")
_ONE = sa.text(f"{_RUNS} WHERE r.id = :run")
_SUMS = sa.text("""
SELECT coalesce(sum(gross), 0)::bigint AS gross, coalesce(sum(bank_fee), 0)::bigint AS bank_fee,
  coalesce(sum(withheld), 0)::bigint AS withheld, coalesce(sum(net), 0)::bigint AS net,
  count(*) FILTER (WHERE state = 'rejected') AS rejected,
  coalesce(sum(net) FILTER (WHERE state = 'rejected'), 0)::bigint AS rejected_net
FROM payouts WHERE run_id = :run
""")


async def runs(tx: Tx, number: int, size: int) -> Page[PayoutRun]:
    """Return a page of all runs, the latest first."""
    found = await tx.execute(_LATEST, {"size": size + 1, "skip": offset(number, size)})
    return Page.of(typed_all(PayoutRun, found.mappings()), number, size)


async def run_of(tx: Tx, run_id: int) -> PayoutRun:
    """Return a run. Raises UserError `payout_run_unknown` (404)."""
    found = typed_one(PayoutRun, (await tx.execute(_ONE, {"run": run_id})).mappings())
    if found is None:
        raise refusals.payout_run_unknown()
    return found


async def sums_of(tx: Tx, run_id: int) -> RunSums:
    """Return what a run's payouts come to."""
    found = typed_one(RunSums, (await tx.execute(_SUMS, {"run": run_id})).mappings())
    assert found is not None
    return found
