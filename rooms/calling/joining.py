"""Joining: both have answered, and a talk begins by the rules of an entry."""

from foundation.database import Tx
from foundation.settings import Settings
from people.accounts import locking
from points import rules as prices
from rooms.applying import ringing
from rooms.calling import asking, news, promised_joining, rows
from rooms.calling.rows import CallRow
from rooms.ground import kept_times, refusals
from rooms.lobby import means, promises
from rooms.talk import caps, entry, free_time, pairs
from rooms.talk.rows import EnteredRoom


async def join(tx: Tx, settings: Settings, call_id: int) -> int:
    """Begin the talk of a call that is guided, at the price that was told; return the talk.

    Joined already, it is the same talk. Raises UserError `call_over` where it is over meanwhile,
    and as `entry.enter` does: what was so when the caller asked may be otherwise now.
    """
    row = await _locked(tx, call_id)
    if row.talk_id is not None and not row.is_over:
        return row.talk_id
    if row.is_over or row.stop_asked_by:
        raise refusals.call_over()
    if row.reservation_id is None:
        talk_id = await _begin(tx, settings, row)
    else:
        talk_id = await promised_joining.begin(tx, settings, row, _seats(row))
    await rows.change(tx, call_id, state="joined", talk_id=talk_id)
    await news.note(tx, calls=[call_id], rooms=[row.room_id], people=[row.caller_id, row.cast_id])
    return talk_id


async def _begin(tx: Tx, settings: Settings, row: CallRow) -> int:
    room = await entry.room_for(tx, row.room_id, row.caller_id)
    await promised_joining.must_be_promised_still(tx, row)
    bound = await _must_be_allowed(tx, settings, row, room)
    if row.application_id is not None:
        await promised_joining.leave_standbys(tx, row)
    return await entry.begin(
        tx,
        settings,
        room,
        row.caller_id,
        False,
        row.pays,
        **await _terms(tx, settings, row, room),
        spend_cap_minutes=caps.nearest(row.spend_cap_minutes, bound),
    )


async def _locked(tx: Tx, call_id: int) -> CallRow:
    """Lock what an entry locks, in its order: people, reservation, applications, the call."""
    people = await rows.people_of(tx, call_id)
    await locking.lock_people(tx, *people)
    await rows.lock_promise(tx, call_id)
    await ringing.lock_for_entry(tx, *people)
    return await rows.locked_alone(tx, call_id)


async def _must_be_allowed(
    tx: Tx, settings: Settings, row: CallRow, room: EnteredRoom
) -> int | None:
    await entry.confirmed_caller(tx, row.caller_id)
    await entry.must_not_be_hidden(tx, row.caller_id, row.cast_id)
    await asking.must_come_in(tx, row.caller_id, row.cast_id)
    await entry.must_not_talk(tx, row.caller_id)
    await promises.must_not_be_reserved(tx, settings, row.cast_id, row.caller_id)
    takes = room.takes_tab
    return await means.must_pay_entry(
        tx, settings, row.caller_id, row.rate, takes_tab=takes, pays=row.pays
    )


async def _terms(tx: Tx, settings: Settings, row: CallRow, room: EnteredRoom) -> dict[str, object]:
    """What is particular of a talk by telephone: its price, and that its pair is the two legs."""
    free = settings.telephone_free
    return _seats(row) | {
        "medium": "telephone",
        "rate": row.rate,
        "line_fee": row.line_fee,
        "share": prices.share_of(row.rate - row.line_fee, settings.fee_percent),
        "free_ms": await free_time.free_ms(tx, settings, row.caller_id, room.cast_id)
        if free
        else 0,
        "must_end_at": await kept_times.next_start(tx, row.cast_id, row.caller_id),
    }


def _seats(row: CallRow) -> dict[str, object]:
    """Both sit where no browser can, and their pair is there from the beginning."""
    seat = f"telephone/{row.id}"
    return pairs.opening_by_telephone() | {"caller_seat": seat, "cast_seat": seat}
