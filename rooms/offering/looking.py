"""Rooms that wait until staff have looked at them: what staff see, and what they decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.pages import Page, count, offset
from foundation.settings import Settings
from notify import inbox
from people.accounts import locking
from people.accounts.tables import users
from people.desk import photo_looks
from people.meeting.photos import Photo
from record.acts import log_act
from rooms.ground import refusals
from rooms.ground.offering_tables import room_categories
from rooms.ground.tables import rooms
from rooms.lobby import own_rooms
from rooms.offering import publishing, room_photos, tags

MOST_WORDS = 500
PASSED = N_("ルームを公開しました")
PASSED_TEXT = N_(
    "「%(title)s」を確認し、公開しました。一覧に表示されます。これから作るルームは、"
    "確認を待たずに公開できます。"
)
REFUSED = N_("ルームを公開できませんでした")
REFUSED_TEXT = N_(
    "「%(title)s」を確認しましたが、このままでは公開できません。内容を直して、もう一度お送りください。"
    "\n\n担当者より：\n%(words)s"
)


@dataclass(frozen=True)
class WaitingRoom:
    """A room as staff look at it before others do; `revision` says which writing of it."""

    id: int
    title: str
    topic: str
    text: str
    rate: int
    allows_video: bool
    by_standby: bool
    by_application: bool
    booking: str
    revision: int
    sent_at: datetime
    cast_id: int
    cast_name: str
    portrait: str | None
    category_ja: str | None
    category_en: str | None
    tags: tuple[str, ...]
    photos: list[Photo]


async def waiting(tx: Tx) -> int:
    """Return how many rooms wait; beyond 99 the figure stays there."""
    return await count(tx, sa.select(rooms.c.id).where(rooms.c.look == "waiting"))


async def queue(tx: Tx, number: int, size: int) -> Page[WaitingRoom]:
    """Return a page of the rooms that wait, who has waited longest first."""
    rows = await tx.execute(
        sa.select(
            rooms.c.id, rooms.c.title, rooms.c.topic, rooms.c.text, rooms.c.rate,
            rooms.c.allows_video, rooms.c.by_standby, rooms.c.by_application, rooms.c.booking,
            rooms.c.revision, rooms.c.sent_at, rooms.c.cast_id,
            users.c.nickname.label("cast_name"), users.c.portrait,
            room_categories.c.name_ja.label("category_ja"),
            room_categories.c.name_en.label("category_en"),
        )
        .join(users, users.c.id == rooms.c.cast_id)
        .outerjoin(room_categories, room_categories.c.id == rooms.c.category_id)
        .where(rooms.c.look == "waiting")
        .order_by(rooms.c.sent_at, rooms.c.id)
        .offset(offset(number, size))
        .limit(size + 1)
    )  # fmt: skip
    found = [
        WaitingRoom(
            **row,
            tags=await tags.of_room(tx, row["id"]),
            photos=await room_photos.of_room(tx, row["id"]),
        )
        for row in rows.mappings().all()
    ]
    return Page.of(found, number, size)


async def let_pass(
    tx: Tx,
    settings: Settings,
    room_id: int,
    actor_id: int,
    revision: int,
    photo_ids: Sequence[int] = (),
) -> None:
    """Make a room public as it was looked at, with those of its photos, and tell its cast.

    Raises UserError `look_decided`, `look_changed`, `look_own` (403), and those of
    `publishing.must_be_ready`.
    """
    cast_id = await _waiting_still(tx, room_id, actor_id, revision)
    room = await own_rooms.own_room(tx, room_id, cast_id)
    await publishing.must_be_ready(tx, settings, room, cast_id)
    await publishing.make_public(tx, room_id, cast_id)
    shown = {one.id for one in await room_photos.of_room(tx, room_id)}
    await photo_looks.passing(tx, cast_id, sorted(shown.intersection(photo_ids)), actor_id)
    await log_act(tx, actor_id, "room.pass", f"room:{room_id}", reason=room.title, cast=cast_id)
    await _tell(tx, settings, cast_id, room_id, PASSED, PASSED_TEXT, {"title": room.title})


async def refuse(
    tx: Tx, settings: Settings, room_id: int, actor_id: int, revision: int, words: str
) -> None:
    """Send a room back to its cast, with words. Raises as `let_pass` does."""
    cast_id = await _waiting_still(tx, room_id, actor_id, revision)
    title = await tx.scalar(sa.select(rooms.c.title).where(rooms.c.id == room_id))
    back = {"look": "refused", "look_words": words, "sent_at": None}
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(back))
    await log_act(tx, actor_id, "room.refuse", f"room:{room_id}", reason=words, cast=cast_id)
    said = {"title": str(title), "words": words}
    await _tell(tx, settings, cast_id, room_id, REFUSED, REFUSED_TEXT, said)


async def _waiting_still(tx: Tx, room_id: int, actor_id: int, revision: int) -> int:
    """Lock a room that waits, and its cast; return who that is."""
    cast_id = await tx.scalar(sa.select(rooms.c.cast_id).where(rooms.c.id == room_id))
    if cast_id is None:
        raise refusals.room_unknown()
    if cast_id == actor_id:
        raise photo_looks.own_look()
    await locking.lock_people(tx, cast_id)
    query = sa.select(rooms.c.id, rooms.c.look, rooms.c.revision).where(rooms.c.id == room_id)
    row = await locks.lock_row(tx, query)
    if row is None or row.look != "waiting":
        raise photo_looks.decided()
    if row.revision != revision:
        raise UserError(
            "look_changed", N_("内容が変わりました。もう一度ごらんになってから決めてください。")
        )
    return int(cast_id)


async def _tell(
    tx: Tx,
    settings: Settings,
    cast_id: int,
    room_id: int,
    title: str,
    text: str,
    said: Mapping[str, str],
) -> None:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == cast_id))
    assert locale is not None
    await inbox.tell(
        tx,
        cast_id,
        kind="look",
        title=translate(locale, title),
        text=translate(locale, text, **said),
        link=f"/console/rooms/{room_id}",
        site=settings.public_url,
    )
