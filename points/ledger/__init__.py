"""The only writer of money tables, with the files beside it.

Every function takes the transaction and neither commits nor pushes. The wallet row is the lock of
its lots: wallets are locked in id order, and lots are read in a new statement after that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from points.ledger.credit import note_billed
from points.ledger.debts import owed
from points.ledger.forfeit import forfeit
from points.ledger.grants import correct, grant
from points.ledger.held import earning_of, hold_returnable, pays_of
from points.ledger.holds import (
    hold,
    pay_hold,
    release,
    return_hold,
)
from points.ledger.payouts import (
    Leaving,
    give_up_earnings,
    pay_out,
    pay_out_many,
    return_payout,
)
from points.ledger.purchases import credit_purchase
from points.ledger.returns import return_minute, return_points, returnable
from points.ledger.rows import is_written, open_wallet
from points.ledger.taking_back import Taken, take_back
from points.rules import Pays
from points.tables import lots, wallets

__all__ = [
    "DueMinute",
    "Leaving",
    "LotLine",
    "Points",
    "Taken",
    "charge",
    "correct",
    "credit_purchase",
    "earning_of",
    "expire_due",
    "forfeit",
    "give_up_earnings",
    "grant",
    "hold",
    "hold_returnable",
    "is_written",
    "lock_points",
    "note_billed",
    "open_wallet",
    "owed",
    "pay_hold",
    "pay_out",
    "pay_out_many",
    "pays_of",
    "points_of",
    "release",
    "return_hold",
    "return_minute",
    "return_payout",
    "return_points",
    "returnable",
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
class DueMinute:
    """One minute of one talk that is to be charged."""

    talk_id: int
    minute: int
    payer_wallet: int
    cast_wallet: int
    price: int
    share: int
    # Percent of the share that is earned by points which were given.
    gift_share: int = 0


async def lock_points(tx: Tx, user_ids: Collection[int]) -> None:
    """Lock the points and tabs of several users at once, in the order in which everybody does.

    For an act that then moves the points of one after the other.
    """
    mine = sa.and_(wallets.c.user_id.in_(user_ids), wallets.c.kind.in_(("points", "tab")))
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


async def spendable(tx: Tx, user_id: int, pays: Pays = "points") -> int:
    """Return the points that a user can spend now, or the yen that are left of their tab."""
    total = await tx.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(lots.c.remaining), 0))
        .join(wallets, wallets.c.id == lots.c.wallet_id)
        .where(
            wallets.c.user_id == user_id,
            wallets.c.kind == pays,
            ~lots.c.closed,
            lots.c.expires_at > sa.func.clock_timestamp(),
        )
    )
    return int(total or 0)


_CHARGE = sa.text("""
SELECT charge_minutes(CAST(:talks AS bigint[]), CAST(:minutes AS int[]),
  CAST(:payers AS bigint[]), CAST(:casts AS bigint[]),
  CAST(:prices AS bigint[]), CAST(:shares AS bigint[]), CAST(:gift_shares AS int[]))
""")


async def charge(tx: Tx, dues: Sequence[DueMinute]) -> set[int]:
    """Charge all these minutes in one statement; return the talks whose caller could pay.

    A talk may stand in it once, and so may a payer. Burns the lots that expire first. Of what is
    paid by points that were given, the cast earns `gift_share` percent of the share.
    """
    if not dues:
        return set()
    # The statement locks the payers itself, in the order of their ids.
    locks.note(tx, wallets, [due.payer_wallet for due in dues])
    paid = await tx.execute(
        _CHARGE,
        {
            "talks": [due.talk_id for due in dues],
            "minutes": [due.minute for due in dues],
            "payers": [due.payer_wallet for due in dues],
            "casts": [due.cast_wallet for due in dues],
            "prices": [due.price for due in dues],
            "shares": [due.share for due in dues],
            "gift_shares": [due.gift_share for due in dues],
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
