"""What topics are found by: made when they are written, and by the clock where that failed."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.text.found import columns_of
from foundation.threads import CrowdedError
from writing.board.tables import board_topics, board_words
from writing.ground.categories import CATEGORY_NAMES

AT_ONCE = 40


async def keep(tx: Tx, topic_id: int, category: str, title: str, text: str) -> None:
    """Let a locked topic be found by what it says now; in a crowd the clock does so."""
    try:
        made = await columns_of([([title, CATEGORY_NAMES[category]], text)])
    except CrowdedError:
        await forget(tx, topic_id)
        return
    row = insert(board_words).values(topic_id=topic_id, **made[0])
    await tx.execute(row.on_conflict_do_update(index_elements=["topic_id"], set_=made[0]))


async def forget(tx: Tx, topic_id: int) -> None:
    """Let a topic be found no more by its words."""
    await tx.execute(sa.delete(board_words).where(board_words.c.topic_id == topic_id))


async def make_missing(tx: Tx, most: int = AT_ONCE) -> int:
    """Make the words of up to `most` topics that have none; return how many were looked at."""
    t = board_topics.c
    lacking = ~sa.exists().where(board_words.c.topic_id == t.id)
    query = sa.select(t.id, t.category, t.title, t.text).where(t.deleted_at.is_(None), lacking)
    rows = await locks.lock(tx, query.order_by(t.id).limit(most), skip_locked=True)
    for row in rows:
        await keep(tx, row.id, row.category, row.title, row.text)
    return len(rows)
