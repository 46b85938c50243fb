"""The rooms and casts that search engines may know of, in parts of a bounded size."""

import math

import sqlalchemy as sa

from foundation.database import Tx
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from rooms.ground.tables import rooms

# Each stands there once a language, rooms and casts alike; a map may have 50,000 lines.
AT_ONCE, MOST_PARTS = 5000, 200


async def parts(tx: Tx) -> int:
    """Return how many parts the public rooms make; their casts, who are fewer, stand there too."""
    number = await tx.scalar(sa.select(sa.func.count()).select_from(_public().subquery()))
    return min(math.ceil((number or 0) / AT_ONCE), MOST_PARTS)


async def rooms_of(tx: Tx, part: int) -> list[int]:
    """Return the public rooms of a part, counted from 1; none beyond the last."""
    if not 1 <= part <= MOST_PARTS:
        return []
    rows = await tx.execute(
        _public().order_by(rooms.c.id).offset((part - 1) * AT_ONCE).limit(AT_ONCE)
    )
    return list(rows.scalars())


async def casts_of(tx: Tx, part: int) -> list[int]:
    """Return the casts of public rooms that a part names, counted from 1; none beyond the last."""
    if not 1 <= part <= MOST_PARTS:
        return []
    casts = _public().with_only_columns(rooms.c.cast_id).distinct().order_by(rooms.c.cast_id)
    return list(await tx.scalars(casts.offset((part - 1) * AT_ONCE).limit(AT_ONCE)))


def _public() -> sa.Select[int]:
    return (
        sa.select(rooms.c.id)
        .join(users, users.c.id == rooms.c.cast_id)
        .where(rooms.c.published, may_come_in())
    )
