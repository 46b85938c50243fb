"""Recordings that are there to be watched, and who may: the two of the talk, and nobody else.

Not while one of the two blocks the other, nor once it is past its time or deleted. Staff see one
beside an open claim or report about its talk alone, and not one in which they are themselves.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset
from foundation.row_types import typed, typed_all
from rooms.ground.live import Side
from rooms.ground.recording_tables import recording_parts
from rooms.recording.writing import RecordedPart


@dataclass(frozen=True)
class Recording:
    """A recording, for one of its two people. `size` counts bytes, `run_ms` is what was recorded.

    `mine_deletes` and `other_deletes` want it deleted before `keep_until`.
    """

    id: int
    talk_id: int
    side: Side
    room_title: str
    other_name: str
    other_portrait: str | None
    agreed_at: datetime
    run_ms: int
    size: int
    keep_until: datetime
    mine_deletes: bool
    other_deletes: bool


_COLUMNS = """
SELECT r.id, r.talk_id, CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  m.title AS room_title, o.nickname AS other_name, o.portrait AS other_portrait, r.agreed_at,
  r.run_ms, f.size, r.keep_until,
  (CASE WHEN t.caller_id = :user THEN r.caller_deletes_at ELSE r.cast_deletes_at END) IS NOT NULL
    AS mine_deletes,
  (CASE WHEN t.caller_id = :user THEN r.cast_deletes_at ELSE r.caller_deletes_at END) IS NOT NULL
    AS other_deletes
"""
_OF_TWO = """
FROM recordings r JOIN talks t ON t.id = r.talk_id
JOIN rooms m ON m.id = t.room_id
JOIN users o ON o.id = CASE WHEN t.caller_id = :user THEN t.cast_id ELSE t.caller_id END
CROSS JOIN LATERAL (SELECT sum(p.size)::bigint AS size FROM recording_parts p
  WHERE p.recording_id = r.id) f
WHERE :user IN (t.caller_id, t.cast_id) AND f.size IS NOT NULL AND r.state = 'ended'
  AND r.withdrawn_at IS NULL AND r.erased_at IS NULL AND r.keep_until > clock_timestamp()
  AND NOT EXISTS (SELECT FROM blocks b
    WHERE (b.blocker_id, b.blocked_id) IN ((t.caller_id, t.cast_id), (t.cast_id, t.caller_id)))
"""
_LIST = sa.text(f"{_COLUMNS} {_OF_TWO} ORDER BY r.id DESC OFFSET :skip LIMIT :most")
_COUNT = sa.text(f"SELECT count(*) {_OF_TWO}")
_ONE = sa.text(f"{_COLUMNS} {_OF_TWO} AND r.id = :id")
_OF_TALK = sa.text(f"{_COLUMNS} {_OF_TWO} AND r.talk_id = :talk ORDER BY r.id LIMIT 50")


def recording_unknown() -> UserError:
    """The recording isn't there, or not for the asker."""
    return UserError("recording_unknown", N_("この録画は見つかりません。"), status=404)


async def mine(tx: Tx, user_id: int, number: int, size: int) -> Page[Recording]:
    """Return a page of the recordings of a user's talks, on either side, the latest first."""
    bounds = {"user": user_id, "skip": offset(number, size), "most": size + 1}
    rows = await tx.execute(_LIST, bounds)
    return Page.of(typed_all(Recording, rows.mappings()), number, size)


async def count(tx: Tx, user_id: int) -> int:
    """Return how many recordings of their talks a user can watch."""
    return int(await tx.scalar(_COUNT, {"user": user_id}) or 0)


async def of_talk(tx: Tx, talk_id: int, user_id: int) -> list[Recording]:
    """Return the recordings of a talk that this user can watch, in their order."""
    rows = await tx.execute(_OF_TALK, {"user": user_id, "talk": talk_id})
    return typed_all(Recording, rows.mappings())


async def one(tx: Tx, recording_id: int, user_id: int) -> Recording:
    """Return a recording for one of its two. Raises UserError `recording_unknown` (404)."""
    row = await tx.execute(_ONE, {"user": user_id, "id": recording_id})
    found = row.mappings().one_or_none()
    if found is None:
        raise recording_unknown()
    return typed(Recording, found)


async def parts(tx: Tx, recording_id: int) -> list[RecordedPart]:
    """Return the files of a recording, by side and in their order."""
    rows = await tx.execute(
        sa.select(recording_parts)
        .where(recording_parts.c.recording_id == recording_id)
        .order_by(recording_parts.c.side, recording_parts.c.part)
    )
    return typed_all(RecordedPart, rows.mappings())


async def part(tx: Tx, recording_id: int, side: str, number: int) -> RecordedPart:
    """Return a file of a recording. Raises UserError `recording_unknown` (404).

    Whoever calls this has asked `one`, or `looking.look`, whether it may be seen.
    """
    found = [
        file for file in await parts(tx, recording_id) if (file.side, file.part) == (side, number)
    ]
    if not found:
        raise recording_unknown()
    return found[0]
