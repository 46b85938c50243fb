"""Turns: the clock calls the next of a room's waiting list, on any number of processes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import DbRow, typed_all
from foundation.settings import Settings
from notify import inbox
from rooms.ground.kept_times import IS_NOW
from rooms.lobby import lapses
from rooms.lobby.lapses import Lapsed

News = Literal["turn", "later", "lapsed", "closed"]

TITLE = N_("%(name)sさんのルームに入室できます")
TEXT = N_("順番になりました。%(seconds)s秒以内に入室してください。過ぎると、列の最後に移ります。")
# Nobody waits longer than this, whatever happens to the clock of a talk.
LONGEST_WAIT_HOURS = 6


@dataclass(frozen=True)
class Turn:
    """What happened to one who waited.

    Called for `seconds`; sent to the end of the list, having been `later` than that; or waiting no
    longer, since that was the second time (`lapsed`) or the cast has gone (`closed`).
    """

    room_id: int
    user_id: int
    news: News
    seconds: int | None = None


@dataclass(frozen=True)
class Called:
    """Whose turn has come, and how they are told: `nickname` is the cast's."""

    id: int
    room_id: int
    user_id: int
    called_at: datetime
    locale: str
    nickname: str


async def call_next(tx: Tx, settings: Settings) -> list[Turn]:
    """Take the lapsed turns away, dissolve the lists of casts who have gone, and call the next.

    Each is done by one process, whatever others do at the same moment.
    """
    if not await tx.scalar(sa.text("SELECT EXISTS (SELECT FROM waiting_turns)")):
        return []
    bounds = {
        "grace": settings.standby_grace_seconds,
        "patience": settings.waiting_patience_seconds,
        "hours": LONGEST_WAIT_HOURS,
        "early": settings.early_minutes,
    }
    lapsed = [
        _turn(one, "lapsed" if one.home else "later") for one in await lapses.lapse(tx, settings)
    ]
    await lapses.forget_misses(tx)
    closed = [_turn(row, "closed") for row in await tx.execute(_CLOSED, bounds)]
    await tx.execute(_PUT_OFF, bounds)
    seconds = settings.waiting_seconds
    found = await tx.execute(_CALL, bounds | {"seconds": seconds})
    called = typed_all(Called, found.mappings())
    for one in called:
        await _tell(tx, settings, one)
    return [*lapsed, *closed, *(Turn(one.room_id, one.user_id, "turn", seconds) for one in called)]


def _turn(row: DbRow | Lapsed, news: News) -> Turn:
    return Turn(row.room_id, row.user_id, news)


# After a talk a cast takes a breath before the next stand-by; only then the list is dissolved.
_CLOSED = sa.text("""
DELETE FROM waiting_turns WHERE id IN (
  SELECT w.id FROM waiting_turns w JOIN rooms r ON r.id = w.room_id
  WHERE w.joined_at < clock_timestamp() - :hours * interval '1 h' OR NOT r.published
    OR EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
      IN ((r.cast_id, w.user_id), (w.user_id, r.cast_id)))
    OR NOT EXISTS (SELECT FROM talks t WHERE t.cast_id = r.cast_id AND t.ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM standbys s WHERE s.room_id = r.id
      AND s.seen_at >= clock_timestamp() - :grace * interval '1 s')
    AND (EXISTS (SELECT FROM standbys s WHERE s.cast_id = r.cast_id AND s.room_id <> r.id
        AND s.seen_at >= clock_timestamp() - :grace * interval '1 s')
      OR NOT EXISTS (SELECT FROM talks t WHERE t.cast_id = r.cast_id
        AND t.ended_at >= clock_timestamp() - :patience * interval '1 s'))
  ORDER BY w.id FOR UPDATE OF w SKIP LOCKED LIMIT 1000)
RETURNING room_id, user_id
""")

# Casts whose reservation is due, or nearly: nobody but its caller may enter.
_RESERVED = f"SELECT cast_id FROM reservations WHERE {IS_NOW}"  # noqa: S608 - fixed text

# A reservation has the better right: the turn comes again afterwards.
_PUT_OFF = sa.text(f"""
UPDATE waiting_turns w SET called_at = NULL, turn_ends_at = NULL
FROM rooms r
WHERE r.id = w.room_id AND called_at IS NOT NULL AND turn_ends_at > clock_timestamp() AND (
  EXISTS (SELECT FROM talks t WHERE t.room_id = w.room_id AND t.ended_at IS NULL)
  OR r.cast_id IN ({_RESERVED}))
""")  # noqa: S608 - one fixed text within another

# The stand-by is the lock: who enters takes it away, and then nobody is called.
_CALL = sa.text(f"""
WITH open AS (
  SELECT s.room_id FROM standbys s
  WHERE s.seen_at >= clock_timestamp() - :grace * interval '1 s'
    AND EXISTS (SELECT FROM waiting_turns w WHERE w.room_id = s.room_id)
    AND NOT EXISTS (SELECT FROM waiting_turns w
      WHERE w.room_id = s.room_id AND w.called_at IS NOT NULL)
    AND s.cast_id NOT IN ({_RESERVED})
  ORDER BY s.room_id FOR NO KEY UPDATE SKIP LOCKED LIMIT 200
), first AS (
  SELECT (SELECT w.id FROM waiting_turns w WHERE w.room_id = o.room_id ORDER BY w.id LIMIT 1) AS id
  FROM open o
)
UPDATE waiting_turns w SET called_at = clock_timestamp(),
  turn_ends_at = clock_timestamp() + :seconds * interval '1 s'
FROM first f, rooms r, users c, users u
WHERE w.id = f.id AND w.called_at IS NULL AND r.id = w.room_id AND c.id = r.cast_id
  AND u.id = w.user_id
RETURNING w.id, w.room_id, w.user_id, w.called_at, u.locale, c.nickname
""")  # noqa: S608 - likewise


async def _tell(tx: Tx, settings: Settings, row: Called) -> None:
    """By the inbox and push alone: a mail would be read when the turn is long over."""
    await inbox.tell(
        tx,
        row.user_id,
        kind="turn",
        key=f"turn:{row.id}:{int(row.called_at.timestamp())}",
        title=translate(row.locale, TITLE, name=row.nickname),
        text=translate(row.locale, TEXT, seconds=settings.waiting_seconds),
        link=f"/rooms/{row.room_id}/enter",
        site=settings.public_url,
        mail=False,
    )


_GO = sa.text("""
DELETE FROM waiting_turns w USING rooms r WHERE r.id = w.room_id AND r.cast_id = :cast
RETURNING w.room_id, w.user_id
""")


async def dissolve(tx: Tx, cast_id: int) -> list[Turn]:
    """End the lists of a cast who goes offline on purpose; return who waited for nothing."""
    return [_turn(row, "closed") for row in await tx.execute(_GO, {"cast": cast_id})]
