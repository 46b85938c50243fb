"""A consultation as one of its two people sees it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_one
from writing.chat import refusals
from writing.chat.rules import ChatSide, ChatState, EndedHow, reopen_until
from writing.ground.categories import Category


@dataclass(frozen=True)
class ChatView:
    """A consultation, as the one on `side` sees it: `other_…` is the person across, None while
    nobody has taken it; `nominee_…` the member who was nominated.

    `points` is its price for all `days`; `returned` went back so far, `earned` is what who looks
    was paid of it. `day` is the paid day that runs (from 1), `pays_until` the end of the last one.
    `read_id` is the last message that oneself has read, `other_read_id` that the other has.
    `asked`: its caller was asked whether all may have it, and hasn't said so.
    """

    id: int
    side: ChatSide
    user_id: int
    other_id: int | None
    other_name: str | None
    other_portrait: str | None
    other_gone: bool
    nominee_id: int | None
    nominee_name: str | None
    category: Category
    wishes: str
    points: int
    days: int
    returned: int
    earned: int
    day: int | None
    pays_until: datetime | None
    to_all: bool
    state: ChatState
    sent_at: datetime
    take_until: datetime
    nominee_until: datetime | None
    asked: bool
    taken_at: datetime | None
    ended_at: datetime | None
    ended_how: EndedHow | None
    reopened_at: datetime | None
    last_at: datetime
    read_id: int
    other_read_id: int
    unread: int

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def reopen_until(self) -> datetime | None:
        """Until when it may be opened again; None where it may not, whatever the hour."""
        unpaid = self.side == "caller" and self.returned > 0
        return reopen_until(self.ended_at, self.ended_how, self.reopened_at, unpaid=unpaid)


SEEN = """
SELECT c.id, me.side, CAST(:user AS bigint) AS user_id, o.id AS other_id, o.nickname AS other_name,
  o.portrait AS other_portrait, coalesce(o.withdrawn_at IS NOT NULL, false) AS other_gone,
  n.id AS nominee_id, n.nickname AS nominee_name, c.category, c.wishes, c.points, c.days,
  coalesce(d.returned, 0) AS returned, coalesce(d.earned, 0) AS earned, d.day,
  d.pays_until, c.to_all, c.state, c.sent_at, c.take_until, c.nominee_until,
  c.asked_at IS NOT NULL AND NOT c.to_all AND c.state = 'waiting' AS asked, c.taken_at,
  c.ended_at, c.ended_how, c.reopened_at, c.last_at, me.read_id,
  coalesce(theirs.read_id, 0) AS other_read_id, me.unread
FROM chat_sides me JOIN chats c ON c.id = me.chat_id
LEFT JOIN chat_sides theirs ON theirs.chat_id = c.id AND theirs.side <> me.side
LEFT JOIN users o ON o.id = CASE WHEN me.side = 'caller' THEN c.member_id ELSE c.caller_id END
LEFT JOIN users n ON n.id = c.nominee_id
LEFT JOIN LATERAL (
  SELECT sum(points) FILTER (WHERE state = 'returned')::bigint AS returned,
    sum((SELECT share FROM holds WHERE id = hold_id)) FILTER (WHERE member_id = :user)::bigint
      AS earned,
    max(day) FILTER (WHERE state = 'held' AND starts_at <= clock_timestamp()) AS day,
    max(ends_at) AS pays_until
  FROM chat_days WHERE chat_id = c.id
) d ON true
WHERE me.user_id = :user"""
_ONE = sa.text(f"{SEEN} AND c.id = :id")


async def find(tx: Tx, chat_id: int, user_id: int) -> ChatView:
    """Return a consultation of a user's. Raises UserError `chat_unknown` (404) for any other."""
    found = await tx.execute(_ONE, {"id": chat_id, "user": user_id})
    view = typed_one(ChatView, found.mappings())
    if view is None:
        raise refusals.chat_unknown()
    return view


@dataclass(frozen=True)
class Matter:
    """What a consultation is about: what its caller wrote first; empty once that is erased."""

    category: Category
    text: str


_MATTER = sa.text("""
SELECT c.category, coalesce((SELECT text FROM chat_messages m
  WHERE m.chat_id = c.id AND m.side = 'caller' ORDER BY m.id LIMIT 1), '') AS text
FROM chats c WHERE c.id = :id AND c.caller_id = :user
""")


async def matter_of(tx: Tx, chat_id: int, caller_id: int) -> Matter:
    """Return a caller's own first words, to carry them over to the board or a letter.

    Raises UserError `chat_unknown` (404).
    """
    found = await tx.execute(_MATTER, {"id": chat_id, "user": caller_id})
    matter = typed_one(Matter, found.mappings())
    if matter is None:
        raise refusals.chat_unknown()
    return matter
