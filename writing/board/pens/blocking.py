"""Seeing no more of who wrote under a pen name: of that topic, as the name is no other's.

It blocks no person, and so tells nobody who it is; whom one blocks elsewhere hides no pen name.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from people.accounts import locking
from writing.board import refusals, topics
from writing.board.pens.tables import board_pen_blocks
from writing.board.tables import board_topics

MOST = 200


@dataclass(frozen=True)
class BlockedPen:
    """A topic that somebody wants to see no more of; `title` is empty where it was deleted."""

    topic_id: int
    title: str
    name: str
    since: datetime


async def must_be_penned(tx: Tx, topic_id: int, user_id: int) -> topics.BoardTopic:
    """Return somebody else's topic under a pen name. Raises UserError `topic_unknown` (404)."""
    topic = await topics.find(tx, topic_id, user_id)
    if topic.mine or not topic.has_pen_name:
        raise refusals.topic_unknown()
    return topic


async def block(tx: Tx, topic_id: int, user_id: int) -> None:
    """Let a member see no more of a topic; again changes nothing.

    Raises UserError `pen_blocks_full`, and as `must_be_penned` does.
    """
    await locking.lock_people(tx, user_id)
    await must_be_penned(tx, topic_id, user_id)
    c = board_pen_blocks.c
    mine = sa.select(sa.func.count()).where(c.user_id == user_id)
    if (await tx.scalar(mine) or 0) >= MOST:
        raise UserError(
            "pen_blocks_full",
            N_("見えなくできる相談は%(most)s件までです。どれかを戻してからお試しください。"),
            most=MOST,
        )
    row = insert(board_pen_blocks).values(user_id=user_id, topic_id=topic_id)
    await tx.execute(row.on_conflict_do_nothing())


async def lift(tx: Tx, topic_id: int, user_id: int) -> None:
    """Show a member a topic again. Raises UserError `topic_unknown` (404) where none was hidden."""
    c = board_pen_blocks.c
    mine = sa.delete(board_pen_blocks).where(c.user_id == user_id, c.topic_id == topic_id)
    if (await tx.execute(mine)).rowcount == 0:
        raise refusals.topic_unknown()


async def of(tx: Tx, user_id: int) -> list[BlockedPen]:
    """Return what a member wants to see no more of, the latest first."""
    t, c = board_topics.c, board_pen_blocks.c
    # What is hidden by staff, or for nobody any more, tells nothing of itself here.
    title = sa.case((t.shown, t.title), else_="").label("title")
    name = sa.func.coalesce(t.pen_name, "").label("name")
    query = sa.select(c.topic_id, title, name, c.since).join(board_topics, t.id == c.topic_id)
    rows = await tx.execute(query.where(c.user_id == user_id).order_by(c.since.desc(), c.topic_id))
    return typed_all(BlockedPen, rows.mappings())
