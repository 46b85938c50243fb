"""What is live when the clock was set forward: nobody was away for the time that never passed."""

from datetime import timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.tables import standbys, talks, waiting_turns
from rooms.talk import meter

# Whoever is away has the whole time to come back before them, and so has whoever connects.
_FORGIVE = (
    sa.text("""
UPDATE talks SET interrupted_at = CASE WHEN state = 'interrupted' THEN clock_timestamp() END,
  entered_at = CASE WHEN state = 'connecting' THEN clock_timestamp() ELSE entered_at END,
  caller_seen_at = CASE WHEN caller_seen_at IS NOT NULL THEN clock_timestamp() END,
  cast_seen_at = CASE WHEN cast_seen_at IS NOT NULL THEN clock_timestamp() END
WHERE state IN ('interrupted', 'connecting') AND ended_at IS NULL
"""),
    sa.text("""
UPDATE standbys SET seen_at = clock_timestamp(),
  devices_lost_at = CASE WHEN devices_lost_at IS NOT NULL THEN clock_timestamp() END
"""),
    sa.text("""
UPDATE waiting_turns SET joined_at = joined_at + CAST(:by AS interval),
  called_at = called_at + CAST(:by AS interval),
  turn_ends_at = turn_ends_at + CAST(:by AS interval)
"""),
)


async def forgive(tx: Tx, settings: Settings, by: timedelta) -> list[int]:
    """Stop the meters as of their last proof, and let all that waits begin to wait now."""
    await _lock_what_is_live(tx)
    stopped = await meter.interrupt(tx, settings)
    for statement in _FORGIVE:
        await tx.execute(statement, {"by": by})
    return stopped


async def _lock_what_is_live(tx: Tx) -> None:
    await locks.lock(tx, sa.select(standbys.c.cast_id))
    await locks.lock(tx, sa.select(waiting_turns.c.id))
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.ended_at.is_(None)))


async def cut(tx: Tx, settings: Settings) -> list[int]:
    """Cut the future off what waits: a clock that was set back lets nobody stay for longer.

    Signs of life, and turns, from the future are brought back to this moment.
    """
    now = sa.func.clock_timestamp()
    soon = now + sa.text("interval '1 s'")
    seen = await locks.lock(tx, sa.select(standbys.c.cast_id).where(standbys.c.seen_at > soon))
    if seen:
        these = standbys.c.cast_id.in_([row.cast_id for row in seen])
        lost = sa.case((standbys.c.devices_lost_at.is_not(None), now))
        await tx.execute(sa.update(standbys).where(these).values(seen_at=now, devices_lost_at=lost))
    called = await locks.lock(
        tx, sa.select(waiting_turns.c.id).where(waiting_turns.c.called_at > soon)
    )
    if called:
        ends = now + sa.func.make_interval(0, 0, 0, 0, 0, 0, settings.waiting_seconds)
        turns = waiting_turns.c.id.in_([row.id for row in called])
        await tx.execute(
            sa.update(waiting_turns).where(turns).values(called_at=now, turn_ends_at=ends)
        )
    return []
