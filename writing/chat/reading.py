"""What was written in a consultation, a page at a time, and how far each of the two has read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_all, typed_one
from notify import inbox
from writing.chat import refusals
from writing.chat.rules import ChatSide
from writing.chat.tables import chat_photos, chats
from writing.chat.views import ChatView

PAGE = 50
# In which of its two sizes a photo is shown: whole (1,600 pixels at most), or a square of 320.
PhotoSize = Literal["whole", "small"]


@dataclass(frozen=True)
class ChatPhoto:
    """A photo of a message; its size in pixels. Served by its `name`."""

    message_id: int
    name: str
    width: int
    height: int


@dataclass(frozen=True)
class ChatMessage:
    """One message; `mine`: it is of the reader's own side. `read`: the other has read it.

    `sender_name` wrote it, who may be a member who has handed it over since.
    """

    id: int
    side: ChatSide
    mine: bool
    sender_id: int
    sender_name: str
    text: str
    at: datetime
    read: bool
    photos: list[ChatPhoto] = field(default_factory=list)


@dataclass(frozen=True)
class ChatStretch:
    """A stretch of messages, the oldest first, and whether there are older ones."""

    messages: list[ChatMessage]
    has_older: bool


_MESSAGES = sa.text("""
SELECT m.id, m.side, m.side = :side AS mine, m.sender_id, u.nickname AS sender_name, m.text, m.at,
  m.side = :side AND m.id <= :read AS read, m.photos
FROM chat_messages m JOIN users u ON u.id = m.sender_id
WHERE m.chat_id = :chat AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
  AND (m.sender_id = :user OR u.withdrawn_at IS NULL)
ORDER BY m.id DESC LIMIT :most
""")


async def stretch(
    tx: Tx, view: ChatView, before: int | None = None, size: int = PAGE
) -> ChatStretch:
    """Return the last messages of a consultation, or the last before one.

    What somebody wrote who has withdrawn is nobody's to read any more.
    """
    asked = {
        "chat": view.id,
        "user": view.user_id,
        "side": view.side,
        "read": view.other_read_id,
        "before": before,
        "most": size + 1,
    }
    found = (await tx.execute(_MESSAGES, asked)).mappings().all()
    rows = found[:size][::-1]
    shown = await _photos(tx, [row["id"] for row in rows if row["photos"]])
    messages = [
        ChatMessage(**{**row, "photos": [one for one in shown if one.message_id == row["id"]]})
        for row in rows
    ]
    return ChatStretch(messages, len(found) > size)


async def _photos(tx: Tx, message_ids: Sequence[int]) -> list[ChatPhoto]:
    if not message_ids:
        return []
    columns = (chat_photos.c.message_id, chat_photos.c.name, chat_photos.c.width)
    query = sa.select(*columns, chat_photos.c.height).order_by(chat_photos.c.id)
    found = await tx.execute(query.where(chat_photos.c.message_id.in_(message_ids)))
    return typed_all(ChatPhoto, found.mappings())


@dataclass(frozen=True)
class ChatPicture:
    """A photo's bytes (WebP) in one of its sizes."""

    data: bytes


_PICTURE = """
SELECT p.{size} AS data FROM chat_photos p JOIN chat_messages m ON m.id = p.message_id
JOIN chats c ON c.id = m.chat_id JOIN users s ON s.id = m.sender_id
WHERE p.name = :name AND :user IN (c.caller_id, c.member_id)
  AND (m.sender_id = :user OR s.withdrawn_at IS NULL)
"""
_PICTURES: dict[PhotoSize, sa.TextClause] = {
    "whole": sa.text(_PICTURE.format(size="whole")),
    "small": sa.text(_PICTURE.format(size="small")),
}


async def picture(tx: Tx, name: str, size: PhotoSize, user_id: int) -> ChatPicture:
    """Return a photo to one of the two of its consultation.

    Raises UserError `chat_unknown` (404) for anybody else.
    """
    found = await tx.execute(_PICTURES[size], {"name": name, "user": user_id})
    shown = typed_one(ChatPicture, found.mappings())
    if shown is None:
        raise refusals.chat_unknown()
    return shown


async def mark_read(tx: Tx, view: ChatView, up_to: int) -> bool:
    """Note that who looks has read a consultation up to a message; return whether that was news.

    What the site told them of it is read as well.
    """
    if up_to <= view.read_id and not view.unread:
        return False
    await locks.lock(tx, sa.select(chats.c.id).where(chats.c.id == view.id))
    return await note_read(tx, view.id, view.user_id, view.side, up_to)


async def note_read(tx: Tx, chat_id: int, user_id: int, side: ChatSide, up_to: int) -> bool:
    """As `mark_read`, of a consultation that is locked."""
    of = {"chat": chat_id, "side": side, "user": user_id, "up_to": up_to}
    changed = (await tx.execute(_READ, of)).one_or_none()
    if changed is not None and changed.unread == 0:
        await inbox.mark_link_read(tx, user_id, f"/chats/{chat_id}")
    return changed is not None


# Nobody reads further than what has been written to them.
_READ = sa.text("""
UPDATE chat_sides s SET read_id = r.up_to, unread = r.unread, unread_since = r.since
FROM (
  SELECT coalesce(max(id) FILTER (WHERE id <= :up_to), 0) AS up_to,
    count(*) FILTER (WHERE id > :up_to) AS unread, min(at) FILTER (WHERE id > :up_to) AS since
  FROM (SELECT id, at FROM chat_messages
    WHERE chat_id = :chat AND side <> :side ORDER BY id DESC LIMIT 200) latest
) r
WHERE s.chat_id = :chat AND s.side = :side AND s.user_id = :user AND r.up_to > s.read_id
RETURNING s.unread
""")
