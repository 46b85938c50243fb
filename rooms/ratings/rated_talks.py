"""Which talks may be rated, by whom and until when."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from people.accounts import locking
from rooms.ground import refusals
from rooms.ground.live import Side


@dataclass(frozen=True)
class RatedTalk:
    """A talk as ratings see it.

    `counts`: it has ended, and a minute of it was paid and not wholly returned, or it was of a
    reservation that both kept. `until` is when it may be rated no more.
    """

    talk_id: int
    caller_id: int
    cast_id: int
    room_id: int
    reservation_id: int | None
    counts: bool
    until: datetime | None
    is_over: bool
    other_is_gone: bool

    def side_of(self, user_id: int) -> Side:
        """Which of its two people this is."""
        return "caller" if user_id == self.caller_id else "cast"

    @property
    def may_be_rated(self) -> bool:
        """Whether its people may rate it now."""
        return self.counts and not self.is_over and not self.other_is_gone


# A reservation is kept by both where its talk ran for a whole minute: nothing of it is charged by
# the minute, and how it is judged is known only at its end.
_TALK = sa.text("""
SELECT t.id AS talk_id, t.caller_id, t.cast_id, t.room_id, t.reservation_id,
  t.ended_at + :days * interval '1 day' AS until,
  coalesce(t.ended_at + :days * interval '1 day' <= clock_timestamp(), false) AS is_over,
  EXISTS (SELECT FROM users o WHERE o.withdrawn_at IS NOT NULL AND o.id <> :user
    AND o.id IN (t.caller_id, t.cast_id)) AS other_is_gone,
  t.ended_at IS NOT NULL AND (EXISTS (
    SELECT FROM charges c LEFT JOIN charge_returns b USING (talk_id, minute)
    WHERE c.talk_id = t.id AND c.gross > coalesce(b.gross, 0))
  OR EXISTS (
    SELECT FROM reservations v JOIN holds h ON h.id = v.hold_id
    WHERE v.id = t.reservation_id AND v.state IN ('running', 'done')
      AND t.connected_ms >= t.minute_ms AND h.released < h.points)) AS counts
FROM talks t WHERE t.id = :talk AND :user IN (t.caller_id, t.cast_id)
""")


async def find(tx: Tx, settings: Settings, talk_id: int, user_id: int) -> RatedTalk:
    """Return a talk for one of its two people. Raises UserError `talk_unknown` (404)."""
    bounds = {"talk": talk_id, "user": user_id, "days": settings.rating_days}
    found = typed_one(RatedTalk, (await tx.execute(_TALK, bounds)).mappings())
    if found is None:
        raise refusals.talk_unknown()
    return found


async def locked(tx: Tx, settings: Settings, talk_id: int, user_id: int, side: Side) -> RatedTalk:
    """Return a talk that its caller or its cast may rate now, both of them locked.

    Whatever is rated of them waits for that: what ratings come to is counted by one at a time.
    Raises UserError `talk_unknown` (404; also for the other side), `rating_unpaid` or
    `rating_over`.
    """
    found = await find(tx, settings, talk_id, user_id)
    if found.side_of(user_id) != side:
        raise refusals.talk_unknown()
    await locking.lock_people(tx, found.caller_id, found.cast_id)
    found = await find(tx, settings, talk_id, user_id)
    if not found.counts or found.other_is_gone:
        raise UserError(
            "rating_unpaid", N_("有料の時間のあった通話と、予約どおりの通話だけ評価できます。")
        )
    if found.is_over:
        raise UserError(
            "rating_over",
            N_("評価できる期間（通話から%(days)s日）は過ぎました。"),
            days=settings.rating_days,
        )
    return found


async def must_be_the_one(tx: Tx, table: sa.Table, talk: RatedTalk) -> None:
    """Refuse a second rating of one reservation, of another of its talks.

    Raises UserError `rating_of_reservation`.
    """
    if talk.reservation_id is None:
        return
    other = sa.select(table.c.talk_id).where(
        table.c.reservation_id == talk.reservation_id, table.c.talk_id != talk.talk_id
    )
    if await tx.scalar(other) is not None:
        raise UserError(
            "rating_of_reservation", N_("このご予約は、別の通話の記録から評価済みです。")
        )


def rating_unknown() -> UserError:
    """The rating isn't there."""
    return UserError("rating_unknown", N_("この評価は見つかりません。"), status=404)
