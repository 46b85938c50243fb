"""What becomes of the points of somebody who withdraws. See `points.ledger`."""

import sqlalchemy as sa

from foundation.database import Tx
from points.ledger import rows
from points.rules import Store
from points.tables import lots


async def forfeit(tx: Tx, user_id: int, *, reason: str) -> int:
    """Take everything that a user holds out of their hands, for good; return the points.

    It is booked as a kind of its own: nothing ran out, its owner gave it up. Once in a user's life.
    """
    wallet = await rows.open_wallet(tx, user_id)
    await rows.lock(tx, [wallet])
    found = await tx.execute(
        sa.select(lots.c.id, lots.c.remaining)
        .where(lots.c.wallet_id == wallet, ~lots.c.closed)
        .order_by(lots.c.id)
    )
    parts = [Store(row.id, row.remaining) for row in found]
    if not parts:
        return 0
    amount = rows.total(parts)
    source = await rows.transfer(
        tx,
        debit=wallet,
        credit="expired",
        amount=amount,
        kind="forfeit",
        reason=reason,
        key=f"forfeit:{user_id}",
        points_wallet=wallet,
    )
    if source is None:
        return 0
    await rows.drain(tx, wallet, source, parts)
    return amount
