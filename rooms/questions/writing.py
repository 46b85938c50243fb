"""Writing in a thread. Both people are locked: a block, a suspension, a withdrawal hold at once."""

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.visible import is_blank
from foundation.text.written import plain
from people.accounts import locking
from rooms.ground.question_tables import (
    MOST_CHARACTERS,
    question_messages,
    question_sides,
    question_threads,
)
from rooms.ground.tables import rooms
from rooms.questions import may_write, threads
from rooms.questions.reading import note_read
from rooms.questions.threads import QuestionThread

# Signs that turn the text around them; what is left takes its direction from its letters.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_GAPS = re.compile(r"\n{4,}")


@dataclass(frozen=True)
class Said:
    """A message that was written, and its thread."""

    thread_id: int
    message_id: int


def words_of(text: str) -> str:
    """Return a message as it is kept: without outer spaces, control and turning signs.

    Raises UserError `question_empty` or `question_too_long` (400).
    """
    kept = _GAPS.sub("\n\n\n", _TURNING.sub("", plain(text)))
    if is_blank(kept):
        raise UserError("question_empty", N_("メッセージを入力してください。"), status=400)
    if len(kept) > MOST_CHARACTERS:
        raise UserError(
            "question_too_long",
            N_("%(most)s文字までです。いまは%(now)s文字あります。"),
            status=400,
            most=f"{MOST_CHARACTERS:,}",
            now=f"{len(kept):,}",
        )
    return kept


async def say(
    tx: Tx, thread_id: int, user_id: int, key: str, text: str, *, seen: int | None = None
) -> Said:
    """Write in a thread; the same `key` again returns the message first written.

    `seen` is the last message that the writer's page showed. Raises UserError `question_unknown`
    (404), what `words_of` raises, and what `may_write.refusal` returns.
    """
    kept = words_of(text)
    thread = await _locked(tx, thread_id, user_id)
    known = await _known(tx, thread, key)
    if known is not None:
        return known
    refused = await may_write.refusal(tx, thread)
    if refused is not None:
        raise refused
    if seen:
        await note_read(tx, thread, seen)
    return await _write(tx, thread, key, kept)


async def begin(
    tx: Tx, settings: Settings, room_id: int, caller_id: int, key: str, text: str
) -> Said:
    """Ask at a room: in the thread that there is, or in a new one.

    Raises UserError `room_unknown` (404), `own_room`, `questions_too_many` (429), and as `say`.
    """
    words_of(text)
    cast_id = await tx.scalar(sa.select(rooms.c.cast_id).where(rooms.c.id == room_id))
    await locking.lock_people(tx, caller_id, *([cast_id] if cast_id is not None else []))
    way = await threads.way(tx, room_id, caller_id)
    thread_id = way.thread_id
    if thread_id is None:
        refused = await may_write.refusal_to_begin(tx, room_id, caller_id)
        if refused is not None:
            raise refused
        await _must_be_few(tx, settings, caller_id)
        thread_id = await _open(tx, room_id, caller_id)
    return await say(tx, thread_id, caller_id, key, text)


async def _must_be_few(tx: Tx, settings: Settings, caller_id: int) -> None:
    day = sa.func.clock_timestamp() - sa.text("interval '24 hours'")
    today = sa.select(sa.func.count()).where(
        question_threads.c.caller_id == caller_id, question_threads.c.opened_at > day
    )
    if (await tx.scalar(today) or 0) >= settings.question_threads:
        raise UserError(
            "questions_too_many",
            N_("新しく質問できるのは、1日に%(most)sルームまでです。"),
            status=429,
            most=settings.question_threads,
        )


async def _open(tx: Tx, room_id: int, caller_id: int) -> int:
    made = await tx.execute(_OPEN, {"room": room_id, "caller": caller_id})
    row = made.one()
    locks.note(tx, question_threads, [row.id], waited=False)
    sides = [("caller", caller_id), ("cast", row.cast_id)]
    await tx.execute(
        sa.insert(question_sides),
        [{"thread_id": row.id, "side": side, "user_id": user} for side, user in sides],
    )
    return int(row.id)


_OPEN = sa.text("""
INSERT INTO question_threads (room_id, cast_id, caller_id)
SELECT id, cast_id, :caller FROM rooms WHERE id = :room RETURNING id, cast_id
""")


async def _locked(tx: Tx, thread_id: int, user_id: int) -> QuestionThread:
    thread = await threads.find(tx, thread_id, user_id)
    await locking.lock_people(tx, user_id, thread.other_id)
    query = sa.select(question_threads.c.id).where(question_threads.c.id == thread_id)
    await locks.lock(tx, query)
    return await threads.find(tx, thread_id, user_id)


async def _known(tx: Tx, thread: QuestionThread, key: str) -> Said | None:
    found = await tx.scalar(
        sa.select(question_messages.c.id).where(
            question_messages.c.thread_id == thread.id,
            question_messages.c.side == thread.side,
            question_messages.c.key == key,
        )
    )
    return None if found is None else Said(thread.id, int(found))


async def _write(tx: Tx, thread: QuestionThread, key: str, text: str) -> Said:
    made = await tx.execute(
        insert(question_messages)
        .values(thread_id=thread.id, side=thread.side, key=key, text=text)
        .returning(question_messages.c.id, question_messages.c.at)
    )
    row = made.one()
    of = {"thread": thread.id, "side": thread.side, "at": row.at}
    await tx.execute(_COUNT, of)
    await tx.execute(_SIDES, of)
    return Said(thread.id, int(row.id))


_COUNT = sa.text("""
UPDATE question_threads SET last_at = :at, said = said + 1, run_side = :side,
  run = CASE WHEN run_side = :side THEN run + 1 ELSE 1 END
WHERE id = :thread
""")
_SIDES = sa.text("""
UPDATE question_sides SET last_at = :at,
  unread = unread + CASE WHEN side = :side THEN 0 ELSE 1 END,
  unread_since = CASE WHEN side = :side THEN unread_since ELSE coalesce(unread_since, :at) END
WHERE thread_id = :thread
""")
