"""Requests as each of their two people reads them, and the row that asking and answering share.

A caller wishes up to three times (`asking`), the cast accepts one of them or refuses (`answering`).
The points are held from the asking on; accepting hands the hold to the reservation.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset
from foundation.row_types import typed_all, typed_locked
from people.accounts import locking
from points import ledger
from rooms.booking import kept_slots
from rooms.booking.rows import RequestRow, RequestState, is_of
from rooms.ground import kept_times, refusals
from rooms.ground.live import Side
from rooms.ground.request_tables import reservation_requests

MOST_OPEN = 100


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
    on_tab: bool
    wishes: list[Wish]


async def call_off(tx: Tx, row: RequestRow, state: RequestState, **values: object) -> int:
    """End a locked open request without a reservation; return the points given back."""
    await change(tx, row.id, state=state, answered_at=sa.func.clock_timestamp(), **values)
    return await ledger.release(tx, row.hold_id, reason=f"request {state}")


async def locked(
    tx: Tx, request_id: int, user_id: int, side: Side, *, making_room: bool = False
) -> RequestRow:
    """Lock the people of an open request, then its row, and return the row.

    `making_room`: slots that somebody only keeps give way to nobody, unless their time is up.
    Raises UserError `request_unknown` (404) where the user isn't on this side of it, and
    `request_answered`.
    """
    row = await row_of(tx, request_id)
    if not is_of(row, side, user_id):
        raise refusals.request_unknown()
    await locking.lock_people(tx, row.caller_id, row.cast_id)
    if making_room:
        await kept_slots.lapse_overdue(tx, [row.caller_id, row.cast_id])
    rows = await locks.lock(
        tx, sa.select(reservation_requests).where(reservation_requests.c.id == request_id)
    )
    row = _known(typed_locked(RequestRow, rows))
    if row.state != "open":
        raise UserError("request_answered", N_("このリクエストはすでに終わっています。"))
    await kept_times.lock_talks(tx, row.cast_id)
    return row


async def row_of(tx: Tx, request_id: int) -> RequestRow:
    """Return a request's row. Raises UserError `request_unknown` (404)."""
    found = await tx.execute(
        sa.select(reservation_requests).where(reservation_requests.c.id == request_id)
    )
    return _known(typed_all(RequestRow, found.mappings()))


def _known(found: list[RequestRow]) -> RequestRow:
    if not found:
        raise refusals.request_unknown()
    return found[0]


async def change(tx: Tx, request_id: int, **values: object) -> None:
    """Write what became of a request, whose row the caller has locked."""
    await tx.execute(
        sa.update(reservation_requests)
        .where(reservation_requests.c.id == request_id)
        .values(**values)
    )
    locks.note(tx, reservation_requests, [request_id])


# How either person reads them

_READ = """
SELECT q.id, CASE WHEN q.caller_id = :user THEN 'caller' ELSE 'cast' END AS side, q.room_id,
  o.title AS room_title, u.id AS other_id, u.nickname AS other_name,
  CASE WHEN q.caller_id = :user THEN coalesce(o.portrait, u.portrait) ELSE u.portrait END
    AS other_portrait,
  q.minutes, q.rate, q.points, q.share * q.minutes
    * (100 * h.points - (100 - h.gift_share) * h.given) / (100 * h.points) AS earning,
  q.message, q.words, q.state,
  q.created_at, q.lapses_at, q.answered_at, q.reservation_id,
  q.caller_id = :user AND EXISTS (SELECT FROM wallets w
    WHERE w.id = h.wallet_id AND w.kind = 'tab') AS on_tab
FROM reservation_requests q
JOIN rooms o ON o.id = q.room_id
JOIN holds h ON h.id = q.hold_id
JOIN users u ON u.id = CASE WHEN q.caller_id = :user THEN q.cast_id ELSE q.caller_id END
"""
_ONE = sa.text(f"{_READ} WHERE q.id = :id AND :user IN (q.caller_id, q.cast_id)")
_OPEN = {
    side: sa.text(
        f"{_READ} WHERE q.{side}_id = :user AND q.state = 'open' ORDER BY q.id LIMIT :most"
    )
    for side in ("caller", "cast")
}
# An accepted one lives on as its reservation.
_ANSWERED = {
    side: sa.text(
        f"{_READ} WHERE q.{side}_id = :user AND q.state NOT IN ('open', 'accepted')"
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
        raise refusals.request_unknown()
    return found[0]


async def open_requests(tx: Tx, user_id: int, side: Side) -> list[Request]:
    """Return a user's requests on one side that wait for an answer, the first asked first."""
    rows = await tx.execute(_OPEN[side], {"user": user_id, "most": MOST_OPEN})
    return await _with_wishes(tx, rows.mappings())


async def answered(tx: Tx, user_id: int, side: Side, number: int, size: int) -> Page[Request]:
    """Return a page of a user's requests on one side that came to nothing, the latest first."""
    rows = await tx.execute(
        _ANSWERED[side], {"user": user_id, "skip": offset(number, size), "most": size + 1}
    )
    return Page.of(await _with_wishes(tx, rows.mappings()), number, size)


async def _with_wishes(tx: Tx, rows: sa.MappingResult) -> list[Request]:
    found = list(rows)
    wishes: dict[int, list[Wish]] = {row["id"]: [] for row in found}
    for wish in await tx.execute(_WISHES, {"ids": list(wishes)}):
        wishes[wish.request_id].append(
            Wish(wish.place, wish.starts_at, wish.ends_at, wish.past, wish.free)
        )
    return [Request(**row, wishes=wishes[row["id"]]) for row in found]
