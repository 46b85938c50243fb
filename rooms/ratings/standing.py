"""A caller's standing: how many of the casts said that it was good.

Shown to a cast whom the caller came to, and to the caller. Nobody looks up somebody else's: pages
show it beside what brought the caller, which only its own cast can open.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from rooms.ground.live import Side
from rooms.ratings.rules import SHOWN_FROM


@dataclass(frozen=True)
class CallerStanding:
    """So many of so many casts said that it was good."""

    good: int
    rated: int


# Of a cast who rated several talks the latest counts: else one cast alone could make a standing.
_STANDINGS = sa.text("""
SELECT caller_id, count(*) FILTER (WHERE good) AS good, count(*) AS rated FROM (
  SELECT DISTINCT ON (caller_id, cast_id) caller_id, good FROM caller_ratings
  WHERE caller_id = ANY (CAST(:callers AS bigint[])) AND linked_by IS NULL
  ORDER BY caller_id, cast_id, rated_at DESC, talk_id DESC) latest
GROUP BY caller_id HAVING count(*) >= :least
""")


async def of_caller(tx: Tx, caller_id: int) -> CallerStanding | None:
    """Return a caller's standing; None where fewer than three casts' words make one."""
    return (await of_callers(tx, [caller_id])).get(caller_id)


async def seen_by(tx: Tx, side: Side, other_id: int) -> CallerStanding | None:
    """Return what this side of a talk, request or reservation sees of the other: a cast, of the
    caller who came; a caller sees nothing of the kind.
    """
    return await of_caller(tx, other_id) if side == "cast" else None


async def of_callers(tx: Tx, callers: Collection[int]) -> dict[int, CallerStanding]:
    """Return the standing of each of these callers who has one."""
    bounds = {"callers": list(callers), "least": SHOWN_FROM}
    rows = await tx.execute(_STANDINGS, bounds)
    return {row.caller_id: CallerStanding(row.good, row.rated) for row in rows}
