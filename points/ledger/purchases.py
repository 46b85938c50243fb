"""Points that were bought: credited once, and taken back. See `points.ledger`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from points import rules
from points.ledger import rows
from points.ledger.debts import pay_owed
from points.rules import Store
from points.tables import lots, purchases, transfers

# Where points go that were taken back: a refund unmakes them, a dispute only freezes them.
TAKEN_TO = {"refund": "issued", "dispute": "disputed"}


@dataclass(frozen=True)
class Taken:
    """Points of a purchase that were taken back, and spent ones that are owed instead."""

    taken: int
    owed: int


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


async def take_back(
    tx: Tx, purchase_id: int, points: int, *, kind: Literal["refund", "dispute"], key: str
) -> Taken:
    """Take points of a purchase back; what was spent of it is owed instead (`owed`).

    Never more than was bought, over all refunds and open disputes; points that had expired are
    neither taken nor owed. The same key again changes nothing and returns what it did first.
    """
    if not rules.is_amount(points):
        raise ValueError(f"{points!r} points can't be taken back")
    purchase = await locked(tx, purchase_id)
    wallet = await rows.open_wallet(tx, purchase.user_id)
    await rows.lock(tx, [wallet])
    done = await _taken_before(tx, purchase_id, key)
    if done is not None:
        return done
    stores = await _unspent(tx, purchase)
    points = min(points, purchase.points + purchase.bonus - await _gone(tx, purchase_id))
    parts = rules.drawn(stores, points)
    taken = sum(part.remaining for part in parts)
    owed = min(points - taken, await _spent_and_not_owed(tx, purchase))
    if taken:
        source = await rows.transfer(
            tx,
            debit=wallet,
            credit=TAKEN_TO[kind],
            amount=taken,
            kind=kind,
            reason="purchase",
            key=key,
            purchase_id=purchase_id,
            points_wallet=wallet,
        )
        assert source is not None
        await rows.drain(tx, wallet, source, parts)
    if owed > 0:
        await rows.transfer(
            tx,
            debit=await rows.open_wallet(tx, purchase.user_id, "receivable"),
            credit=TAKEN_TO[kind],
            amount=owed,
            kind="receivable",
            reason="purchase",
            key=owed_key(key),
            purchase_id=purchase_id,
        )
    return Taken(taken, max(owed, 0))


async def _make(
    tx: Tx, wallet: int, purchase: Any, kind: str, points: int, paid_at: datetime, months: int
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
    return await rows.fill_new_lot(tx, wallet, lot_kind, points, paid_at, months, source)


async def _taken_before(tx: Tx, purchase_id: int, key: str) -> Taken | None:
    found = await tx.execute(
        sa.select(transfers.c.idempotency_key, transfers.c.amount, transfers.c.purchase_id).where(
            transfers.c.idempotency_key.in_([key, owed_key(key)])
        )
    )
    known = found.all()
    if any(row.purchase_id != purchase_id for row in known):
        raise ValueError(f"the key {key!r} was used for another purchase")
    amounts = {row.idempotency_key: row.amount for row in known}
    return Taken(amounts.get(key, 0), amounts.get(owed_key(key), 0)) if amounts else None


async def _unspent(tx: Tx, purchase: Any) -> list[Store]:
    """What the lots of a purchase still hold, paid points before bonus points."""
    found = await tx.execute(
        sa.select(lots.c.id, lots.c.remaining)
        .where(_of_purchase(purchase), ~lots.c.closed)
        .order_by(lots.c.kind.desc(), lots.c.expires_at, lots.c.id)
    )
    return [Store(row.id, row.remaining) for row in found]


def _of_purchase(purchase: Any) -> sa.ColumnElement[bool]:
    own = [lot for lot in (purchase.paid_lot, purchase.bonus_lot) if lot is not None]
    return sa.or_(lots.c.id.in_(own), lots.c.renews.in_(own))


_GONE = sa.text("""
SELECT coalesce(sum(t.amount), 0)::bigint FROM transfers t
WHERE t.purchase_id = :purchase AND t.kind IN ('refund', 'dispute', 'receivable')
  AND (NOT :owed OR t.kind = 'receivable')
  AND NOT EXISTS (SELECT FROM transfers r WHERE r.reverses = t.id)
""")


async def _gone(tx: Tx, purchase_id: int, *, owed: bool = False) -> int:
    """The points of a purchase that were taken or are owed (or only those owed)."""
    return int(await tx.scalar(_GONE, {"purchase": purchase_id, "owed": owed}) or 0)


# What a hold has taken counts as spent until it is released.
_SPENT = sa.text("""
SELECT coalesce((SELECT sum(amount) FROM lot_uses WHERE lot_id = ANY (CAST(:lots AS bigint[]))), 0)
  - coalesce((SELECT sum(amount) FROM lot_backs WHERE lot_id = ANY (CAST(:lots AS bigint[]))), 0)
  - coalesce((SELECT sum(m.amount) FROM lot_moves m JOIN transfers t ON t.id = m.transfer_id
      JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet)
        AND w.kind IN ('receivable', 'held')
      WHERE m.lot_id = ANY (CAST(:lots AS bigint[]))), 0)
""")


async def _spent_and_not_owed(tx: Tx, purchase: Any) -> int:
    found = await tx.execute(sa.select(lots.c.id).where(_of_purchase(purchase)))
    spent = await tx.scalar(_SPENT, {"lots": list(found.scalars())})
    return int(spent or 0) - await _gone(tx, purchase.id, owed=True)


async def locked(tx: Tx, purchase_id: int) -> Any:
    """Return a purchase's row, locked; everybody locks it before its user's wallet."""
    found = await locks.lock(tx, sa.select(purchases).where(purchases.c.id == purchase_id))
    return found[0]


def owed_key(key: str) -> str:
    """Return the key of what is owed beside what was taken under `key`."""
    return f"{key}:owed"
