"""For whom a room is kept now: one who is rung, else the first of those who wait for it.

Entry, the waiting list, what everybody sees of a room, and the ring itself ask here and nowhere
else, under the cast's lock: so a cast is never promised to two.
"""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.ground import kept_times
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.tables import rooms
from rooms.ground.tables import waiting_turns as turns


async def must_be_kept_for(tx: Tx, room_id: int, caller_id: int) -> None:
    """Refuse whoever a room isn't kept for, if it is kept for anybody.

    Raises UserError `room_rung` while another one is rung, and `room_turn` while others wait.
    """
    rung = await rung_for(tx, room_id)
    if rung == caller_id:
        return
    if rung is not None:
        raise UserError(
            "room_rung",
            N_("トークを申し込んだ方をお呼びしています。少しあとで、もう一度お試しください。"),
        )
    first = await tx.scalar(
        sa.select(turns.c.user_id)
        .where(turns.c.room_id == room_id, counts())
        .order_by(turns.c.id)
        .limit(1)
    )
    if first is not None and first != caller_id:
        raise UserError("room_turn", N_("順番をお待ちの方をご案内しています。少しお待ちください。"))


async def must_not_be_reserved(tx: Tx, settings: Settings, cast_id: int, caller_id: int) -> None:
    """Refuse a room that is kept for a reservation, and a cast who is awaited in their own."""
    if await kept_times.reservation_now(tx, settings, caller_id):
        raise UserError("own_reservation_due", N_("ご自分のルームに予約が入っている時間です。"))
    kept = await kept_times.reservation_now(tx, settings, cast_id)
    if kept and kept.caller_id == caller_id:
        raise UserError(
            "reserved_for_you",
            N_("ご予約の時間です。予約のページから入室できます。"),
            reservation_id=kept.id,
        )
    if kept:
        raise UserError("room_reserved", N_("キャストはほかのお客様とのご予約の時間です。"))


async def rung_for(tx: Tx, room_id: int) -> int | None:
    """Return the caller who is rung to a room now; a ring whose time is over counts no more."""
    found: int | None = await tx.scalar(
        sa.select(applications.c.caller_id).where(applications.c.room_id == room_id, _rings())
    )
    return found


def keeps(room_id: int | sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """The SQL condition for a room that is kept for anybody."""
    rung = sa.exists().where(applications.c.room_id == room_id, _rings())
    return sa.or_(sa.exists().where(turns.c.room_id == room_id, counts()), rung)


async def has_line(tx: Tx, cast_id: int) -> bool:
    """Say whether anybody waits in line for a room of a cast's."""
    theirs = sa.select(rooms.c.id).where(rooms.c.cast_id == cast_id)
    waits = sa.exists().where(turns.c.room_id.in_(theirs), counts())
    return bool(await tx.scalar(sa.select(waits)))


def counts() -> sa.ColumnElement[bool]:
    """Whether a row of the list still counts: a turn that is over does not."""
    return sa.or_(turns.c.turn_ends_at.is_(None), turns.c.turn_ends_at > sa.func.clock_timestamp())


def _rings() -> sa.ColumnElement[bool]:
    rung: sa.ColumnElement[bool] = sa.literal_column("talk_applications.state = 'rung'", sa.Boolean)
    return sa.and_(rung, applications.c.due_at > sa.func.clock_timestamp())
