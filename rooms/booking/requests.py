"""Requests: a caller wishes up to three times, and the cast accepts one of them or refuses.

The points are held from the asking on; accepting hands the hold to the reservation.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset
from foundation.settings import Settings
from points import ledger
from points import rules as prices
from record import faults
from record.faults import Work
from rooms.booking import rules, timetable
from rooms.booking.notices import tell
from rooms.booking.reservations import (
    end_kept,
    insert_reservation,
    must_be_free,
    must_be_length,
    open_room,
    pay,
    told_of_booking,
)
from rooms.booking.rules import Stretch
from rooms.booking.views import Reservation, reservation
from rooms.ground import kept_times, refusals
from rooms.ground.booking_tables import request_wishes, reservation_requests, reservations
from rooms.ground.live import Side
from rooms.ground.written import needed_words, written
from rooms.lobby import presence

PATH = "requests"
MOST_OPEN = 100
LAPSE = Work("lapse_request", "request")


@dataclass(frozen=True)
class Wish:
    """A wished time: `past` once it has begun, `free` while nothing else takes it."""

    place: int
    starts_at: datetime
    ends_at: datetime
    past: bool
    free: bool


@dataclass(frozen=True)
class Request:
    """A request for its reader: `other` is the person across. Amounts as in a reservation."""

    id: int
    side: Side
    room_id: int
    room_title: str
    other_id: int
    other_name: str
    other_portrait: str | None
    minutes: int
    rate: int
    points: int
    earning: int
    message: str
    words: str | None
    state: str
    created_at: datetime
    lapses_at: datetime
    answered_at: datetime | None
    reservation_id: int | None
    wishes: list[Wish]


async def ask(
    tx: Tx,
    settings: Settings,
    room_id: int,
    caller_id: int,
    starts: Sequence[datetime],
    minutes: int,
    message: str = "",
    *,
    seen_rate: int | None = None,
) -> Request:
    """Ask a cast for one of these times; the points are held, and the cast is told.

    `seen_rate` is the rate that the caller was shown; at another one nothing is held.

    Raises UserError `wishes_wrong`, `text_too_long` (400), `request_exists`, `rate_changed`,
    and what `keep` and `confirm` of `rooms.reservations` raise.
    """
    said = written(message, rules.MOST_MESSAGE)
    if not 1 <= len(starts) <= rules.MOST_WISHES or len(set(starts)) < len(starts):
        raise UserError(
            "wishes_wrong", N_("ご希望の時間を、1つから3つまでお選びください。"), status=400
        )
    room = await open_room(tx, room_id, caller_id, "request")
    must_be_length(room, minutes)
    await presence.lock_people(tx, caller_id, room.cast_id)
    # Once more: a block may have come between.
    room = await open_room(tx, room_id, caller_id, "request")
    refusals.must_be_as_seen(room.rate, seen_rate)
    await _must_be_first(tx, room_id, caller_id)
    length = timedelta(minutes=minutes)
    for start in starts:
        await must_be_free(tx, settings, room, caller_id, Stretch(start, start + length))
    points = room.rate * minutes
    held = await pay(tx, caller_id, room.cast_id, points, f"request:{secrets.token_hex(16)}")
    made = await tx.scalar(
        insert(reservation_requests)
        .values(
            room_id=room_id,
            cast_id=room.cast_id,
            caller_id=caller_id,
            minutes=minutes,
            rate=room.rate,
            share=prices.share_of(room.rate, settings.fee_percent),
            points=points,
            message=said,
            hold_id=held,
            lapses_at=max(starts),
        )
        .returning(reservation_requests.c.id)
    )
    assert made is not None
    wishes = [
        {"request_id": made, "place": place, "starts_at": start}
        for place, start in enumerate(starts, 1)
    ]
    await tx.execute(sa.insert(request_wishes), wishes)
    row = await _row(tx, made)
    await tell(tx, settings, row, "asked", path=PATH)
    await tell(tx, settings, row, "asked_cast", path=PATH)
    return await request(tx, made, caller_id)


async def _must_be_first(tx: Tx, room_id: int, caller_id: int) -> None:
    found = await tx.scalar(
        sa.select(reservation_requests.c.id).where(
            reservation_requests.c.room_id == room_id,
            reservation_requests.c.caller_id == caller_id,
            reservation_requests.c.state == "open",
        )
    )
    if found is not None:
        raise UserError("request_exists", N_("このルームへのリクエストは、お返事を待っています。"))


async def accept(
    tx: Tx, settings: Settings, request_id: int, cast_id: int, place: int
) -> Reservation:
    """Accept one of the wished times as the cast: it is booked, and both are told.

    Raises UserError `request_unknown` (404), `request_answered`, `wish_past`, `own_overlap` or
    `slot_taken`.
    """
    row = await _locked(tx, request_id, cast_id, "cast", making_room=True)
    start = await tx.scalar(
        sa.select(request_wishes.c.starts_at).where(
            request_wishes.c.request_id == request_id, request_wishes.c.place == place
        )
    )
    now = await clock(tx)
    if start is None or start <= now:
        raise UserError("wish_past", N_("この時間はすでに過ぎています。"))
    await _free_for_both(tx, row, start)
    room = await timetable.booking_of(tx, row.room_id)
    made = await insert_reservation(
        tx,
        settings,
        room,
        row.caller_id,
        Stretch(start, start + timedelta(minutes=row.minutes)),
        state="booked",
        hold_id=row.hold_id,
        booked_at=now,
        message=row.message,
        rate=row.rate,
        share=row.share,
        points=row.points,
    )
    await _change(tx, request_id, state="accepted", answered_at=now, reservation_id=made)
    await told_of_booking(tx, settings, made)
    return await reservation(tx, settings, made, cast_id)


_OVERLAPS = sa.text("""
SELECT EXISTS (SELECT FROM reservations
  WHERE (cast_id = :caller OR caller_id = :cast) AND state IN ('booked', 'running')
    AND tstzrange(starts_at, ends_at) && tstzrange(:starts, :ends))
""")


async def _free_for_both(tx: Tx, row: Any, start: datetime) -> None:
    """Refuse a time at which either person is on the other side of another reservation.

    The exclusion constraints see to the rest.
    """
    ends = start + timedelta(minutes=row.minutes)
    bounds = {"caller": row.caller_id, "cast": row.cast_id, "starts": start, "ends": ends}
    if await tx.scalar(_OVERLAPS, bounds):
        raise UserError("own_overlap", N_("同じ時間に、ほかのご予約があります。"))


async def refuse(tx: Tx, settings: Settings, request_id: int, cast_id: int, words: str) -> Request:
    """Refuse a request as the cast, with a word; all points go back.

    Raises UserError `words_needed`, `text_too_long` (400), `request_unknown` (404) or
    `request_answered`.
    """
    said = needed_words(words, rules.MOST_WORDS)
    row = await _locked(tx, request_id, cast_id, "cast")
    back = await _call_off(tx, row, "refused", words=said)
    row = await _row(tx, request_id)
    await tell(tx, settings, row, "refused", path=PATH, back=back)
    return await request(tx, request_id, cast_id)


async def withdraw(tx: Tx, settings: Settings, request_id: int, caller_id: int) -> Request:
    """Take a request back as its caller, as long as it is open; all points go back.

    Raises UserError `request_unknown` (404) or `request_answered`.
    """
    row = await _locked(tx, request_id, caller_id, "caller")
    await _call_off(tx, row, "withdrawn")
    await tell(tx, settings, row, "withdrawn_cast", path=PATH)
    return await request(tx, request_id, caller_id)


async def lapse(tx: Tx, settings: Settings) -> int:
    """Give the points of one request back whose times are all past; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    query = (
        sa.select(reservation_requests)
        .where(
            reservation_requests.c.state == "open",
            reservation_requests.c.lapses_at <= sa.func.clock_timestamp(),
            sa.text(LAPSE.is_due("reservation_requests.id")),
        )
        .order_by(reservation_requests.c.lapses_at)
        .limit(1)
    )
    rows = await locks.lock(tx, query, skip_locked=True)
    await faults.each(tx, LAPSE, rows, lambda row: _lapse(tx, settings, row))
    return len(rows)


async def _lapse(tx: Tx, settings: Settings, row: Any) -> None:
    back = await _call_off(tx, row, "lapsed")
    await tell(tx, settings, row, "lapsed", path=PATH, back=back)


async def _call_off(tx: Tx, row: Any, state: str, **values: Any) -> int:
    await _change(tx, row.id, state=state, answered_at=sa.func.clock_timestamp(), **values)
    return await ledger.release(tx, row.hold_id, reason=f"request {state}")


async def _locked(
    tx: Tx, request_id: int, user_id: int, side: str, *, making_room: bool = False
) -> Any:
    """Lock the people of a request, then its row, and return it while it is open.

    `making_room`: kept slots of theirs whose time is up are let go.
    """
    row = await _row(tx, request_id)
    if row is None or getattr(row, f"{side}_id") != user_id:
        raise _unknown()
    await presence.lock_people(tx, row.caller_id, row.cast_id)
    if making_room:
        await _let_late_go(tx, row)
    row = await locks.lock_row(
        tx, sa.select(reservation_requests).where(reservation_requests.c.id == request_id)
    )
    assert row is not None
    if row.state != "open":
        raise UserError("request_answered", N_("このリクエストはすでに終わっています。"))
    await kept_times.lock_talks(tx, row.cast_id)
    return row


async def _let_late_go(tx: Tx, row: Any) -> None:
    """A slot that somebody only keeps gives way to nobody, unless its time is up."""
    theirs = (reservations.c.cast_id == row.cast_id) | (reservations.c.caller_id == row.caller_id)
    await end_kept(tx, theirs & (reservations.c.kept_until <= sa.func.clock_timestamp()))


async def _row(tx: Tx, request_id: int) -> Any:
    found = await tx.execute(
        sa.select(reservation_requests).where(reservation_requests.c.id == request_id)
    )
    return found.one_or_none()


async def _change(tx: Tx, request_id: int, **values: Any) -> None:
    await tx.execute(
        sa.update(reservation_requests)
        .where(reservation_requests.c.id == request_id)
        .values(**values)
    )
    locks.note(tx, reservation_requests, [request_id])


def _unknown() -> UserError:
    return UserError("request_unknown", N_("このリクエストは見つかりません。"), status=404)


# How either person reads them

_READ = """
SELECT q.id, CASE WHEN q.caller_id = :user THEN 'caller' ELSE 'cast' END AS side, q.room_id,
  o.title AS room_title, u.id AS other_id, u.nickname AS other_name,
  CASE WHEN q.caller_id = :user THEN coalesce(o.portrait, u.portrait) ELSE u.portrait END
    AS other_portrait,
  q.minutes, q.rate, q.points, q.share * q.minutes AS earning, q.message, q.words, q.state,
  q.created_at, q.lapses_at, q.answered_at, q.reservation_id
FROM reservation_requests q
JOIN rooms o ON o.id = q.room_id
JOIN users u ON u.id = CASE WHEN q.caller_id = :user THEN q.cast_id ELSE q.caller_id END
"""
_ONE = sa.text(f"{_READ} WHERE q.id = :id AND :user IN (q.caller_id, q.cast_id)")
_OPEN = {
    side: sa.text(
        f"{_READ} WHERE q.{side}_id = :user AND q.state = 'open' ORDER BY q.id LIMIT :most"
    )
    for side in ("caller", "cast")
}
_ANSWERED = {
    side: sa.text(
        f"{_READ} WHERE q.{side}_id = :user AND q.state <> 'open'"
        " ORDER BY q.id DESC OFFSET :skip LIMIT :most"
    )
    for side in ("caller", "cast")
}
_WISHES = sa.text("""
SELECT w.request_id, w.place, w.starts_at,
  w.starts_at + q.minutes * interval '1 minute' AS ends_at,
  w.starts_at <= clock_timestamp() AS past,
  NOT EXISTS (SELECT FROM reservations r
    WHERE (r.cast_id IN (q.cast_id, q.caller_id) OR r.caller_id IN (q.cast_id, q.caller_id))
      AND (r.state IN ('booked', 'running')
        OR r.state = 'kept' AND r.kept_until > clock_timestamp())
      AND tstzrange(r.starts_at, r.ends_at)
        && tstzrange(w.starts_at, w.starts_at + q.minutes * interval '1 minute')) AS free
FROM request_wishes w JOIN reservation_requests q ON q.id = w.request_id
WHERE w.request_id = ANY (CAST(:ids AS bigint[])) ORDER BY w.request_id, w.place
""")


async def request(tx: Tx, request_id: int, user_id: int) -> Request:
    """Return a request to one of its two people. Raises UserError `request_unknown` (404)."""
    rows = await tx.execute(_ONE, {"id": request_id, "user": user_id})
    found = await _with_wishes(tx, rows.mappings())
    if not found:
        raise _unknown()
    return found[0]


async def open_requests(tx: Tx, user_id: int, side: Side) -> list[Request]:
    """Return a user's requests on one side that wait for an answer, the first asked first."""
    rows = await tx.execute(_OPEN[side], {"user": user_id, "most": MOST_OPEN})
    return await _with_wishes(tx, rows.mappings())


async def answered(tx: Tx, user_id: int, side: Side, number: int, size: int) -> Page[Request]:
    """Return a page of a user's requests on one side that wait no more, the latest first."""
    rows = await tx.execute(
        _ANSWERED[side], {"user": user_id, "skip": offset(number, size), "most": size + 1}
    )
    return Page.of(await _with_wishes(tx, rows.mappings()), number, size)


async def _with_wishes(tx: Tx, rows: Iterable[Any]) -> list[Request]:
    found = list(rows)
    wishes: dict[int, list[Wish]] = {row["id"]: [] for row in found}
    for wish in await tx.execute(_WISHES, {"ids": list(wishes)}):
        wishes[wish.request_id].append(
            Wish(wish.place, wish.starts_at, wish.ends_at, wish.past, wish.free)
        )
    return [Request(**row, wishes=wishes[row["id"]]) for row in found]
