"""How far a call has come, as the gateway that carries it says."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from rooms.calling import news, rows
from rooms.calling.rows import CallRow
from rooms.ground.calling_tables import calls
from rooms.ground.live import Side
from rooms.ground.tables import talks

NOW = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Carried:
    """What a gateway must know of a call that it carries: whether to go on."""

    id: int
    over: bool
    stop_asked_by: str | None
    talk_over: bool
    talk_end: str | None


async def take_up(tx: Tx, call_id: int, gateway_id: int) -> CallRow | None:
    """Begin to carry a call; None where it is over, or carried already."""
    row = await rows.locked_alone(tx, call_id)
    # Taken up already, it is carried: by another process, or by another flow of this one.
    if row.state != "asked" or row.stop_asked_by or row.gateway not in (None, gateway_id):
        return None
    await rows.change(tx, call_id, gateway=gateway_id, alive_at=NOW, state="ringing")
    await news.note(tx, calls=[call_id])
    return await rows.locked_alone(tx, call_id)


async def note_leg(tx: Tx, call_id: int, side: Side, leg: str) -> bool:
    """Note what one telephone does; False where the call is over meanwhile."""
    row = await rows.locked_alone(tx, call_id)
    if row.is_over:
        return False
    legs = {"caller": row.caller_leg, "cast": row.cast_leg, side: leg}
    guided = row.state in ("asked", "ringing") and legs["caller"] == "answered"
    state = "guided" if guided else row.state
    await rows.change(tx, call_id, **{f"{side}_leg": leg}, state=state, alive_at=NOW)
    await news.note(tx, calls=[call_id])
    return True


async def keep_alive(tx: Tx, gateway_id: int, call_ids: Sequence[int]) -> dict[int, Carried]:
    """Give a sign of life for calls that a gateway carries; return how each of them stands."""
    mine = calls.c.id.in_(call_ids), calls.c.gateway == gateway_id
    live = sa.select(calls.c.id).where(*mine, calls.c.ended_at.is_(None))
    held = [row.id for row in await locks.lock(tx, live, skip_locked=True)]
    if held:
        await tx.execute(sa.update(calls).where(calls.c.id.in_(held)).values(alive_at=NOW))
    query = (
        sa.select(
            calls.c.id,
            calls.c.ended_at.is_not(None).label("over"),
            calls.c.stop_asked_by,
            talks.c.ended_at.is_not(None).label("talk_over"),
            talks.c.end_reason.label("talk_end"),
        )
        .outerjoin(talks, talks.c.id == calls.c.talk_id)
        .where(*mine)
    )
    found = await tx.execute(query)
    return {row["id"]: Carried(**row) for row in found.mappings()}
