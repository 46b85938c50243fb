"""A cast's rest after a talk: the room is busy meanwhile, and those who wait keep their places.

The cast's own page opens the stand-by again when the pause is over, if it is there and its devices
work; where it isn't, the room closes `RESUME_SECONDS` later. Whoever stops the pause goes offline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.ground.day_tables import LONGEST_PAUSE_SECONDS, cast_days, pauses

# A page that comes back is loaded anew, and looks at its devices first.
RESUME_SECONDS = 30
AT_ONCE = 1000


@dataclass(frozen=True)
class Pause:
    """A cast rests, in a room, for `seconds` more; 0 while the page is awaited after that."""

    cast_id: int
    room_id: int
    seconds: int

    def as_event(self) -> dict[str, int]:
        """The pause as its cast's pages are told of it."""
        return {"room_id": self.room_id, "seconds": self.seconds}


_BEGIN = sa.text("""
INSERT INTO pauses (cast_id, room_id, ends_at)
SELECT :cast, :room, clock_timestamp() + interval '1 s' * coalesce(
  (SELECT pause_seconds FROM cast_days WHERE cast_id = :cast), :seconds)
ON CONFLICT (cast_id) DO UPDATE SET room_id = excluded.room_id, ends_at = excluded.ends_at
""")


async def begin(tx: Tx, settings: Settings, cast_id: int, room_id: int) -> None:
    """Let a cast rest whose talk in a room has just ended, for as long as they have chosen."""
    bounds = {"cast": cast_id, "room": room_id, "seconds": settings.pause_seconds}
    await tx.execute(_BEGIN, bounds)
    # Nobody who holds a cast's pause waits for a talk: this is at the end of one.
    locks.note(tx, pauses, [cast_id], waited=False)


async def end(tx: Tx, cast_id: int) -> list[int]:
    """End a cast's pause; return the room whose state this changes, if there was one."""
    query = sa.select(pauses.c.cast_id, pauses.c.room_id).where(pauses.c.cast_id == cast_id)
    return [row.room_id for row in await locks.take_away(tx, query)]


# What is over for longer counts no more, whether or not the clock has seen it.
IS_RESTING = pauses.c.ends_at > sa.func.clock_timestamp() - sa.text(
    f"interval '{RESUME_SECONDS} s'"
)
_LEFT = sa.func.greatest(
    sa.func.ceil(sa.extract("epoch", pauses.c.ends_at - sa.func.clock_timestamp())), 0
).cast(sa.Integer)
_PAUSES = sa.select(pauses.c.cast_id, pauses.c.room_id, _LEFT.label("seconds")).where(IS_RESTING)


async def of(tx: Tx, cast_id: int) -> Pause | None:
    """Return a cast's pause, if they take one."""
    row = (await tx.execute(_PAUSES.where(pauses.c.cast_id == cast_id))).mappings().one_or_none()
    return Pause(**row) if row else None


async def seconds_of(tx: Tx, room_ids: Sequence[int] | None = None) -> dict[int, int]:
    """Return of each of these rooms (all, where none is named) how long its cast rests still."""
    query = _PAUSES if room_ids is None else _PAUSES.where(pauses.c.room_id.in_(list(room_ids)))
    return {row.room_id: row.seconds for row in await tx.execute(query.limit(10_000))}


async def close_over(tx: Tx) -> list[int]:
    """End the pauses after which nobody came back; return the rooms that close."""
    query = sa.select(pauses.c.cast_id, pauses.c.room_id).where(~IS_RESTING)
    query = query.order_by(pauses.c.ends_at).limit(AT_ONCE)
    return [row.room_id for row in await locks.take_away(tx, query, skip_locked=True)]


async def length(tx: Tx, settings: Settings, cast_id: int) -> int:
    """Return for how many seconds a cast rests after each talk."""
    chosen = await tx.scalar(
        sa.select(cast_days.c.pause_seconds).where(cast_days.c.cast_id == cast_id)
    )
    return settings.pause_seconds if chosen is None else int(chosen)


async def choose_length(tx: Tx, cast_id: int, seconds: int) -> None:
    """Let a cast rest for so many seconds after each talk, from the next one on.

    Raises UserError `pause_out_of_bounds` (400).
    """
    if not 0 <= seconds <= LONGEST_PAUSE_SECONDS:
        raise UserError(
            "pause_out_of_bounds",
            N_("休憩は0〜%(most)s秒で選んでください。"),
            status=400,
            most=LONGEST_PAUSE_SECONDS,
        )
    await _keep(tx, cast_id, pause_seconds=seconds)


async def note_standby(tx: Tx, cast_id: int) -> None:
    """Note that a cast stands by: the first time is kept."""
    first = insert(cast_days).values(cast_id=cast_id, stood_by_at=sa.func.clock_timestamp())
    await tx.execute(
        first.on_conflict_do_update(
            index_elements=["cast_id"],
            set_={"stood_by_at": first.excluded.stood_by_at},
            where=cast_days.c.stood_by_at.is_(None),
        )
    )


async def _keep(tx: Tx, cast_id: int, **values: object) -> None:
    said = insert(cast_days).values(cast_id=cast_id, **values)
    await tx.execute(said.on_conflict_do_update(index_elements=["cast_id"], set_=values))
