"""Who is in a talk now, or being rung for one, and on which side."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from rooms.ground.calling_tables import calls
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


@dataclass(frozen=True)
class LiveCall:
    """The call by telephone that a user is in now; `joined` ones are talks."""

    id: int
    side: Side
    joined: bool


async def live_call(tx: Tx, user_id: int) -> LiveCall | None:
    """Return the call for which a user is rung, or by which they talk, on either side."""
    query = sa.select(calls.c.id, calls.c.caller_id, calls.c.state).where(
        sa.or_(calls.c.caller_id == user_id, calls.c.cast_id == user_id),
        calls.c.ended_at.is_(None),
    )
    row = (await tx.execute(query.limit(1))).one_or_none()
    if row is None:
        return None
    side: Side = "caller" if row.caller_id == user_id else "cast"
    return LiveCall(row.id, side, row.state == "joined")
