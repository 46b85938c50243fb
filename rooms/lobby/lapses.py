"""Turns of the waiting list that nobody used.

Who let a turn pass goes to the end of the list; who let a second one pass goes home for a while.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings


@dataclass(frozen=True)
class Lapsed:
    """A turn that passed unused; `home`: it was the second, and the person waits no longer."""

    room_id: int
    user_id: int
    home: bool


_BACK = sa.text("""
UPDATE waiting_turns SET id = DEFAULT, called_at = NULL, turn_ends_at = NULL, lapses = 1
WHERE id IN (
  SELECT id FROM waiting_turns WHERE turn_ends_at <= clock_timestamp() AND lapses = 0
    AND (CAST(:room AS bigint) IS NULL OR room_id = :room)
    AND (CAST(:user AS bigint) IS NULL OR user_id = :user)
  ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1000)
RETURNING room_id, user_id, false AS home
""")

_HOME = sa.text("""
WITH gone AS (
  DELETE FROM waiting_turns WHERE id IN (
    SELECT id FROM waiting_turns WHERE turn_ends_at <= clock_timestamp() AND lapses > 0
      AND (CAST(:room AS bigint) IS NULL OR room_id = :room)
      AND (CAST(:user AS bigint) IS NULL OR user_id = :user)
    ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1000)
  RETURNING room_id, user_id
)
INSERT INTO waiting_misses AS m (room_id, user_id, until)
SELECT room_id, user_id, clock_timestamp() + :pause * interval '1 s' FROM gone
ON CONFLICT (room_id, user_id) DO UPDATE SET until = excluded.until
RETURNING m.room_id, m.user_id, true AS home
""")


async def lapse(
    tx: Tx, settings: Settings, *, room_id: int | None = None, user_id: int | None = None
) -> list[Lapsed]:
    """Let the turns pass that nobody used, of one room or person where named.

    The first time one goes to the end of the list, the second time home.
    """
    bounds = {"room": room_id, "user": user_id}
    # Who goes home now was at the end before: not both in one call.
    home = (await tx.execute(_HOME, bounds | {"pause": settings.waiting_pause_seconds})).mappings()
    gone = [Lapsed(**row) for row in home]
    back = (await tx.execute(_BACK, bounds)).mappings()
    return [*gone, *(Lapsed(**row) for row in back)]


async def forget_misses(tx: Tx) -> None:
    """Forget who let turns pass and may wait again."""
    await tx.execute(sa.text("DELETE FROM waiting_misses WHERE until <= clock_timestamp()"))
