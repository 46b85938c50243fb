"""All that a stop may touch is locked before it begins, in the order of `foundation.locks`."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.accounts import locking
from points import ledger
from rooms.ground.applying_tables import LIVE_STATES
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.booking_tables import reservations as bookings
from rooms.ground.day_tables import pauses
from rooms.ground.request_tables import reservation_requests
from rooms.ground.tables import rooms, standbys, talks, waiting_turns
from writing.chat.care import stopping as chats
from writing.letters import stopping as letters

# A reservation whose time is over is judged by who was there.
OPEN = sa.select(bookings).where(
    sa.text("""
:person IN (caller_id, cast_id) AND state IN ('kept', 'booked', 'running')
  AND ends_at > clock_timestamp()
  AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
  AND (CAST(:until AS timestamptz) IS NULL OR starts_at < :until)
""")
)
ASKED = sa.select(reservation_requests).where(
    sa.text("""
:person IN (caller_id, cast_id) AND state = 'open'
  AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
""")
)


def applied(person_id: int, other_id: int | None) -> sa.ColumnElement[bool]:
    """Return the condition for a person's applications, with one other person where named."""
    mine = sa.or_(applications.c.caller_id == person_id, applications.c.cast_id == person_id)
    theirs = sa.or_(applications.c.caller_id == other_id, applications.c.cast_id == other_id)
    live = applications.c.state.in_(LIVE_STATES)
    return sa.and_(live, mine) if other_id is None else sa.and_(live, mine, theirs)


_ACROSS = sa.text("""
SELECT unnest(ARRAY[caller_id, cast_id]) FROM reservations
WHERE :person IN (caller_id, cast_id) AND state IN ('kept', 'booked', 'running')
UNION
SELECT unnest(ARRAY[caller_id, cast_id]) FROM reservation_requests
WHERE :person IN (caller_id, cast_id) AND state = 'open'
UNION
SELECT unnest(ARRAY[caller_id, cast_id]) FROM talk_applications
WHERE :person IN (caller_id, cast_id) AND state IN ('open', 'accepted', 'rung')
UNION
SELECT unnest(ARRAY[caller_id, cast_id]) FROM talks
WHERE :person IN (caller_id, cast_id) AND ended_at IS NULL
""")


async def lock_pair(tx: Tx, person_id: int, other_id: int) -> None:
    """Lock all that a stop between two people may touch, in the order of `foundation.locks`."""
    people = [person_id, other_id]
    await locking.lock_people(tx, *people)
    await _lock_bookings(tx, person_id, other_id)
    await locks.lock(tx, sa.select(standbys.c.cast_id).where(standbys.c.cast_id.in_(people)))
    await locks.lock(tx, sa.select(waiting_turns.c.id).where(between(person_id, other_id)))
    await _lock_talks(tx, people)


async def lock_all(tx: Tx, person_id: int, *also: int) -> None:
    """Lock all that a stop of everything of a person may touch, and more people."""
    await lock_open(tx, person_id, await lock_people(tx, person_id, *also))


async def lock_people(tx: Tx, person_id: int, *also: int) -> list[int]:
    """Lock a person, everybody with whom something of theirs is open, and more; return all."""
    people = [*await _across(tx, person_id), *also]
    await locking.lock_people(tx, *people)
    return people


async def lock_open(tx: Tx, person_id: int, people: list[int]) -> None:
    """Lock what is open of a person; `people` are those whom `lock_people` has locked."""
    # Nobody joins the list of a room that is locked.
    theirs = sa.select(rooms.c.id).where(rooms.c.cast_id == person_id)
    await locks.lock(tx, theirs)
    await _lock_bookings(tx, person_id, None)
    # Also of those who ring the person: they stand by as before.
    await locks.lock(tx, sa.select(standbys.c.cast_id).where(standbys.c.cast_id.in_(people)))
    await locks.lock(tx, sa.select(pauses.c.cast_id).where(pauses.c.cast_id == person_id))
    waits = (waiting_turns.c.user_id == person_id) | waiting_turns.c.room_id.in_(theirs)
    await locks.lock(tx, sa.select(waiting_turns.c.id).where(waits))
    await _lock_talks(tx, people)


async def _lock_bookings(tx: Tx, person_id: int, other_id: int | None) -> None:
    bounds = {"person": person_id, "other": other_id}
    await locks.lock(tx, OPEN, bounds | {"until": None})
    await locks.lock(tx, ASKED, bounds)
    await locks.lock(tx, sa.select(applications.c.id).where(applied(person_id, other_id)))
    await letters.lock(tx, person_id, other_id)
    await chats.lock(tx, person_id, other_id)


async def _lock_talks(tx: Tx, people: list[int]) -> None:
    in_it = talks.c.caller_id.in_(people) | talks.c.cast_id.in_(people)
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.ended_at.is_(None), in_it))
    await ledger.lock_points(tx, people)


def between(a: int, b: int) -> sa.ColumnElement[bool]:
    """Return the condition that one of two people waits for a room of the other's."""
    cast = sa.select(rooms.c.cast_id).where(rooms.c.id == waiting_turns.c.room_id).scalar_subquery()
    return sa.tuple_(cast, waiting_turns.c.user_id).in_([(a, b), (b, a)])


async def _across(tx: Tx, person_id: int) -> list[int]:
    found = await tx.scalars(_ACROSS, {"person": person_id})
    written = [*await letters.people_of(tx, person_id), *await chats.people_of(tx, person_id)]
    return sorted({person_id, *found, *written})
