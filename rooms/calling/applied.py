"""An application to talk by telephone: its cast says yes, and both are rung at once."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.telephones import numbers
from rooms.applying import answering
from rooms.calling import asking, gateways, news, orders, rules
from rooms.calling.rows import CallRow
from rooms.ground import refusals
from rooms.ground.calling_tables import calls
from rooms.ground.live import live_call
from rooms.lobby import by_medium, means, promises
from rooms.lobby import talk_applications as applications
from rooms.lobby.talk_applications import Changed, TalkApplication
from rooms.talk import entry

# Longer than any ring lasts: then the clock ends what no call has ended.
RUNG_SECONDS = 600


async def accept(
    tx: Tx, settings: Settings, application_id: int, cast_id: int
) -> tuple[int, Changed]:
    """Take an application by telephone as its cast: both are rung; return the call.

    Whoever presses twice comes to the same call. Raises UserError as `answering.accept` does, and
    `telephone_away`, `telephone_needed`, `application_rung_often`, `caller_without_number`,
    `caller_cannot_pay`, `room_unknown` (404), `room_reserved`.
    """
    row, changed = await answering.accept(tx, settings, application_id, cast_id, "telephone")
    live = await live_call(tx, cast_id)
    if row.state == "rung" and live is not None:
        return live.id, changed
    await gateways.must_be_there(tx, settings)
    await asking.must_be_within_budget(tx, settings)
    await by_medium.must_be_rung(tx, cast_id, "telephone")
    await _must_not_be_rung_often(tx, row.id)
    await _must_be_reached(tx, settings, row)
    call_id = await _place(tx, settings, row)
    now = await clock(tx)
    until = now + timedelta(seconds=RUNG_SECONDS)
    await applications.change(tx, row.id, state="rung", rung_at=now, due_at=until)
    people = (row.caller_id, row.cast_id)
    await news.note(tx, calls=[call_id], rooms=[row.room_id], people=people)
    return call_id, changed


async def _must_not_be_rung_often(tx: Tx, application_id: int) -> None:
    """Each try rings somebody: who applied once isn't called for hours. The line's failures are
    none.
    """
    tries = sa.select(sa.func.count()).where(
        calls.c.application_id == application_id, calls.c.why.is_distinct_from("line_failed")
    )
    if (await tx.scalar(tries) or 0) >= rules.MOST_OF_APPLICATION:
        raise UserError(
            "application_rung_often",
            N_("この申し込みでは、すでに%(most)s回お電話したため、これ以上はおかけできません。"),
            most=rules.MOST_OF_APPLICATION,
        )


async def _must_be_reached(tx: Tx, settings: Settings, row: TalkApplication) -> None:
    """Refuse a caller who has no number any more, may not come in, or can't pay the entry."""
    await entry.must_not_be_hidden(tx, row.caller_id, row.cast_id)
    await asking.must_come_in(tx, row.caller_id, row.cast_id)
    await promises.must_not_be_reserved(tx, settings, row.cast_id, row.caller_id)
    if await numbers.tail_of(tx, row.caller_id) is None:
        raise UserError(
            "caller_without_number",
            N_("お客様の電話番号が登録されていないため、いまはおつなぎできません。"),
        )
    room = await entry.room_for(tx, row.room_id, row.caller_id)
    try:
        takes = room.takes_tab
        await means.must_pay_entry(
            tx, settings, row.caller_id, row.rate, takes_tab=takes, pays=row.pays
        )
    except UserError as refused:
        raise UserError(
            "caller_cannot_pay",
            N_("お客様のお支払いの準備ができていないため、おつなぎできません。"),
        ) from refused


async def _place(tx: Tx, settings: Settings, row: TalkApplication) -> int:
    values = {
        "room_id": row.room_id,
        "caller_id": row.caller_id,
        "cast_id": row.cast_id,
        "ring": "both",
        "answer": settings.telephone_answer,
        "rate": row.rate,
        "line_fee": min(settings.telephone_line_fee, row.rate - 1),
        "pays": row.pays,
        "application_id": row.id,
    }
    made = insert(calls).values(values).on_conflict_do_nothing().returning(calls.c.id)
    call_id = await tx.scalar(made)
    if call_id is None:
        raise refusals.room_busy()
    await orders.place(tx, "call", user_id=row.cast_id, call_id=int(call_id))
    return int(call_id)


async def call_of(tx: Tx, application_id: int) -> int | None:
    """Return the call for which an application's two are rung now."""
    query = sa.select(calls.c.id).where(
        calls.c.application_id == application_id, calls.c.ended_at.is_(None)
    )
    found: int | None = await tx.scalar(query)
    return found


async def after_try(tx: Tx, settings: Settings, call: CallRow, why: str) -> None:
    """Let the application follow a locked call that came to nothing.

    What the caller's telephone did is the end of it, and so is their own word; what the cast's did,
    the line or the site leaves it waiting.
    """
    assert call.application_id is not None
    row = await applications.find(tx, call.application_id)
    if row is None or row.state != "rung":
        return
    if why == "called_off" and call.stop_asked_by == "caller":
        await applications.end(tx, settings, row, "withdrawn", "withdrawn_cast")
    elif why.startswith("caller_"):
        await applications.end(tx, settings, row, "lapsed", "lapsed_call", "lapsed_call_cast")
    else:
        await applications.put_back(tx, settings, row, "put_back_call")
    await news.note(tx, people=(row.caller_id, row.cast_id))
