"""Staff read a consultation: beside an open report about it, and logged; never else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_one
from people.desk import staff_views
from record.acts import log_act
from rooms.care.report_list import Report, find
from writing.chat.reading import ChatPicture, PhotoSize

PAGE = 50


@dataclass(frozen=True)
class EvidentWords:
    """A message of a reported consultation, as staff read it; `photos` are names."""

    id: int
    side: str
    sender_name: str
    text: str
    at: datetime
    photos: Sequence[str]


@dataclass(frozen=True)
class ChatEvidence:
    """A reported consultation: a stretch of it, the oldest first, and whether there are older."""

    report: Report
    messages: list[EvidentWords]
    has_older: bool


_MESSAGES = sa.text("""
SELECT m.id, m.side, u.nickname AS sender_name, m.text, m.at,
  ARRAY(SELECT p.name FROM chat_photos p WHERE p.message_id = m.id ORDER BY p.id) AS photos
FROM chat_messages m JOIN users u ON u.id = m.sender_id
WHERE m.chat_id = :chat AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
ORDER BY m.id DESC LIMIT :most
""")


async def read(tx: Tx, report_id: int, viewer_id: int, before: int | None = None) -> ChatEvidence:
    """Return what was written in the consultation of an open report; the look is logged.

    Raises UserError `report_unknown` (404), `chat_own` or `chat_sealed` (403).
    """
    found, chat_id = await _opened(tx, report_id, viewer_id)
    await log_act(tx, viewer_id, "chat.read", f"chat:{chat_id}", reason=f"report:{report_id}")
    await staff_views.note(tx, viewer_id, f"chat:{chat_id}")
    asked = {"chat": chat_id, "before": before, "most": PAGE + 1}
    rows = typed_all(EvidentWords, (await tx.execute(_MESSAGES, asked)).mappings())
    return ChatEvidence(found, rows[:PAGE][::-1], len(rows) > PAGE)


_PHOTO = """
SELECT p.{size} AS data FROM chat_photos p JOIN chat_messages m ON m.id = p.message_id
WHERE p.name = :name AND m.chat_id = :chat
"""
_PHOTOS: dict[PhotoSize, sa.TextClause] = {
    "whole": sa.text(_PHOTO.format(size="whole")),
    "small": sa.text(_PHOTO.format(size="small")),
}


async def photo(tx: Tx, report_id: int, viewer_id: int, name: str, size: PhotoSize) -> ChatPicture:
    """Return a photo of a consultation with an open report, as `read` does the words."""
    _, chat_id = await _opened(tx, report_id, viewer_id)
    await staff_views.note(tx, viewer_id, f"chat:{chat_id}")
    found = await tx.execute(_PHOTOS[size], {"name": name, "chat": chat_id})
    shown = typed_one(ChatPicture, found.mappings())
    if shown is None:
        raise _sealed()
    return shown


async def _opened(tx: Tx, report_id: int, viewer_id: int) -> tuple[Report, int]:
    found = await find(tx, report_id)
    people = {found.reporter_id, found.subject_id}
    if found.chat_id is not None:
        people |= set(await tx.scalars(_PEOPLE, {"chat": found.chat_id}))
    if viewer_id in people:
        raise UserError(
            "chat_own", N_("ご自分が関わったチャット相談は、見られません。"), status=403
        )
    if found.chat_id is None or found.state != "open":
        raise _sealed()
    return found, found.chat_id


_PEOPLE = sa.text("""
SELECT caller_id FROM chats WHERE id = :chat
UNION SELECT sender_id FROM chat_messages WHERE chat_id = :chat
""")


def _sealed() -> UserError:
    return UserError(
        "chat_sealed",
        N_("チャット相談の内容を見られるのは、通報か相談の審査中だけです。"),
        status=403,
    )
