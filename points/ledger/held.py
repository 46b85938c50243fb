"""What is read of points set aside. See `points.ledger`."""

import sqlalchemy as sa

from foundation.database import Tx, clock
from points import rules
from points.ledger import rows
from points.rules import Pays, Store
from points.tables import holds, lot_moves, lots, wallets


async def earning_of(tx: Tx, hold_id: int | None, share: int) -> int:
    """Return what a cast earns of a `share` of a whole hold: all of it where none is held yet."""
    given = sa.select(holds.c.points, holds.c.given, holds.c.gift_share)
    held = (await tx.execute(given.where(holds.c.id == hold_id))).one_or_none()
    return share if held is None else rules.share_earned(share, *held)


async def hold_returnable(tx: Tx, hold_id: int) -> int:
    """Return the points of a hold that could be given back now: none once some were."""
    held = (await tx.execute(sa.select(holds).where(holds.c.id == hold_id))).one()
    if held.released:
        return 0
    alive, _ = await rows.by_life(tx, await parts_of(tx, hold_id), await clock(tx))
    return rows.total(alive)


async def pays_of(tx: Tx, hold_id: int) -> Pays:
    """Return of which of its user's wallets a hold is."""
    whose = sa.select(wallets.c.kind).join(holds, holds.c.wallet_id == wallets.c.id)
    kind = await tx.scalar(whose.where(holds.c.id == hold_id))
    return "tab" if kind == "tab" else "points"


async def parts_of(tx: Tx, hold_id: int) -> list[Store]:
    """What each lot gave to a hold, those that live longest first: they get it back first."""
    found = await tx.execute(
        sa.select(lot_moves.c.lot_id, lot_moves.c.amount)
        .join(lots, lots.c.id == lot_moves.c.lot_id)
        .where(lot_moves.c.transfer_id == hold_id)
        .order_by(lots.c.expires_at.desc(), lots.c.id.desc())
    )
    return [Store(row.lot_id, -row.amount) for row in found]
