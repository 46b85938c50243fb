"""What users owe for spent points whose money went back. See `points.ledger`."""

import sqlalchemy as sa

from foundation.database import Tx, clock
from points import rules
from points.ledger import lot_rows, rows
from points.tables import transfers, wallets


async def owed(tx: Tx, user_id: int) -> int:
    """Return the points that a user owes for purchases whose money went back."""
    return max(0, -await receivable(tx, user_id))


async def pay_owed(tx: Tx, user_id: int, key: str) -> int:
    """Pay what a user owes from their points, the first to expire first; return the points paid."""
    wallet = await rows.open_wallet(tx, user_id)
    await rows.lock(tx, [wallet])
    debt = await owed(tx, user_id)
    if debt == 0:
        return 0
    parts = rules.drawn(await lot_rows.open_stores(tx, wallet, await clock(tx)), debt)
    if not parts:
        return 0
    paid = sum(part.remaining for part in parts)
    source = await rows.transfer(
        tx,
        debit=wallet,
        credit=await rows.open_wallet(tx, user_id, "receivable"),
        amount=paid,
        kind="receivable",
        reason="debt paid",
        key=key,
        points_wallet=wallet,
    )
    if source is None:
        return 0
    await rows.drain(tx, wallet, source, parts)
    return paid


async def receivable(tx: Tx, user_id: int) -> int:
    """Return the balance of what a user owes: negative while there is a debt."""
    mine = (
        sa.select(wallets.c.id)
        .where(wallets.c.user_id == user_id, wallets.c.kind == "receivable")
        .scalar_subquery()
    )
    total = sa.func.coalesce(sa.func.sum(transfers.c.amount), 0)
    found = await tx.scalar(
        sa.select(
            sa.select(total).where(transfers.c.credit_wallet == mine).scalar_subquery()
            - sa.select(total).where(transfers.c.debit_wallet == mine).scalar_subquery()
        )
    )
    return int(found or 0)
