"""The way of a recorded talk: it goes through a media process, which alone can write it down.

A talk of two browsers moves there once both have agreed, and again where it came away from there.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.settings import Settings
from media import hosts
from record import faults
from record.faults import Work
from rooms.ground.recording_tables import recordings
from rooms.ground.tables import talks
from rooms.talk import paths

MAKE_WAY = Work("record_way", "talk")
# Each try is a new pair for both, and their network may let nothing through to a media process.
AGAIN_SECONDS = 20
MOST_TALKS = 50


async def is_there(tx: Tx, settings: Settings) -> bool:
    """Say whether a media process is there that could carry and write a talk."""
    return settings.has_relay and await hosts.is_any_free(tx)


async def make(tx: Tx, settings: Settings, talk_id: int) -> bool:
    """Move a talk to a media process; return whether both are to make a new pair, or have to be
    told of the one they are at.

    False where there is none just now, or the talk has ended: the clock tries again, and gives the
    recording up in time.
    """
    try:
        return await paths.move_to_relay(tx, settings, talk_id) is not None
    except UserError:
        return False


# Those that both agreed to and nobody writes, since their talk goes from browser to browser.
_ASTRAY = sa.and_(
    talks.c.ended_at.is_(None),
    talks.c.media_host.is_(None),
    sa.or_(
        talks.c.pair_at.is_(None),
        talks.c.pair_at < sa.func.clock_timestamp() - sa.text(f"interval '{AGAIN_SECONDS} s'"),
    ),
    sa.exists().where(
        recordings.c.talk_id == talks.c.id,
        recordings.c.state.in_(("agreed", "running", "halted")),
    ),
    sa.text(MAKE_WAY.is_due("talks.id")),
)


async def make_all(tx: Tx, settings: Settings) -> Sequence[int]:
    """Move every talk that both want recorded to a media process; return those that moved."""
    if not (settings.recording and await is_there(tx, settings)):
        return []
    rows = await locks.lock(
        tx, sa.select(talks.c.id).where(_ASTRAY).limit(MOST_TALKS), skip_locked=True
    )
    moved: list[int] = []

    async def move(talk_id: int) -> None:
        if await make(tx, settings, talk_id):
            moved.append(talk_id)

    await faults.each(tx, MAKE_WAY, rows, lambda row: move(row.id))
    return moved
