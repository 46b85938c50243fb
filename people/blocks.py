"""Blocks: whom a user does not want to meet. A block works both ways, and neither side is told."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from people.tables import blocks


async def block(tx: Tx, blocker_id: int, blocked_id: int) -> None:
    """Keep two users apart. Raises UserError `block_oneself`; a block already there stays."""
    if blocker_id == blocked_id:
        raise UserError("block_oneself", N_("ご自分をブロックすることはできません。"), status=400)
    await tx.execute(
        insert(blocks).values(blocker_id=blocker_id, blocked_id=blocked_id).on_conflict_do_nothing()
    )


async def unblock(tx: Tx, blocker_id: int, blocked_id: int) -> None:
    """Take one's own block back; the other's, if any, stays."""
    await tx.execute(
        sa.delete(blocks).where(
            blocks.c.blocker_id == blocker_id, blocks.c.blocked_id == blocked_id
        )
    )


async def blocked_between(tx: Tx, a: int, b: int) -> bool:
    """Say whether either of two users blocks the other."""
    pair = (blocks.c.blocker_id == a) & (blocks.c.blocked_id == b)
    back = (blocks.c.blocker_id == b) & (blocks.c.blocked_id == a)
    return bool(await tx.scalar(sa.select(sa.exists().where(pair | back))))
