"""What those who wait for a room are told when they look at no page: by inbox, push and mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from rooms.ground.tables import rooms
from rooms.lobby.waiting import turn_key

TITLE = N_("%(name)sさんのルームに入室できます")
TEXT = N_("順番になりました。%(seconds)s秒以内に入室してください。過ぎると、列の最後に移ります。")
# Of each piece of news: title and text. A mail of what went by helps nobody.
WORDS = {
    "paused": (
        N_("%(name)sさんは休憩中です"),
        N_("次はあなたの番です。約%(minutes)s分以内に戻ると、すぐにご案内します。戻らないときは、順番待ちは終わります。"),
    ),
    "later": (
        N_("順番が過ぎました"),
        N_("%(name)sさんのルームの列の最後に移りました。次に過ぎると、順番待ちは終わります。"),
    ),
    "lapsed": (
        N_("順番待ちが終わりました"),
        N_("%(name)sさんのルームの順番が2回過ぎました。%(again)s分後からまた並べます。"),
    ),
    "closed": (
        N_("順番待ちが終わりました"),
        N_("%(name)sさんがオフラインになりました。"),
    ),
}  # fmt: skip
MAILED = ("paused",)


class News(Protocol):
    """What happened to one who waits (a `rooms.lobby.turns.Turn`)."""

    @property
    def room_id(self) -> int: ...
    @property
    def user_id(self) -> int: ...
    @property
    def news(self) -> str: ...
    @property
    def seconds(self) -> int | None: ...


@dataclass(frozen=True)
class Called:
    """Whose turn has come, and how they are told: `nickname` is the cast's."""

    id: int
    room_id: int
    user_id: int
    cast_id: int
    called_at: datetime
    locale: str
    nickname: str


async def tell_called(tx: Tx, settings: Settings, row: Called) -> None:
    """Tell one whose turn has come, and how long it lasts."""
    await inbox.tell(
        tx,
        row.user_id,
        kind="turn",
        key=turn_key(row.id, row.called_at),
        title=translate(row.locale, TITLE, name=row.nickname),
        text=translate(row.locale, TEXT, seconds=settings.waiting_seconds),
        link=f"/rooms/{row.room_id}/enter",
        site=settings.public_url,
    )


_CAST = (
    sa.select(users.c.nickname)
    .select_from(rooms.join(users, users.c.id == rooms.c.cast_id))
    .where(rooms.c.id == sa.bindparam("room"))
)
_LOCALE = sa.select(users.c.locale).where(users.c.id == sa.bindparam("user"))


async def tell(tx: Tx, settings: Settings, turn: News) -> None:
    """Tell one who waits of a pause, of a turn that passed, or that the list has ended."""
    cast = (await tx.execute(_CAST, {"room": turn.room_id})).one()
    locale = str(await tx.scalar(_LOCALE, {"user": turn.user_id}))
    title, text = WORDS[turn.news]
    words = {
        "name": cast.nickname,
        "minutes": max(1, -(-(turn.seconds or 0) // 60)),
        "again": -(-settings.waiting_pause_seconds // 60),
    }
    await inbox.tell(
        tx,
        turn.user_id,
        kind="turn",
        title=translate(locale, title, **words),
        text=translate(locale, text, **words),
        link=f"/rooms/{turn.room_id}",
        site=settings.public_url,
        mail=turn.news in MAILED,
    )
