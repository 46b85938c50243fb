"""How much of payouts waits for finance staff."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import count
from payouts.runs import reversals
from payouts.tables import payout_objections, payout_runs

_OPEN = ("draft", "waiting_second", "agreed")


async def count_waiting(tx: Tx) -> int:
    """Return how many runs aren't closed, proposals aren't decided, objections aren't answered."""
    runs = sa.select(payout_runs.c.id).where(payout_runs.c.state.in_(_OPEN))
    asked = sa.select(payout_objections.c.payout_id).where(payout_objections.c.answer.is_(None))
    proposed = await reversals.count_waiting(tx)
    return await count(tx, runs) + proposed + await count(tx, asked)
