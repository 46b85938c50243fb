"""What ends at once when somebody goes: a live talk, stand-by, waiting, reservations, requests.

The person's own side decides. As the cast of a reservation or a request they give everything back;
as its caller they call it off by its rules, and what can be called off no more is paid to the cast.
"""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.language import N_, translate
from foundation.row_types import typed_all
from foundation.settings import Settings
from people.accounts.tables import users
from points import ledger
from rooms.booking import answering, asking, cancelling, reservations
from rooms.booking.notices import tell
from rooms.booking.rows import RequestRow, ReservationRow
from rooms.ground.kept_times import bound_talks
from rooms.ground.live import Side, live_talk
from rooms.lobby import presence, turns, waiting
from rooms.lobby.turns import Turn
from rooms.talk import ending, meter

# What a cast who can't write any words now says to the caller.
WORDS = N_("都合により、お受けできなくなりました。")


@dataclass
class Stopped:
    """What a door announces after the commit: talks, rooms whose state changed, waiting lists."""

    talks: list[int] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


# A reservation whose time is over is judged by who was there.
_OPEN = sa.text("""
SELECT * FROM reservations
WHERE :person IN (caller_id, cast_id) AND state IN ('kept', 'booked', 'running')
  AND ends_at > clock_timestamp()
  AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
  AND (CAST(:until AS timestamptz) IS NULL OR starts_at < :until)
ORDER BY id FOR NO KEY UPDATE
""")
_ASKED = sa.text("""
SELECT * FROM reservation_requests
WHERE :person IN (caller_id, cast_id) AND state = 'open'
  AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
ORDER BY id FOR NO KEY UPDATE
""")
_ACROSS = sa.text("""
SELECT DISTINCT unnest(ARRAY[caller_id, cast_id]) FROM reservations
WHERE :person IN (caller_id, cast_id) AND state IN ('kept', 'booked', 'running')
UNION
SELECT DISTINCT unnest(ARRAY[caller_id, cast_id]) FROM reservation_requests
WHERE :person IN (caller_id, cast_id) AND state = 'open'
""")
_LIVE = sa.text("""
SELECT id FROM talks
WHERE ended_at IS NULL AND (caller_id = ANY (CAST(:people AS bigint[]))
  OR cast_id = ANY (CAST(:people AS bigint[])))
ORDER BY id FOR NO KEY UPDATE
""")


async def lock_pair(tx: Tx, person_id: int, other_id: int) -> None:
    """Lock all that a stop between two people may touch, in the order in which everybody does.

    The people in id order, their reservations and requests, their live talks, their wallets.
    """
    await _lock(tx, [person_id, other_id], person_id, other_id)


async def lock_all(tx: Tx, person_id: int, also: int) -> None:
    """Lock all that a stop of everything of a person may touch, and one more person."""
    await _lock(tx, [*await _across(tx, person_id), also], person_id, None)


async def _lock(tx: Tx, people: list[int], person_id: int, other_id: int | None) -> None:
    await presence.lock_people(tx, *people)
    bounds = {"person": person_id, "other": other_id, "until": None}
    await tx.execute(_OPEN, bounds)
    await tx.execute(_ASKED, {"person": person_id, "other": other_id})
    await tx.execute(_LIVE, {"people": people})
    await ledger.lock_points(tx, people)


async def _across(tx: Tx, person_id: int) -> list[int]:
    found = await tx.scalars(_ACROSS, {"person": person_id})
    live = await live_talk(tx, person_id)
    talkers = [] if live is None else await _talkers(tx, live.id)
    return sorted({person_id, *found, *talkers})


async def _talkers(tx: Tx, talk_id: int) -> list[int]:
    found = await tx.execute(
        sa.text("SELECT caller_id, cast_id FROM talks WHERE id = :talk"), {"talk": talk_id}
    )
    return list(found.one())


async def stop_talk(tx: Tx, settings: Settings, talk_id: int, reason: str) -> list[int]:
    """End a live talk after charging what is proved; return its id, for the announcement.

    Where the charge itself ends it, that is the reason that stays.
    """
    await meter.bring_up_to_date(tx, settings, [talk_id])
    await ending.end(tx, settings, talk_id, reason)
    return [talk_id]


async def stop_presence(tx: Tx, person_id: int) -> Stopped:
    """End a person's stand-by, with the list that waits for it, and their own waiting elsewhere."""
    closed = await presence.close_standby(tx, person_id)
    waited = await turns.dissolve(tx, person_id) if closed else []
    places = await waiting.places_of(tx, person_id)
    await waiting.leave_all(tx, person_id)
    gone = [Turn(place.room_id, person_id, "closed") for place in places]
    return Stopped(rooms=closed, turns=[*waited, *gone])


async def stop_bookings(
    tx: Tx,
    settings: Settings,
    person_id: int,
    *,
    other_id: int | None = None,
    until: datetime | None = None,
) -> list[int]:
    """End a person's open reservations and requests; return the rooms that may be free by it.

    With one other person alone where `other_id` is given; of the reservations only those that
    begin before `until`. All is locked (`lock_pair`, `lock_all`). The other side is told, without
    a reason.
    """
    bounds = {"person": person_id, "other": other_id, "until": until}
    rows = typed_all(ReservationRow, (await tx.execute(_OPEN, bounds)).mappings())
    for row in rows:
        await _stop_reservation(tx, settings, row, person_id)
    asked = await tx.execute(_ASKED, {"person": person_id, "other": other_id})
    for wish in typed_all(RequestRow, asked.mappings()):
        await _stop_request(tx, settings, wish, person_id)
    return sorted({row.room_id for row in rows})


async def _stop_reservation(
    tx: Tx, settings: Settings, row: ReservationRow, person_id: int
) -> None:
    now = await clock(tx)
    side: Side = "cast" if row.cast_id == person_id else "caller"
    if row.state == "kept":
        await reservations.change(tx, row.id, state="lapsed")
    elif row.state == "booked" and side == "cast" and now < row.starts_at:
        words = await _words_for(tx, row.caller_id)
        await cancelling.decline(tx, settings, row.id, person_id, words)
    elif row.state == "booked" and side == "caller" and now <= row.cancel_until:
        await cancelling.cancel(tx, settings, row.id, person_id)
    else:
        await _stop_late(tx, settings, row, side)


async def _stop_late(tx: Tx, settings: Settings, row: ReservationRow, side: Side) -> None:
    """End a reservation that can be called off no more: who gets its points is its side's rule."""
    at = sa.func.clock_timestamp()
    await reservations.change(tx, row.id, state="stopped", stopped_at=at, stopped_for=side)
    if side == "cast":
        back = await ledger.release(tx, row.hold, reason="reservation stopped")
        await tell(tx, settings, row, "stopped_back", back=back)
    else:
        why = "reservation stopped"
        await ledger.pay_hold(tx, row.hold, row.cast_id, row.earning, reason=why)
        await tell(tx, settings, row, "stopped_paid")
        await tell(tx, settings, row, "stopped_paid_cast")
    await bound_talks(tx, row.cast_id)


async def _stop_request(tx: Tx, settings: Settings, row: RequestRow, person_id: int) -> None:
    if row.cast_id == person_id:
        words = await _words_for(tx, row.caller_id)
        await answering.refuse(tx, settings, row.id, person_id, words)
    else:
        await asking.withdraw(tx, settings, row.id, person_id)


async def _words_for(tx: Tx, reader_id: int) -> str:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == reader_id))
    return translate(locale or "ja", WORDS)


_LOSS = sa.text("""
SELECT coalesce(sum(points), 0) FROM reservations
WHERE caller_id = :person AND (CAST(:other AS bigint) IS NULL OR cast_id = :other)
  AND state IN ('booked', 'running') AND ends_at > clock_timestamp()
  AND (state = 'running' OR cancel_until < clock_timestamp())
""")
_COUNT = sa.text("""
SELECT (SELECT count(*) FROM reservations WHERE :person IN (caller_id, cast_id)
    AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
    AND state IN ('booked', 'running') AND ends_at > clock_timestamp())
  + (SELECT count(*) FROM reservation_requests WHERE :person IN (caller_id, cast_id)
    AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id)) AND state = 'open')
""")


async def loss(tx: Tx, person_id: int, other_id: int | None = None) -> int:
    """Return the points that a person would not get back now, as a caller too late to cancel."""
    return int(await tx.scalar(_LOSS, {"person": person_id, "other": other_id}) or 0)


async def count_bookings(tx: Tx, person_id: int, other_id: int | None = None) -> int:
    """Return how many reservations and requests would end."""
    return int(await tx.scalar(_COUNT, {"person": person_id, "other": other_id}) or 0)
