"""A talk as staff read it: who, what it cost minute by minute, and all that is about it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from people.desk import staff_views
from rooms.ground import refusals


@dataclass(frozen=True)
class TalkFile:
    """A talk with its people and what followed from it. `rate` and `line_fee` in points a minute,
    `share` of the cast in percent; `pairs` is how often the two were connected anew.
    """

    id: int
    room_id: int
    room_title: str
    caller_id: int
    caller_name: str
    cast_id: int
    cast_name: str
    medium: str
    with_video: bool
    pays: str
    rate: int
    line_fee: int
    share: int
    pairs: int
    reservation_id: int | None
    state: str
    end_reason: str | None
    entered_at: datetime
    ended_at: datetime | None
    claim_id: int | None
    claimed_at: datetime | None
    report_ids: list[int]
    stars: int | None


@dataclass(frozen=True)
class FiledMinute:
    """One minute that was charged: points of the caller, the cast's of them, and what went back."""

    minute: int
    at: datetime
    points: int
    share: int
    returned: int | None
    returned_at: datetime | None


async def read(tx: Tx, talk_id: int, viewer_id: int) -> tuple[TalkFile, list[FiledMinute]]:
    """Return a talk and its minutes; that this member of staff opened it is noted.

    Raises UserError `talk_unknown` (404).
    """
    row = (await tx.execute(_TALK, {"talk": talk_id})).mappings().one_or_none()
    if row is None:
        raise refusals.talk_unknown()
    await staff_views.note(tx, viewer_id, f"course:{talk_id}")
    minutes = await tx.execute(_MINUTES, {"talk": talk_id})
    return TalkFile(**row), [FiledMinute(**one) for one in minutes.mappings()]


_TALK = sa.text("""
SELECT t.id, t.room_id, r.title AS room_title, t.caller_id, caller.nickname AS caller_name,
  t.cast_id, star.nickname AS cast_name, t.medium, t.with_video, t.pays, t.rate, t.line_fee,
  t.share, t.pair AS pairs, t.reservation_id, t.state, t.end_reason, t.entered_at, t.ended_at,
  c.id AS claim_id, c.created_at AS claimed_at, g.stars,
  ARRAY(SELECT p.id FROM reports p WHERE p.talk_id = t.id ORDER BY p.id) AS report_ids
FROM talks t JOIN rooms r ON r.id = t.room_id
JOIN users caller ON caller.id = t.caller_id
JOIN users star ON star.id = t.cast_id
LEFT JOIN claims c ON c.talk_id = t.id
LEFT JOIN ratings g ON g.talk_id = t.id
WHERE t.id = :talk
""")
_MINUTES = sa.text("""
SELECT h.minute, h.at, h.gross AS points, h.share, b.gross AS returned, b.at AS returned_at
FROM charges h LEFT JOIN charge_returns b USING (talk_id, minute)
WHERE h.talk_id = :talk ORDER BY h.minute LIMIT 1500
""")
