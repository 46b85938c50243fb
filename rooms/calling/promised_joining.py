"""The talk of a call that was promised: a reservation's own, or what came of an application."""

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from rooms.booking import reservations, reserved_talks
from rooms.calling import asking, news, rows
from rooms.calling.rows import CallRow
from rooms.ground import refusals
from rooms.ground.applying_tables import talk_applications as applications
from rooms.lobby import telephone_standbys
from rooms.talk import entry


async def begin(tx: Tx, settings: Settings, call: CallRow, seat: dict[str, object]) -> int:
    """Begin the talk of a locked call's reservation, which is paid; return it.

    It ends with its time, without a free minute. Raises UserError `reservation_over`, and as
    `entry.enter` does where one of the two may not talk, or talks with another.
    """
    assert call.reservation_id is not None
    row, now = await reservations.row_of(tx, call.reservation_id), await clock(tx)
    if row.state not in ("booked", "running") or now >= reserved_talks.ends_at(row, now):
        raise refusals.reservation_over()
    await entry.must_not_be_hidden(tx, row.caller_id, row.cast_id)
    await asking.must_come_in(tx, row.caller_id, row.cast_id)
    await entry.must_not_talk(tx, row.caller_id)
    await leave_standbys(tx, call)
    line = {"medium": "telephone", "line_fee": row.line_fee}
    talk_id = await reserved_talks.begin(tx, settings, row, now, with_video=False, **line, **seat)
    await reservations.change(tx, row.id, ring_at=None, line_failed_at=None)
    return talk_id


async def must_be_promised_still(tx: Tx, call: CallRow) -> None:
    """Refuse a call whose application was taken back meanwhile: `call_over`."""
    state = sa.select(applications.c.state).where(applications.c.id == call.application_id)
    if call.application_id is not None and await tx.scalar(state) != "rung":
        raise refusals.call_over()


async def leave_standbys(tx: Tx, call: CallRow) -> None:
    """Let both wait nowhere any more; a cast who did by telephone goes back there afterwards."""
    taken = await telephone_standbys.leave(tx, call.caller_id, call.cast_id)
    mine = next((one for one in taken if one.cast_id == call.cast_id and one.until), None)
    if mine is not None:
        await rows.change(tx, call.id, standby_until=mine.until, standby_misses=mine.misses)
    await news.note(tx, rooms={one.room_id for one in taken})
