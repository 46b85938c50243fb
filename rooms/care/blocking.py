"""Blocking somebody: from this moment the two don't exist for each other, wherever they are.

What is open between them ends by the blocker's side, as `rooms.care.stopping` says.
"""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from people.accounts import refusals
from people.meeting import blocks
from rooms.calling import leaving
from rooms.care import stop_locks, stopping
from rooms.care.stopping import Stopped
from rooms.lobby import turns
from writing.chat.care import stopping as chats
from writing.letters import stopping as letters

# What a page shows beside the other person: the way on which one may name them.
About = Literal[
    "talks", "rooms", "reservations", "requests", "messages", "applications", "letters", "chats",
    "topics", "answers",
]  # fmt: skip


@dataclass(frozen=True)
class Other:
    """The person across, as the asker knows them from a talk, a room, a reservation or a letter.

    `question_id` is of their thread of questions, `talk_id` of their talk, `letter_id` of their
    letter and `chat_id` of their consultation, which have no room, where that is the way.
    """

    user_id: int
    nickname: str
    portrait: str | None
    talk_id: int | None
    room_id: int | None
    question_id: int | None = None
    letter_id: int | None = None
    chat_id: int | None = None


@dataclass(frozen=True)
class BlockEffects:
    """What a block would end. `lost` points would not come back to the blocker.

    `letters`: those that wait for an answer, whose points all go back to who sent them; `chats`:
    consultations that are open.
    """

    blocked: bool
    in_talk: bool
    bookings: int
    letters: int
    chats: int
    lost: int


_OF_ROOM = sa.text("""
SELECT u.id AS user_id, u.nickname, coalesce(r.portrait, u.portrait) AS portrait,
  CAST(NULL AS bigint) AS talk_id, r.id AS room_id
FROM rooms r JOIN users u ON u.id = r.cast_id
WHERE r.id = :id AND r.cast_id <> :me AND r.published
  AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = u.id AND b.blocked_id = :me)
""")


def _across(table: str, *, talk: str = "NULL", question: str = "NULL") -> sa.TextClause:
    return sa.text(f"""
SELECT u.id AS user_id, u.nickname,
  CASE WHEN t.caller_id = :me THEN coalesce(r.portrait, u.portrait) ELSE u.portrait END AS portrait,
  CAST({talk} AS bigint) AS talk_id, t.room_id, CAST({question} AS bigint) AS question_id
FROM {table} t JOIN rooms r ON r.id = t.room_id
JOIN users u ON u.id = CASE WHEN t.caller_id = :me THEN t.cast_id ELSE t.caller_id END
WHERE t.id = :id AND :me IN (t.caller_id, t.cast_id)
""")  # noqa: S608 - names of our own tables


_OF_LETTER = sa.text("""
SELECT u.id AS user_id, u.nickname, u.portrait, CAST(NULL AS bigint) AS talk_id,
  CAST(NULL AS bigint) AS room_id, l.id AS letter_id
FROM letters l
JOIN users u ON u.id = CASE WHEN l.caller_id = :me THEN l.cast_id ELSE l.caller_id END
WHERE l.id = :id AND :me IN (l.caller_id, l.cast_id)
""")


_OF_CHAT = sa.text("""
SELECT u.id AS user_id, u.nickname, u.portrait, CAST(NULL AS bigint) AS talk_id,
  CAST(NULL AS bigint) AS room_id, c.id AS chat_id
FROM chats c
JOIN users u ON u.id = CASE WHEN c.caller_id = :me THEN c.member_id ELSE c.caller_id END
WHERE c.id = :id AND :me IN (c.caller_id, c.member_id)
""")


# Who wrote under a pen name is nobody whom one may name: a list of blocks would say who it is.
_ON_BOARD = """
SELECT u.id AS user_id, u.nickname, u.portrait, CAST(NULL AS bigint) AS talk_id,
  CAST(NULL AS bigint) AS room_id
FROM {which} w {topic} JOIN users u ON u.id = w.user_id
WHERE w.id = :id AND w.shown AND u.id <> :me AND u.withdrawn_at IS NULL AND {named}
  AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = u.id AND b.blocked_id = :me)
"""
_OF_TOPIC = _ON_BOARD.format(which="board_topics", topic="", named="w.pen_name IS NULL")
_OF_ANSWER = _ON_BOARD.format(
    which="board_answers",
    topic="JOIN board_topics t ON t.id = w.topic_id",
    named="(t.pen_name IS NULL OR t.user_id <> w.user_id)",
)


_OTHER: dict[About, sa.TextClause] = {
    "rooms": _OF_ROOM,
    "talks": _across("talks", talk="t.id"),
    "reservations": _across("reservations"),
    "requests": _across("reservation_requests"),
    "messages": _across("question_threads", question="t.id"),
    "applications": _across("talk_applications"),
    "letters": _OF_LETTER,
    "chats": _OF_CHAT,
    "topics": sa.text(_OF_TOPIC),
    "answers": sa.text(_OF_ANSWER),
}


async def other_of(tx: Tx, about: About, about_id: int, user_id: int) -> Other:
    """Return the person across in a talk, a room or a reservation of the asker's.

    Raises UserError `person_unknown` (404) for anyone whom the asker doesn't know from there.
    """
    found = await tx.execute(_OTHER[about], {"id": about_id, "me": user_id})
    row = found.mappings().one_or_none()
    if row is None:
        raise refusals.person_unknown()
    return Other(**row)


async def foresee(tx: Tx, blocker_id: int, blocked_id: int) -> BlockEffects:
    """Return what a block would end, for the page that asks once more."""
    written = await letters.waiting(tx, blocker_id, blocked_id)
    chatted = await chats.waiting(tx, blocker_id, blocked_id)
    return BlockEffects(
        await blocks.blocks_already(tx, blocker_id, blocked_id),
        await _talk_between(tx, blocker_id, blocked_id) is not None,
        await stopping.count_bookings(tx, blocker_id, blocked_id),
        written.sent + written.received,
        chatted.asked + chatted.in_charge,
        await stopping.loss(tx, blocker_id, blocked_id),
    )


async def block(
    tx: Tx, settings: Settings, blocker_id: int, blocked_id: int, agreed_loss: int
) -> Stopped:
    """Block somebody, and end at once all that is open between the two.

    A live talk ends as if the blocker hung up. `agreed_loss`: the points of which the blocker was
    told that they don't come back. Raises UserError `block_costs_more` where it would be more by
    now, and what `people.meeting.blocks.block` raises.
    """
    await stop_locks.lock_pair(tx, blocker_id, blocked_id)
    if await stopping.loss(tx, blocker_id, blocked_id) > agreed_loss:
        raise UserError(
            "block_costs_more",
            N_("予約のキャンセル期限が過ぎました。もう一度、内容をお確かめください。"),
        )
    await blocks.block(tx, blocker_id, blocked_id)
    talks = []
    live = await _talk_between(tx, blocker_id, blocked_id)
    if live is not None:
        side = "caller" if live.caller_id == blocker_id else "cast"
        talks = await stopping.stop_talk(tx, settings, live.id, f"{side}_left")
    await leaving.stop_all_of(tx, blocker_id, blocked_id)
    rooms = await stopping.stop_bookings(tx, settings, blocker_id, other_id=blocked_id)
    # Each leaves the other's waiting lists.
    waited = await turns.end(tx, stop_locks.between(blocker_id, blocked_id))
    return Stopped(talks, rooms, waited)


@dataclass(frozen=True)
class LiveBetween:
    """A live talk of two people, and which of them calls."""

    id: int
    caller_id: int


async def _talk_between(tx: Tx, a: int, b: int) -> LiveBetween | None:
    found = await tx.execute(
        sa.text(
            "SELECT id, caller_id FROM talks WHERE ended_at IS NULL"
            " AND (caller_id, cast_id) IN ((:a, :b), (:b, :a)) LIMIT 1"
        ),
        {"a": a, "b": b},
    )
    return typed_one(LiveBetween, found.mappings())
