"""The only writer of money tables, with the files beside it whose names begin like this one's.

Every function takes the transaction and neither commits nor pushes. The wallet row is the lock of
its lots: wallets are locked in id order, and lots are read in a new statement after that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from points.ledger.debts import owed, pay_owed
from points.ledger.disputes import book_lost, restore
from points.ledger.forfeit import forfeit
from points.ledger.grants import correct, grant, points_short
from points.ledger.holds import (
    hold,
    hold_returnable,
    release,
    return_hold,
    settle,
)
from points.ledger.purchases import Taken, credit_purchase, take_back
from points.ledger.returns import return_minute, return_points, returnable
from points.ledger.rows import is_written, open_wallet
from points.tables import lots, wallets

__all__ = [
    "Due",
    "LotLine",
    "Points",
    "Taken",
    "book_lost",
    "charge",
    "correct",
    "credit_purchase",
    "expire_due",
    "forfeit",
    "grant",
    "hold",
    "hold_returnable",
    "is_written",
    "lock_points",
    "open_wallet",
    "owed",
    "pay_owed",
    "points_of",
    "points_short",
    "release",
    "restore",
    "return_hold",
    "return_minute",
    "return_points",
    "returnable",
    "settle",
    "spendable",
    "take_back",
]


@dataclass(frozen=True)
class LotLine:
    """One purchase or grant of points with its own expiry."""

    id: int
    kind: str
    granted: int
    remaining: int
    expires_at: datetime


@dataclass(frozen=True)
class Points:
    """What a user holds: `balance` counts all lots, `spendable` those not yet expired."""

    balance: int
    spendable: int
    lots: list[LotLine]


@dataclass(frozen=True)
class Due:
    """One minute of one talk that is to be charged."""

    talk_id: int
    minute: int
    payer_wallet: int
    cast_wallet: int
    price: int
    share: int


async def lock_points(tx: Tx, user_ids: Collection[int]) -> None:
    """Lock the points of several users at once, in the order in which everybody locks them.

    For a deed that then moves the points of one after the other.
    """
    mine = sa.and_(wallets.c.user_id.in_(user_ids), wallets.c.kind == "points")
    await locks.lock(tx, sa.select(wallets.c.id).where(mine))


async def points_of(tx: Tx, user_id: int) -> Points:
    """Return a user's points, the lots that still hold some first to expire first."""
    found = await tx.execute(
        sa.select(lots.c.id, lots.c.kind, lots.c.granted, lots.c.remaining, lots.c.expires_at)
        .join(wallets, wallets.c.id == lots.c.wallet_id)
        .where(wallets.c.user_id == user_id, wallets.c.kind == "points", ~lots.c.closed)
        .order_by(lots.c.expires_at, lots.c.id)
    )
    lines = [LotLine(**row) for row in found.mappings()]
    now = await clock(tx)
    spendable = sum(line.remaining for line in lines if line.expires_at > now)
    return Points(sum(line.remaining for line in lines), spendable, lines)


async def spendable(tx: Tx, user_id: int) -> int:
    """Return the points that a user can spend now."""
    total = await tx.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(lots.c.remaining), 0))
        .join(wallets, wallets.c.id == lots.c.wallet_id)
        .where(
            wallets.c.user_id == user_id,
            wallets.c.kind == "points",
            ~lots.c.closed,
            lots.c.expires_at > sa.func.clock_timestamp(),
        )
    )
    return int(total or 0)


async def charge(tx: Tx, dues: Sequence[Due]) -> set[int]:
    """Charge all these minutes in one statement; return the talks whose caller could pay.

    A talk may stand in it once, and so may a payer. Burns the lots that expire first.
    """
    if not dues:
        return set()
    # The statement locks the payers itself, in the order of their ids.
    locks.note(tx, wallets, [due.payer_wallet for due in dues])
    paid = await tx.execute(
        sa.text(
            "SELECT charge_minutes(CAST(:talks AS bigint[]), CAST(:minutes AS int[]),"
            " CAST(:payers AS bigint[]), CAST(:casts AS bigint[]),"
            " CAST(:prices AS bigint[]), CAST(:shares AS bigint[]))"
        ),
        {
            "talks": [due.talk_id for due in dues],
            "minutes": [due.minute for due in dues],
            "payers": [due.payer_wallet for due in dues],
            "casts": [due.cast_wallet for due in dues],
            "prices": [due.price for due in dues],
            "shares": [due.share for due in dues],
        },
    )
    return set(paid.scalars())


async def expire_due(tx: Tx, limit: int = 1000) -> int:
    """Book about `limit` lots that have run out as expired; return how many were.

    A wallet is booked whole, by one transfer, so the last one may add some lots to `limit`.

    Call it again, in a new transaction, while it returns any. Wallets that somebody else holds are
    left for the next time, so it neither waits for charges nor keeps them waiting.
    """
    return int(await tx.scalar(sa.text("SELECT expire_lots(:most)"), {"most": limit}) or 0)
