"""The end of a call, of its ringing or of its talk; and what becomes of the stand-by."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from record import clock_watch, faults
from record.faults import Work
from rooms.calling import applied, attempts, gateways, news, orders, promised, rows, rules
from rooms.calling.rows import CallRow
from rooms.ground.calling_tables import LONGEST_REFUSAL, calls
from rooms.lobby import pauses, telephone_standbys
from rooms.lobby.telephone_standbys import MOST_MISSES, TakenStandby
from rooms.talk import ending, meter

NOW = sa.func.clock_timestamp()
# A gateway gives a sign of life for its calls every second; after so many it is taken for dead. It
# hangs up by itself before, where it can't write.
DEAD_SECONDS = 20
HEAL = Work("heal_call", "call", lambda call_id: call_id)

MISSED = N_("お電話での待機を終了しました")
MISSED_TEXT = N_(
    "2回続けてお電話に応答がなかったため、お電話での待機を終了しました。"
    "お話しできるときに、もう一度待機を始めてください。"
)


async def end(
    tx: Tx, settings: Settings, call_id: int, why: str, *, refusal: str | None = None
) -> bool:
    """End a call before anybody was joined; return whether it was still under way.

    Nothing was billed. The cast waits on as before, unless they were rung twice in vain. One that
    was joined meanwhile is a talk, and left alone. `refusal`: the words of what was in the way.
    """
    row = await rows.locked(tx, call_id)
    if row.is_over or row.talk_id is not None:
        return False
    words = refusal[:LONGEST_REFUSAL] if refusal else None
    await rows.change(tx, call_id, state="ended", why=why, ended_at=NOW, refusal=words)
    await _let_wait(tx, settings, row, why)
    if row.reservation_id is not None:
        await promised.after_try(tx, settings, row, why)
    if row.application_id is not None:
        await applied.after_try(tx, settings, row, why)
    await news.note(tx, calls=[call_id], rooms=[row.room_id])
    return True


async def end_talk(tx: Tx, settings: Settings, call_id: int, reason: str) -> bool:
    """End a joined call's talk, after charging what is proved; return whether it was live.

    Where the talk is over already, as by its points, that is the reason that stays. Where the line
    failed, a reservation's two are rung anew.
    """
    row = await rows.locked(tx, call_id)
    if row.is_over or row.talk_id is None:
        return False
    await meter.bring_up_to_date(tx, settings, [row.talk_id])
    await ending.end(tx, settings, row.talk_id, reason)
    await rows.change(tx, call_id, state="ended", why="talked", ended_at=NOW)
    if not await pauses.of(tx, row.cast_id):
        await _let_wait(tx, settings, row, "talked")
    if reason == "line_failed" and row.reservation_id is not None:
        await promised.after_talk(tx, row)
    await news.note(tx, calls=[call_id], talks=[row.talk_id], rooms=[row.room_id])
    return True


async def _let_wait(tx: Tx, settings: Settings, row: CallRow, why: str) -> None:
    if row.standby_until is None:
        return
    misses = rules.misses_after(why, row.standby_misses)
    taken = TakenStandby(row.standby_until, misses)
    if await telephone_standbys.put_back(tx, row.cast_id, row.room_id, taken):
        return
    if misses >= MOST_MISSES:
        locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == row.cast_id))
        await inbox.tell(
            tx,
            row.cast_id,
            kind="standby",
            key=f"call_missed:{row.id}",
            title=translate(locale or "ja", MISSED),
            text=translate(locale or "ja", MISSED_TEXT),
            link="/console",
            site=settings.public_url,
        )


async def ask_to_stop(tx: Tx, settings: Settings, call_id: int, user_id: int) -> None:
    """Hang up as one of the two: the gateway does it; what no gateway carries is over at once.

    Raises UserError `call_unknown` (404).
    """
    row = await rows.locked(tx, call_id)
    side = row.side_of(user_id)
    if row.is_over or row.stop_asked_by:
        return
    await rows.change(tx, call_id, stop_asked_by=side)
    if row.gateway is None:
        await end(tx, settings, call_id, "called_off")
        return
    await orders.place(tx, "hang_up", user_id=user_id, call_id=call_id)


async def stop_all_of(tx: Tx, *people: int) -> None:
    """Have the call be hung up in which all of these people are; what is held just now is left.

    A join asks for itself whether the two may meet.
    """
    of_them = [sa.or_(calls.c.caller_id == one, calls.c.cast_id == one) for one in people]
    query = sa.select(calls.c.id).where(calls.c.ended_at.is_(None), *of_them)
    found = [row.id for row in await locks.lock(tx, query, skip_locked=True)]
    if found:
        these = calls.c.id.in_(found)
        await tx.execute(sa.update(calls).where(these).values(stop_asked_by="site"))


_DEAD = sa.text("""
calls.ended_at IS NULL AND (
  calls.alive_at < clock_timestamp() - :dead * interval '1 s'
  OR calls.alive_at > clock_timestamp() + interval '5 s'
  OR calls.gateway IS NULL AND calls.stop_asked_by IS NOT NULL
  OR calls.talk_id IN (SELECT id FROM talks
    WHERE ended_at < clock_timestamp() - interval '5 s'))
""")


async def heal(tx: Tx, settings: Settings) -> list[int]:
    """End one call that no gateway carries any more; return it, or nothing.

    Call it again, in a new transaction, while it returns any: each locks two people first. A talk
    ends as of its last proof, and what was cut short goes back. Not while the database's clock has
    just been set and the ticker hasn't seen it yet: it says then of nobody that they are gone.
    """
    if not await clock_watch.is_seen(tx):
        return []
    due = sa.text(HEAL.is_due("calls.id"))
    query = sa.select(calls.c.id).where(_DEAD, due).order_by(calls.c.alive_at).limit(1)
    dead = [row.id for row in await tx.execute(query, {"dead": DEAD_SECONDS})]
    return await faults.each(tx, HEAL, dead, lambda call_id: _heal(tx, settings, call_id))


async def _heal(tx: Tx, settings: Settings, call_id: int) -> None:
    row = await rows.locked(tx, call_id)
    still = sa.select(calls.c.id).where(calls.c.id == call_id, _DEAD)
    if (await tx.execute(still, {"dead": DEAD_SECONDS})).one_or_none() is None:
        return
    if row.talk_id is None:
        waited = row.gateway is None and await gateways.why_not(tx, settings) == "busy"
        why = "line_busy" if waited else "line_failed"
        await end(tx, settings, call_id, "called_off" if row.stop_asked_by else why)
    else:
        await end_talk(tx, settings, call_id, "line_failed")
    await attempts.close(tx, call_id)
