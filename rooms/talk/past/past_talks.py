"""The history of one's talks, on either side; those that never connected apart."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import DbRow
from rooms.ground.live import Side

# Talks that ran (or run), and those in which nobody ever saw or heard the other.
Which = Literal["all", "talked", "failed"]

# A history is counted no further.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class TalkLine:
    """One talk in the history. `points` is what it cost the caller or earned the cast."""

    talk_id: int
    side: Side
    room_id: int
    room_title: str
    other_name: str
    other_portrait: str | None
    entered_at: datetime
    state: str
    end_reason: str | None
    connected_ms: int
    points: int
    # Its minutes were paid for beforehand, by a reservation.
    reservation_id: int | None
    # What the caller gave.
    stars: int | None
    # Whether its caller can go to the room, and how it takes reservations.
    room_is_there: bool
    booking: str


_WHICH: dict[Which, str] = {
    "all": "",
    "talked": "AND (connected_ms > 0 OR ended_at IS NULL)",
    "failed": "AND connected_ms = 0 AND ended_at IS NOT NULL",
}
_BETWEEN = """
EXISTS (SELECT FROM blocks x WHERE (x.blocker_id, x.blocked_id)
  IN ((t.caller_id, t.cast_id), (t.cast_id, t.caller_id)))
"""
_HISTORY = {
    which: sa.text(f"""
SELECT t.id, t.caller_id, t.room_id, r.title, u.nickname, u.portrait, t.entered_at, t.state,
  t.end_reason, t.connected_ms, t.reservation_id, r.booking, g.stars,
  (SELECT coalesce(sum(CASE WHEN t.caller_id = :user THEN c.gross - coalesce(b.gross, 0)
                            ELSE c.share - coalesce(b.share, 0) END), 0)::bigint
   FROM charges c LEFT JOIN charge_returns b USING (talk_id, minute) WHERE c.talk_id
     = t.id) AS points,
  r.published AND k.banned_at IS NULL AND k.withdrawn_at IS NULL
    AND coalesce(k.suspended_until <= clock_timestamp(), true) AND NOT {_BETWEEN} AS room_is_there
FROM (
  (SELECT * FROM talks WHERE caller_id = :user {some} ORDER BY id DESC LIMIT :most)
  UNION ALL
  (SELECT * FROM talks WHERE cast_id = :user {some} ORDER BY id DESC LIMIT :most)
) t
JOIN rooms r ON r.id = t.room_id
JOIN users k ON k.id = t.cast_id
JOIN users u ON u.id = CASE WHEN t.caller_id = :user THEN t.cast_id ELSE t.caller_id END
LEFT JOIN ratings g ON g.talk_id = t.id
ORDER BY t.id DESC OFFSET :skip LIMIT :size
""")  # noqa: S608 - fixed texts within another
    for which, some in _WHICH.items()
}
_COUNT = {
    which: sa.text(f"""
SELECT count(*) FROM (
  (SELECT 1 FROM talks WHERE caller_id = :user {some} LIMIT :most)
  UNION ALL
  (SELECT 1 FROM talks WHERE cast_id = :user {some} LIMIT :most)) t
""")  # noqa: S608 - likewise
    for which, some in _WHICH.items()
}


async def history(
    tx: Tx, user_id: int, number: int, size: int, which: Which = "all"
) -> Page[TalkLine]:
    """Return a page of a user's talks on either side, the latest first."""
    skip = offset(number, size)
    bounds = {"user": user_id, "most": skip + size + 1, "skip": skip, "size": size + 1}
    rows = (await tx.execute(_HISTORY[which], bounds)).all()
    return Page.of([_line(row, user_id) for row in rows], number, size)


async def count(tx: Tx, user_id: int, which: Which) -> int:
    """Return how many talks a user has had; beyond 1,000 the figure stays there."""
    found = await tx.scalar(_COUNT[which], {"user": user_id, "most": MOST_COUNTED})
    return min(int(found or 0), MOST_COUNTED)


def _line(row: DbRow, user_id: int) -> TalkLine:
    return TalkLine(
        talk_id=row.id,
        side="caller" if row.caller_id == user_id else "cast",
        room_id=row.room_id,
        room_title=row.title,
        other_name=row.nickname,
        other_portrait=row.portrait,
        entered_at=row.entered_at,
        state=row.state,
        end_reason=row.end_reason,
        connected_ms=row.connected_ms,
        points=row.points,
        reservation_id=row.reservation_id,
        stars=row.stars,
        room_is_there=row.room_is_there,
        booking=row.booking,
    )
