"""Applying to talk, as the caller: applying, applying once more, and taking it back."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from foundation.text.written import written
from people.accounts import locking
from people.accounts.tables import users
from people.meeting import blocks
from people.sign_in.sessions import may_come_in
from rooms.ground import refusals
from rooms.ground.applying_tables import LONGEST_WORDS
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.live import live_talk
from rooms.ground.tables import rooms
from rooms.lobby import application_notices, means, room_states
from rooms.lobby import talk_applications as rows
from rooms.lobby.talk_applications import Changed, TalkApplication

SHORTEST_MINUTES, LONGEST_MINUTES, STEP_MINUTES = 15, 180, 15
CHOICES = tuple(range(SHORTEST_MINUTES, LONGEST_MINUTES + 1, STEP_MINUTES))


@dataclass(frozen=True)
class AppliedRoom:
    """What an application takes over from its room."""

    id: int
    cast_id: int
    rate: int
    by_application: bool
    takes_tab: bool


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
) -> tuple[TalkApplication, Changed]:
    """Ask a cast whether they have time, as one who can pay the entry; nothing is held for it.

    One waits so many `minutes` for the answer. `replaces` is the application elsewhere that the
    caller has said to give up for it. Raises UserError `application_minutes`, `text_too_long`
    (400), `room_unknown` (404), `own_room`, `not_confirmed` (403), `no_applications`,
    `already_in_talk`, `application_exists` and `application_elsewhere` (application_id),
    `room_open_now`, `applications_full`, `applications_today`, `rate_changed`, and those of
    `means.must_pay_entry`.
    """
    said = written(words, LONGEST_WORDS)
    _must_be_minutes(minutes)
    room = await _room(tx, room_id, caller_id)
    before = await live_of(tx, caller_id)
    await locking.lock_people(tx, caller_id, room.cast_id, *([before.cast_id] if before else []))
    if await blocks.hidden(tx, caller_id, room.cast_id):
        raise refusals.room_unknown()
    # What its cast changed before the lock counts.
    room = await _room(tx, room_id, caller_id)
    live = await rows.lock(tx, rows.IS_LIVE, applications.c.caller_id == caller_id)
    given_up = _to_give_up(live, before, room_id, replaces)
    refusals.must_be_rate_shown(room.rate, seen_rate)
    await _must_be_able(tx, settings, room, caller_id)
    await _must_have_room(tx, settings, room.cast_id, caller_id)
    for one in given_up:
        await rows.end(tx, settings, one, "replaced", "withdrawn_cast")
    made = await _insert(tx, room, caller_id, minutes, said)
    await application_notices.tell(tx, settings, made.id, "applied")
    return made, Changed().about(made, *given_up)


def _must_be_minutes(minutes: int) -> None:
    if minutes not in CHOICES:
        raise UserError(
            "application_minutes",
            N_("お待ちいただける時間を、一覧からお選びください。"),
            status=400,
        )


async def _room(tx: Tx, room_id: int, caller_id: int) -> AppliedRoom:
    found = await tx.execute(
        sa.select(
            rooms.c.id, rooms.c.cast_id, rooms.c.rate, rooms.c.by_application, rooms.c.takes_tab
        )
        .join(users, users.c.id == rooms.c.cast_id)
        .where(rooms.c.id == room_id, rooms.c.published, may_come_in())
    )
    room = typed_one(AppliedRoom, found.mappings())
    if room is None:
        raise refusals.room_unknown()
    if room.cast_id == caller_id:
        raise UserError("own_room", N_("ご自分のルームには申し込めません。"))
    if not room.by_application:
        raise UserError(
            "no_applications", N_("このルームは、トークの申し込みを受け付けていません。")
        )
    return room


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


async def _must_be_able(tx: Tx, settings: Settings, room: AppliedRoom, caller_id: int) -> None:
    """Refuse who couldn't enter, and who needn't apply to."""
    confirmed = sa.select(users.c.confirmed_at).where(users.c.id == caller_id)
    if await tx.scalar(confirmed) is None:
        raise UserError(
            "not_confirmed", N_("メールアドレスの確認が済むと申し込めます。"), status=403
        )
    talk = await live_talk(tx, caller_id)
    if talk is not None:
        raise refusals.in_talk_still(talk.id)
    await means.must_pay_entry(tx, settings, caller_id, room.rate, takes_tab=room.takes_tab)
    states = await room_states.states(tx, settings, [room.id])
    if states.get(room.id) == "open":
        raise UserError(
            "room_open_now",
            N_("いまオンラインです。申し込まずに、そのまま入室できます。"),
            room_id=room.id,
        )


async def _must_have_room(tx: Tx, settings: Settings, cast_id: int, caller_id: int) -> None:
    here = sa.select(sa.func.count()).where(rows.IS_LIVE, applications.c.cast_id == cast_id)
    if int(await tx.scalar(here) or 0) >= settings.applications_most:
        raise UserError(
            "applications_full",
            N_("申し込みがいっぱいです。少し時間をおいて、もう一度お試しください。"),
        )
    today = sa.select(sa.func.count()).where(
        applications.c.caller_id == caller_id,
        applications.c.made_at > await clock(tx) - timedelta(days=1),
    )
    if int(await tx.scalar(today) or 0) >= settings.applications_a_day:
        raise UserError(
            "applications_today",
            N_("申し込みは24時間に%(most)s回までです。"),
            most=settings.applications_a_day,
        )


async def _insert(
    tx: Tx, room: AppliedRoom, caller_id: int, minutes: int, words: str
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
