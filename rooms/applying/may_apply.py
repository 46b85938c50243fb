"""Whether somebody may apply to talk: the room takes it, they could enter, and there is place."""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from points.rules import Pays
from rooms.ground import refusals
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.live import live_talk
from rooms.ground.tables import rooms
from rooms.lobby import by_medium, means, room_states
from rooms.lobby import talk_applications as rows
from rooms.lobby.by_medium import Medium

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


def must_be_minutes(minutes: int) -> None:
    """Refuse a wait that nobody may choose: `application_minutes`."""
    if minutes not in CHOICES:
        raise UserError(
            "application_minutes",
            N_("お待ちいただける時間を、一覧からお選びください。"),
            status=400,
        )


async def room_for(tx: Tx, room_id: int, caller_id: int) -> AppliedRoom:
    """Return a room that takes applications of a caller.

    Raises UserError `room_unknown` (404), `own_room`, `no_applications`.
    """
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


async def priced(
    tx: Tx, settings: Settings, room: AppliedRoom, caller_id: int, medium: Medium
) -> AppliedRoom:
    """Return the room at its price by a medium, by which both can be reached.

    Raises UserError `room_without_telephone`, `telephone_needed`.
    """
    await by_medium.must_be_taken(tx, settings, room.id, medium)
    await by_medium.must_be_rung(tx, caller_id, medium)
    return replace(room, rate=room.rate + by_medium.line_fee(settings, medium))


async def must_be_able(
    tx: Tx, settings: Settings, room: AppliedRoom, caller_id: int, pays: Pays | None
) -> None:
    """Refuse who couldn't enter, and who needn't apply to."""
    confirmed = sa.select(users.c.confirmed_at).where(users.c.id == caller_id)
    if await tx.scalar(confirmed) is None:
        raise UserError(
            "not_confirmed", N_("メールアドレスの確認が済むと申し込めます。"), status=403
        )
    talk = await live_talk(tx, caller_id)
    if talk is not None:
        raise refusals.in_talk_still(talk.id)
    takes = room.takes_tab
    await means.must_pay_entry(tx, settings, caller_id, room.rate, takes_tab=takes, pays=pays)
    states = await room_states.states(tx, settings, [room.id])
    if states.get(room.id) == "open":
        raise UserError(
            "room_open_now",
            N_("いまオンラインです。申し込まずに、そのまま入室できます。"),
            room_id=room.id,
        )


async def must_have_room(tx: Tx, settings: Settings, cast_id: int, caller_id: int) -> None:
    """Refuse one more where too many wait for a cast, or come from one caller."""
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
