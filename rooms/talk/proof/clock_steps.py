"""What is live when the clock was set: nobody was away for the time that never passed, and nobody
stays, rests or is rung for longer by one that comes twice.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.calling_tables import calls
from rooms.ground.calling_tables import telephone_orders as orders
from rooms.ground.day_tables import pauses
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
    sa.text("UPDATE pauses SET ends_at = ends_at + CAST(:by AS interval)"),
    # Until when somebody can wait is a moment that they named, and stays it.
    sa.text("""
UPDATE talk_applications SET due_at = due_at + CAST(:by AS interval)
WHERE state IN ('accepted', 'rung')
"""),
    # Whoever carries them says within a second that they are alive.
    sa.text("UPDATE calls SET alive_at = clock_timestamp() WHERE ended_at IS NULL"),
    sa.text("""
UPDATE telephone_orders SET made_at = made_at + CAST(:by AS interval),
  void_at = void_at + CAST(:by AS interval)
WHERE taken_at IS NULL
"""),
)
_PROMISED: sa.ColumnElement[bool] = sa.literal_column(
    "talk_applications.state IN ('accepted', 'rung')", sa.Boolean
)


async def forgive(tx: Tx, settings: Settings, by: timedelta) -> list[int]:
    """Stop the meters as of their last proof, and let all that waits begin to wait now."""
    await _lock_what_is_live(tx)
    stopped = await meter.interrupt(tx, settings)
    for statement in _FORGIVE:
        await tx.execute(statement, {"by": by})
    return stopped


async def _lock_what_is_live(tx: Tx) -> None:
    await locks.lock(tx, sa.select(applications.c.id).where(_PROMISED))
    await locks.lock(tx, sa.select(calls.c.id).where(calls.c.ended_at.is_(None)))
    await locks.lock(tx, sa.select(standbys.c.cast_id))
    await locks.lock(tx, sa.select(pauses.c.cast_id))
    await locks.lock(tx, sa.select(waiting_turns.c.id))
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.ended_at.is_(None)))
    await locks.lock(tx, sa.select(orders.c.id).where(orders.c.taken_at.is_(None)))


async def cut(tx: Tx, settings: Settings) -> list[int]:
    """Cut the future off what waits: a clock that was set back lets nobody stay for longer.

    Signs of life, and turns, from the future are brought back to this moment; a ring, the making
    ready before it and a pause last from now at most as long as each lasts.
    """
    await _cut_promises(tx, settings)
    await _cut_calls(tx)
    await _cut_signs_of_life(tx)
    await _cut_pauses(tx, settings)
    await _cut_turns(tx, settings)
    await _cut_orders(tx)
    return []


_NOW = sa.func.clock_timestamp()
_SOON = _NOW + sa.text("interval '1 s'")


def _after(seconds: int | sa.ColumnElement[int]) -> sa.ColumnElement[datetime]:
    ends: sa.ColumnElement[datetime] = _NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return ends


async def _cut_promises(tx: Tx, settings: Settings) -> None:
    longest = sa.case(
        (applications.c.state == "rung", settings.application_ring_seconds),
        else_=settings.application_ready_seconds,
    )
    late = applications.c.due_at > _after(longest) + sa.text("interval '1 s'")
    found = await locks.lock(tx, sa.select(applications.c.id).where(_PROMISED, late))
    if found:
        these = applications.c.id.in_([row.id for row in found])
        await tx.execute(sa.update(applications).where(these).values(due_at=_after(longest)))


async def _cut_calls(tx: Tx) -> None:
    live = calls.c.ended_at.is_(None), calls.c.alive_at > _SOON
    found = await locks.lock(tx, sa.select(calls.c.id).where(*live))
    if found:
        these = calls.c.id.in_([row.id for row in found])
        await tx.execute(sa.update(calls).where(these).values(alive_at=_NOW))


async def _cut_orders(tx: Tx) -> None:
    waits = orders.c.taken_at.is_(None), orders.c.made_at > _SOON
    found = await locks.lock(tx, sa.select(orders.c.id).where(*waits))
    if found:
        these = orders.c.id.in_([row.id for row in found])
        void_at = _NOW + (orders.c.void_at - orders.c.made_at)
        await tx.execute(sa.update(orders).where(these).values(made_at=_NOW, void_at=void_at))


async def _cut_signs_of_life(tx: Tx) -> None:
    seen = await locks.lock(tx, sa.select(standbys.c.cast_id).where(standbys.c.seen_at > _SOON))
    if seen:
        these = standbys.c.cast_id.in_([row.cast_id for row in seen])
        lost = sa.case((standbys.c.devices_lost_at.is_not(None), _NOW))
        values = {"seen_at": _NOW, "devices_lost_at": lost}
        await tx.execute(sa.update(standbys).where(these).values(values))


# Its talk ended in the future: who chooses another length keeps the pause that runs.
_LONG = sa.text("""
ends_at > clock_timestamp() + interval '1 s' * (1 + coalesce(
  (SELECT d.pause_seconds FROM cast_days d WHERE d.cast_id = pauses.cast_id), :usual))
AND (SELECT t.ended_at FROM talks t WHERE t.cast_id = pauses.cast_id ORDER BY t.id DESC LIMIT 1)
  > clock_timestamp() + interval '1 s'
""")
_SHORTEN = sa.text("""
UPDATE pauses SET ends_at = clock_timestamp() + interval '1 s' * coalesce(
  (SELECT d.pause_seconds FROM cast_days d WHERE d.cast_id = pauses.cast_id), :usual)
WHERE cast_id = ANY (CAST(:casts AS bigint[]))
""")


async def _cut_pauses(tx: Tx, settings: Settings) -> None:
    usual = {"usual": settings.pause_seconds}
    found = await locks.lock(tx, sa.select(pauses.c.cast_id).where(_LONG), usual)
    if found:
        await tx.execute(_SHORTEN, usual | {"casts": [row.cast_id for row in found]})


async def _cut_turns(tx: Tx, settings: Settings) -> None:
    called = await locks.lock(
        tx, sa.select(waiting_turns.c.id).where(waiting_turns.c.called_at > _SOON)
    )
    if called:
        turns = waiting_turns.c.id.in_([row.id for row in called])
        values = {"called_at": _NOW, "turn_ends_at": _after(settings.waiting_seconds)}
        await tx.execute(sa.update(waiting_turns).where(turns).values(values))
