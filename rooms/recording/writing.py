"""What a media process does with recordings: which it should write, and what it has written.

The database says what may be written, whatever else has been told: a process asks every second,
and stops what it is not told to go on with.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.language import N_
from foundation.row_types import typed_all
from record import alarms
from rooms.ground.live import Side
from rooms.ground.recording_tables import recording_parts, recordings
from rooms.recording import asking

# Why the files could not be written on: no room for them.
FULL = frozenset({"quota", "disk_full"})
TEXT = N_(
    "録画の保存場所がいっぱいになり、録画を止めました（%(why)s）。通話は続いています。"
    "保存場所を広げるか、HITOTOKI_RECORDING_DAYS を短くしてください。"
)


@dataclass(frozen=True)
class RecordingOrder:
    """A recording that may be written now, of a talk that runs."""

    recording_id: int
    talk_id: int


@dataclass(frozen=True)
class RecordedPart:
    """A file of one side. `begun_at` is the moment of its first sample, `length_ms` from there."""

    recording_id: int
    side: Side
    part: int
    name: str
    media_type: str
    begun_at: datetime
    length_ms: int
    size: int
    whole: bool


_ORDERS = sa.text("""
SELECT r.id AS recording_id, r.talk_id FROM talks t JOIN recordings r ON r.talk_id = t.id
WHERE t.media_host = :host AND t.ended_at IS NULL AND r.state IN ('agreed', 'running', 'halted')
ORDER BY r.id
""")


async def orders(tx: Tx, host_id: int) -> list[RecordingOrder]:
    """Return what a media process is to write of the talks that go through it, and nothing more.

    Both have agreed to it in that very talk, and neither has stopped it since.
    """
    found = await tx.execute(_ORDERS, {"host": host_id})
    return typed_all(RecordingOrder, found.mappings())


_WRITTEN = sa.text("""
UPDATE recordings SET seen_at = clock_timestamp(), state = 'running',
  running_since = coalesce(running_since, clock_timestamp()),
  untold = untold OR state <> 'running'
WHERE id = ANY (CAST(:ids AS bigint[])) AND state IN ('agreed', 'running', 'halted')
RETURNING id
""")


async def written(tx: Tx, recording_ids: Collection[int]) -> list[int]:
    """Note that these recordings are being written now; return those that still may be."""
    if not recording_ids:
        return []
    query = sa.select(recordings.c.id).where(recordings.c.id.in_(recording_ids))
    await locks.lock(tx, query)
    return list((await tx.execute(_WRITTEN, {"ids": list(recording_ids)})).scalars())


async def keep(tx: Tx, part: RecordedPart) -> bool:
    """Keep a file of a recording, or what has become of it; False for one of nothing that is known.

    A recording that has been erased meanwhile keeps nothing: the sweep takes the file as well.
    """
    values = asdict(part)
    made = insert(recording_parts).values(values)
    grown = {name: values[name] for name in ("name", "length_ms", "size", "whole", "media_type")}
    known = sa.select(recordings.c.id).where(recordings.c.id == part.recording_id)
    if await locks.lock_row(tx, known) is None:
        return False
    await tx.execute(
        made.on_conflict_do_update(index_elements=["recording_id", "side", "part"], set_=grown)
    )
    again = sa.update(recordings).where(recordings.c.id == part.recording_id)
    await tx.execute(again.values(erased_at=None))
    return True


async def forgotten(tx: Tx, names: Collection[str]) -> list[str]:
    """Return those of these files that no row tells of."""
    query = sa.select(recording_parts.c.name).where(recording_parts.c.name.in_(names))
    return sorted({*names} - {*(await tx.execute(query)).scalars()})


async def failed(tx: Tx, recording_id: int, why: str) -> None:
    """End a recording whose files can't be written on; its talk goes on. `why` is for staff."""
    reason = "full" if why in FULL else "failed"
    if await asking.end(tx, recording_id, reason) and reason == "full":
        await alarms.alarm(tx, "recordings_full", TEXT, f"recording:{recording_id}", why=why)
