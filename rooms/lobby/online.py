"""Coming online: those whose favourite a cast is are told, if they want to be."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import DbRow
from foundation.settings import Settings
from notify import choices, devices, inbox, jobs
from people.accounts.tables import users
from people.meeting import favourites
from record import faults
from record.faults import Work
from rooms.ground.tables import rooms, standbys
from rooms.lobby.presence import is_open

JOB = "tell_online"
TELL = Work(JOB, "user", lambda reader: reader[0])
TITLE = N_("%(name)sさんがオンラインになりました")
TEXT = N_("トークルーム「%(room)s」で待機しています。")


async def announce(tx: Tx, cast_id: int) -> None:
    """Have a cast's new stand-by told after this transaction, where somebody waits for that."""
    if await favourites.anyone_to_tell(tx, cast_id):
        await jobs.defer(tx, JOB, key=f"{JOB}:{cast_id}", cast_id=cast_id)


_ROOM = (
    sa.select(rooms.c.id, rooms.c.title, users.c.nickname)
    .join(standbys, standbys.c.room_id == rooms.c.id)
    .join(users, users.c.id == rooms.c.cast_id)
    .where(rooms.c.published)
)


async def tell_followers(tx: Tx, settings: Settings, cast_id: int, most: int) -> int:
    """Tell up to `most` users that a cast is online; return how many were told.

    By push where they have a device for it and want it, else by mail. A cast who has left by now is
    not told of.
    """
    room = (
        await tx.execute(_ROOM.where(rooms.c.cast_id == cast_id, is_open(settings)))
    ).one_or_none()
    if room is None:
        return 0
    told = await favourites.take_to_tell(tx, cast_id, most)
    await faults.each(tx, TELL, told, lambda reader: _tell(tx, settings, room, *reader))
    return len(told)


async def _tell(tx: Tx, settings: Settings, room: DbRow, user_id: int, locale: str) -> None:
    await inbox.tell(
        tx,
        user_id,
        kind="online",
        title=translate(locale, TITLE, name=room.nickname),
        text=translate(locale, TEXT, room=room.title),
        link=f"/rooms/{room.id}",
        site=settings.public_url,
        mail=not await _by_push(tx, user_id),
    )


async def _by_push(tx: Tx, user_id: int) -> bool:
    return await devices.has_any(tx, user_id) and await choices.wants(tx, user_id, "online", "push")
