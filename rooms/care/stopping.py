"""What ends at once when somebody goes: a live talk, stand-by, waiting, bookings, what is written.

The person's own side decides. As the cast of a reservation or a request they give everything back;
as its caller they call it off by its rules, and what can be called off no more is paid to the cast.
Of a letter that waits for its answer everything goes back; of a consultation the days to come.
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
from record import faults
from record.faults import Work
from rooms.booking import answering, asking, cancelling, kept_slots, reservations
from rooms.booking.notices import tell
from rooms.booking.rows import RequestRow, ReservationRow
from rooms.calling import leaving
from rooms.care.stop_locks import ASKED, OPEN, applied
from rooms.ground.booking_tables import reservations as bookings
from rooms.ground.kept_times import bound_talks
from rooms.ground.live import Side
from rooms.ground.request_tables import reservation_requests
from rooms.lobby import pauses, presence, talk_applications, turns, waiting
from rooms.lobby.turns import Turn
from rooms.talk import ending, meter
from writing.chat.care import stopping as chats
from writing.letters import stopping as letters

STOP_TALK = Work("stop_talk", "talk", lambda talk_id: talk_id)
STOP_RESERVATION = Work("stop_reservation", "reservation")
STOP_REQUEST = Work("stop_request", "request")

# What a cast who can't write any words now says to the caller.
WORDS = N_("都合により、お受けできなくなりました。")


@dataclass
class Stopped:
    """What a door announces after the commit: talks, rooms whose state changed, waiting lists."""

    talks: list[int] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


async def stop_talk(tx: Tx, settings: Settings, talk_id: int, reason: str) -> list[int]:
    """End a live talk after charging what is proved; return its id, for the announcement.

    Where the charge itself ends it, that is the reason that stays. One that can't be ended stops
    nothing else: without its people the clock ends it.
    """

    async def end(_: int) -> None:
        await meter.bring_up_to_date(tx, settings, [talk_id])
        await ending.end(tx, settings, talk_id, reason)

    return await faults.each(tx, STOP_TALK, [talk_id], end, at_once=True)


async def stop_presence(tx: Tx, person_id: int) -> Stopped:
    """End a person's stand-by, with the list that waits for it, and their own waiting elsewhere."""
    await leaving.stop_all_of(tx, person_id)
    closed = await presence.close_standby(tx, person_id)
    closed += await pauses.end(tx, person_id)
    waited = await turns.dissolve(tx, person_id) if closed else []
    left = await waiting.rooms_of(tx, person_id)
    await waiting.leave_all(tx, person_id)
    gone = [Turn(room_id, person_id, "closed") for room_id in left]
    return Stopped(rooms=closed, turns=[*waited, *gone])


async def stop_bookings(
    tx: Tx,
    settings: Settings,
    person_id: int,
    *,
    other_id: int | None = None,
    until: datetime | None = None,
) -> list[int]:
    """End a person's open reservations, requests, letters, chats and talk applications.

    Returns the rooms that may be free by it.

    With one other person alone where `other_id` is given; of the reservations only those that
    begin before `until`. All is locked (`stop_locks`). The other side is told, without
    a reason. One that can't be ended stays open, and its time ends it.
    """
    bounds = {"person": person_id, "other": other_id, "until": until}
    found = await tx.execute(OPEN.order_by(bookings.c.id), bounds)
    rows = typed_all(ReservationRow, found.mappings())
    await faults.each(
        tx,
        STOP_RESERVATION,
        rows,
        lambda row: _stop_reservation(tx, settings, row, person_id),
        at_once=True,
    )
    query = ASKED.order_by(reservation_requests.c.id)
    asked = await tx.execute(query, {"person": person_id, "other": other_id})
    await faults.each(
        tx,
        STOP_REQUEST,
        typed_all(RequestRow, asked.mappings()),
        lambda row: _stop_request(tx, settings, row, person_id),
        at_once=True,
    )
    await letters.stop(tx, settings, person_id, other_id)
    await chats.stop(tx, settings, person_id, other_id)
    voided = await talk_applications.void(tx, settings, applied(person_id, other_id))
    return sorted({row.room_id for row in rows} | voided.rooms)


async def _stop_reservation(
    tx: Tx, settings: Settings, row: ReservationRow, person_id: int
) -> None:
    now = await clock(tx)
    side: Side = "cast" if row.cast_id == person_id else "caller"
    if row.state == "kept":
        await kept_slots.let_go(tx, bookings.c.id == row.id)
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
