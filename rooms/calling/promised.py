"""A reservation by telephone: both are rung when its time comes, and again where one must."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_locked
from foundation.settings import Settings
from people.accounts import locking
from points import ledger
from record import clock_watch, faults
from record.faults import Work
from rooms.booking import reservations, reserved_talks
from rooms.booking.judging_rules import RINGS
from rooms.booking.rows import ReservationRow
from rooms.calling import gateways, news, orders, rules
from rooms.calling.rows import CallRow
from rooms.ground import refusals
from rooms.ground.booking_tables import reservations as table
from rooms.ground.calling_tables import calls
from rooms.ground.live import SIDES, Side, live_call, live_talk, other_side

STANDS = ("booked", "running")
RING = Work("ring_reservation", "reservation", lambda reservation_id: reservation_id)
_DUE = sa.text(
    "ring_at <= clock_timestamp() AND ring_at IS NOT NULL AND state IN ('booked', 'running')"
    f" AND {RING.is_due('reservations.id')}"
)


@dataclass(frozen=True)
class _Time:
    """A reservation whose row is locked, at a moment of the database's clock."""

    row: ReservationRow
    now: datetime

    async def change(self, tx: Tx, **values: object) -> None:
        await reservations.change(tx, self.row.id, **values)

    @property
    def failed_at(self) -> datetime:
        """Since when the line keeps the two apart, where it does so now."""
        return self.row.line_failed_at or self.now

    def after(self, seconds: int) -> datetime:
        return self.now + timedelta(seconds=seconds)


async def ring_due(tx: Tx, settings: Settings) -> list[int]:
    """Ring the two of one reservation whose time it is; return it, or nothing.

    Call it again, in a new transaction, while it returns any: each locks two people first. Not
    while the database's clock has just been set: nobody has missed what it skipped.
    """
    if not await clock_watch.is_steady(tx):
        return []
    query = sa.select(table.c.id).where(_DUE).order_by(table.c.ring_at).limit(1)
    due = [row.id for row in await tx.execute(query)]
    return await faults.each(tx, RING, due, lambda one: _ring(tx, settings, one))


async def _ring(tx: Tx, settings: Settings, reservation_id: int) -> None:
    it = await _locked(tx, reservation_id)
    row = it.row
    if row.ring_at is None or row.ring_at > it.now or row.state not in STANDS:
        return
    taken = await _taken(tx, row)
    if _is_too_late(settings, it, taken):
        await _give_up(tx, it, taken)
    elif not await gateways.is_there(tx, settings):
        later = it.after(rules.LINE_AGAIN_SECONDS)
        await it.change(tx, ring_at=later, line_failed_at=it.failed_at)
    elif taken or not await _place(tx, settings, row):
        await it.change(tx, ring_at=it.after(rules.TAKEN_AGAIN_SECONDS))
    else:
        await it.change(tx, ring_at=None)


async def _locked(tx: Tx, reservation_id: int) -> _Time:
    row = await reservations.row_of(tx, reservation_id)
    await locking.lock_people(tx, row.caller_id, row.cast_id)
    found = await locks.lock(tx, sa.select(table).where(table.c.id == reservation_id))
    return _Time(typed_locked(ReservationRow, found)[0], await clock(tx))


def _until(settings: Settings, row: ReservationRow) -> datetime:
    """Until when both are rung: so long one may be late; of a talk that broke off, to its end."""
    if row.began_at is None:
        return row.starts_at + timedelta(minutes=settings.no_show_after_minutes)
    return reserved_talks.ends_at(row) - timedelta(seconds=rules.LEAST_LEFT_SECONDS)


def _is_too_late(settings: Settings, it: _Time, taken: set[Side]) -> bool:
    """Say whether both are rung no more. Who was kept by another talk until just now is rung all
    the same, as often as anybody: else not to answer then were a way to miss nothing.
    """
    row = it.row
    if it.now < _until(settings, row):
        return False
    assert row.ring_at is not None
    of_the_line = row.began_at is not None or row.line_failed_at is not None
    # Nothing was rung where the clock itself came late.
    stood_still = it.now > row.ring_at + timedelta(seconds=rules.LINE_AGAIN_SECONDS)
    left = reserved_talks.ends_at(row) - it.now
    short = left < timedelta(seconds=rules.LEAST_LEFT_SECONDS)
    return bool(taken) or of_the_line or stood_still or short


async def _taken(tx: Tx, row: ReservationRow) -> set[Side]:
    """Return who of the two is in a talk, or rung for one, elsewhere."""
    people: dict[Side, int] = {"caller": row.caller_id, "cast": row.cast_id}
    return {side for side in SIDES if await _is_taken(tx, people[side])}


async def _is_taken(tx: Tx, user_id: int) -> bool:
    return bool(await live_talk(tx, user_id) or await live_call(tx, user_id))


async def _give_up(tx: Tx, it: _Time, taken: set[Side]) -> None:
    """They are rung no more. Who was in another talk all the time has missed it, nobody else."""
    row = it.row
    if row.began_at is None and taken and row.line_failed_at is None:
        for side in SIDES:
            if side not in taken:
                await _note(tx, row, side, it.now)
        await it.change(tx, ring_at=None, rung=RINGS)
        return
    failed = row.line_failed_at if row.began_at else it.failed_at
    await it.change(tx, ring_at=None, line_failed_at=failed)


async def _place(tx: Tx, settings: Settings, row: ReservationRow) -> bool:
    """Have both be rung at once; False where one of the two is taken after all."""
    values = {
        "room_id": row.room_id,
        "caller_id": row.caller_id,
        "cast_id": row.cast_id,
        "ring": "both",
        "answer": settings.telephone_answer,
        "rate": row.rate,
        "line_fee": row.line_fee,
        "pays": await ledger.pays_of(tx, row.hold),
        "reservation_id": row.id,
    }
    made = insert(calls).values(values).on_conflict_do_nothing().returning(calls.c.id)
    call_id = await tx.scalar(made)
    if call_id is None:
        return False
    await orders.place(tx, "call", user_id=row.caller_id, call_id=int(call_id))
    people = (row.caller_id, row.cast_id)
    await news.note(tx, calls=[int(call_id)], rooms=[row.room_id], people=people)
    return True


async def note_there(tx: Tx, call_id: int, side: Side) -> None:
    """Note that a person has answered a call: for its reservation they were there, whatever else
    comes of it.
    """
    query = sa.select(calls.c.reservation_id).where(calls.c.id == call_id)
    reservation_id = await tx.scalar(query)
    if reservation_id is None:
        return
    found = await locks.lock(tx, sa.select(table).where(table.c.id == reservation_id))
    row = typed_locked(ReservationRow, found)[0]
    if row.state in STANDS:
        await _note(tx, row, side, await clock(tx))


async def _note(tx: Tx, row: ReservationRow, side: Side, now: datetime) -> None:
    if side == "caller":
        came = {"caller_came_at": row.caller_came_at or now, "caller_last_at": now}
    else:
        came = {"cast_came_at": row.cast_came_at or now, "cast_in_at": row.cast_in_at or now}
        came["cast_last_at"] = now
    await reservations.change(tx, row.id, **came)


async def after_try(tx: Tx, settings: Settings, call: CallRow, why: str) -> None:
    """Say when the two of a locked call are rung again, that came to nothing.

    Who calls off the ringing lets the other have no time to answer: for the other it counts as
    answered.
    """
    assert call.reservation_id is not None
    it = _Time(await reservations.row_of(tx, call.reservation_id), await clock(tx))
    row, began = it.row, it.row.began_at is not None
    if row.state not in STANDS:
        return
    if why == "line_failed":
        later = it.after(rules.LINE_AGAIN_SECONDS)
        await it.change(tx, ring_at=later, line_failed_at=it.failed_at)
        return
    if why == "called_off" and call.stop_asked_by in SIDES:
        await _note(tx, row, other_side(call.stop_asked_by), it.now)
    rung = row.rung + 1
    again = rung < (rules.MOST_RUNG if began else RINGS)
    values = {"rung": rung, "line_failed_at": row.line_failed_at if began else None}
    later = it.after(settings.telephone_again_seconds)
    await it.change(tx, ring_at=later if again else None, **values)


async def after_talk(tx: Tx, call: CallRow) -> None:
    """Have the two be rung anew whose talk the line cut off, as long as there is time left."""
    assert call.reservation_id is not None
    it = _Time(await reservations.row_of(tx, call.reservation_id), await clock(tx))
    if it.row.state == "running" and it.row.rung < rules.MOST_RUNG:
        await it.change(tx, ring_at=it.after(rules.LINE_AGAIN_SECONDS), line_failed_at=it.now)


async def again(tx: Tx, settings: Settings, reservation_id: int, user_id: int) -> None:
    """Have both be rung anew, as one of the two, after a talk that broke off in its time.

    Raises UserError `reservation_unknown` (404), `telephone_away`, `not_rung_again`.
    """
    it = await _locked(tx, reservation_id)
    row = it.row
    if user_id not in (row.caller_id, row.cast_id):
        raise refusals.reservation_unknown()
    await gateways.must_be_there(tx, settings)
    broke_off = row.medium == "telephone" and row.state == "running" and row.ring_at is None
    late = it.now >= _until(settings, row) or row.rung >= rules.MOST_RUNG
    if not broke_off or late or await _taken(tx, row):
        raise UserError("not_rung_again", N_("いまは、もう一度おつなぎできません。"))
    await it.change(tx, ring_at=it.now, rung=row.rung + 1)
