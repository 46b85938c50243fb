"""Reservations: a slot is kept, confirmed and paid, and may be called off.

Lock order everywhere: the two people in id order, the reservation, their live talks, wallets.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from points import ledger, limits
from points import rules as prices
from rooms.booking import rules, slots, timetable
from rooms.booking.notices import tell
from rooms.booking.rows import ReservationRow, ReservationState, is_of
from rooms.booking.rules import Stretch
from rooms.booking.timetable import RoomBooking
from rooms.booking.views import Reservation, reservation, unknown
from rooms.ground import kept_times
from rooms.ground.booking_tables import reservations
from rooms.ground.live import Side
from rooms.ground.written import needed_words, written
from rooms.lobby import presence

LAPSED_AT_ONCE = 500


async def keep(
    tx: Tx, settings: Settings, room_id: int, caller_id: int, starts_at: datetime, minutes: int
) -> Reservation:
    """Keep a slot for a caller while they confirm, for `keep_minutes`; an earlier one is let go.

    The price is the one of this moment. Raises UserError `room_unknown` (404), `own_room`,
    `not_confirmed` (403), `booking_closed`, `length_out_of_bounds` (400), `own_overlap` or
    `slot_taken`.
    """
    room = await open_room(tx, room_id, caller_id, "direct")
    must_be_length(room, minutes)
    await presence.lock_people(tx, caller_id, room.cast_id)
    await _let_go(tx, caller_id, room.cast_id)
    wanted = Stretch(starts_at, starts_at + timedelta(minutes=minutes))
    await must_be_free(tx, settings, room, caller_id, wanted)
    kept_until = await clock(tx) + timedelta(minutes=settings.keep_minutes)
    made = await insert_reservation(
        tx, settings, room, caller_id, wanted, state="kept", kept_until=kept_until
    )
    return await reservation(tx, settings, made, caller_id)


async def open_room(tx: Tx, room_id: int, caller_id: int, booking: str) -> RoomBooking:
    """Return a room that takes reservations of a caller in this way, or refuse as `keep` says."""
    room = await timetable.booking_of(tx, room_id)
    hidden = not room.published or await blocks.hidden(tx, caller_id, room.cast_id)
    if hidden and caller_id != room.cast_id:
        raise UserError("room_unknown", N_("このルームは見つかりません。"), status=404)
    if caller_id == room.cast_id:
        raise UserError("own_room", N_("ご自分のルームは予約できません。"))
    confirmed = await tx.scalar(sa.select(users.c.confirmed_at).where(users.c.id == caller_id))
    if confirmed is None:
        raise UserError(
            "not_confirmed", N_("メールアドレスの確認が済むと予約できます。"), status=403
        )
    if room.booking != booking:
        raise UserError("booking_closed", N_("このルームは予約を受け付けていません。"))
    return room


def must_be_length(room: RoomBooking, minutes: int) -> None:
    """Refuse a length that a room doesn't take."""
    if not rules.is_length(minutes, room.shortest, room.longest):
        raise UserError(
            "length_out_of_bounds",
            N_("予約できるのは%(shortest)s分から%(longest)s分まで、5分刻みです。"),
            status=400,
            shortest=room.shortest,
            longest=room.longest,
        )


async def must_be_free(
    tx: Tx, settings: Settings, room: RoomBooking, caller_id: int, wanted: Stretch
) -> None:
    """Refuse a time that can't be booked now, or that the caller has reserved already."""
    if await tx.scalar(
        _OWN_OVERLAP,
        {"caller": caller_id, "starts": wanted.starts_at, "ends": wanted.ends_at},
    ):
        raise UserError("own_overlap", N_("同じ時間に、ほかのご予約があります。"))
    window = await slots.window_now(tx, settings)
    left = await slots.free_time(tx, settings, room, caller_id, window)
    in_time = window.starts_at <= wanted.starts_at <= window.ends_at
    if not in_time or not rules.is_start(wanted.starts_at) or not rules.fits(wanted, left):
        raise _taken()


_OWN_OVERLAP = sa.text("""
SELECT EXISTS (SELECT FROM reservations
  WHERE (caller_id = :caller OR cast_id = :caller) AND state IN ('booked', 'running')
    AND tstzrange(starts_at, ends_at) && tstzrange(:starts, :ends))
""")


def _taken() -> UserError:
    return UserError(
        "slot_taken", N_("この時間は予約できなくなりました。ほかの時間をお選びください。")
    )


async def insert_reservation(
    tx: Tx,
    settings: Settings,
    room: RoomBooking,
    caller_id: int,
    wanted: Stretch,
    **values: object,
) -> int:
    """Write a reservation; the exclusion constraints have the last word on who gets the time."""
    minutes = int((wanted.ends_at - wanted.starts_at).total_seconds()) // 60
    row = {
        "room_id": room.room_id,
        "cast_id": room.cast_id,
        "caller_id": caller_id,
        "starts_at": wanted.starts_at,
        "ends_at": wanted.ends_at,
        "minutes": minutes,
        "rate": room.rate,
        "share": prices.share_of(room.rate, settings.fee_percent),
        "points": room.rate * minutes,
        "cancel_until": rules.cancel_until(wanted.starts_at, settings.cancel_hours),
    }
    made = await tx.scalar(
        insert(reservations)
        .values(row | values)
        .on_conflict_do_nothing()
        .returning(reservations.c.id)
    )
    if made is None:
        raise _taken()
    return int(made)


# What the caller kept before, and what nobody confirmed in time: it stands in the way of others.
_LET_GO = sa.text("""
UPDATE reservations SET state = 'lapsed'
WHERE state = 'kept' AND (caller_id = :caller
  OR cast_id = :cast AND kept_until <= clock_timestamp())
""")


async def _let_go(tx: Tx, caller_id: int, cast_id: int | None = None) -> None:
    await tx.execute(_LET_GO, {"caller": caller_id, "cast": cast_id})


async def confirm(
    tx: Tx, settings: Settings, reservation_id: int, caller_id: int, message: str = ""
) -> Reservation:
    """Book a kept slot: its points are held, and both are told. A second time changes nothing.

    Raises UserError `text_too_long` (400), `reservation_unknown` (404), `keep_lapsed`,
    `receivable_open`, `own_limit_reached` or `points_short` (needed, points: what is missing).
    """
    said = written(message, rules.MOST_MESSAGE)
    row = await locked(tx, reservation_id, caller_id, "caller")
    if row.state not in ("kept", "lapsed"):
        return await reservation(tx, settings, reservation_id, caller_id)
    now = await clock(tx)
    blocked = await blocks.hidden(tx, caller_id, row.cast_id)
    late = row.kept_until is None or row.kept_until <= now or row.starts_at <= now
    if row.state == "lapsed" or late or blocked:
        raise UserError(
            "keep_lapsed", N_("確認の時間が過ぎました。もう一度、時間をお選びください。")
        )
    held = await pay(tx, caller_id, row.cast_id, row.points, f"reservation:{row.id}")
    await change(tx, row.id, state="booked", hold_id=held, booked_at=now, message=said)
    await told_of_booking(tx, settings, row.id)
    return await reservation(tx, settings, reservation_id, caller_id)


async def pay(tx: Tx, caller_id: int, cast_id: int, points: int, key: str) -> int:
    """Hold the points of a reservation or a request, where the caller may; return the hold."""
    debt = await ledger.owed(tx, caller_id)
    if debt:
        raise UserError(
            "receivable_open",
            N_("返金された購入で使用済みの%(points)sポイントが未精算のため、予約できません。"),
            points=debt,
        )
    await kept_times.lock_talks(tx, cast_id)
    await limits.check_hold(tx, caller_id, points)
    return await ledger.hold(tx, caller_id, points, key=key, reason="reservation")


async def told_of_booking(tx: Tx, settings: Settings, reservation_id: int) -> None:
    """Tell both of a reservation that was just booked, and let the cast's talk end in time."""
    row = await row_of(tx, reservation_id)
    await kept_times.bound_talks(tx, row.cast_id)
    await tell(tx, settings, row, "booked")
    await tell(tx, settings, row, "booked_cast")


async def let_go(tx: Tx, reservation_id: int, caller_id: int) -> None:
    """Give a kept slot back; one that isn't kept (any more) is left alone."""
    await tx.execute(
        sa.update(reservations)
        .where(
            reservations.c.id == reservation_id,
            reservations.c.caller_id == caller_id,
            reservations.c.state == "kept",
        )
        .values(state="lapsed")
    )


async def cancel(tx: Tx, settings: Settings, reservation_id: int, caller_id: int) -> Reservation:
    """Call a reservation off as its caller, until `cancel_until`; all points go back at once.

    Raises UserError `reservation_unknown` (404), `already_cancelled`, `reservation_begun`,
    `reservation_over` or `cancel_too_late`.
    """
    row = await locked(tx, reservation_id, caller_id, "caller")
    _must_wait(row)
    now = await clock(tx)
    if now > row.cancel_until:
        raise UserError(
            "cancel_too_late", N_("キャンセルできる時間を過ぎたため、キャンセルできません。")
        )
    back = await _call_off(tx, row, "cancelled", cancelled_at=now)
    row = await row_of(tx, reservation_id)
    await tell(tx, settings, row, "cancelled", back=back)
    await tell(tx, settings, row, "cancelled_cast")
    return await reservation(tx, settings, reservation_id, caller_id)


async def decline(
    tx: Tx, settings: Settings, reservation_id: int, cast_id: int, words: str
) -> Reservation:
    """Call a reservation off as its cast, with a word, until it begins; all points go back.

    Raises UserError `words_needed`, `text_too_long` (400), `reservation_unknown` (404),
    `already_cancelled`, `reservation_begun` or `reservation_over`.
    """
    said = needed_words(words, rules.MOST_WORDS)
    row = await locked(tx, reservation_id, cast_id, "cast")
    _must_wait(row)
    now = await clock(tx)
    if now >= row.starts_at:
        raise _begun()
    back = await _call_off(tx, row, "declined", declined_at=now, words=said)
    await tell(tx, settings, await row_of(tx, reservation_id), "declined", back=back)
    return await reservation(tx, settings, reservation_id, cast_id)


def _must_wait(row: ReservationRow) -> None:
    if row.state == "running":
        raise _begun()
    if row.state in ("cancelled", "declined", "stopped"):
        raise UserError("already_cancelled", N_("この予約はすでに取り消されています。"))
    if row.state in ("kept", "lapsed"):
        raise unknown()
    if row.state != "booked":
        raise UserError("reservation_over", N_("この予約は終わっています。"))


def _begun() -> UserError:
    return UserError("reservation_begun", N_("予約の時間が始まっているため、取り消せません。"))


async def _call_off(tx: Tx, row: ReservationRow, state: ReservationState, **values: object) -> int:
    """Take a booked reservation back with all its points; return what reached the caller."""
    await kept_times.lock_talks(tx, row.cast_id)
    await change(tx, row.id, state=state, **values)
    back = await ledger.release(tx, row.hold, reason=f"reservation {state}")
    await kept_times.bound_talks(tx, row.cast_id)
    return back


async def locked(tx: Tx, reservation_id: int, user_id: int, side: Side) -> ReservationRow:
    """Lock the people of a reservation, then its row, and return it to whom it concerns."""
    row = await row_of(tx, reservation_id)
    if not is_of(row, side, user_id):
        raise unknown()
    await presence.lock_people(tx, row.caller_id, row.cast_id)
    found = await tx.execute(
        sa.select(reservations)
        .where(reservations.c.id == reservation_id)
        .with_for_update(key_share=True)
    )
    return _known(found.mappings())


async def row_of(tx: Tx, reservation_id: int) -> ReservationRow:
    """Return a reservation's row. Raises UserError `reservation_unknown` (404)."""
    found = await tx.execute(sa.select(reservations).where(reservations.c.id == reservation_id))
    return _known(found.mappings())


def _known(found: sa.MappingResult) -> ReservationRow:
    row = typed_one(ReservationRow, found)
    if row is None:
        raise unknown()
    return row


async def change(tx: Tx, reservation_id: int, **values: object) -> None:
    """Write what became of a reservation, whose row the caller has locked."""
    await tx.execute(
        sa.update(reservations).where(reservations.c.id == reservation_id).values(**values)
    )


_LAPSE = sa.text("""
UPDATE reservations SET state = 'lapsed' WHERE id IN (
  SELECT id FROM reservations WHERE state = 'kept' AND kept_until <= clock_timestamp()
  ORDER BY kept_until LIMIT :most FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
""")

# What nobody has confirmed a day later is of no use to anybody.
_FORGET = sa.text("""
DELETE FROM reservations WHERE id IN (
  SELECT id FROM reservations
  WHERE state = 'lapsed' AND kept_until <= clock_timestamp() - interval '1 day'
  ORDER BY kept_until LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING id
""")


async def lapse(tx: Tx) -> int:
    """Let go of the slots that nobody confirmed in time; return how many rows were changed."""
    lapsed = (await tx.execute(_LAPSE, {"most": LAPSED_AT_ONCE})).all()
    forgotten = (await tx.execute(_FORGET, {"most": LAPSED_AT_ONCE})).all()
    return len(lapsed) + len(forgotten)
