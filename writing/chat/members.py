"""What an answering member chooses about chats, and how others see them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_one
from foundation.settings import Settings
from people.accounts import locking
from people.meeting import blocks
from writing.chat import refusals
from writing.chat.rules import FIRST_AT_ONCE, MOST_AT_ONCE
from writing.chat.tables import chat_members
from writing.ground import answering


@dataclass(frozen=True)
class ChatChoice:
    """What a member chose: whether they can be nominated, how many chats they have in charge at
    most at once, and whether they want to be left in peace now (`quiet`: nobody can nominate them).
    """

    nominable: bool
    most_open: int
    quiet: bool


@dataclass(frozen=True)
class OwnChoice(ChatChoice):
    """The same for themselves. `running` they have in charge now; `off_at`: when nomination went
    off by itself, as they hadn't come for days, and stayed so.
    """

    running: int
    off_at: datetime | None


@dataclass(frozen=True)
class Nominee:
    """A member as who asks sees them; `takes`: they can be nominated now by who looks."""

    id: int
    nickname: str
    portrait: str | None
    is_cast: bool
    nominable: bool
    quiet: bool
    running: int
    most_open: int

    @property
    def is_full(self) -> bool:
        """Whether they have as many in charge as they want."""
        return self.running >= self.most_open

    @property
    def takes(self) -> bool:
        """Whether they can be nominated now."""
        return self.nominable and not self.quiet and not self.is_full


_RUNNING = """(SELECT count(*) FROM chats c WHERE c.member_id = {user} AND c.state = 'running')
  ::integer"""
_OWN = sa.text(f"""
SELECT m.nominable, m.most_open, m.quiet, m.off_at, {_RUNNING.format(user=":user")} AS running
FROM (SELECT CAST(:user AS bigint) AS id) me LEFT JOIN chat_members m ON m.user_id = me.id
""")  # noqa: S608 - fixed texts
_SEEN = sa.text(f"""
SELECT u.id, u.nickname, u.portrait, u.is_cast, coalesce(m.nominable, false) AS nominable,
  coalesce(m.quiet, false) AS quiet, coalesce(m.most_open, {FIRST_AT_ONCE}) AS most_open,
  {_RUNNING.format(user="u.id")} AS running
FROM users u JOIN answering_members a ON a.user_id = u.id
LEFT JOIN chat_members m ON m.user_id = u.id
WHERE (CAST(:user AS bigint) IS NULL OR u.id = :user)
  AND u.withdrawn_at IS NULL AND u.banned_at IS NULL
  AND (u.suspended_until IS NULL OR u.suspended_until <= clock_timestamp())
  AND (u.is_cast OR NOT :casts)
  AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
    IN ((u.id, CAST(:viewer AS bigint)), (CAST(:viewer AS bigint), u.id)))
ORDER BY a.since, u.id LIMIT :most
""")  # noqa: S608 - likewise
MOST_NAMED = 100


async def own(tx: Tx, user_id: int) -> OwnChoice:
    """Return what a member chose, or what holds where they never said anything."""
    found = (await tx.execute(_OWN, {"user": user_id})).mappings().one()
    if found["most_open"] is None:
        return OwnChoice(False, FIRST_AT_ONCE, False, found["running"], None)
    return OwnChoice(**found)


async def set_own(tx: Tx, user_id: int, choice: ChatChoice) -> None:
    """Write down what an answering member chooses. What they have in charge stays.

    Raises UserError `not_answering` (403) or `chat_load_bounds` (400).
    """
    if not 1 <= choice.most_open <= MOST_AT_ONCE:
        raise UserError(
            "chat_load_bounds",
            N_("同時に担当する件数は、1件から%(most)s件までで入力してください。"),
            status=400,
            most=MOST_AT_ONCE,
        )
    await locking.lock_people(tx, user_id)
    if not await answering.is_one(tx, user_id):
        raise refusals.not_a_member()
    now = sa.func.clock_timestamp()
    values = {**vars(choice), "changed_at": now, "visited_at": now}
    values |= {"warned_at": None, "off_at": None}
    row = insert(chat_members).values(user_id=user_id, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def shown(tx: Tx, settings: Settings, user_id: int, viewer_id: int | None) -> Nominee | None:
    """Return how a member is seen by who looks; None where nobody there answers for them.

    Where a consultation is paid, only members who are approved casts are there.
    """
    if not settings.chat or user_id == viewer_id:
        return None
    asked = {"user": user_id, "viewer": viewer_id, "casts": settings.chat_points > 0, "most": 1}
    return typed_one(Nominee, (await tx.execute(_SEEN, asked)).mappings())


async def to_name(tx: Tx, settings: Settings, viewer_id: int) -> list[Nominee]:
    """Return who can be nominated now by who looks, the longest members first."""
    every = await there_for(tx, viewer_id, casts=settings.chat_points > 0)
    return [one for one in every if one.takes]


async def there_for(tx: Tx, viewer_id: int, *, casts: bool) -> list[Nominee]:
    """Return the members whom somebody may meet, or those of them who are approved casts."""
    asked = {"user": None, "viewer": viewer_id, "casts": casts, "most": MOST_NAMED}
    every = typed_all(Nominee, (await tx.execute(_SEEN, asked)).mappings())
    return [one for one in every if one.id != viewer_id]


async def must_take(
    tx: Tx, settings: Settings, member_id: int, caller_id: int, points: int
) -> None:
    """Refuse who may not take a consultation of a caller's at this price, or no more of them.

    Whose lock is held. Raises UserError `not_answering` (403), `chat_away` or `chat_load_full`.
    """
    if not await answering.is_one(tx, member_id):
        raise refusals.not_a_member()
    member = await answering.find(tx, member_id)
    if points and not member.is_cast:
        raise refusals.not_a_member()
    if await blocks.hidden(tx, caller_id, member_id):
        raise refusals.chat_away()
    choice = await own(tx, member_id)
    if choice.running >= choice.most_open:
        raise refusals.chat_load_full(choice.most_open)
