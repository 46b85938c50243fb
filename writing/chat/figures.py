"""What staff see of consultations: what waits, how long it took, who has how much. No words."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed, typed_all
from foundation.settings import Settings
from writing.chat.rules import FIRST_AT_ONCE
from writing.ground.categories import Category

PAGE = 50
DAYS = 30


@dataclass(frozen=True)
class StandingChat:
    """A consultation that nobody has taken; `asked`: its caller, whether all may have it."""

    id: int
    category: Category
    points: int
    nominee_name: str | None
    to_all: bool
    asked: bool
    sent_at: datetime
    take_until: datetime


_STANDING = sa.text("""
SELECT c.id, c.category, c.points, n.nickname AS nominee_name, c.to_all,
  c.asked_at IS NOT NULL AS asked, c.sent_at, c.take_until
FROM chats c LEFT JOIN users n ON n.id = c.nominee_id
WHERE c.state = 'waiting' ORDER BY c.sent_at, c.id OFFSET :skip LIMIT :most
""")


async def waiting(tx: Tx, number: int) -> Page[StandingChat]:
    """Return a page of what waits for a member, the longest first."""
    found = await tx.execute(_STANDING, {"skip": offset(number, PAGE), "most": PAGE + 1})
    return Page.of(typed_all(StandingChat, found.mappings()), number, PAGE)


@dataclass(frozen=True)
class ChatLoad:
    """How many answering members there are, how many can be nominated or are quiet, how many
    consultations run, and for how many more there is room.

    Where consultations are paid, only members who are approved casts count for the room.
    """

    members: int
    nominable: int
    quiet: int
    running: int
    room: int


_LOAD = sa.text(f"""
SELECT count(*)::integer AS members, count(*) FILTER (WHERE m.nominable)::integer AS nominable,
  count(*) FILTER (WHERE m.quiet)::integer AS quiet,
  coalesce(sum(r.running), 0)::integer AS running,
  coalesce(sum(greatest(coalesce(m.most_open, {FIRST_AT_ONCE}) - r.running, 0))
    FILTER (WHERE u.is_cast OR NOT :casts), 0)::integer AS room
FROM answering_members a JOIN users u ON u.id = a.user_id AND u.withdrawn_at IS NULL
LEFT JOIN chat_members m ON m.user_id = u.id
CROSS JOIN LATERAL (SELECT count(*) AS running FROM chats c
  WHERE c.member_id = u.id AND c.state = 'running') r
""")  # noqa: S608 - a figure of ours


async def load(tx: Tx, settings: Settings) -> ChatLoad:
    """Return how much the answering members have in charge, in all."""
    found = await tx.execute(_LOAD, {"casts": settings.chat_points > 0})
    return typed(ChatLoad, found.mappings().one())


@dataclass(frozen=True)
class MemberLoad:
    """What a member has in charge; `owed`: how many wait for their answer, the first since then."""

    user_id: int
    nickname: str
    nominable: bool
    quiet: bool
    most_open: int
    running: int
    owed: int
    owed_since: datetime | None


_LOADS = sa.text("""
SELECT u.id AS user_id, u.nickname, coalesce(m.nominable, false) AS nominable,
  coalesce(m.quiet, false) AS quiet, coalesce(m.most_open, :first) AS most_open,
  count(c.id)::integer AS running,
  count(c.id) FILTER (WHERE last.side = 'caller')::integer AS owed,
  min(last.at) FILTER (WHERE last.side = 'caller') AS owed_since
FROM answering_members a JOIN users u ON u.id = a.user_id AND u.withdrawn_at IS NULL
LEFT JOIN chat_members m ON m.user_id = u.id
LEFT JOIN chats c ON c.member_id = u.id AND c.state = 'running'
LEFT JOIN LATERAL (SELECT side, at FROM chat_messages WHERE chat_id = c.id
  ORDER BY id DESC LIMIT 1) last ON true
GROUP BY u.id, m.user_id ORDER BY owed DESC, running DESC, u.id OFFSET :skip LIMIT :most
""")


async def loads(tx: Tx, number: int) -> Page[MemberLoad]:
    """Return a page of the answering members, who owes most answers first."""
    bounds = {"skip": offset(number, PAGE), "most": PAGE + 1, "first": FIRST_AT_ONCE}
    found = await tx.execute(_LOADS, bounds)
    return Page.of(typed_all(MemberLoad, found.mappings()), number, PAGE)


@dataclass(frozen=True)
class ChatDayFigures:
    """What was sent on a day in Asia/Tokyo, what became of it, and the medians in minutes.

    `take_minutes`: from sending until somebody took it, `answer_minutes`: until the first answer;
    None where there was none.
    """

    day: date
    sent: int
    taken: int
    unanswered: int
    take_minutes: int | None
    answer_minutes: int | None


_DAYS = sa.text("""
SELECT d::date AS day, count(c.id)::integer AS sent,
  count(c.taken_at)::integer AS taken,
  count(c.id) FILTER (WHERE c.state = 'unanswered')::integer AS unanswered,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.taken_at - c.sent_at)
    / 60))::integer AS take_minutes,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.answered_at - c.sent_at)
    / 60))::integer AS answer_minutes
FROM generate_series((clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::date - (:days - 1),
  (clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::date, interval '1 day') d
LEFT JOIN chats c ON c.sent_at >= d AT TIME ZONE 'Asia/Tokyo'
  AND c.sent_at < (d + interval '1 day') AT TIME ZONE 'Asia/Tokyo'
GROUP BY d ORDER BY d DESC
""")


async def by_day(tx: Tx, days: int = DAYS) -> list[ChatDayFigures]:
    """Return the figures of the last days, today's first; days without any are there as well."""
    found = await tx.execute(_DAYS, {"days": days})
    return typed_all(ChatDayFigures, found.mappings())
