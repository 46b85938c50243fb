"""Lists of topics: those of the board as somebody looks for them, and one's own.

What is looked for is asked of the same index as rooms are; see docs/decisions/search.md.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, count, offset
from foundation.row_types import typed_all
from foundation.text import found, words
from foundation.text.words import Pattern
from people.accounts.tables import blocks, users
from writing.board.pens.tables import board_pen_blocks
from writing.board.rules import PAGE
from writing.board.tables import board_answers, board_topics, board_words
from writing.ground.tables import answering_members

# All that are public; without any answer; those that the reader hasn't answered; what they asked;
# what they answered.
Show = Literal["all", "unanswered", "not_by_me", "asked", "answered"]
SHOWS: tuple[Show, ...] = get_args(Show)
OWN: frozenset[Show] = frozenset({"not_by_me", "asked", "answered"})
# The newest first, or who has waited longest for an answer.
Order = Literal["new", "waiting"]

EXCERPT = 120
MOST_TYPED = words.MOST_TEXT

T = board_topics.c


@dataclass(frozen=True)
class TopicWish:
    """What a list of topics is asked for."""

    show: Show = "all"
    order: Order = "new"
    category: str = ""
    text: str = ""


@dataclass(frozen=True)
class ListedTopic:
    """A topic in a list, and how it begins; `unread` answers are told to its writer alone."""

    id: int
    title: str
    excerpt: str
    name: str
    portrait: str | None
    gone: bool
    marked: bool
    mine: bool
    category: str
    written_at: datetime
    shown: bool
    waits: bool
    members_only: bool
    closed: bool
    answers: int
    unread: int


@dataclass(frozen=True)
class FoundTopics:
    """A page of what was found, and whether a letter of what was typed was wrong."""

    topics: Page[ListedTopic]
    mistyped: bool = False

    def __len__(self) -> int:
        return len(self.topics)


async def find(tx: Tx, viewer_id: int | None, wish: TopicWish, number: int = 1) -> FoundTopics:
    """Return a page of the topics that a wish finds, in its order.

    A visitor is shown no list of their own, and nothing that is for members alone.
    """
    if viewer_id is None and wish.show in OWN:
        return FoundTopics(Page([], number, has_next=False))
    typed = await found.typed(wish.text)
    asked = _Asked(wish, viewer_id, typed.exact)
    exact = await _page(tx, asked, number)
    if exact.items or number > 1 or not typed.close:
        return FoundTopics(exact)
    close = await _page(tx, replace(asked, patterns=typed.close, mistyped=True), number)
    return FoundTopics(close, mistyped=True)


@dataclass(frozen=True)
class _Asked:
    wish: TopicWish
    viewer_id: int | None
    patterns: list[list[Pattern]]
    mistyped: bool = False


async def _page(tx: Tx, asked: _Asked, number: int) -> Page[ListedTopic]:
    query = listed(asked.viewer_id).where(*_conditions(asked.viewer_id, asked.wish))
    if asked.patterns:
        query = query.join(board_words, board_words.c.topic_id == T.id)
        query = query.where(
            *(found.contains(board_words, some, mistyped=asked.mistyped) for some in asked.patterns)
        )
    rows = await tx.execute(
        query.order_by(*_order(asked.wish)).offset(offset(number, PAGE)).limit(PAGE + 1)
    )
    return Page.of(typed_all(ListedTopic, rows.mappings()), number, PAGE)


def listed(viewer_id: int | None) -> sa.Select[tuple[object, ...]]:
    """Return the query of topics with what a list shows a viewer of each."""
    named = T.pen_name.is_(None)
    marked = sa.exists().where(answering_members.c.user_id == T.user_id)
    mine = T.user_id == viewer_id if viewer_id is not None else sa.false()
    return sa.select(
        T.id,
        T.title,
        sa.func.left(T.text, EXCERPT).label("excerpt"),
        sa.func.coalesce(T.pen_name, users.c.nickname).label("name"),
        sa.case((named, users.c.portrait)).label("portrait"),
        users.c.withdrawn_at.is_not(None).label("gone"),
        sa.and_(named, marked).label("marked"),
        mine.label("mine"),
        T.category,
        T.written_at,
        T.shown,
        T.waits,
        T.members_only,
        T.closed_at.is_not(None).label("closed"),
        T.answers,
        sa.case((mine, T.unread), else_=0).label("unread"),
    ).join(users, users.c.id == T.user_id)


def _conditions(viewer_id: int | None, wish: TopicWish) -> list[sa.ColumnElement[bool]]:
    found_ones: list[sa.ColumnElement[bool]] = [T.deleted_at.is_(None)]
    if wish.show != "asked":
        found_ones = seen(viewer_id)
    if wish.category:
        found_ones.append(T.category == wish.category)
    if wish.show == "unanswered":
        found_ones += [T.answers == 0, T.closed_at.is_(None)]
    if viewer_id is not None:
        found_ones += _own(viewer_id, wish.show)
    return found_ones


def _own(viewer_id: int, show: Show) -> list[sa.ColumnElement[bool]]:
    answered = sa.exists().where(
        board_answers.c.user_id == viewer_id,
        board_answers.c.topic_id == T.id,
        board_answers.c.deleted_at.is_(None),
    )
    if show == "not_by_me":
        return [T.closed_at.is_(None), T.user_id != viewer_id, ~answered]
    if show == "asked":
        return [T.user_id == viewer_id]
    if show == "answered":
        return [T.user_id != viewer_id, answered]
    return []


def seen(viewer_id: int | None) -> list[sa.ColumnElement[bool]]:
    """Topics that others may read, and that no block hides."""
    if viewer_id is None:
        return [T.shown, ~T.members_only]
    between = sa.union_all(
        sa.select(blocks.c.blocked_id).where(blocks.c.blocker_id == viewer_id),
        sa.select(blocks.c.blocker_id).where(blocks.c.blocked_id == viewer_id),
    )
    unseen = sa.select(board_pen_blocks.c.topic_id).where(board_pen_blocks.c.user_id == viewer_id)
    # Under a pen name nothing shows who blocks whom.
    penned = sa.and_(T.pen_name.is_not(None), T.id.not_in(unseen))
    return [T.shown, sa.or_(penned, sa.and_(T.pen_name.is_(None), T.user_id.not_in(between)))]


def _order(wish: TopicWish) -> list[sa.ColumnElement[object]]:
    if wish.show == "asked":
        return [T.written_at.desc(), T.id.desc()]
    if wish.order == "waiting":
        return [sa.case((T.answers == 0, 0), else_=1), T.shown_at, T.id]
    return [T.shown_at.desc(), T.id.desc()]


async def count_not_by_me(tx: Tx, user_id: int) -> int:
    """Return how many topics wait for a member's answer; beyond 99 the figure stays there."""
    wish = TopicWish("not_by_me")
    return await count(tx, sa.select(T.id).where(*_conditions(user_id, wish)))


async def count_unread(tx: Tx, user_id: int) -> int:
    """Return in how many of one's topics there are answers that one hasn't read, to 99."""
    return await count(tx, sa.select(T.id).where(T.user_id == user_id, T.unread > 0))


# Each stands in the sitemap once a language, and a map may have 50,000 lines.
MAP_AT_ONCE, MOST_MAPS = 10_000, 100


async def public_ids(tx: Tx, part: int) -> list[int]:
    """Return the topics that search engines may know, of a part counted from 1."""
    if not 1 <= part <= MOST_MAPS:
        return []
    query = sa.select(T.id).where(*seen(None)).order_by(T.id)
    return list(await tx.scalars(query.offset((part - 1) * MAP_AT_ONCE).limit(MAP_AT_ONCE)))


async def map_parts(tx: Tx) -> int:
    """Return how many parts they make."""
    some = sa.select(sa.func.count()).select_from(board_topics).where(*seen(None))
    number = int(await tx.scalar(some) or 0)
    return min(-(-number // MAP_AT_ONCE), MOST_MAPS)
