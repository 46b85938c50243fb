"""What a topic's writer does with it: edit, close, open again, delete."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from notify import inbox
from writing.board import added, indexing, refusals, reports, topics
from writing.board.texts import TopicDraft
from writing.board.topics import BoardTopic
from writing.board.writing import is_among_first
from writing.ground.danger import is_danger


async def edit(tx: Tx, settings: Settings, topic_id: int, user_id: int, draft: TopicDraft) -> None:
    """Write a topic anew, within the minutes for that; the name under which it stands stays.

    One that staff looked at first waits for them anew. Raises UserError `topic_unknown` (404),
    `topic_over` or `edit_too_late`.
    """
    topic = await _own(tx, topic_id, user_id)
    must_be_fresh(settings, topic)
    danger = is_danger(draft.title, draft.text)
    # What staff let pass are not these words.
    waits = topic.waits or await is_among_first(tx, settings, user_id, topic_id)
    await topics.change(
        tx,
        topic_id,
        category=draft.category,
        title=draft.title,
        text=draft.text,
        members_only=draft.members_only,
        danger=danger,
        waits=waits,
        edited_at=sa.func.clock_timestamp(),
    )
    await indexing.keep(tx, topic_id, draft.category, draft.title, draft.text)
    if danger and not topic.danger:
        await reports.tell_of_danger(tx, topic_id)


def must_be_fresh(settings: Settings, topic: BoardTopic) -> None:
    """Refuse to change a topic that is over (`topic_over`) or has stood long (`edit_too_late`)."""
    if topic.closed_at or topic.deleted_at or topic.hidden_at:
        raise refusals.topic_over()
    if topic.age_minutes >= settings.board_edit_minutes:
        raise refusals.too_late(settings.board_edit_minutes)


async def close(tx: Tx, topic_id: int, user_id: int, *, closed: bool) -> None:
    """Let nobody write in one's topic any more, or again. Raises `topic_unknown` (404)."""
    await _own(tx, topic_id, user_id)
    await topics.change(tx, topic_id, closed_at=sa.func.clock_timestamp() if closed else None)


async def delete(tx: Tx, topic_id: int, user_id: int) -> None:
    """Delete one's topic to a trace; what others answered stays. Raises `topic_unknown` (404)."""
    topic = await _own(tx, topic_id, user_id)
    if topic.deleted_at is not None:
        return
    now = sa.func.clock_timestamp()
    await topics.change(tx, topic_id, title="", text="", deleted_at=now, waits=False, shown_at=now)
    await added.forget(tx, topic_id)
    await indexing.forget(tx, topic_id)


async def mark_read(tx: Tx, topic_id: int, user_id: int) -> bool:
    """Note that its writer has seen a topic's answers; return whether that was news."""
    topic = await _own(tx, topic_id, user_id)
    if topic.unread:
        await topics.change(tx, topic_id, unread=0, unread_since=None)
        await inbox.mark_link_read(tx, user_id, f"/board/{topic_id}")
    return topic.unread > 0


async def _own(tx: Tx, topic_id: int, user_id: int) -> BoardTopic:
    topic = await topics.locked(tx, topic_id, user_id)
    if not topic.mine:
        raise refusals.topic_unknown()
    return topic
