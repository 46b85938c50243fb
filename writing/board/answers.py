"""Answering a topic, and what one does with one's own answer."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from record.site import doors
from writing.board import added, refusals, reports, topics
from writing.board.tables import board_answers
from writing.board.texts import text_of
from writing.board.topics import UNBLOCKED, BoardTopic
from writing.board.writing import must_be_member
from writing.ground import answering
from writing.ground.danger import is_danger


@dataclass(frozen=True)
class OwnAnswer:
    """One of somebody's own answers; `age_minutes`: how long it has stood."""

    id: int
    text: str
    shown: bool
    danger: bool
    age_minutes: float


async def refusal(tx: Tx, settings: Settings, topic: BoardTopic, user_id: int) -> UserError | None:
    """Return why somebody may not answer a topic that is there for them; None where they may."""
    if not topic.is_open:
        return refusals.topic_over()
    if settings.board_answers == "everyone" or topic.mine:
        return None
    if await answering.is_one(tx, user_id):
        return None
    return UserError(
        "answers_by_members",
        N_("このサイトの掲示板では、回答メンバーだけが回答できます。"),
        status=403,
    )


async def answer(
    tx: Tx, settings: Settings, topic_id: int, user_id: int, key: str, text: str
) -> int:
    """Answer a topic; the same `key` again returns the answer first written.

    Its writer answers as well, which tells nobody and counts for nothing. Raises UserError
    `topic_unknown` (404), `not_confirmed` (403), `answers_too_many` (429), and as `refusal` and
    `texts.text_of` do.
    """
    kept = text_of(text)
    topic = await topics.locked(tx, topic_id, user_id)
    await must_be_member(tx, user_id)
    known = await _known(tx, user_id, key)
    if known is not None:
        return known
    await doors.must_be_open(tx, "board")
    refused = await refusal(tx, settings, topic, user_id)
    if refused is not None:
        raise refused
    await must_be_few(tx, settings, user_id)
    made = await _insert(tx, topic_id, user_id, key, kept)
    if not topic.mine:
        await topics.count_answers(tx, topic_id)
        await tx.execute(_NEWS, {"topic": topic_id, "viewer": user_id})
    if is_danger(kept):
        await reports.tell_of_danger(tx, topic_id, made)
    return made


# Who asked under a pen name reads nothing of whom they block, or are blocked by, and neither learns
# whose name it is: the others read it.
_NEWS = sa.text(f"""
UPDATE board_topics t SET unread = unread + 1,
  unread_since = coalesce(unread_since, clock_timestamp())
WHERE id = :topic AND {UNBLOCKED.format(user="t.user_id")}
""")  # noqa: S608 - one fixed text within another


async def _insert(tx: Tx, topic_id: int, user_id: int, key: str, text: str) -> int:
    values = {"topic_id": topic_id, "user_id": user_id, "key": key, "text": text}
    row = sa.insert(board_answers).values(**values, danger=is_danger(text))
    made = await tx.scalar(row.returning(board_answers.c.id))
    assert made is not None
    return int(made)


async def _known(tx: Tx, user_id: int, key: str) -> int | None:
    c = board_answers.c
    found = await tx.scalar(sa.select(c.id).where(c.user_id == user_id, c.key == key))
    return None if found is None else int(found)


_WRITTEN = sa.text("""
SELECT (SELECT count(*) FROM board_answers WHERE user_id = :user AND written_at > since)
  + (SELECT count(*) FROM board_additions WHERE user_id = :user AND written_at > since)
FROM (SELECT clock_timestamp() - interval '1 hour' AS since) an_hour
""")


async def must_be_few(tx: Tx, settings: Settings, user_id: int) -> None:
    """Refuse who has written as much as one may in an hour: `answers_too_many` (429)."""
    if (await tx.scalar(_WRITTEN, {"user": user_id}) or 0) >= settings.board_replies:
        raise UserError(
            "answers_too_many",
            N_("回答と補足は、1時間に%(most)s件までです。時間をおいてお試しください。"),
            status=429,
            most=settings.board_replies,
        )


_OWN = sa.text("""
SELECT id, text, shown, danger,
  CAST(extract(epoch FROM clock_timestamp() - written_at) AS double precision) / 60 AS age_minutes
FROM board_answers WHERE id = :id AND topic_id = :topic AND user_id = :user AND deleted_at IS NULL
""")


async def own(tx: Tx, topic_id: int, answer_id: int, user_id: int) -> OwnAnswer:
    """Return one's own answer. Raises UserError `answer_unknown` (404)."""
    asked = {"id": answer_id, "topic": topic_id, "user": user_id}
    found = typed_one(OwnAnswer, (await tx.execute(_OWN, asked)).mappings())
    if found is None:
        raise refusals.answer_unknown()
    return found


async def edit(
    tx: Tx, settings: Settings, topic_id: int, answer_id: int, user_id: int, text: str
) -> None:
    """Write one's answer anew, within the minutes for that.

    Raises UserError `topic_unknown` or `answer_unknown` (404), `topic_over`, `edit_too_late`, and
    as `texts.text_of` does.
    """
    kept = text_of(text)
    topic = await topics.locked(tx, topic_id, user_id)
    mine = await own(tx, topic_id, answer_id, user_id)
    if not topic.is_open or not mine.shown:
        raise refusals.topic_over()
    if mine.age_minutes >= settings.board_edit_minutes:
        raise refusals.too_late(settings.board_edit_minutes)
    danger = is_danger(kept)
    await change(tx, answer_id, text=kept, danger=danger, edited_at=sa.func.clock_timestamp())
    if danger and not mine.danger:
        await reports.tell_of_danger(tx, topic_id, answer_id)


async def delete(tx: Tx, topic_id: int, answer_id: int, user_id: int) -> None:
    """Delete one's answer to a trace, also in a topic that is over, or that one sees no more.

    Raises UserError `answer_unknown` (404).
    """
    await topics.lock(tx, topic_id)
    await own(tx, topic_id, answer_id, user_id)
    await change(tx, answer_id, text="", deleted_at=sa.func.clock_timestamp())
    await added.forget(tx, topic_id, answer_id)
    await topics.count_answers(tx, topic_id)


async def change(tx: Tx, answer_id: int, **values: object) -> None:
    """Set columns of an answer whose topic is locked."""
    row = board_answers.c.id == answer_id
    await tx.execute(sa.update(board_answers).where(row).values(**values))
