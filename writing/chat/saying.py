"""Writing in a consultation. Both people are locked: a block, a suspension, a withdrawal hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.visible import is_blank
from people.accounts.tables import users
from people.meeting import blocks
from people.meeting.pictures import Pictures
from writing.chat import days, locked, reading, refusals
from writing.chat.rows import ChatRow
from writing.chat.rules import MOST_PHOTOS, MOST_PHOTOS_A_DAY, MOST_WORDS, ChatSide
from writing.chat.tables import chat_messages, chat_photos
from writing.ground.words import words_of


@dataclass(frozen=True)
class ChatWords:
    """A message as it comes from its form: `key` is the form's own, `photos` are drawn anew, `seen`
    is the last message that the writer's page showed. With photos there needn't be any text.
    """

    key: str
    text: str
    photos: Sequence[Pictures] = ()
    seen: int | None = None


@dataclass(frozen=True)
class ChatSaid:
    """A message that was written, and who is across."""

    chat_id: int
    message_id: int
    other_id: int


def text_of(words: ChatWords) -> str:
    """Return the text of a message as it is kept.

    Raises UserError of `words_of` (400) and `chat_photos_most` (400).
    """
    if len(words.photos) > MOST_PHOTOS:
        raise UserError(
            "chat_photos_most",
            N_("一度に送れる写真は%(most)s枚までです。"),
            status=400,
            most=MOST_PHOTOS,
        )
    if words.photos and is_blank(words.text):
        return ""
    return words_of(words.text, MOST_WORDS)


async def say(tx: Tx, settings: Settings, chat_id: int, user_id: int, words: ChatWords) -> ChatSaid:
    """Write in a consultation; the same key again is the message first written.

    Raises UserError `chat_unknown` (404), those of `text_of` and `refusal`, `chat_messages_many`
    or `chat_photos_many` (429).
    """
    text = text_of(words)
    row = await locked.of_side(tx, chat_id, user_id)
    side = row.side_of(user_id)
    assert side is not None
    other = row.across(side)
    known = await _known(tx, chat_id, user_id, words.key)
    if known is not None:
        return ChatSaid(chat_id, known, other or row.caller_id)
    refused = await refusal(tx, row, user_id)
    if refused is not None:
        raise refused
    # Days that are over are settled before what is written now, which belongs to the next.
    if await days.settle_due(tx, row, await clock(tx)):
        raise refusals.chat_over()
    await _must_be_few(tx, settings, user_id, len(words.photos))
    if words.seen:
        await reading.note_read(tx, row.id, user_id, side, words.seen)
    message_id = await _write(tx, row, side, user_id, words, text)
    assert other is not None
    return ChatSaid(chat_id, message_id, other)


async def refusal(tx: Tx, row: ChatRow, user_id: int) -> UserError | None:
    """Return why one of the two may not write now; None where they may.

    What the clock has not come to yet holds all the same.
    """
    if row.state == "waiting":
        return refusals.chat_not_begun()
    if row.state != "running" or await _is_past(tx, row):
        return refusals.chat_over()
    other = row.caller_id if user_id == row.member_id else row.in_charge
    gone = sa.select(users.c.withdrawn_at).where(users.c.id == other)
    if await tx.scalar(gone) is not None or await blocks.hidden(tx, user_id, other):
        return refusals.chat_away()
    return None


async def _is_past(tx: Tx, row: ChatRow) -> bool:
    """Say whether its last paid day is over, of one that was not opened again."""
    of = await days.of(tx, row.id)
    ends = of[-1].ends_at if of and of[-1].state == "held" else None
    return ends is not None and ends <= await clock(tx)


async def may_type(tx: Tx, chat_id: int, user_id: int) -> int | None:
    """Return who is to see that somebody types in a consultation that runs; None: nobody.

    It locks and stores nothing.
    """
    row = await locked.find(tx, chat_id)
    side = row.side_of(user_id)
    if side is None or await refusal(tx, row, user_id) is not None:
        return None
    return row.across(side)


_WRITTEN = sa.text("""
SELECT count(*) FILTER (WHERE at > clock_timestamp() - interval '1 hour') AS messages,
  coalesce(sum(photos), 0) AS photos
FROM chat_messages WHERE sender_id = :user AND at > clock_timestamp() - interval '24 hours'
""")


async def _must_be_few(tx: Tx, settings: Settings, user_id: int, photos: int) -> None:
    written = (await tx.execute(_WRITTEN, {"user": user_id})).one()
    if written.messages >= settings.chat_messages:
        raise UserError(
            "chat_messages_many",
            N_("続けて送れる数を超えました。しばらくしてからお試しください。"),
            status=429,
        )
    if photos and written.photos + photos > MOST_PHOTOS_A_DAY:
        raise UserError(
            "chat_photos_many",
            N_("写真を送れるのは、1日に%(most)s枚までです。"),
            status=429,
            most=MOST_PHOTOS_A_DAY,
        )


async def _known(tx: Tx, chat_id: int, user_id: int, key: str) -> int | None:
    found: int | None = await tx.scalar(
        sa.select(chat_messages.c.id).where(
            chat_messages.c.chat_id == chat_id,
            chat_messages.c.sender_id == user_id,
            chat_messages.c.key == key,
        )
    )
    return found


async def _write(
    tx: Tx, row: ChatRow, side: ChatSide, user_id: int, words: ChatWords, text: str
) -> int:
    values = {"chat_id": row.id, "side": side, "sender_id": user_id, "key": words.key}
    values |= {"text": text, "photos": len(words.photos)}
    made = insert(chat_messages).values(values).returning(chat_messages.c.id, chat_messages.c.at)
    message = (await tx.execute(made)).one()
    await _keep_photos(tx, message.id, words.photos)
    changed: dict[str, object] = {"last_at": message.at}
    if side == "member" and row.answered_at is None:
        changed["answered_at"] = message.at
    await locked.change(tx, row.id, **changed)
    await tx.execute(_COUNT, {"chat": row.id, "side": side, "at": message.at})
    return int(message.id)


async def _keep_photos(tx: Tx, message_id: int, photos: Sequence[Pictures]) -> None:
    rows = [
        {
            "message_id": message_id,
            "name": new_token(),
            "width": one.width,
            "height": one.height,
            "whole": one.whole,
            "small": one.portrait,
        }
        for one in photos
    ]
    if rows:
        await tx.execute(sa.insert(chat_photos), rows)


_COUNT = sa.text("""
UPDATE chat_sides SET unread = least(unread + 1, 9999), unread_since = coalesce(unread_since, :at)
WHERE chat_id = :chat AND side <> :side
""")
