"""Whether somebody may book: the room takes it, for so long, the time is free, and it is paid."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.meeting import blocks
from points import ledger, limits
from points.refusals import points_short_to_book
from points.rules import Pays
from rooms.booking import rules, slots, timetable
from rooms.booking.rules import Period
from rooms.booking.timetable import RoomBooking
from rooms.ground import kept_times, refusals
from rooms.lobby import means
from rooms.talk import caps


async def open_room(tx: Tx, room_id: int, caller_id: int, booking: str) -> RoomBooking:
    """Return a room that takes reservations of a caller in this way, with its two people locked.

    It is judged under the lock, for which a block waits; refused is what `keep` says.
    """
    await locking.lock_people(tx, caller_id, (await timetable.booking_of(tx, room_id)).cast_id)
    room = await timetable.booking_of(tx, room_id)
    hidden = not room.published or await blocks.hidden(tx, caller_id, room.cast_id)
    if hidden and caller_id != room.cast_id:
        raise refusals.room_unknown()
    if caller_id == room.cast_id:
        raise refusals.own_room_to_book()
    confirmed = await tx.scalar(sa.select(users.c.confirmed_at).where(users.c.id == caller_id))
    if confirmed is None:
        raise refusals.not_confirmed_to_book()
    if room.booking != booking:
        raise UserError("booking_closed", N_("このルームは予約を受け付けていません。"))
    return room


def must_be_length(room: RoomBooking, minutes: int) -> None:
    """Refuse a length that a room doesn't take."""
    if not rules.is_length(minutes, room.shortest, room.longest):
        raise refusals.length_not_taken(room.shortest, room.longest)


async def must_be_bookable(
    tx: Tx, settings: Settings, room: RoomBooking, caller_id: int, *wanted: Period
) -> None:
    """Refuse times of which one can't be booked now, or is reserved by the caller already."""
    window = await slots.window_now(tx, settings)
    left = await slots.free_time(tx, settings, room, caller_id, window)
    for one in wanted:
        await must_not_overlap(tx, [caller_id], one)
        in_time = window.starts_at <= one.starts_at <= window.ends_at
        if not in_time or not rules.is_start(one.starts_at) or not rules.fits(one, left):
            raise refusals.slot_taken()


_OVERLAPS = sa.text("""
SELECT EXISTS (SELECT FROM reserved_people p JOIN reservations r ON r.id = p.reservation_id
  WHERE p.person_id = ANY (CAST(:people AS bigint[]))
    AND p.period && tstzrange(:starts, :ends)
    AND (r.state <> 'kept' OR r.kept_until > clock_timestamp()))
""")


async def must_not_overlap(tx: Tx, people: Sequence[int], wanted: Period) -> None:
    """Refuse a time at which one of these people is taken, on whichever side of a reservation."""
    bounds = {"people": list(people), "starts": wanted.starts_at, "ends": wanted.ends_at}
    if await tx.scalar(_OVERLAPS, bounds):
        raise refusals.own_overlap()


async def must_be_able_to_pay(
    tx: Tx,
    settings: Settings,
    caller_id: int,
    points: int,
    *,
    takes_tab: bool,
    pays: Pays | None = None,
) -> None:
    """Refuse who owes points, can't pay as many, or may not spend them by their own limits.

    `pays` is how they want to pay; None is either way, on the tab where the room `takes_tab`.
    """
    await must_owe_nothing(tx, caller_id)
    await limits.check_hold(tx, caller_id, points)
    if pays == "tab":
        await means.must_allow_tab(tx, settings, caller_id, points, takes_tab=takes_tab)
        return
    left = await ledger.spendable(tx, caller_id)
    if left >= points:
        return
    if pays is None:
        refusal = await means.tab_refusal(tx, settings, caller_id, points, takes_tab)
        if refusal is None:
            return
        # Who has no points meant to pay afterwards.
        if not left and refusal.code != "tab_not_taken":
            raise refusal
    raise points_short_to_book(points, points - left)


async def must_owe_nothing(tx: Tx, caller_id: int) -> None:
    """Refuse to book for a caller who owes points for a purchase whose money went back."""
    debt = await ledger.owed(tx, caller_id)
    if debt:
        raise refusals.receivable_open_to_book(debt)


async def pay(
    tx: Tx,
    settings: Settings,
    room: RoomBooking,
    caller_id: int,
    points: int,
    key: str,
    pays: Pays,
) -> int:
    """Hold the points of a reservation or a request; return the hold's id.

    What is held counts for the caller's own limits, also in a talk that they are in. `key` makes
    it happen once. Raises UserError `receivable_open`, `own_limit_reached`, `points_short`
    (needed, points: what is missing), `tab_not_taken` or those of `tab.must_allow`.
    """
    await kept_times.lock_talks(tx, room.cast_id, caller_id)
    await must_be_able_to_pay(tx, settings, caller_id, points, takes_tab=room.takes_tab, pays=pays)
    await means.wallet_of(tx, settings, caller_id, pays)
    share = settings.gift_share
    held = await ledger.hold(
        tx, caller_id, points, key=key, reason="reservation", gift_share=share, pays=pays
    )
    await caps.keep_limits(tx, caller_id)
    return held
