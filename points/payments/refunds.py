"""Money that went back to a payer: refunds made at the provider, and disputes with their bank.

Unspent points of that very purchase are taken back; spent ones are owed, and new talks wait until
they are paid. A dispute that is won restores what it took, once.
"""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.language import N_
from points import ledger
from points.ledger import Taken
from points.payments.purchases import Purchase
from points.tables import disputes, refunds
from record.alarms import alarm


class TooEarlyError(Exception):
    """An event came before the one it follows from; it will be handled after that one."""


async def is_known(tx: Tx, refund_id: str) -> bool:
    """Say whether a refund has been taken into the books."""
    known = await tx.scalar(sa.select(refunds.c.id).where(refunds.c.id == refund_id))
    return known is not None


async def take(tx: Tx, purchase: Purchase, refund_id: str, amount_yen: int) -> None:
    """Take back the points of a refund, whole or part; the same refund takes them once.

    The purchase must be locked. Raises TooEarlyError for one that has not been paid yet.
    """
    _must_be_paid(purchase)
    if await is_known(tx, refund_id):
        return
    points = await _points_for(tx, purchase, amount_yen)
    taken = await _take_back(tx, purchase, points, "refund", f"refund:{refund_id}")
    await tx.execute(
        sa.insert(refunds).values(
            id=refund_id,
            purchase_id=purchase.id,
            amount_yen=amount_yen,
            points_taken=taken.taken,
            points_owed=taken.owed,
        )
    )


async def open_dispute(tx: Tx, purchase: Purchase, dispute_id: str, amount_yen: int) -> None:
    """Take back the points of a disputed payment, once; staff are alarmed, for it has a term.

    Raises TooEarlyError as `take` does.
    """
    _must_be_paid(purchase)
    new = await tx.scalar(
        insert(disputes)
        .values(id=dispute_id, purchase_id=purchase.id)
        .on_conflict_do_nothing()
        .returning(disputes.c.id)
    )
    if new is None:
        return
    points = await _points_for(tx, purchase, amount_yen)
    taken = await _take_back(tx, purchase, points, "dispute", f"dispute:{dispute_id}")
    await tx.execute(
        sa.update(disputes)
        .where(disputes.c.id == dispute_id)
        .values(points_taken=taken.taken, points_owed=taken.owed)
    )
    text = N_("購入 %(purchase)s に不審請求の申し立てがありました。期限までに反証が要ります。")
    await alarm(tx, "dispute_opened", text, dispute_id, purchase=purchase.id)


async def close_dispute(
    tx: Tx, purchase: Purchase, dispute_id: str, amount_yen: int, *, won: bool
) -> None:
    """Close a dispute, once: won, what it took comes back; lost, that leaves the books.

    A dispute whose opening has not come yet is opened first. Staff are alarmed of an end that
    contradicts an earlier one; it moves nothing.
    """
    key, state = f"dispute:{dispute_id}", "won" if won else "lost"
    await open_dispute(tx, purchase, dispute_id, amount_yen)
    closed = await tx.scalar(
        sa.update(disputes)
        .where(disputes.c.id == dispute_id, disputes.c.state == "open")
        .values(state=state, closed_at=sa.func.clock_timestamp())
        .returning(disputes.c.id)
    )
    if closed is None:
        await _must_agree(tx, purchase, dispute_id, state)
    elif won:
        await ledger.restore(tx, purchase.id, key)
    else:
        await ledger.book_lost(tx, purchase.id, key)


async def _must_agree(tx: Tx, purchase: Purchase, dispute_id: str, state: str) -> None:
    known = await tx.scalar(sa.select(disputes.c.state).where(disputes.c.id == dispute_id))
    if known != state:
        text = N_(
            "購入 %(purchase)s の不審請求は %(known)s で終わったはずですが、"
            "%(state)s と届きました。"
        )
        await alarm(
            tx,
            "dispute_contradicted",
            text,
            dispute_id,
            purchase=purchase.id,
            known=known,
            state=state,
        )


def _must_be_paid(purchase: Purchase) -> None:
    if purchase.state != "paid":
        raise TooEarlyError(f"purchase {purchase.id} is not paid yet")


async def _points_for(tx: Tx, purchase: Purchase, amount_yen: int) -> int:
    """The points that a part of the price stands for, bonus and all.

    Counted over what was refunded so far, so that parts add up to the whole; what a dispute holds
    already is not taken again.
    """
    row = (await tx.execute(_BACK_SO_FAR, {"purchase": purchase.id})).one()
    yen = min(int(row.yen) + amount_yen, purchase.price_yen)
    due = -(-purchase.total * yen // purchase.price_yen) - int(row.refunded)
    return max(0, min(due, purchase.total - int(row.refunded) - int(row.disputed)))


_BACK_SO_FAR = sa.text("""
SELECT
  (SELECT coalesce(sum(amount_yen), 0) FROM refunds WHERE purchase_id = :purchase) AS yen,
  (SELECT coalesce(sum(points_taken + points_owed), 0) FROM refunds
    WHERE purchase_id = :purchase) AS refunded,
  (SELECT coalesce(sum(points_taken + points_owed), 0) FROM disputes
    WHERE purchase_id = :purchase AND state <> 'won') AS disputed
""")


async def _take_back(
    tx: Tx, purchase: Purchase, points: int, kind: Literal["refund", "dispute"], key: str
) -> Taken:
    if points == 0:
        return Taken(0, 0)
    return await ledger.take_back(tx, purchase.id, points, kind=kind, key=key)
