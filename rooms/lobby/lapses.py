"""Turns of the waiting list that nobody used.

Who let a turn pass goes to the end of the list; who let a second one pass goes home for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.row_types import DbRow
from foundation.settings import Settings
from rooms.ground.tables import waiting_misses as misses
from rooms.ground.tables import waiting_turns as turns

AT_ONCE = 1000


@dataclass(frozen=True)
class Lapsed:
    """A turn that passed unused; `home`: it was the second, and the person waits no longer."""

    room_id: int
    user_id: int
    home: bool


async def lapse(
    tx: Tx, settings: Settings, *, room_id: int | None = None, user_id: int | None = None
) -> list[Lapsed]:
    """Let the turns pass that nobody used, of one room or person where named.

    The first time one goes to the end of the list, the second time home.
    """
    # Who goes home now was at the end before: not both in one call.
    gone = await _passed(tx, turns.c.lapses > 0, room_id, user_id)
    await _send_home(tx, settings, gone)
    back = await _passed(tx, turns.c.lapses == 0, room_id, user_id)
    await _send_to_end(tx, back)
    return [
        *(Lapsed(row.room_id, row.user_id, home=True) for row in gone),
        *(Lapsed(row.room_id, row.user_id, home=False) for row in back),
    ]


async def _passed(
    tx: Tx, which: sa.ColumnElement[bool], room_id: int | None, user_id: int | None
) -> Sequence[DbRow]:
    """Lock up to `AT_ONCE` turns whose time is over, but for those that somebody holds."""
    query = sa.select(turns.c.id, turns.c.room_id, turns.c.user_id).where(
        turns.c.turn_ends_at <= sa.func.clock_timestamp(), which
    )
    if room_id is not None:
        query = query.where(turns.c.room_id == room_id)
    if user_id is not None:
        query = query.where(turns.c.user_id == user_id)
    query = query.order_by(turns.c.id).limit(AT_ONCE)
    return await locks.lock(tx, query, skip_locked=True, to_delete=True)


async def _send_home(tx: Tx, settings: Settings, gone: Sequence[DbRow]) -> None:
    if not gone:
        return
    await tx.execute(sa.delete(turns).where(turns.c.id.in_([row.id for row in gone])))
    who = sorted((row.room_id, row.user_id) for row in gone)
    pause = sa.func.make_interval(0, 0, 0, 0, 0, 0, settings.waiting_pause_seconds)
    until = sa.func.clock_timestamp() + pause
    missed = insert(misses).values(
        [{"room_id": room, "user_id": user, "until": until} for room, user in who]
    )
    await tx.execute(
        missed.on_conflict_do_update(
            index_elements=["room_id", "user_id"], set_={"until": missed.excluded.until}
        )
    )
    locks.note(tx, misses, who)


async def _send_to_end(tx: Tx, back: Sequence[DbRow]) -> None:
    if back:
        these = turns.c.id.in_([row.id for row in back])
        await tx.execute(
            sa.update(turns)
            .where(these)
            .values(id=sa.text("DEFAULT"), called_at=None, turn_ends_at=None, lapses=1)
        )


async def forget_misses(tx: Tx) -> None:
    """Forget who let turns pass and may wait again."""
    over = misses.c.until <= sa.func.clock_timestamp()
    query = sa.select(misses.c.room_id, misses.c.user_id).where(over)
    await locks.take_away(tx, query, skip_locked=True)
