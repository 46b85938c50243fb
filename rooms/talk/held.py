"""Which talks can be worked on now: those that nobody else holds."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from rooms.ground.tables import talks


async def lock_free(tx: Tx, talk_ids: Sequence[int]) -> set[int]:
    """Lock those of these talks that nobody holds, in id order and without waiting; return them."""
    query = sa.select(talks.c.id).where(talks.c.id.in_(talk_ids)).order_by(talks.c.id)
    return {row.id for row in await locks.lock(tx, query, skip_locked=True)}
