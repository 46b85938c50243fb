"""Who is in a talk now, and on which side."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from rooms.ground.tables import talks

Side = Literal["caller", "cast"]
SIDES: tuple[Side, ...] = ("caller", "cast")


def other_side(side: str) -> Side:
    """The side across the table."""
    return "cast" if side == "caller" else "caller"


@dataclass(frozen=True)
class LiveTalk:
    """The talk that a user is in now."""

    id: int
    side: Side


async def live_talk(tx: Tx, user_id: int) -> LiveTalk | None:
    """Return the talk that a user is in, on either side."""
    row = (
        await tx.execute(
            sa.select(talks.c.id, talks.c.caller_id)
            .where(
                sa.or_(talks.c.caller_id == user_id, talks.c.cast_id == user_id),
                talks.c.ended_at.is_(None),
            )
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    return LiveTalk(row.id, "caller" if row.caller_id == user_id else "cast")
