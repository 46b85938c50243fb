"""The rows of lots: opened, renewed and found, with the balance of their wallet."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from points import rules
from points.rules import Store
from points.tables import lot_moves, lots, wallets


async def fill_new_lot(
    tx: Tx, wallet: int, kind: str, points: int, paid_at: datetime, months: int, source: int
) -> int:
    """Put a transfer's points into a lot of their own, good for `months`; return the lot's id."""
    life = {"expires_at": rules.expiry_of(paid_at, months), "latest": rules.latest_of(paid_at)}
    return await _fill(tx, wallet, kind, points, source, life)


async def fill_credit_lot(tx: Tx, wallet: int, points: int, source: int) -> int:
    """Put what a transfer gives a tab into a lot of its own, which never runs out."""
    life = {"expires_at": rules.CREDIT_END, "latest": rules.CREDIT_END}
    return await _fill(tx, wallet, "credit", points, source, life)


async def _fill(
    tx: Tx, wallet: int, kind: str, points: int, source: int, life: dict[str, datetime]
) -> int:
    values = {"wallet_id": wallet, "kind": kind, "granted": points, "remaining": points}
    lot = await tx.scalar(
        insert(lots).values(values | life | {"source": source}).returning(lots.c.id)
    )
    assert lot is not None
    await tx.execute(insert(lot_moves).values(transfer_id=source, lot_id=lot, amount=points))
    await move_balance(tx, wallet, points)
    return int(lot)


async def renew(tx: Tx, lot: int, points: int, now: datetime) -> int:
    """Open a lot for points that come back to one which has run out; return its id."""
    old = (await tx.execute(sa.select(lots).where(lots.c.id == lot))).one()
    made = await tx.scalar(
        insert(lots)
        .values(
            wallet_id=old.wallet_id,
            kind=old.kind,
            granted=points,
            remaining=points,
            expires_at=rules.renewed_until(now, old.latest),
            latest=old.latest,
            renews=old.renews or old.id,
        )
        .returning(lots.c.id)
    )
    assert made is not None
    return int(made)


async def open_stores(tx: Tx, wallet: int, now: datetime) -> list[Store]:
    """Return the lots of a wallet that can be spent, the first to expire first."""
    rows = await tx.execute(
        sa.select(lots.c.id, lots.c.remaining)
        .where(lots.c.wallet_id == wallet, ~lots.c.closed, lots.c.expires_at > now)
        .order_by(lots.c.expires_at, lots.c.id)
    )
    return [Store(row.id, row.remaining) for row in rows]


async def move_balance(tx: Tx, wallet: int, by: int) -> None:
    """Raise or lower a wallet's balance."""
    await tx.execute(
        sa.update(wallets).where(wallets.c.id == wallet).values(balance=wallets.c.balance + by)
    )
    locks.note(tx, wallets, [wallet])
