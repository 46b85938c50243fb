"""Answering applications, as the cast: taking one, letting it go, declining, asking once more."""

from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.written import written
from people.accounts import locking
from people.accounts.tables import users
from people.meeting import blocks
from people.sign_in.sessions import may_come_in
from rooms.ground import kept_times, refusals
from rooms.ground.applying_tables import LONGEST_WORDS
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.live import live_call, live_talk
from rooms.ground.tables import rooms
from rooms.lobby import application_notices, promises
from rooms.lobby import talk_applications as rows
from rooms.lobby.by_medium import Medium
from rooms.lobby.talk_applications import Changed, TalkApplication

# For so long after its end an application may be come back to.
AGAIN_DAYS = 30
MAY_BE_ASKED_AGAIN = ("declined", "expired", "lapsed")


async def accept(
    tx: Tx, settings: Settings, application_id: int, cast_id: int, medium: Medium = "browser"
) -> tuple[TalkApplication, Changed]:
    """Take an open application as its cast, who makes ready now; one taken before waits again.

    Raises UserError `application_unknown` (404), also for one by another `medium` than its caller
    chose, `application_answered`, `already_ringing`, and those of `must_be_possible`.
    """
    row, others = await _locked(tx, application_id, cast_id)
    if row.medium != medium:
        raise rows.unknown()
    if row.state in ("accepted", "rung"):
        return row, Changed()
    if row.state != "open" or row.wait_until <= await clock(tx):
        raise rows.answered()
    await must_be_possible(tx, settings, row)
    for other in others:
        if other.state == "rung":
            raise UserError(
                "already_ringing", N_("ほかの方をお呼びしています。終わってからお試しください。")
            )
        await rows.put_back(tx, settings, other)
    now = await clock(tx)
    until = now + timedelta(seconds=settings.application_ready_seconds)
    await rows.change(tx, row.id, state="accepted", accepted_at=now, due_at=until)
    return row, Changed().about(row, *others)


async def _locked(
    tx: Tx, application_id: int, cast_id: int
) -> tuple[TalkApplication, list[TalkApplication]]:
    """Lock an application of a cast's and what they have promised besides, and return both."""
    found = await rows.find(tx, application_id)
    if found is None or found.cast_id != cast_id:
        raise rows.unknown()
    await locking.lock_people(tx, found.caller_id, cast_id)
    promised = sa.and_(
        applications.c.cast_id == cast_id, applications.c.state.in_(("accepted", "rung"))
    )
    all_of_them = await rows.lock(tx, sa.or_(applications.c.id == application_id, promised))
    (row,) = (one for one in all_of_them if one.id == application_id)
    return row, [one for one in all_of_them if one.id != application_id]


async def must_be_possible(tx: Tx, settings: Settings, row: TalkApplication) -> None:
    """Refuse to call somebody in while either of the two is taken, or others are in line.

    Raises UserError `already_in_talk` (talk_id), `caller_in_talk`, `own_reservation_near` or
    `others_in_line`.
    """
    talk = await live_talk(tx, row.cast_id)
    if talk is not None:
        raise refusals.in_talk_still(talk.id)
    call = await live_call(tx, row.cast_id)
    if call is not None:
        raise refusals.in_call_now(call.id)
    taken = await live_talk(tx, row.caller_id) or await live_call(tx, row.caller_id)
    if taken is not None:
        raise UserError(
            "caller_in_talk",
            N_("お客様はいま、ほかの方と通話中です。終わってからお試しください。"),
        )
    await _must_not_be_reserved(tx, settings, row.cast_id)
    if await promises.has_line(tx, row.cast_id):
        raise UserError(
            "others_in_line",
            N_("順番をお待ちの方がいます。待機をはじめると、先にご案内します。"),
        )


async def _must_not_be_reserved(tx: Tx, settings: Settings, cast_id: int) -> None:
    """Refuse a ring that would run into the time kept for a reservation."""
    start = await kept_times.next_start(tx, cast_id)
    kept = timedelta(minutes=settings.early_minutes, seconds=settings.application_ring_seconds)
    now_kept = await kept_times.reservation_now(tx, settings, cast_id) is not None
    if now_kept or (start is not None and start - kept <= await clock(tx)):
        raise UserError(
            "own_reservation_near",
            N_("まもなく、ご予約の時間です。予約の通話のあとでお試しください。"),
        )


async def let_go(tx: Tx, settings: Settings, application_id: int, cast_id: int) -> Changed:
    """Let an application wait again that one has taken; a caller who is rung is told.

    Raises UserError `application_unknown` (404).
    """
    row = await rows.locked(tx, application_id, cast_id, "cast")
    if row.state in ("accepted", "rung"):
        await rows.put_back(tx, settings, row, *(["put_back"] if row.state == "rung" else []))
    return Changed().about(row)


async def decline(
    tx: Tx, settings: Settings, application_id: int, cast_id: int, words: str = ""
) -> Changed:
    """Decline an application as its cast, with a word for the caller or without.

    Raises UserError `text_too_long` (400), `application_unknown` (404), `application_answered`.
    """
    said = written(words, LONGEST_WORDS) or None
    row = await rows.locked(tx, application_id, cast_id, "cast")
    if not row.is_live:
        raise rows.answered()
    await rows.end(tx, settings, row, "declined", "declined", reply=said)
    return Changed().about(row)


async def ask_again(tx: Tx, settings: Settings, application_id: int, cast_id: int) -> Changed:
    """Let the caller of an application that is over know that there is time now, once.

    Raises UserError `application_unknown` (404), `application_too_old`, `caller_gone`.
    """
    row = await rows.locked(tx, application_id, cast_id, "cast")
    if row.asked_again_at is not None:
        return Changed()
    oldest = await clock(tx) - timedelta(days=AGAIN_DAYS)
    if row.state not in MAY_BE_ASKED_AGAIN or row.ended_at is None or row.ended_at < oldest:
        raise UserError(
            "application_too_old",
            N_("再依頼できるのは、終わってから%(days)s日以内の申し込みだけです。"),
            days=AGAIN_DAYS,
        )
    there = sa.select(users.c.id).where(users.c.id == row.caller_id, may_come_in())
    open_room = sa.select(rooms.c.id).where(
        rooms.c.id == row.room_id, rooms.c.published, rooms.c.by_application
    )
    hidden = await blocks.hidden(tx, row.caller_id, cast_id)
    if hidden or not await tx.scalar(there) or not await tx.scalar(open_room):
        raise UserError("caller_gone", N_("いまは再依頼できません。"))
    await rows.change(tx, row.id, asked_again_at=sa.func.clock_timestamp())
    await application_notices.tell(tx, settings, row.id, "asked_again")
    return Changed().about(row)
