"""Asking for a call: the moment at which a caller takes the cast who waits by telephone."""

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from points.rules import Pays
from record.site import doors
from rooms.applying import ringing
from rooms.calling import attempts, gateways, news, orders, rules
from rooms.ground import refusals
from rooms.ground.calling_tables import calls
from rooms.ground.live import live_call
from rooms.lobby import means, presence, promises, telephone_standbys
from rooms.lobby.telephone_standbys import TakenStandby
from rooms.talk import entry
from rooms.talk.rows import EnteredRoom

log = structlog.get_logger(__name__)


async def ask(
    tx: Tx,
    settings: Settings,
    room_id: int,
    caller_id: int,
    *,
    seen_rate: int | None = None,
    spend_cap_minutes: int | None = None,
    gateway: int | None = None,
    pays: Pays = "points",
) -> int:
    """Have both be rung; return the call. Whoever presses twice at once finds the first press's.

    `seen_rate` is the price a minute that the caller was shown, the line's part within it.
    `gateway`: of one who is on the line already; then nobody is told to ring, for that one does.
    Raises UserError as `entry.enter` does, and `room_without_telephone`, `telephone_away`,
    `telephone_busy`, `already_in_call` (call_id), `calls_too_many`.
    """
    entry.must_be_a_cap(spend_cap_minutes)
    await entry.confirmed_caller(tx, caller_id)
    room = await entry.room_for(tx, room_id, caller_id)
    if not room.by_telephone:
        raise telephone_standbys.without_telephone()
    await locking.lock_people(tx, caller_id, room.cast_id)
    same = await live_call(tx, caller_id)
    # Who is on another line besides would have the cast be rung a second time.
    if same is not None and gateway is None and await _is_of(tx, same.id, room_id):
        return same.id
    await doors.must_be_open(tx, "telephone")
    await _must_be_allowed(tx, settings, room, caller_id, seen_rate, pays)
    if gateway is None:
        await gateways.must_be_free(tx, settings)
    taken = await _take(tx, settings, room, caller_id)
    told = {"spend_cap_minutes": spend_cap_minutes, "gateway": gateway, "pays": pays}
    call_id = await _write(tx, settings, room, caller_id, taken, **told)
    if gateway is None:
        await orders.place(tx, "call", user_id=caller_id, call_id=call_id)
    await news.note(tx, calls=[call_id], rooms=[room_id])
    return call_id


async def _is_of(tx: Tx, call_id: int, room_id: int) -> bool:
    found = await tx.scalar(sa.select(calls.c.room_id).where(calls.c.id == call_id))
    return bool(found == room_id)


async def _must_be_allowed(
    tx: Tx,
    settings: Settings,
    room: EnteredRoom,
    caller_id: int,
    seen_rate: int | None,
    pays: Pays,
) -> None:
    await entry.must_not_be_hidden(tx, caller_id, room.cast_id)
    await must_come_in(tx, caller_id, room.cast_id)
    await entry.must_be_free(tx, caller_id)
    rate = rules.price(room.rate, settings.telephone_line_fee)
    refusals.must_be_rate_shown(rate, seen_rate)
    await promises.must_not_be_reserved(tx, settings, room.cast_id, caller_id)
    takes = room.takes_tab
    await means.must_pay_entry(tx, settings, caller_id, rate, takes_tab=takes, pays=pays)
    await gateways.must_be_there(tx, settings)
    await _must_not_be_too_many(tx, settings, caller_id)
    await must_be_within_budget(tx, settings)


async def must_come_in(tx: Tx, *people: int) -> None:
    """Refuse where one of the two is suspended, banned or gone: a telephone has no session."""
    here = sa.select(sa.func.count()).where(users.c.id.in_(people), may_come_in())
    if await tx.scalar(here) != len(people):
        raise refusals.room_unknown()


async def _must_not_be_too_many(tx: Tx, settings: Settings, caller_id: int) -> None:
    """Each costs the site, and rings somebody."""
    since = sa.func.clock_timestamp() - sa.text("interval '24 hours'")
    mine = sa.select(sa.func.count()).where(
        calls.c.caller_id == caller_id,
        calls.c.asked_at > since,
        # What was promised is rung, however often one has asked.
        calls.c.reservation_id.is_(None),
    )
    if (await tx.scalar(mine) or 0) >= settings.telephone_calls_a_day:
        raise UserError(
            "calls_too_many",
            N_("お電話は24時間に%(most)s回までです。時間をおいてお試しください。"),
            most=settings.telephone_calls_a_day,
        )


async def must_be_within_budget(tx: Tx, settings: Settings) -> None:
    """Refuse where a day's calls have cost the site enough: `telephone_away`.

    Who lets telephones ring for nothing does so at its cost, and there is an end to it.
    """
    yen = await attempts.spent(tx)
    if yen >= settings.telephone_yen_a_day:
        log.warning("telephone.budget_spent", yen=yen)
        raise gateways.is_away()


async def _take(tx: Tx, settings: Settings, room: EnteredRoom, caller_id: int) -> TakenStandby:
    await ringing.lock_for_entry(tx, caller_id, room.cast_id)
    taken = await telephone_standbys.take(tx, settings, room.id)
    if taken is None:
        raise await presence.why_not_open(tx, room.cast_id)
    await promises.must_be_kept_for(tx, room.id, caller_id)
    return taken


async def _write(
    tx: Tx,
    settings: Settings,
    room: EnteredRoom,
    caller_id: int,
    taken: TakenStandby,
    **told: object,
) -> int:
    values = {
        "room_id": room.id,
        "caller_id": caller_id,
        "cast_id": room.cast_id,
        "ring": settings.telephone_ring if told["gateway"] is None else "caller_is_there",
        "answer": settings.telephone_answer,
        "rate": rules.price(room.rate, settings.telephone_line_fee),
        "line_fee": settings.telephone_line_fee,
        "standby_until": taken.until,
        "standby_misses": taken.misses,
    }
    made = insert(calls).values(values | told).on_conflict_do_nothing().returning(calls.c.id)
    call_id = await tx.scalar(made)
    if call_id is None:
        raise refusals.room_busy()
    return int(call_id)
