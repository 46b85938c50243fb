"""A talk whose cast has not sat down yet: how they learn that somebody has entered."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import inbox, jobs
from people.accounts.tables import users
from rooms.ground.tables import rooms, talks

JOB = "tell_entered"
# A console that is open sits down by itself within a second or two: then nobody need be called.
CONSOLE_SECONDS = 5
TITLE = N_("%(name)sさんが入室しました")
TEXT = N_("トークルーム「%(room)s」でお待ちです。%(seconds)s秒以内に通話の画面を開いてください。")


@dataclass(frozen=True)
class Unanswered:
    """A talk in which the caller waits for the cast; after `seconds` it ends by itself."""

    talk_id: int
    cast_id: int
    locale: str
    name: str
    room_title: str
    seconds: int

    @property
    def key(self) -> str:
        """Its name, by which the notice, the push and what rings on a page are known as one."""
        return f"entered:{self.talk_id}"


async def announce(tx: Tx, talk_id: int) -> None:
    """Have the cast of a talk that begins be told, where they don't sit down soon."""
    at = await clock(tx) + timedelta(seconds=CONSOLE_SECONDS)
    await jobs.defer(tx, JOB, key=f"{JOB}:{talk_id}", at=at, talk_id=talk_id)


async def tell(tx: Tx, settings: Settings, talk_id: int) -> bool:
    """Tell the cast by inbox, push and mail, unless they are there or the talk is over."""
    found = await _one(tx, settings, talks.c.id == talk_id)
    if found is None:
        return False
    return await inbox.tell(
        tx,
        found.cast_id,
        kind="entered",
        key=found.key,
        title=translate(found.locale, TITLE, name=found.name),
        text=translate(found.locale, TEXT, room=found.room_title, seconds=found.seconds),
        link=f"/talks/{talk_id}",
        site=settings.public_url,
    )


async def of_cast(tx: Tx, settings: Settings, cast_id: int) -> Unanswered | None:
    """Return the talk in which a cast is awaited, if there is one."""
    return await _one(tx, settings, talks.c.cast_id == cast_id)


async def _one(tx: Tx, settings: Settings, which: sa.ColumnElement[bool]) -> Unanswered | None:
    connect = sa.func.make_interval(0, 0, 0, 0, 0, 0, settings.connect_seconds)
    left = sa.func.extract("epoch", talks.c.entered_at + connect - sa.func.clock_timestamp())
    caller, cast = users.alias(), users.alias()
    query = (
        sa.select(
            talks.c.id.label("talk_id"),
            talks.c.cast_id,
            cast.c.locale,
            caller.c.nickname.label("name"),
            rooms.c.title.label("room_title"),
            sa.cast(sa.func.greatest(sa.func.ceil(left), 0), sa.Integer).label("seconds"),
        )
        .join(caller, caller.c.id == talks.c.caller_id)
        .join(cast, cast.c.id == talks.c.cast_id)
        .join(rooms, rooms.c.id == talks.c.room_id)
        .where(which, talks.c.ended_at.is_(None), talks.c.cast_seat.is_(None))
    )
    return typed_one(Unanswered, (await tx.execute(query)).mappings())
