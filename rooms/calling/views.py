"""A call, as its page shows it to one of its two people."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_one
from rooms.calling import call_words
from rooms.ground import refusals
from rooms.ground.calling_tables import calls
from rooms.ground.live import Side


@dataclass(frozen=True)
class CallView:
    """One call for one side. `rate` is points a minute in all, `line_fee` the line's part of it."""

    id: int
    room_id: int
    room_title: str
    cast_id: int
    side: Side
    other_name: str
    other_portrait: str | None
    state: str
    ring: str
    answer: str
    caller_leg: str
    cast_leg: str
    rate: int
    line_fee: int
    asked_at: datetime
    stopping: bool
    talk_id: int | None
    reservation_id: int | None
    application_id: int | None
    why: str | None
    refusal: str | None

    @property
    def is_over(self) -> bool:
        """Whether nobody is rung or talks by it any more."""
        return self.state == "ended"

    @property
    def words(self) -> str | None:
        """The message id of why it is over."""
        return None if self.why is None else call_words.words_of(self.why, self.side)


_VIEW = sa.text("""
SELECT c.id, c.room_id, r.title AS room_title, c.cast_id, c.state, c.ring, c.answer,
  CASE WHEN c.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS other_name,
  CASE WHEN c.caller_id = :user THEN coalesce(r.portrait, o.portrait) ELSE o.portrait END
    AS other_portrait,
  c.caller_leg, c.cast_leg, c.rate, c.line_fee, c.asked_at,
  c.stop_asked_by IS NOT NULL AS stopping, c.talk_id,
  c.reservation_id, c.application_id, c.why, c.refusal
FROM calls c JOIN rooms r ON r.id = c.room_id
JOIN users o ON o.id = CASE WHEN c.caller_id = :user THEN c.cast_id ELSE c.caller_id END
WHERE c.id = :call AND :user IN (c.caller_id, c.cast_id)
""")


async def one(tx: Tx, call_id: int, user_id: int) -> CallView:
    """Return a call for one of its people. Raises UserError `call_unknown` (404) for others."""
    found = await tx.execute(_VIEW, {"call": call_id, "user": user_id})
    view = typed_one(CallView, found.mappings())
    if view is None:
        raise refusals.call_unknown()
    return view


async def of_talk(tx: Tx, talk_id: int) -> int | None:
    """Return the call that a talk by telephone is of, while it lives; None for any other talk."""
    query = sa.select(calls.c.id).where(calls.c.talk_id == talk_id, calls.c.ended_at.is_(None))
    found: int | None = await tx.scalar(query)
    return found


async def people_of(tx: Tx, call_ids: set[int]) -> set[int]:
    """Return all who are in these calls."""
    query = sa.select(calls.c.caller_id, calls.c.cast_id).where(calls.c.id.in_(call_ids))
    return {person for row in await tx.execute(query) for person in row}
