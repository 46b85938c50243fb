"""What is live when the clock was set forward: nobody was away for the time that never passed."""

from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
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
    sa.text("UPDATE standbys SET seen_at = clock_timestamp()"),
    sa.text("""
UPDATE waiting_turns SET joined_at = joined_at + CAST(:by AS interval),
  called_at = called_at + CAST(:by AS interval),
  turn_ends_at = turn_ends_at + CAST(:by AS interval)
"""),
)


async def forgive(tx: Tx, settings: Settings, by: timedelta) -> list[int]:
    """Stop the meters as of their last proof, and let all that waits begin to wait now."""
    stopped = await meter.interrupt(tx, settings)
    for statement in _FORGIVE:
        await tx.execute(statement, {"by": by} if ":by" in str(statement) else {})
    return stopped


# Signs of life, and turns, from the future are cut to this moment.
_CUT = (
    sa.text("""
UPDATE standbys SET seen_at = clock_timestamp()
WHERE seen_at > clock_timestamp() + interval '1 s'
"""),
    sa.text("""
UPDATE waiting_turns SET called_at = clock_timestamp(),
  turn_ends_at = clock_timestamp() + :waiting * interval '1 s'
WHERE called_at > clock_timestamp() + interval '1 s'
"""),
)


async def cut(tx: Tx, settings: Settings) -> list[int]:
    """Cut the future off what waits: a clock that was set back lets nobody stay for longer."""
    await tx.execute(_CUT[0])
    await tx.execute(_CUT[1], {"waiting": settings.waiting_seconds})
    return []
