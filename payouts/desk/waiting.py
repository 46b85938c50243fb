"""How much of payouts waits for finance staff."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import count
from payouts.runs import reversals
from payouts.tables import payout_objections, payout_runs, payout_verdicts

_OPEN = ("draft", "waiting_second", "agreed")


async def count_waiting(tx: Tx) -> int:
    """Return how many runs, proposals, verdicts and objections wait for somebody."""
    runs = sa.select(payout_runs.c.id).where(payout_runs.c.state.in_(_OPEN))
    asked = sa.select(payout_objections.c.payout_id).where(payout_objections.c.answer.is_(None))
    decided = sa.select(payout_verdicts.c.id).where(payout_verdicts.c.state == "waiting_second")
    proposed = await reversals.count_waiting(tx) + await count(tx, decided)
    return await count(tx, runs) + proposed + await count(tx, asked)
