"""Thanks from who asked, and "it helped" from anybody, each once and never to oneself."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import inbox
from people.accounts import accounts
from writing.board import answers, refusals, topics
from writing.board.tables import board_helpful
from writing.board.topics import ANSWER_UNBLOCKED
from writing.board.writing import must_be_member

THANKED = N_("相談した方から、お礼が届きました")
THANKED_TEXT = N_("掲示板でのあなたの回答に、相談した方が「ありがとう」を送りました。")


@dataclass(frozen=True)
class MarkedAnswer:
    """An answer that somebody marks."""

    id: int
    user_id: int
    thanked_at: datetime | None


async def thank(
    tx: Tx, settings: Settings, topic_id: int, answer_id: int, user_id: int, *, on: bool
) -> None:
    """Thank for an answer to one's topic, or take that back; who answered is told once.

    Raises UserError `topic_unknown` or `answer_unknown` (404), or `own_answer`.
    """
    topic = await topics.locked(tx, topic_id, user_id)
    if not topic.mine:
        raise refusals.topic_unknown()
    found = await _others(tx, topic_id, answer_id, user_id)
    if (found.thanked_at is not None) == on:
        return
    await answers.change(tx, answer_id, thanked_at=sa.func.clock_timestamp() if on else None)
    if on:
        await _tell(tx, settings, topic_id, found)


async def find_helpful(tx: Tx, topic_id: int, answer_id: int, user_id: int, *, on: bool) -> None:
    """Say that an answer helped, or take that back.

    Raises UserError `topic_unknown` or `answer_unknown` (404), `own_answer` or `not_confirmed`
    (403).
    """
    await topics.locked(tx, topic_id, user_id)
    await must_be_member(tx, user_id)
    await _others(tx, topic_id, answer_id, user_id)
    mine = {"answer_id": answer_id, "user_id": user_id}
    if on:
        await tx.execute(insert(board_helpful).values(**mine).on_conflict_do_nothing())
    else:
        c = board_helpful.c
        gone = sa.delete(board_helpful).where(c.answer_id == answer_id, c.user_id == user_id)
        await tx.execute(gone)
    await tx.execute(COUNT_HELPFUL, {"ids": [answer_id]})


COUNT_HELPFUL = sa.text("""
UPDATE board_answers a SET helpful = (
  SELECT count(*) FROM board_helpful h WHERE h.answer_id = a.id)
WHERE a.id = ANY (CAST(:ids AS bigint[]))
""")
_MARKED = sa.text(f"""
SELECT id, user_id, thanked_at FROM board_answers a
WHERE id = :id AND topic_id = :topic AND shown AND {ANSWER_UNBLOCKED}
""")  # noqa: S608 - one fixed text within another


async def _others(tx: Tx, topic_id: int, answer_id: int, user_id: int) -> MarkedAnswer:
    asked = {"id": answer_id, "topic": topic_id, "viewer": user_id}
    found = typed_one(MarkedAnswer, (await tx.execute(_MARKED, asked)).mappings())
    if found is None:
        raise refusals.answer_unknown()
    if found.user_id == user_id:
        raise UserError("own_answer", N_("ご自分の回答には、印をつけられません。"))
    return found


async def _tell(tx: Tx, settings: Settings, topic_id: int, answer: MarkedAnswer) -> None:
    user = await accounts.find_user(tx, answer.user_id)
    assert user is not None
    await inbox.tell(
        tx,
        user.id,
        kind="board",
        key=f"thanks:{answer.id}",
        title=translate(user.locale, THANKED),
        text=translate(user.locale, THANKED_TEXT),
        link=f"/board/{topic_id}",
        site=settings.public_url,
        mail=False,
    )
