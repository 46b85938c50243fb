"""Cancelling a reservation: the caller until the agreed time, the cast until it begins."""

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.written import needed_words
from points import ledger
from rooms.booking import rules
from rooms.booking.notices import tell
from rooms.booking.reservations import change, locked
from rooms.booking.rows import ReservationRow, ReservationState
from rooms.booking.views import Reservation, reservation
from rooms.ground import kept_times, refusals


async def cancel(tx: Tx, settings: Settings, reservation_id: int, caller_id: int) -> Reservation:
    """Call a reservation off as its caller, until `cancel_until`; all points go back at once.

    Raises UserError `reservation_unknown` (404), `already_cancelled`, `reservation_begun`,
    `reservation_over` or `cancel_too_late`.
    """
    row = await locked(tx, reservation_id, caller_id, "caller")
    must_wait(row)
    now = await clock(tx)
    if now > row.cancel_until:
        raise UserError(
            "cancel_too_late", N_("キャンセルできる時間を過ぎたため、キャンセルできません。")
        )
    back = await _call_off(tx, row, "cancelled", cancelled_at=now)
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
    must_wait(row)
    now = await clock(tx)
    if now >= row.starts_at:
        raise begun()
    back = await _call_off(tx, row, "declined", declined_at=now, words=said)
    await tell(tx, settings, row, "declined", back=back, words=said)
    return await reservation(tx, settings, reservation_id, cast_id)


def must_wait(row: ReservationRow) -> None:
    """Refuse to cancel a reservation that has begun, was cancelled, is over or was never booked."""
    if row.state == "running":
        raise begun()
    if row.state in ("cancelled", "called_off", "declined", "stopped"):
        raise UserError("already_cancelled", N_("この予約はすでに取り消されています。"))
    if row.state in ("kept", "lapsed"):
        raise refusals.reservation_unknown()
    if row.state != "booked":
        raise refusals.reservation_over()


def begun() -> UserError:
    """Return the refusal of what can be done only before a reservation begins."""
    return UserError("reservation_begun", N_("予約の時間が始まっているため、取り消せません。"))


async def _call_off(tx: Tx, row: ReservationRow, state: ReservationState, **values: object) -> int:
    """Take a booked reservation back with all its points; return what reached the caller."""
    await kept_times.lock_talks(tx, row.cast_id)
    await change(tx, row.id, state=state, **values)
    back = await ledger.release(tx, row.hold, reason=f"reservation {state}")
    await kept_times.bound_talks(tx, row.cast_id)
    return back
