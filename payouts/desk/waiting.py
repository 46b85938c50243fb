"""How much of payouts waits for finance staff."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import count
from payouts.runs import reversals
from payouts.tables import payout_objections, payout_runs, payout_verdicts
from payouts.tables import payouts as payout_rows

_OPEN = ("draft", "waiting_second", "agreed")


async def count_waiting(tx: Tx) -> int:
    """Return how many runs, proposals, verdicts and objections wait for somebody."""
    runs = sa.select(payout_runs.c.id).where(payout_runs.c.state.in_(_OPEN))
    asked = sa.select(payout_objections.c.payout_id).where(payout_objections.c.answer.is_(None))
    decided = sa.select(payout_verdicts.c.id).where(payout_verdicts.c.state == "waiting_second")
    proposed = await reversals.count_waiting(tx) + await count(tx, decided)
    return await count(tx, runs) + proposed + await count(tx, asked)


@dataclass(frozen=True)
class DuePayouts:
    """Payouts that were asked for and have not arrived: how many, yen before fees, since when."""

    waiting: int
    yen: int
    oldest: datetime | None


async def due(tx: Tx) -> DuePayouts:
    """Return what casts wait for."""
    of = payout_rows.c
    query = sa.select(
        sa.func.count().label("waiting"),
        sa.cast(sa.func.coalesce(sa.func.sum(of.gross), 0), sa.BigInteger).label("yen"),
        sa.func.min(of.requested_at).label("oldest"),
    ).where(of.state.in_(("requested", "in_run")))
    return DuePayouts(**(await tx.execute(query)).mappings().one())
