"""Points that were bought: credited once. See `points.ledger`."""

from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.row_types import typed_locked
from points.ledger import lot_rows, rows
from points.ledger.debts import pay_owed
from points.ledger.locked_rows import PurchaseRow
from points.tables import purchases


async def credit_purchase(
    tx: Tx, purchase_id: int, *, user_id: int, points: int, bonus: int, months: int
) -> None:
    """Make the points of a paid purchase, and mark it as paid; a second time changes nothing.

    They expire `months` calendar months after `paid_at` (now, where the purchase has none yet).
    What the user owes is paid from them. Raises ValueError when the purchase is another one.
    """
    purchase = await locked(tx, purchase_id)
    if (purchase.user_id, purchase.points, purchase.bonus) != (user_id, points, bonus):
        raise ValueError(f"purchase {purchase_id} is of other points or of another user")
    wallet = await rows.open_wallet(tx, user_id)
    await rows.lock(tx, [wallet])
    if purchase.paid_lot is not None:
        return
    paid_at = purchase.paid_at or await clock(tx)
    paid_lot = await _make(tx, wallet, purchase, "purchase", points, paid_at, months)
    bonus_lot = None
    if bonus:
        bonus_lot = await _make(tx, wallet, purchase, "bonus", bonus, paid_at, months)
    await tx.execute(
        sa.update(purchases)
        .where(purchases.c.id == purchase_id)
        .values(state="paid", paid_at=paid_at, paid_lot=paid_lot, bonus_lot=bonus_lot)
    )
    await pay_owed(tx, user_id, f"purchase:{purchase_id}:debt")


async def _make(
    tx: Tx,
    wallet: int,
    purchase: PurchaseRow,
    kind: str,
    points: int,
    paid_at: datetime,
    months: int,
) -> int:
    source = await rows.transfer(
        tx,
        debit="issued",
        credit=wallet,
        amount=points,
        kind=kind,
        reason="purchase",
        key=f"purchase:{purchase.id}" + (":bonus" if kind == "bonus" else ""),
        purchase_id=purchase.id,
        points_wallet=wallet,
    )
    assert source is not None
    lot_kind = "bonus" if kind == "bonus" else "paid"
    return await lot_rows.fill_new_lot(tx, wallet, lot_kind, points, paid_at, months, source)


async def locked(tx: Tx, purchase_id: int) -> PurchaseRow:
    """Return a purchase's row, locked; everybody locks it before its user's wallet."""
    rows = await locks.lock(tx, sa.select(purchases).where(purchases.c.id == purchase_id))
    return typed_locked(PurchaseRow, rows)[0]
