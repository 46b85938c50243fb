"""The words of payment events, which may name a payer, are not kept as long as the books."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from points.tables import payment_events
from record import sweeps


async def empty(tx: Tx, days: int, most: int) -> int:
    """Empty up to `most` older events of their words; return how many.

    That one came, which payment it was about and what became of it stays: the books rest on that.
    """
    done = payment_events.c.handled_at.is_not(None)
    worded = payment_events.c.payload != sa.text("'{}'::jsonb")
    found = (
        sa.select(payment_events.c.id)
        .where(done, worded, sweeps.older(payment_events.c.received_at, days))
        .order_by(payment_events.c.received_at)
        .limit(most)
    )
    ids = [row.id for row in await locks.lock(tx, found, skip_locked=True)]
    await tx.execute(
        sa.update(payment_events).where(payment_events.c.id.in_(ids)).values(payload={}, error=None)
    )
    return len(ids)
