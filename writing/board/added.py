"""What was added to topics and answers: read, and forgotten with them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from writing.board.tables import board_additions


@dataclass(frozen=True)
class BoardAddition:
    """Something added to a topic, or to one of its answers."""

    id: int
    answer_id: int | None
    text: str
    written_at: datetime


async def of(tx: Tx, topic_id: int, answer_ids: list[int]) -> list[BoardAddition]:
    """Return what was added to a topic and to these of its answers, the earliest first."""
    which = sa.or_(
        board_additions.c.answer_id.is_(None), board_additions.c.answer_id.in_(answer_ids)
    )
    found = await tx.execute(
        sa.select(board_additions)
        .where(board_additions.c.topic_id == topic_id, which)
        .order_by(board_additions.c.id)
    )
    return typed_all(BoardAddition, found.mappings())


async def forget(tx: Tx, topic_id: int, answer_id: int | None = None) -> None:
    """Delete what was added to a topic itself, or to one answer."""
    there = sa.and_(
        board_additions.c.topic_id == topic_id,
        board_additions.c.answer_id.is_not_distinct_from(answer_id),
    )
    await tx.execute(sa.delete(board_additions).where(there))
