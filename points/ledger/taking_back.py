"""Points of a purchase whose money is gone or disputed: always those that it stands for, no more.

Nothing is undone step by step. How many points must be out of the buyer's hands follows from where
the money is (`points.payments.rules`); here the difference to what the books say is moved, whatever
made it. Points that are gone for good are back in `issued`, those that wait for a dispute stand in
`disputed`. See `points.ledger`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from foundation.database import Tx, clock
from points import rules
from points.ledger import rows
from points.ledger.debts import receivable
from points.ledger.locked_rows import PurchaseRow
from points.ledger.purchases import locked
from points.rules import Store
from points.tables import lots


@dataclass(frozen=True)
class Taken:
    """Where a purchase stands: points `taken` from its lots, and spent ones `owed` instead.

    `frozen` of them together wait for a dispute.
    """

    taken: int
    owed: int
    frozen: int = 0

    @property
    def points(self) -> int:
        """All that is out of the buyer's hands."""
        return self.taken + self.owed


@dataclass(frozen=True)
class _Case:
    """One purchase, locked with its wallet, and why it is looked at."""

    purchase: PurchaseRow
    wallet: int
    debt: int
    why: str


async def take_back(tx: Tx, purchase_id: int, points: int, *, frozen: int = 0, why: str) -> Taken:
    """Bring what was taken back of a purchase to exactly `points`, of which `frozen` only wait.

    What is missing is taken from what the purchase's lots still hold; what was spent of it is owed.
    What is too much is owed no more, then goes back into those lots; where they have run out, into
    a lot until the end of the seventh day, never beyond six months from the purchase. Points that
    had expired are neither taken nor owed. The same call again changes nothing. `why` is kept as
    the reason. Raises ValueError for more points than were bought.
    """
    purchase = await locked(tx, purchase_id)
    if type(points) is not int or not 0 <= frozen <= points <= purchase.points + purchase.bonus:
        raise ValueError(f"{points!r} points ({frozen} frozen) can't be taken back")
    wallet = await rows.open_wallet(tx, purchase.user_id)
    debt = await rows.open_wallet(tx, purchase.user_id, "receivable")
    await rows.lock(tx, [wallet])
    case = _Case(purchase, wallet, debt, why)
    before = await _taken_of(tx, purchase_id)
    if points > before.points:
        account = "disputed" if frozen > before.frozen else "issued"
        await _take(tx, case, points - before.points, before.owed, account)
    elif points < before.points:
        account = "disputed" if frozen < before.frozen else "issued"
        await _give_back(tx, case, before.points - points, before.owed, account)
    return await _freeze(tx, case, points - frozen)


_TAKEN = sa.text("""
SELECT coalesce(sum(CASE WHEN site.credited THEN t.amount ELSE -t.amount END), 0)::bigint AS points,
  coalesce(sum(CASE WHEN site.credited THEN t.amount ELSE -t.amount END)
    FILTER (WHERE other.kind = 'receivable'), 0)::bigint AS owed,
  (SELECT coalesce(sum(CASE d.id WHEN f.credit_wallet THEN f.amount ELSE -f.amount END), 0)
    FROM transfers f JOIN wallets d ON d.kind = 'disputed'
      AND d.id IN (f.credit_wallet, f.debit_wallet)
    WHERE f.purchase_id = :purchase)::bigint AS frozen
FROM transfers t
JOIN wallets credited ON credited.id = t.credit_wallet
JOIN wallets debited ON debited.id = t.debit_wallet
CROSS JOIN LATERAL (SELECT credited.kind IN ('issued', 'disputed') AS credited) site
CROSS JOIN LATERAL (
  SELECT CASE WHEN site.credited THEN debited.kind ELSE credited.kind END AS kind) other
WHERE t.purchase_id = :purchase AND t.kind NOT IN ('purchase', 'bonus')
  AND (credited.kind IN ('issued', 'disputed')) <> (debited.kind IN ('issued', 'disputed'))
""")


async def _taken_of(tx: Tx, purchase_id: int) -> Taken:
    """Return where a purchase stands by the books."""
    row = (await tx.execute(_TAKEN, {"purchase": purchase_id})).one()
    return Taken(row.points - row.owed, row.owed, row.frozen)


async def _take(tx: Tx, case: _Case, points: int, owed: int, account: str) -> None:
    """Take points from the purchase's lots; what was spent and isn't owed yet is owed from now."""
    stores = await _unspent(tx, case.purchase)
    spent = await _spent(tx, case.purchase)
    points = min(points, max(0, rows.total(stores) + spent - owed))
    parts = rules.drawn(stores, points)
    taken = rows.total(parts)
    if taken:
        kind = "dispute" if account == "disputed" else "refund"
        source = await _book(tx, case, case.wallet, account, taken, kind)
        await rows.drain(tx, case.wallet, source, parts)
    if points > taken:
        await _book(tx, case, case.debt, account, points - taken, "receivable")


async def _give_back(tx: Tx, case: _Case, points: int, owed: int, account: str) -> None:
    """Give points back: of what is owed first, as if it had never been taken."""
    forgiven = min(points, owed)
    if forgiven:
        await _book(tx, case, account, case.debt, forgiven, "restore")
        await _pay_back(tx, case)
    if points > forgiven:
        parts = rules.drawn(await _drained(tx, case.purchase), points - forgiven)
        await _refill(tx, case, account, parts)


_PAID_FROM = sa.text("""
SELECT m.lot_id, -sum(m.amount)::bigint AS amount
FROM transfers t JOIN lot_moves m ON m.transfer_id = t.id
WHERE (t.debit_wallet, t.credit_wallet) IN ((:points, :receivable), (:receivable, :points))
GROUP BY m.lot_id HAVING sum(m.amount) < 0 ORDER BY m.lot_id DESC
""")


async def _pay_back(tx: Tx, case: _Case) -> None:
    """Return the points with which a debt was paid that is owed no more."""
    too_much = await receivable(tx, case.purchase.user_id)
    if too_much > 0:
        found = await tx.execute(_PAID_FROM, {"points": case.wallet, "receivable": case.debt})
        parts = rules.drawn([Store(row.lot_id, row.amount) for row in found], too_much)
        await _refill(tx, case, case.debt, parts)


async def _refill(tx: Tx, case: _Case, origin: int | str, parts: Sequence[Store]) -> None:
    """Bring points from `origin` back into lots; those past six months are booked as expired."""
    now = await clock(tx)
    alive, dead = await rows.by_life(tx, parts, now)
    if dead:
        await _book(tx, case, origin, "expired", rows.total(dead), "expiry")
    if alive:
        source = await _book(tx, case, origin, case.wallet, rows.total(alive), "restore")
        await rows.refill(tx, case.wallet, source, alive, now)


async def _freeze(tx: Tx, case: _Case, for_good: int) -> Taken:
    """Let `for_good` of what is taken be gone, as far as there is so much, and the rest wait."""
    now = await _taken_of(tx, case.purchase.id)
    frozen = max(0, now.points - for_good)
    if frozen > now.frozen:
        await _book(tx, case, "issued", "disputed", frozen - now.frozen, "dispute")
    elif frozen < now.frozen:
        await _book(tx, case, "disputed", "issued", now.frozen - frozen, "lost")
    return replace(now, frozen=frozen)


async def _book(
    tx: Tx, case: _Case, debit: int | str, credit: int | str, amount: int, kind: str
) -> int:
    """Write a transfer of the purchase, under the next of its numbers."""
    number = await tx.scalar(_COUNT, {"purchase": case.purchase.id})
    source = await rows.transfer(
        tx,
        debit=debit,
        credit=credit,
        amount=amount,
        kind=kind,
        reason=case.why,
        key=f"purchase:{case.purchase.id}:back:{number}",
        purchase_id=case.purchase.id,
        points_wallet=case.wallet if case.wallet in (debit, credit) else None,
    )
    assert source is not None
    return source


_COUNT = sa.text("SELECT count(*) FROM transfers WHERE purchase_id = :purchase")


def _of_purchase(purchase: PurchaseRow) -> sa.ColumnElement[bool]:
    own = [lot for lot in (purchase.paid_lot, purchase.bonus_lot) if lot is not None]
    return sa.or_(lots.c.id.in_(own), lots.c.renews.in_(own))


async def _unspent(tx: Tx, purchase: PurchaseRow) -> list[Store]:
    """What the lots of a purchase still hold, paid points before bonus points."""
    found = await tx.execute(
        sa.select(lots.c.id, lots.c.remaining)
        .where(_of_purchase(purchase), ~lots.c.closed)
        .order_by(lots.c.kind.desc(), lots.c.expires_at, lots.c.id)
    )
    return [Store(row.id, row.remaining) for row in found]


_DRAINED = sa.text("""
SELECT l.id, -sum(m.amount)::bigint AS amount
FROM lots l JOIN lot_moves m ON m.lot_id = l.id JOIN transfers t ON t.id = m.transfer_id
JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet) AND w.kind IN ('issued', 'disputed')
WHERE l.id = ANY (CAST(:lots AS bigint[])) AND t.purchase_id = :purchase
  AND t.kind NOT IN ('purchase', 'bonus')
GROUP BY l.id HAVING sum(m.amount) < 0
ORDER BY l.kind, l.expires_at DESC, l.id DESC
""")


async def _drained(tx: Tx, purchase: PurchaseRow) -> list[Store]:
    """What was taken from the lots of a purchase, the last to be taken first."""
    bounds = {"lots": await _lots(tx, purchase), "purchase": purchase.id}
    return [Store(row.id, row.amount) for row in await tx.execute(_DRAINED, bounds)]


# What a hold has taken counts as spent until it is released.
_SPENT = sa.text("""
SELECT coalesce((SELECT sum(amount) FROM lot_uses WHERE lot_id = ANY (CAST(:lots AS bigint[]))), 0)
  - coalesce((SELECT sum(amount) FROM lot_backs WHERE lot_id = ANY (CAST(:lots AS bigint[]))), 0)
  - coalesce((SELECT sum(m.amount) FROM lot_moves m JOIN transfers t ON t.id = m.transfer_id
      JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet)
        AND w.kind IN ('receivable', 'held')
      WHERE m.lot_id = ANY (CAST(:lots AS bigint[]))), 0)
""")


async def _spent(tx: Tx, purchase: PurchaseRow) -> int:
    return int(await tx.scalar(_SPENT, {"lots": await _lots(tx, purchase)}) or 0)


async def _lots(tx: Tx, purchase: PurchaseRow) -> list[int]:
    found = await tx.execute(sa.select(lots.c.id).where(_of_purchase(purchase)))
    return list(found.scalars())
