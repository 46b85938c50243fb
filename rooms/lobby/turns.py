"""Turns: the clock calls the next of a room's waiting list, on any number of processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import DbRow, typed_all
from foundation.settings import Settings
from record import faults
from record.faults import Work
from rooms.ground.kept_times import IS_NOW
from rooms.ground.tables import rooms, standbys, waiting_turns
from rooms.lobby import lapses, turn_notices
from rooms.lobby.lapses import Lapsed
from rooms.lobby.pauses import RESUME_SECONDS
from rooms.lobby.turn_notices import Called

News = Literal["turn", "paused", "later", "lapsed", "closed"]

# Nobody waits longer than this, whatever happens to the clock of a talk.
LONGEST_WAIT_HOURS = 6
AT_ONCE = 1000
# A cast who is back at once takes no pause that anybody need be told of.
PAUSE_TOLD_SECONDS = 30
TELL = Work("tell_turn", "turn")
TELL_NEWS = Work("tell_waiting", "waiting", lambda turn: f"{turn.room_id}-{turn.user_id}")


@dataclass(frozen=True)
class Turn:
    """What happened to one who waited.

    Called for `seconds`; told as the first that the cast takes a pause (`paused`), of which
    `seconds` are left; sent to the end of the list, having been `later` than the turn; or waiting
    no longer, since that was the second time (`lapsed`) or the cast has gone (`closed`).
    """

    room_id: int
    user_id: int
    news: News
    seconds: int | None = None


async def call_next(tx: Tx, settings: Settings) -> list[Turn]:
    """Take the lapsed turns away, dissolve the lists of casts who have gone, and call the next.

    Each is done by one process, whatever others do at the same moment.
    """
    if not await tx.scalar(sa.text("SELECT EXISTS (SELECT FROM waiting_turns)")):
        return []
    bounds: dict[str, object] = {
        "grace": settings.standby_grace_seconds,
        "patience": settings.waiting_patience_seconds,
        "hours": LONGEST_WAIT_HOURS,
        "early": settings.early_minutes,
        "resume": RESUME_SECONDS,
    }
    lapsed = [
        _turn(one, "lapsed" if one.home else "later") for one in await lapses.lapse(tx, settings)
    ]
    await lapses.forget_misses(tx)
    closed = [_turn(row, "closed") for row in await _taken_away(tx, _CLOSED, bounds)]
    news = [*lapsed, *closed, *await _pauses(tx, bounds)]
    called = await _call(tx, settings, bounds)
    await tell(tx, settings, news)
    return [*news, *called]


async def tell(tx: Tx, settings: Settings, news: Sequence[Turn]) -> None:
    """Tell those who wait, by inbox and push, what has become of their waiting."""
    await faults.each(
        tx, TELL_NEWS, news, lambda one: turn_notices.tell(tx, settings, one), at_once=True
    )


async def _call(tx: Tx, settings: Settings, bounds: dict[str, object]) -> list[Turn]:
    """Call the first of each list whose cast stands by, and tell them."""
    await _put_off(tx, bounds)
    seconds = settings.waiting_seconds
    found = await tx.execute(_CALL, bounds | {"seconds": seconds})
    called = typed_all(Called, found.mappings())
    locks.note(tx, standbys, [one.cast_id for one in called], waited=False)
    locks.note(tx, waiting_turns, [one.id for one in called], waited=False)
    await faults.each(
        tx, TELL, called, lambda one: turn_notices.tell_called(tx, settings, one), at_once=True
    )
    return [Turn(one.room_id, one.user_id, "turn", seconds) for one in called]


def _turn(row: DbRow | Lapsed, news: News) -> Turn:
    return Turn(row.room_id, row.user_id, news)


async def _taken_away(tx: Tx, which: sa.TextClause, bounds: dict[str, object]) -> Sequence[DbRow]:
    """Delete up to `AT_ONCE` rows of lists, but for those that somebody holds; return them."""
    found = sa.select(waiting_turns.c.id, waiting_turns.c.room_id, waiting_turns.c.user_id)
    query = found.where(which).order_by(waiting_turns.c.id).limit(AT_ONCE)
    return await locks.take_away(tx, query, bounds, skip_locked=True)


# After a talk a cast takes a breath before the next stand-by; only then the list is dissolved.
_CLOSED = sa.text("""
waiting_turns.id IN (
  SELECT w.id FROM waiting_turns w JOIN rooms r ON r.id = w.room_id
  WHERE w.joined_at < clock_timestamp() - :hours * interval '1 h' OR NOT r.published
    OR EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
      IN ((r.cast_id, w.user_id), (w.user_id, r.cast_id)))
    OR NOT EXISTS (SELECT FROM talks t WHERE t.cast_id = r.cast_id AND t.ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM calls c WHERE c.cast_id = r.cast_id AND c.ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM standbys s WHERE s.room_id = r.id
      AND s.seen_at >= clock_timestamp() - :grace * interval '1 s')
    AND NOT EXISTS (SELECT FROM pauses p WHERE p.room_id = r.id
      AND p.ends_at > clock_timestamp() - :resume * interval '1 s')
    AND (EXISTS (SELECT FROM standbys s WHERE s.cast_id = r.cast_id AND s.room_id <> r.id
        AND s.seen_at >= clock_timestamp() - :grace * interval '1 s')
      OR NOT EXISTS (SELECT FROM talks t WHERE t.cast_id = r.cast_id
        AND t.ended_at >= clock_timestamp() - :patience * interval '1 s')))
""")

# Who stands first while the cast is neither in a talk nor on stand-by, once for each such time: one
# that ends by itself is counted down on the page.
_PAUSED = sa.text("""
waiting_turns.called_at IS NULL AND waiting_turns.id IN (
  SELECT DISTINCT ON (w.room_id) w.id FROM waiting_turns w ORDER BY w.room_id, w.id)
AND EXISTS (SELECT FROM rooms r
  CROSS JOIN LATERAL (SELECT t.ended_at FROM talks t WHERE t.cast_id = r.cast_id
    ORDER BY t.id DESC LIMIT 1) last
  WHERE r.id = waiting_turns.room_id
    AND last.ended_at < clock_timestamp() - :told * interval '1 s'
    AND last.ended_at >= clock_timestamp() - :patience * interval '1 s'
    AND coalesce(waiting_turns.pause_told_at < last.ended_at, true)
    AND NOT EXISTS (SELECT FROM pauses p WHERE p.room_id = r.id
      AND p.ends_at > clock_timestamp() - :resume * interval '1 s')
    AND NOT EXISTS (SELECT FROM standbys s WHERE s.cast_id = r.cast_id
      AND s.seen_at >= clock_timestamp() - :grace * interval '1 s'))
""")
_LEFT = sa.text("""
SELECT w.room_id, w.user_id, greatest(ceil(extract(epoch FROM (SELECT t.ended_at FROM talks t
  WHERE t.cast_id = r.cast_id ORDER BY t.id DESC LIMIT 1) - clock_timestamp()) + :patience), 0
  )::integer AS seconds
FROM waiting_turns w JOIN rooms r ON r.id = w.room_id
WHERE w.id = ANY(CAST(:ids AS bigint[])) ORDER BY w.id
""")


async def _pauses(tx: Tx, bounds: dict[str, object]) -> list[Turn]:
    """Note the first of each list whose cast takes a pause, where they weren't told of it yet."""
    query = sa.select(waiting_turns.c.id).where(_PAUSED).order_by(waiting_turns.c.id)
    told = bounds | {"told": PAUSE_TOLD_SECONDS}
    ids = [row.id for row in await locks.lock(tx, query.limit(AT_ONCE), told, skip_locked=True)]
    if not ids:
        return []
    now = sa.func.clock_timestamp()
    these = sa.update(waiting_turns).where(waiting_turns.c.id.in_(ids))
    await tx.execute(these.values(pause_told_at=now))
    left = await tx.execute(_LEFT, {"ids": ids, "patience": bounds["patience"]})
    return [Turn(row.room_id, row.user_id, "paused", row.seconds) for row in left]


# Casts whose reservation is due, or nearly: nobody but its caller may enter.
_RESERVED = f"SELECT cast_id FROM reservations WHERE {IS_NOW}"  # noqa: S608 - fixed text

# A reservation has the better right: the turn comes again afterwards.
_PUT_OFF = sa.text(f"""
called_at IS NOT NULL AND turn_ends_at > clock_timestamp() AND EXISTS (
  SELECT FROM rooms r WHERE r.id = waiting_turns.room_id AND (
    EXISTS (SELECT FROM talks t WHERE t.room_id = r.id AND t.ended_at IS NULL)
    OR EXISTS (SELECT FROM calls c WHERE c.cast_id = r.cast_id AND c.ended_at IS NULL)
    OR r.cast_id IN ({_RESERVED})))
""")  # noqa: S608 - one fixed text within another


async def _put_off(tx: Tx, bounds: dict[str, object]) -> None:
    query = sa.select(waiting_turns.c.id).where(_PUT_OFF).order_by(waiting_turns.c.id)
    rows = await locks.lock(tx, query, bounds, skip_locked=True)
    if rows:
        these = waiting_turns.c.id.in_([row.id for row in rows])
        later = sa.update(waiting_turns).where(these).values(called_at=None, turn_ends_at=None)
        await tx.execute(later)


# The stand-by is the lock: who enters takes it away, and then nobody is called.
_CALL = sa.text(f"""
WITH open AS (
  SELECT s.room_id FROM standbys s
  WHERE s.seen_at >= clock_timestamp() - :grace * interval '1 s'
    AND EXISTS (SELECT FROM waiting_turns w WHERE w.room_id = s.room_id)
    AND NOT EXISTS (SELECT FROM waiting_turns w
      WHERE w.room_id = s.room_id AND w.called_at IS NOT NULL)
    AND s.cast_id NOT IN ({_RESERVED})
    -- Who is rung by telephone is taken, wherever they stand by.
    AND NOT EXISTS (SELECT FROM calls c WHERE c.ended_at IS NULL AND c.cast_id = s.cast_id)
    AND NOT EXISTS (SELECT FROM calls c WHERE c.ended_at IS NULL AND c.caller_id = s.cast_id)
    -- The line came while the cast rings somebody who had applied.
    AND NOT EXISTS (SELECT FROM talk_applications a WHERE a.room_id = s.room_id
      AND a.state = 'rung' AND a.due_at > clock_timestamp())
  ORDER BY s.room_id FOR NO KEY UPDATE SKIP LOCKED LIMIT 200
), first AS (
  SELECT id FROM waiting_turns WHERE id IN (
    SELECT (SELECT w.id FROM waiting_turns w WHERE w.room_id = o.room_id ORDER BY w.id LIMIT 1)
    FROM open o)
  ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE waiting_turns w SET called_at = clock_timestamp(),
  turn_ends_at = clock_timestamp() + :seconds * interval '1 s'
FROM first f, rooms r, users c, users u
WHERE w.id = f.id AND w.called_at IS NULL AND r.id = w.room_id AND c.id = r.cast_id
  AND u.id = w.user_id
RETURNING w.id, w.room_id, w.user_id, w.called_at, u.locale, c.nickname, r.cast_id
""")  # noqa: S608 - one fixed text within another


async def dissolve(tx: Tx, cast_id: int) -> list[Turn]:
    """End the lists of a cast who goes offline on purpose; return who waited for nothing."""
    theirs = waiting_turns.c.room_id.in_(sa.select(rooms.c.id).where(rooms.c.cast_id == cast_id))
    return await end(tx, theirs)


async def end(tx: Tx, which: sa.ColumnElement[bool]) -> list[Turn]:
    """Take these rows out of their lists; to those who waited it looks as if the cast had gone."""
    found = sa.select(waiting_turns.c.id, waiting_turns.c.room_id, waiting_turns.c.user_id)
    rows = await locks.take_away(tx, found.where(which))
    return [_turn(row, "closed") for row in rows]
