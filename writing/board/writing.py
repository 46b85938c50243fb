"""Writing a topic."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import accounts, locking
from record.site import doors
from writing.board import indexing, refusals, reports
from writing.board.tables import board_topics
from writing.board.texts import TopicDraft
from writing.ground.danger import is_danger


@dataclass(frozen=True)
class WrittenTopic:
    """A topic that was written; `waits`: for staff to look at it first."""

    id: int
    waits: bool


async def must_be_member(tx: Tx, user_id: int) -> None:
    """Refuse who isn't confirmed: UserError `not_confirmed` (403)."""
    user = await accounts.find_user(tx, user_id)
    if user is None or user.confirmed_at is None:
        raise refusals.not_confirmed()


async def write(
    tx: Tx, settings: Settings, user_id: int, key: str, draft: TopicDraft
) -> WrittenTopic:
    """Ask all; the same `key` again returns the topic first written.

    Where its words point to danger, staff are told. Raises UserError `not_confirmed` (403) or
    `topics_too_many` (429).
    """
    await locking.lock_people(tx, user_id)
    await must_be_member(tx, user_id)
    known = await _known(tx, user_id, key)
    if known is not None:
        return known
    await doors.must_be_open(tx, "board")
    await _must_be_few(tx, settings, user_id)
    waits = await is_among_first(tx, settings, user_id)
    danger = is_danger(draft.title, draft.text)
    made = await tx.scalar(
        sa.insert(board_topics)
        .values(
            user_id=user_id,
            key=key,
            **vars(draft),
            danger=danger,
            waits=waits,
            shown_at=None if waits else sa.func.clock_timestamp(),
        )
        .returning(board_topics.c.id)
    )
    assert made is not None
    locks.note(tx, board_topics, [made], waited=False)
    await indexing.keep(tx, made, draft.category, draft.title, draft.text)
    if danger:
        await reports.tell_of_danger(tx, made)
    return WrittenTopic(int(made), waits)


async def _known(tx: Tx, user_id: int, key: str) -> WrittenTopic | None:
    c = board_topics.c
    found = await tx.execute(sa.select(c.id, c.waits).where(c.user_id == user_id, c.key == key))
    row = found.one_or_none()
    return None if row is None else WrittenTopic(row.id, row.waits)


async def _must_be_few(tx: Tx, settings: Settings, user_id: int) -> None:
    hour = sa.func.clock_timestamp() - sa.text("interval '1 hour'")
    mine = sa.and_(board_topics.c.user_id == user_id, board_topics.c.written_at > hour)
    number = await tx.scalar(sa.select(sa.func.count()).select_from(board_topics).where(mine))
    if (number or 0) >= settings.board_topics:
        raise UserError(
            "topics_too_many",
            N_("新しい相談は、1時間に%(most)s件までです。時間をおいてお試しください。"),
            status=429,
            most=settings.board_topics,
        )


async def is_among_first(tx: Tx, settings: Settings, user_id: int, besides: int = 0) -> bool:
    """Say whether staff look at a topic of a member's first: until so many others of theirs, which
    were let pass, stand there. What was deleted or hidden vouches for nobody.
    """
    if settings.board_first_looks == 0:
        return False
    t = board_topics.c
    stand = sa.and_(t.user_id == user_id, t.shown, t.id != besides)
    number = await tx.scalar(sa.select(sa.func.count()).select_from(board_topics).where(stand))
    return (number or 0) < settings.board_first_looks
