"""What becomes of points that a dispute froze: won, they come back; lost, they leave the books.

See `points.ledger`.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx, clock
from points import rules
from points.ledger import rows
from points.ledger.debts import receivable
from points.ledger.purchases import locked, owed_key
from points.rules import Store
from points.tables import lot_moves, transfers


async def restore(tx: Tx, purchase_id: int, key: str) -> int:
    """Undo what a dispute took under this `key` (the one given to `take_back`), exactly once.

    Points go back into their lots; where those have run out, into a lot until the end of the
    seventh day, never beyond six months from the purchase. What was owed is owed no more; what
    the user had paid of it already comes back as well. Returns the points given back: none for a
    dispute that was booked as lost.
    """
    purchase = await locked(tx, purchase_id)
    if await rows.is_written(tx, _lost_key(key)):
        return 0
    wallet = await rows.open_wallet(tx, purchase.user_id)
    await rows.lock(tx, [wallet])
    back = 0
    taken = await _to_reverse(tx, purchase_id, key, "dispute")
    if taken is not None:
        back += await _thaw(tx, wallet, taken)
    owed = await _to_reverse(tx, purchase_id, owed_key(key), "receivable")
    if owed is not None:
        await _forgive(tx, owed)
        back += await _pay_back(tx, wallet, purchase.user_id, owed)
    return back


async def book_lost(tx: Tx, purchase_id: int, key: str) -> int:
    """Take what a dispute froze under this `key` out of the books, exactly once, for it is lost.

    What was owed stays owed. Returns the points booked: none for a dispute that was won.
    """
    await locked(tx, purchase_id)
    frozen = [
        await _to_reverse(tx, purchase_id, key, "dispute"),
        await _to_reverse(tx, purchase_id, owed_key(key), "receivable"),
    ]
    amount = sum(transfer.amount for transfer in frozen if transfer is not None)
    if not amount:
        return 0
    booked = await rows.transfer(
        tx,
        debit="disputed",
        credit="issued",
        amount=amount,
        kind="lost",
        reason="dispute lost",
        key=_lost_key(key),
        purchase_id=purchase_id,
    )
    return 0 if booked is None else amount


def _lost_key(key: str) -> str:
    return f"{key}:lost"


async def _to_reverse(tx: Tx, purchase_id: int, key: str, kind: str) -> Any:
    """The transfer under this key, unless it was reversed already."""
    again = transfers.alias("again")
    found = await tx.execute(
        sa.select(transfers).where(
            transfers.c.idempotency_key == key,
            transfers.c.purchase_id == purchase_id,
            transfers.c.kind == kind,
            ~sa.exists().where(again.c.reverses == transfers.c.id),
        )
    )
    return found.one_or_none()


async def _thaw(tx: Tx, wallet: int, taken: Any) -> int:
    found = await tx.execute(
        sa.select(lot_moves.c.lot_id, lot_moves.c.amount).where(lot_moves.c.transfer_id == taken.id)
    )
    parts = [Store(row.lot_id, -row.amount) for row in found]
    return await _refill(tx, wallet, "disputed", parts, taken, f"{taken.idempotency_key}:restored")


async def _refill(
    tx: Tx, wallet: int, origin: int | str, parts: Sequence[Store], why: Any, key: str
) -> int:
    """Bring points from `origin` back into lots; those past six months are booked as expired."""
    now = await clock(tx)
    alive, dead = await rows.by_life(tx, parts, now)
    back, lost = rows.total(alive), rows.total(dead)
    if lost:
        await rows.transfer(
            tx,
            debit=origin,
            credit="expired",
            amount=lost,
            kind="expiry",
            reason="restored too late",
            key=f"{key}:late",
            purchase_id=why.purchase_id,
            reverses=None if back or why.kind != "dispute" else why.id,
        )
    if back:
        source = await rows.transfer(
            tx,
            debit=origin,
            credit=wallet,
            amount=back,
            kind="restore",
            reason="dispute won",
            key=key,
            purchase_id=why.purchase_id,
            reverses=why.id if why.kind == "dispute" else None,
            points_wallet=wallet,
        )
        assert source is not None
        await rows.refill(tx, wallet, source, alive, now)
    return back


async def _forgive(tx: Tx, debt: Any) -> None:
    await rows.transfer(
        tx,
        debit="disputed",
        credit=debt.debit_wallet,
        amount=debt.amount,
        kind="restore",
        reason="dispute won",
        key=f"{debt.idempotency_key}:restored",
        purchase_id=debt.purchase_id,
        reverses=debt.id,
    )


_PAID_FROM = sa.text("""
SELECT m.lot_id, -sum(m.amount)::bigint AS amount
FROM transfers t JOIN lot_moves m ON m.transfer_id = t.id
WHERE (t.debit_wallet, t.credit_wallet) IN ((:points, :receivable), (:receivable, :points))
GROUP BY m.lot_id HAVING sum(m.amount) < 0 ORDER BY m.lot_id DESC
""")


async def _pay_back(tx: Tx, wallet: int, user_id: int, debt: Any) -> int:
    """Return the points with which a debt was paid that is owed no more."""
    too_much = await receivable(tx, user_id)
    if too_much <= 0:
        return 0
    found = await tx.execute(_PAID_FROM, {"points": wallet, "receivable": debt.debit_wallet})
    parts = rules.drawn([Store(row.lot_id, row.amount) for row in found], too_much)
    return await _refill(
        tx, wallet, debt.debit_wallet, parts, debt, f"{debt.idempotency_key}:paid back"
    )
