"""The waiting list of a busy room: who is told first when the cast stands by again.

A turn lasts `waiting_seconds`; nobody else may enter meanwhile. Then the clock calls the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from rooms.ground import refusals
from rooms.ground.calling_tables import calls
from rooms.ground.day_tables import pauses as resting_casts
from rooms.ground.tables import rooms, standbys, talks
from rooms.ground.tables import waiting_turns as turns
from rooms.lobby import lapses, means, pauses, promises
from rooms.lobby.presence import is_open

# How many rooms one may wait for at once.
MOST_LISTS = 3


@dataclass(frozen=True)
class Place:
    """A user's place in the list of a room of the cast called `name`, from 1.

    `seconds` are left of a turn, which has the `key`; both are None before it. `pause` are those
    in which the cast, who is away, may come back before the list ends; `resumes` are those of a
    pause after which the stand-by goes on; else None.
    """

    room_id: int
    user_id: int
    name: str
    place: int
    waiting: int
    seconds: int | None
    key: str | None
    pause: int | None
    resumes: int | None

    def as_event(self) -> dict[str, object]:
        """The place as its owner's browser is told of it."""
        return {name: value for name, value in vars(self).items() if name != "user_id"}


async def join(tx: Tx, settings: Settings, room_id: int, user_id: int) -> Place:
    """Wait for a busy room as one who can pay the entry; who waits already keeps the place.

    Raises UserError `room_unknown` (404), `own_room`, `room_without_standby`, `not_confirmed`
    (403), `room_not_busy`, `waiting_full`, `waiting_elsewhere`, `waiting_missed` (minutes), and
    those of `means.must_pay_entry`.
    """
    await _must_be_confirmed(tx, user_id)
    rate, takes_tab = await _lock_room(tx, room_id, user_id)
    # A turn that has just passed is no place any more, whether or not the clock has seen it.
    await lapses.lapse(tx, settings, room_id=room_id, user_id=user_id)
    known = await place_of(tx, settings, room_id, user_id)
    if known is not None:
        return known
    await _must_not_have_missed(tx, room_id, user_id)
    await means.must_pay_entry(tx, settings, user_id, rate, takes_tab=takes_tab)
    await _must_be_busy(tx, settings, room_id)
    await _must_have_room(tx, settings, room_id, user_id)
    await tx.execute(
        insert(turns).values(room_id=room_id, user_id=user_id).on_conflict_do_nothing()
    )
    place = await place_of(tx, settings, room_id, user_id)
    assert place is not None
    return place


async def _must_be_confirmed(tx: Tx, user_id: int) -> None:
    if await tx.scalar(sa.select(users.c.confirmed_at).where(users.c.id == user_id)) is None:
        raise refusals.not_confirmed()


async def _lock_room(tx: Tx, room_id: int, user_id: int) -> tuple[int, bool]:
    """Let joins of one room happen one after the other, so that its list stays bounded.

    Returns its rate, and whether one may pay afterwards.
    """
    columns = (rooms.c.id, rooms.c.cast_id, rooms.c.rate, rooms.c.by_standby, rooms.c.takes_tab)
    query = sa.select(*columns).where(rooms.c.id == room_id, rooms.c.published)
    room = await locks.lock_row(tx, query)
    if room is None or await blocks.hidden(tx, user_id, room.cast_id):
        raise refusals.room_unknown()
    if room.cast_id == user_id:
        raise refusals.own_room()
    if not room.by_standby:
        raise refusals.room_without_standby()
    return int(room.rate), bool(room.takes_tab)


_MISSED = sa.text("""
SELECT ceil(extract(epoch FROM until - clock_timestamp()) / 60)::integer FROM waiting_misses
WHERE room_id = :room AND user_id = :user AND until > clock_timestamp()
""")


async def _must_not_have_missed(tx: Tx, room_id: int, user_id: int) -> None:
    minutes = await tx.scalar(_MISSED, {"room": room_id, "user": user_id})
    if minutes is not None:
        raise UserError(
            "waiting_missed",
            N_("順番が2回過ぎたため、このルームには%(minutes)s分後からまた並べます。"),
            minutes=minutes,
        )


async def _must_be_busy(tx: Tx, settings: Settings, room_id: int) -> None:
    talking = sa.exists().where(talks.c.room_id == room_id, talks.c.ended_at.is_(None))
    rung = sa.exists().where(calls.c.room_id == room_id, calls.c.ended_at.is_(None))
    # Between two turns the room looks open, but is not to those who come now.
    led = sa.exists().where(
        standbys.c.room_id == room_id, is_open(settings), promises.keeps(room_id)
    )
    resting = sa.exists().where(resting_casts.c.room_id == room_id, pauses.IS_RESTING)
    if not await tx.scalar(sa.select(sa.or_(talking, rung, led, resting))):
        raise UserError("room_not_busy", N_("順番待ちは、キャストの通話中だけ受け付けています。"))


async def _must_have_room(tx: Tx, settings: Settings, room_id: int, user_id: int) -> None:
    counts = sa.select(
        sa.func.count().filter(turns.c.room_id == room_id).label("here"),
        sa.func.count().filter(turns.c.user_id == user_id).label("mine"),
    ).where(sa.or_(turns.c.room_id == room_id, turns.c.user_id == user_id))
    found = (await tx.execute(counts)).one()
    if found.here >= settings.waiting_most:
        raise UserError("waiting_full", N_("順番待ちがいっぱいです。あとでまたお試しください。"))
    if found.mine >= MOST_LISTS:
        raise UserError(
            "waiting_elsewhere",
            N_("順番待ちは、同時に%(most)sルームまでです。"),
            most=MOST_LISTS,
        )


async def leave(tx: Tx, room_id: int, user_id: int) -> bool:
    """Wait no longer, or let one's turn go; return whether one waited."""
    mine = (turns.c.room_id == room_id, turns.c.user_id == user_id)
    return await locks.delete(tx, turns, *mine) > 0


async def leave_all(tx: Tx, user_id: int) -> None:
    """Wait nowhere any more: the caller has entered a room."""
    await locks.delete(tx, turns, turns.c.user_id == user_id)


def turn_key(turn_id: int, called_at: datetime) -> str:
    """Name a turn: by it the notice, the push and what rings on a page are known as one."""
    return f"turn:{turn_id}:{int(called_at.timestamp())}"


# A pause: the last talk is over, and the list still waits for the next stand-by (see
# `turns.call_next`).
_PLACES = sa.text("""
SELECT p.room_id, p.user_id, c.nickname AS name, p.place, p.waiting, p.seconds, p.key,
  CASE WHEN p.seconds IS NULL THEN rest.seconds END AS resumes,
  CASE WHEN p.seconds IS NULL AND rest.seconds IS NULL AND NOT EXISTS (
      SELECT FROM standbys s WHERE s.room_id = r.id
      AND s.seen_at >= clock_timestamp() - :grace * interval '1 s')
  THEN (SELECT greatest(ceil(extract(epoch FROM last.ended_at - clock_timestamp()) + :patience),
      0)::integer FROM (SELECT t.ended_at FROM talks t WHERE t.cast_id = r.cast_id
      ORDER BY t.id DESC LIMIT 1) last WHERE last.ended_at IS NOT NULL) END AS pause
FROM (
  SELECT room_id, user_id, row_number() OVER list AS place, count(*) OVER (PARTITION BY room_id)
    AS waiting, ceil(extract(epoch FROM turn_ends_at - clock_timestamp()))::integer AS seconds,
    'turn:' || id || ':' || floor(extract(epoch FROM called_at))::bigint AS key
  FROM waiting_turns
  WHERE (turn_ends_at IS NULL OR turn_ends_at > clock_timestamp()) AND (
    room_id = ANY(CAST(:rooms AS bigint[]))
    OR room_id IN (SELECT room_id FROM waiting_turns WHERE user_id = :user))
  WINDOW list AS (PARTITION BY room_id ORDER BY id)
) p JOIN rooms r ON r.id = p.room_id JOIN users c ON c.id = r.cast_id
LEFT JOIN LATERAL (SELECT greatest(ceil(extract(epoch FROM s.ends_at - clock_timestamp())), 0
  )::integer AS seconds FROM pauses s WHERE s.room_id = r.id
  AND s.ends_at > clock_timestamp() - :resume * interval '1 s') rest ON true
WHERE CAST(:user AS bigint) IS NULL OR p.user_id = :user
ORDER BY p.room_id, p.place
""")


async def places_in(tx: Tx, settings: Settings, room_ids: Sequence[int]) -> list[Place]:
    """Return everyone who waits for these rooms, in order."""
    return await _places(tx, settings, {"rooms": list(room_ids), "user": None})


async def places_of(tx: Tx, settings: Settings, user_id: int) -> list[Place]:
    """Return every list in which a user waits."""
    return await _places(tx, settings, {"rooms": [], "user": user_id})


async def place_of(tx: Tx, settings: Settings, room_id: int, user_id: int) -> Place | None:
    """Return a user's place in a room's list, or None for who does not wait there."""
    mine = await places_of(tx, settings, user_id)
    return next((place for place in mine if place.room_id == room_id), None)


async def rooms_of(tx: Tx, user_id: int) -> list[int]:
    """Return the rooms for which a user waits."""
    mine = sa.select(turns.c.room_id).where(turns.c.user_id == user_id, promises.counts())
    return list((await tx.execute(mine.order_by(turns.c.room_id))).scalars())


async def length(tx: Tx, room_id: int) -> int:
    """Return how many wait for a room."""
    query = sa.select(sa.func.count()).where(turns.c.room_id == room_id, promises.counts())
    return int(await tx.scalar(query) or 0)


async def _places(tx: Tx, settings: Settings, whose: dict[str, object]) -> list[Place]:
    bounds = {
        "grace": settings.standby_grace_seconds,
        "patience": settings.waiting_patience_seconds,
        "resume": pauses.RESUME_SECONDS,
    }
    return [Place(**row) for row in (await tx.execute(_PLACES, whose | bounds)).mappings()]
