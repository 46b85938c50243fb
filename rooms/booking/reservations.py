"""Reservations: a slot is kept, confirmed and paid, and may be called off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from points import ledger, limits
from points import rules as prices
from record import faults
from record.faults import Work
from rooms.booking import rules, slots, timetable
from rooms.booking.notices import tell
from rooms.booking.rules import Stretch
from rooms.booking.timetable import RoomBooking
from rooms.booking.views import Reservation, reservation, unknown
from rooms.ground import kept_times
from rooms.ground.booking_tables import reservations
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
    **values: Any,
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


async def _let_go(tx: Tx, caller_id: int, cast_id: int) -> None:
    """What the caller kept before, and what nobody confirmed in time, stands in nobody's way."""
    late = reservations.c.kept_until <= sa.func.clock_timestamp()
    await end_kept(
        tx, (reservations.c.caller_id == caller_id) | (reservations.c.cast_id == cast_id) & late
    )


async def end_kept(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    """Let go of these slots that are only kept."""
    kept = sa.select(reservations.c.id).where(reservations.c.state == "kept", which)
    for row in await locks.lock(tx, kept):
        await change(tx, row.id, state="lapsed")


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
    if row.state == "lapsed" or row.kept_until <= now or row.starts_at <= now or blocked:
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
    await end_kept(
        tx, (reservations.c.id == reservation_id) & (reservations.c.caller_id == caller_id)
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
    back = await _call_off(tx, row, state="cancelled", cancelled_at=now)
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
    back = await _call_off(tx, row, state="declined", declined_at=now, words=said)
    await tell(tx, settings, await row_of(tx, reservation_id), "declined", back=back)
    return await reservation(tx, settings, reservation_id, cast_id)


def _must_wait(row: Any) -> None:
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


async def _call_off(tx: Tx, row: Any, **values: Any) -> int:
    """Take a booked reservation back with all its points; return what reached the caller."""
    await kept_times.lock_talks(tx, row.cast_id)
    await change(tx, row.id, **values)
    back = await ledger.release(tx, row.hold_id, reason=f"reservation {values['state']}")
    await kept_times.bound_talks(tx, row.cast_id)
    return back


async def locked(tx: Tx, reservation_id: int, user_id: int, side: str) -> Any:
    """Lock the people of a reservation, then its row, and return it to whom it concerns."""
    row = await row_of(tx, reservation_id)
    if row is None or getattr(row, f"{side}_id") != user_id:
        raise unknown()
    await presence.lock_people(tx, row.caller_id, row.cast_id)
    row = await locks.lock_row(
        tx, sa.select(reservations).where(reservations.c.id == reservation_id)
    )
    if row is None:
        raise unknown()
    return row


async def row_of(tx: Tx, reservation_id: int) -> Any:
    """Return a reservation's row, or None."""
    found = await tx.execute(sa.select(reservations).where(reservations.c.id == reservation_id))
    return found.one_or_none()


async def change(tx: Tx, reservation_id: int, **values: Any) -> None:
    """Write what became of a reservation, whose row the caller has locked."""
    await tx.execute(
        sa.update(reservations).where(reservations.c.id == reservation_id).values(**values)
    )
    locks.note(tx, reservations, [reservation_id])


LAPSE = Work("lapse_keep", "reservation")
FORGET = Work("forget_keep", "reservation")


async def lapse(tx: Tx) -> int:
    """Let go of the slots that nobody confirmed in time; return how many were looked at.

    What nobody has confirmed a day later is of no use to anybody, and deleted.
    """
    now = sa.func.clock_timestamp()
    late = await _some(tx, LAPSE, "kept", reservations.c.kept_until <= now)
    await faults.together(tx, LAPSE, late, lambda rows: _end_all(tx, rows))
    day_ago = now - sa.text("interval '1 day'")
    old = await _some(tx, FORGET, "lapsed", reservations.c.kept_until <= day_ago, to_delete=True)
    await faults.together(tx, FORGET, old, lambda rows: _delete_all(tx, rows))
    return len(late) + len(old)


async def _some(
    tx: Tx, work: Work, state: str, when: sa.ColumnElement[bool], *, to_delete: bool = False
) -> Sequence[sa.Row[Any]]:
    due = sa.text(work.is_due("reservations.id"))
    query = (
        sa.select(reservations.c.id)
        .where(reservations.c.state == state, when, due)
        .order_by(reservations.c.kept_until)
        .limit(LAPSED_AT_ONCE)
    )
    return await locks.lock(tx, query, skip_locked=True, to_delete=to_delete)


async def _end_all(tx: Tx, rows: Sequence[sa.Row[Any]]) -> None:
    these = reservations.c.id.in_([row.id for row in rows])
    await tx.execute(sa.update(reservations).where(these).values(state="lapsed"))


async def _delete_all(tx: Tx, rows: Sequence[sa.Row[Any]]) -> None:
    these = reservations.c.id.in_([row.id for row in rows])
    await tx.execute(sa.delete(reservations).where(these))
