"""Lists of consultations: a caller's, and a member's by tab; and how much waits in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import MOST_COUNTED, Page, offset
from foundation.row_types import typed, typed_all, typed_one
from writing.chat import refusals
from writing.chat.views import SEEN, ChatView
from writing.ground.categories import Category

PAGE = 20
EXCERPT = 120
# A member's tabs beside 未対応: 担当中 and 終了.
Tab = Literal["running", "over"]


@dataclass(frozen=True)
class WaitingChat:
    """A consultation that a member may take; `nominated`: they were named for it.

    `earning` is what all of its days earn, of points that were bought.
    """

    id: int
    caller_name: str
    category: Category
    text: str
    wishes: str
    points: int
    days: int
    earning: int
    nominated: bool
    sent_at: datetime
    take_until: datetime


# Whoever looks has the right to answer; a paid one is for approved casts.
_FOR = """
FROM chats c JOIN users u ON u.id = c.caller_id
JOIN answering_members a ON a.user_id = :user JOIN users me ON me.id = a.user_id
WHERE c.state = 'waiting' AND c.take_until > clock_timestamp()
  AND (c.to_all OR c.nominee_id = :user) AND c.caller_id <> :user
  AND (c.points = 0 OR me.is_cast) AND u.withdrawn_at IS NULL AND u.banned_at IS NULL
  AND (u.suspended_until IS NULL OR u.suspended_until <= clock_timestamp())
  AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
    IN ((c.caller_id, :user), (:user, c.caller_id)))"""
_WAITING = f"""
SELECT c.id, u.nickname AS caller_name, c.category,
  coalesce((SELECT m.text FROM chat_messages m WHERE m.chat_id = c.id ORDER BY m.id LIMIT 1), '')
    AS text, c.wishes, c.points, c.days,
  coalesce((SELECT sum(div(d.share * (100 * h.points - (100 - h.gift_share) * h.given),
      100 * h.points)) FROM chat_days d JOIN holds h ON h.id = d.hold_id WHERE d.chat_id = c.id), 0)
    ::bigint AS earning,
  coalesce(c.nominee_id = :user, false) AS nominated, c.sent_at, c.take_until {_FOR}"""  # noqa: S608 - fixed texts
_ALL_WAITING = sa.text(
    f"{_WAITING} ORDER BY nominated DESC, c.sent_at, c.id OFFSET :skip LIMIT :most"
)
_ONE_WAITING = sa.text(f"{_WAITING} AND c.id = :chat")
_COUNT_WAITING = sa.text(f"SELECT count(*) FROM (SELECT {_FOR} LIMIT :most) few")  # noqa: S608 - likewise


async def waiting_for(tx: Tx, user_id: int, number: int) -> Page[WaitingChat]:
    """Return a page of what a member may take: first what they are named for, then the longest
    that waits.
    """
    asked = {"user": user_id, "skip": offset(number, PAGE), "most": PAGE + 1}
    found = await tx.execute(_ALL_WAITING, asked)
    return Page.of(typed_all(WaitingChat, found.mappings()), number, PAGE)


async def one_waiting(tx: Tx, chat_id: int, user_id: int) -> WaitingChat:
    """Return one that a member may take. Raises UserError `chat_unknown` (404) for any other."""
    found = await tx.execute(_ONE_WAITING, {"user": user_id, "chat": chat_id})
    one = typed_one(WaitingChat, found.mappings())
    if one is None:
        raise refusals.chat_unknown()
    return one


@dataclass(frozen=True)
class ListedChat:
    """A consultation in a list, and how its last message begins; `mine`: it is one's own.

    Of photos alone the excerpt is empty and `photos` says how many.
    """

    chat: ChatView
    excerpt: str
    photos: int
    mine: bool


_LIST = f"""
SELECT seen.*, last.text AS excerpt, last.photos, last.mine FROM (
  {SEEN} AND {{tab}}
  ORDER BY {{first}} c.last_at DESC, c.id DESC OFFSET :skip LIMIT :most
) seen LEFT JOIN LATERAL (
  SELECT left(m.text, {EXCERPT}) AS text, m.photos, m.side = seen.side AS mine
  FROM chat_messages m JOIN users s ON s.id = m.sender_id
  WHERE m.chat_id = seen.id AND (m.sender_id = :user OR s.withdrawn_at IS NULL)
  ORDER BY m.id DESC LIMIT 1
) last ON true
ORDER BY {{outer}} seen.last_at DESC, seen.id DESC
"""  # noqa: S608 - one fixed text within another
_MINE = "me.side = 'member' AND c.state "
_OF_MEMBER: dict[Tab, sa.TextClause] = {
    "running": sa.text(_LIST.format(tab=f"{_MINE} = 'running'", first="", outer="")),
    "over": sa.text(_LIST.format(tab=f"{_MINE} <> 'running'", first="", outer="")),
}
_OF_CALLER = sa.text(
    _LIST.format(
        tab="me.side = 'caller'",
        first="(c.state IN ('waiting', 'running')) DESC,",
        outer="(seen.state IN ('waiting', 'running')) DESC,",
    )
)


# What wants something of who looks, as `wanting` counts it.
_WANTS = """(me.unread > 0 OR me.side = 'caller' AND (
  c.state = 'waiting' AND NOT c.to_all AND c.asked_at IS NOT NULL
  OR c.state = 'running' AND EXISTS (SELECT FROM chat_handovers h
    WHERE h.chat_id = c.id AND h.closed_at IS NULL AND h.agreed_at IS NULL)))"""
_NEWEST = sa.text(_LIST.format(tab=f"(NOT :wanting OR {_WANTS})", first="", outer=""))


async def of_caller(tx: Tx, user_id: int, number: int) -> Page[ListedChat]:
    """Return a page of what a user has asked: the open ones first, the latest first."""
    return Page.of(await _listed(tx, _OF_CALLER, user_id, number), number, PAGE)


async def of_member(tx: Tx, user_id: int, tab: Tab, number: int) -> Page[ListedChat]:
    """Return a page of what a member has in charge, or had, the one written in last first."""
    return Page.of(await _listed(tx, _OF_MEMBER[tab], user_id, number), number, PAGE)


async def newest(tx: Tx, user_id: int, most: int, *, wanting: bool = False) -> list[ListedChat]:
    """Return up to `most` of a user's consultations on both sides, the latest first."""
    return await _listed_by(tx, _NEWEST, {"user": user_id, "wanting": wanting}, 0, most)


async def _listed(tx: Tx, query: sa.TextClause, user_id: int, number: int) -> list[ListedChat]:
    return await _listed_by(tx, query, {"user": user_id}, offset(number, PAGE), PAGE + 1)


async def _listed_by(
    tx: Tx, query: sa.TextClause, asked: dict[str, int | bool], skip: int, most: int
) -> list[ListedChat]:
    found = (await tx.execute(query, {**asked, "skip": skip, "most": most})).mappings()
    return [
        ListedChat(
            typed(ChatView, row), row["excerpt"] or "", row["photos"] or 0, bool(row["mine"])
        )
        for row in found
    ]


_NUMBER = sa.text(f"""
SELECT count(*) FROM (SELECT FROM chat_sides me JOIN chats c ON c.id = me.chat_id
  WHERE me.user_id = :user AND (NOT :wanting OR {_WANTS}) LIMIT :most) few
""")  # noqa: S608 - a fixed text of ours


async def number_of(tx: Tx, user_id: int, *, wanting: bool = False) -> int:
    """Return how many consultations a user has on both sides; beyond 99 the figure stays there."""
    asked = {"user": user_id, "wanting": wanting, "most": MOST_COUNTED}
    return int(await tx.scalar(_NUMBER, asked) or 0)


@dataclass(frozen=True)
class MemberCounts:
    """How much stands in each of a member's tabs, up to 99; `offered` they are asked to take over.

    `unread` messages stand in what they have in charge.
    """

    waiting: int
    running: int
    over: int
    offered: int
    unread: int


_COUNTS = sa.text("""
SELECT
  (SELECT count(*) FROM (SELECT FROM chats WHERE member_id = :user AND state = 'running'
    LIMIT :most) few)::integer AS running,
  (SELECT count(*) FROM (SELECT FROM chats WHERE member_id = :user AND state <> 'running'
    LIMIT :most) few)::integer AS over,
  (SELECT count(*) FROM chat_handovers h JOIN chats c ON c.id = h.chat_id AND c.state = 'running'
    WHERE h.to_id = :user AND h.closed_at IS NULL AND h.agreed_at IS NOT NULL)::integer AS offered,
  least((SELECT coalesce(sum(unread), 0) FROM chat_sides
    WHERE user_id = :user AND side = 'member' AND unread > 0), :most)::integer AS unread
""")


async def counts_of(tx: Tx, user_id: int) -> MemberCounts:
    """Return how much stands in a member's tabs."""
    asked = {"user": user_id, "most": MOST_COUNTED}
    waits = int(await tx.scalar(_COUNT_WAITING, asked) or 0)
    return MemberCounts(waiting=waits, **(await tx.execute(_COUNTS, asked)).mappings().one())


_WANTING = sa.text("""
SELECT least((SELECT coalesce(sum(unread), 0) FROM chat_sides WHERE user_id = :user AND unread > 0)
  + (SELECT count(*) FROM chats WHERE caller_id = :user AND state = 'waiting' AND NOT to_all
    AND asked_at IS NOT NULL)
  + (SELECT count(*) FROM chat_handovers h JOIN chats c ON c.id = h.chat_id AND c.state = 'running'
    WHERE h.closed_at IS NULL AND CASE WHEN h.agreed_at IS NULL THEN c.caller_id = :user
      ELSE h.to_id = :user END), :most)
""")


async def wanting(tx: Tx, user_id: int) -> int:
    """Return how much wants something of a user in chats: messages to read, questions to answer.

    Beyond 99 the figure stays there.
    """
    return int(await tx.scalar(_WANTING, {"user": user_id, "most": MOST_COUNTED}) or 0)


async def people_of(tx: Tx, chat_id: int) -> Sequence[int]:
    """Return both people of a consultation, and one only while nobody has taken it."""
    mine = sa.text("SELECT user_id FROM chat_sides WHERE chat_id = :chat ORDER BY user_id")
    return (await tx.scalars(mine, {"chat": chat_id})).all()
