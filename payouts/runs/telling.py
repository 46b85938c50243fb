"""Telling the casts of a run where their payout stands: a job, some at a time, each told once."""

import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.row_types import DbRow
from foundation.settings import Settings
from payouts import words
from payouts.tables import payout_runs, payouts

AT_ONCE = 100

_PART = (
    sa.select(payouts.c.id, payouts.c.user_id, payouts.c.state, payouts.c.net, payout_runs.c.pay_on)
    .join(payout_runs, payout_runs.c.id == payouts.c.run_id)
    .order_by(payouts.c.id)
    .limit(AT_ONCE)
)


async def tell(database: Database, settings: Settings, run_id: int, state: str) -> None:
    """Tell everybody in a run whose payout is still in `state`. Cut off, it can begin again."""
    after = 0
    while True:
        async with database.transaction() as tx:
            part = _PART.where(payouts.c.run_id == run_id, payouts.c.id > after)
            rows = (await tx.execute(part)).all()
            for row in rows:
                if row.state == state:
                    await _tell(tx, settings, row)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


async def _tell(tx: Tx, settings: Settings, row: DbRow) -> None:
    if row.state == "paid":
        await words.paid(tx, settings, row.user_id, row.id, row.net)
    else:
        await words.gathered(tx, settings, row.user_id, row.id, row.net, row.pay_on)
