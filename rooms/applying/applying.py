"""Applying to talk, as the caller: applying, applying once more, and taking it back."""

from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from foundation.text.written import written
from people.accounts import locking
from people.meeting import blocks
from points.rules import Pays
from record.site import doors
from rooms.applying import may_apply
from rooms.ground import refusals
from rooms.ground.applying_tables import LONGEST_WORDS
from rooms.ground.applying_tables import talk_applications as applications
from rooms.lobby import application_notices
from rooms.lobby import talk_applications as rows
from rooms.lobby.by_medium import Medium
from rooms.lobby.talk_applications import Changed, TalkApplication


async def apply(
    tx: Tx,
    settings: Settings,
    room_id: int,
    caller_id: int,
    minutes: int,
    words: str = "",
    *,
    seen_rate: int | None = None,
    replaces: int | None = None,
    medium: Medium = "browser",
    pays: Pays = "points",
) -> tuple[TalkApplication, Changed]:
    """Ask a cast whether they have time, as one who can pay the entry; nothing is held for it.

    One waits so many `minutes` for the answer, which by telephone (`medium`) is a call, paid as
    `pays` says, at the room's price and the line's. `replaces` is the application elsewhere that
    the caller has said to give up for it. Raises UserError `application_minutes`, `text_too_long`
    (400), `room_unknown` (404), `own_room`, `not_confirmed` (403), `no_applications`,
    `already_in_talk`, `application_exists` and `application_elsewhere` (application_id),
    `room_open_now`, `room_without_telephone`, `telephone_needed`, `applications_full`,
    `applications_today`, `rate_changed`, and those of `means.must_pay_entry`.
    """
    said = written(words, LONGEST_WORDS)
    await doors.must_be_open(tx, "applications")
    may_apply.must_be_minutes(minutes)
    room = await may_apply.room_for(tx, room_id, caller_id)
    before = await live_of(tx, caller_id)
    await locking.lock_people(tx, caller_id, room.cast_id, *([before.cast_id] if before else []))
    if await blocks.hidden(tx, caller_id, room.cast_id):
        raise refusals.room_unknown()
    # What its cast changed before the lock counts.
    room = await may_apply.room_for(tx, room_id, caller_id)
    live = await rows.lock(tx, rows.IS_LIVE, applications.c.caller_id == caller_id)
    given_up = _to_give_up(live, before, room_id, replaces)
    room = await may_apply.priced(tx, settings, room, caller_id, medium)
    refusals.must_be_rate_shown(room.rate, seen_rate)
    asked = pays if medium == "telephone" else None
    await may_apply.must_be_able(tx, settings, room, caller_id, asked)
    await may_apply.must_have_room(tx, settings, room.cast_id, caller_id)
    for one in given_up:
        await rows.end(tx, settings, one, "replaced", "withdrawn_cast")
    made = await _insert(tx, room, caller_id, minutes, said, medium=medium, pays=pays)
    await application_notices.tell(tx, settings, made.id, "applied")
    return made, Changed().about(made, *given_up)


async def live_of(tx: Tx, caller_id: int) -> TalkApplication | None:
    """Return a caller's application that isn't over, if there is one."""
    query = sa.select(applications).where(rows.IS_LIVE, applications.c.caller_id == caller_id)
    return typed_one(TalkApplication, (await tx.execute(query)).mappings())


def _to_give_up(
    live: list[TalkApplication], before: TalkApplication | None, room_id: int, replaces: int | None
) -> list[TalkApplication]:
    """Return what the caller gives up for a new application: by their own word, or it is refused.

    What began between the look and the lock was never asked about, and its cast isn't locked.
    """
    for one in live:
        if one.room_id == room_id:
            raise UserError(
                "application_exists",
                N_("このルームには、すでに申し込んでいます。"),
                application_id=one.id,
            )
        if one.id != replaces or before is None or before.id != one.id:
            raise UserError(
                "application_elsewhere",
                N_(
                    "ほかのルームに申し込んでいます。切り替えると、そちらの申し込みは取り消されます。"
                ),
                application_id=one.id,
            )
    return live


async def _insert(
    tx: Tx, room: may_apply.AppliedRoom, caller_id: int, minutes: int, words: str, **how: str
) -> TalkApplication:
    until = await clock(tx) + timedelta(minutes=minutes)
    made = await tx.scalar(
        sa.insert(applications)
        .values(
            room_id=room.id,
            cast_id=room.cast_id,
            caller_id=caller_id,
            rate=room.rate,
            words=words,
            minutes=minutes,
            **how,
            wait_until=until,
            due_at=until,
        )
        .returning(applications.c.id)
    )
    assert made is not None
    found = await rows.find(tx, int(made))
    assert found is not None
    return found


async def apply_again(
    tx: Tx,
    settings: Settings,
    application_id: int,
    caller_id: int,
    *,
    seen_rate: int | None = None,
    replaces: int | None = None,
) -> tuple[TalkApplication, Changed]:
    """Apply anew as in an application that is over, with the same words and for as long.

    Raises UserError `application_unknown` (404), and what `apply` raises.
    """
    row = await rows.find(tx, application_id)
    if row is None or row.caller_id != caller_id:
        raise rows.unknown()
    return await apply(
        tx,
        settings,
        row.room_id,
        caller_id,
        row.minutes,
        row.words,
        seen_rate=seen_rate,
        replaces=replaces,
        medium=row.medium,
        pays=row.pays,
    )


async def withdraw(tx: Tx, settings: Settings, application_id: int, caller_id: int) -> Changed:
    """Take an application back as its caller, also while one is rung.

    Raises UserError `application_unknown` (404), `application_answered`.
    """
    row = await rows.locked(tx, application_id, caller_id, "caller")
    if not row.is_live:
        raise rows.answered()
    await rows.end(tx, settings, row, "withdrawn", "withdrawn_cast")
    return Changed().about(row)
