"""A talk as its two people know it: hanging up, the account, the history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.pages import Page, offset
from foundation.row_types import DbRow, typed, typed_all
from foundation.settings import Settings
from people.accounts.tables import users
from points import ledger
from points.tables import charge_returns, charges
from rooms.ground.booking_tables import reservations
from rooms.ground.live import Side
from rooms.ground.tables import rooms, talks
from rooms.talk import (
    ending,
    meter,
    rules,
    seats,
    spans,
)
from rooms.talk.rows import ChargedMinute, TalkFacts
from rooms.talk.rules import AccountLine


@dataclass(frozen=True)
class TalkAccount:
    """The account of one talk for one of its sides. Times in milliseconds, amounts in points."""

    talk_id: int
    side: Side
    room_id: int
    room_title: str
    other_id: int
    other_name: str
    other_portrait: str | None
    my_portrait: str | None
    rate: int
    with_video: bool
    state: str
    end_reason: str | None
    entered_at: datetime
    ended_at: datetime | None
    free_ms: int
    paid_ms: int
    interrupted_ms: int
    charged_minutes: int
    returned_minutes: int
    cost: int
    earned: int
    points_left: int | None
    lines: list[AccountLine]
    # Of a reserved talk: what was paid for beforehand, and how much of the meter that was.
    reservation_id: int | None
    prepaid: int
    reserved_ms: int


@dataclass(frozen=True)
class TalkLine:
    """One talk in the history. `points` is what it cost the caller or earned the cast."""

    talk_id: int
    side: Side
    room_title: str
    other_name: str
    other_portrait: str | None
    entered_at: datetime
    state: str
    end_reason: str | None
    connected_ms: int
    points: int
    # Its minutes were paid for beforehand, by a reservation.
    reservation_id: int | None


async def leave(tx: Tx, settings: Settings, talk_id: int, user_id: int) -> bool:
    """Hang up: charge what is proved, then end the talk; False where it had ended already."""
    side = await seats.side_of(tx, talk_id, user_id)
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.id == talk_id))
    await meter.bring_up_to_date(tx, settings, [talk_id])
    return await ending.end(tx, settings, talk_id, f"{side}_left")


async def account(tx: Tx, talk_id: int, user_id: int) -> TalkAccount:
    """Return the account of a talk for one of its two people.

    Raises UserError `talk_unknown` (404) for anyone else.
    """
    side = await seats.side_of(tx, talk_id, user_id)
    talk = await _talk(tx, talk_id, side, user_id)
    minutes = await _minutes(tx, talk_id)
    now = await clock(tx)
    lines = rules.account_lines(
        await spans.of_talk(tx, talk_id, now),
        talk.free_ms,
        talk.minute_ms,
        [minute.gross if side == "caller" else minute.share for minute in minutes],
        reserved=talk.reservation_id is not None,
    )
    return TalkAccount(
        talk_id=talk_id,
        side=side,
        room_id=talk.room_id,
        room_title=talk.room_title,
        other_id=talk.other_id,
        other_name=talk.other_name,
        other_portrait=talk.other_portrait,
        my_portrait=talk.my_portrait,
        rate=talk.rate,
        with_video=talk.with_video,
        state=talk.state,
        end_reason=talk.end_reason,
        entered_at=talk.entered_at,
        ended_at=talk.ended_at,
        free_ms=_total(lines, "free"),
        paid_ms=_total(lines, "paid"),
        interrupted_ms=_total(lines, "interrupted"),
        charged_minutes=len(minutes),
        returned_minutes=sum(1 for minute in minutes if minute.back_gross),
        cost=sum(minute.gross - minute.back_gross for minute in minutes),
        earned=sum(minute.share - minute.back_share for minute in minutes),
        points_left=await ledger.spendable(tx, user_id) if side == "caller" else None,
        lines=lines,
        reservation_id=talk.reservation_id,
        prepaid=talk.prepaid or 0,
        reserved_ms=_total(lines, "reserved"),
    )


async def _talk(tx: Tx, talk_id: int, side: Side, user_id: int) -> TalkFacts:
    me, other = users.alias("me"), users.alias("other")
    their_id = talks.c.cast_id if side == "caller" else talks.c.caller_id
    # The caller sees the picture of the room, the cast the caller's own.
    portrait = (
        sa.func.coalesce(rooms.c.portrait, other.c.portrait)
        if side == "caller"
        else other.c.portrait
    )
    row = await tx.execute(
        sa.select(
            talks,
            rooms.c.title.label("room_title"),
            other.c.id.label("other_id"),
            other.c.nickname.label("other_name"),
            portrait.label("other_portrait"),
            me.c.portrait.label("my_portrait"),
            reservations.c.points.label("prepaid"),
        )
        .outerjoin(reservations, reservations.c.id == talks.c.reservation_id)
        .join(rooms, rooms.c.id == talks.c.room_id)
        .join(other, other.c.id == their_id)
        .join(me, me.c.id == user_id)
        .where(talks.c.id == talk_id)
    )
    return typed(TalkFacts, row.mappings().one())


async def _minutes(tx: Tx, talk_id: int) -> list[ChargedMinute]:
    rows = await tx.execute(
        sa.select(
            charges.c.gross,
            charges.c.share,
            sa.func.coalesce(charge_returns.c.gross, 0).label("back_gross"),
            sa.func.coalesce(charge_returns.c.share, 0).label("back_share"),
        )
        .outerjoin(
            charge_returns,
            sa.and_(
                charge_returns.c.talk_id == charges.c.talk_id,
                charge_returns.c.minute == charges.c.minute,
            ),
        )
        .where(charges.c.talk_id == talk_id)
        .order_by(charges.c.minute)
    )
    return typed_all(ChargedMinute, rows.mappings())


def _total(lines: Sequence[AccountLine], kind: str) -> int:
    return sum(line.duration_ms for line in lines if line.kind == kind)


_HISTORY = sa.text("""
SELECT t.id, t.caller_id, r.title, u.nickname, u.portrait, t.entered_at, t.state, t.end_reason,
  t.connected_ms, t.reservation_id,
  (SELECT coalesce(sum(CASE WHEN t.caller_id = :user THEN c.gross - coalesce(b.gross, 0)
                            ELSE c.share - coalesce(b.share, 0) END), 0)::bigint
   FROM charges c LEFT JOIN charge_returns b USING (talk_id, minute) WHERE c.talk_id
     = t.id) AS points
FROM (
  (SELECT * FROM talks WHERE caller_id = :user ORDER BY id DESC LIMIT :most)
  UNION ALL
  (SELECT * FROM talks WHERE cast_id = :user ORDER BY id DESC LIMIT :most)
) t
JOIN rooms r ON r.id = t.room_id
JOIN users u ON u.id = CASE WHEN t.caller_id = :user THEN t.cast_id ELSE t.caller_id END
ORDER BY t.id DESC OFFSET :skip LIMIT :size
""")


async def history(tx: Tx, user_id: int, number: int, size: int) -> Page[TalkLine]:
    """Return a page of a user's talks on either side, the latest first."""
    skip = offset(number, size)
    rows = (
        await tx.execute(
            _HISTORY, {"user": user_id, "most": skip + size + 1, "skip": skip, "size": size + 1}
        )
    ).all()
    return Page.of([_line(row, user_id) for row in rows], number, size)


def _line(row: DbRow, user_id: int) -> TalkLine:
    return TalkLine(
        talk_id=row.id,
        side="caller" if row.caller_id == user_id else "cast",
        room_title=row.title,
        other_name=row.nickname,
        other_portrait=row.portrait,
        entered_at=row.entered_at,
        state=row.state,
        end_reason=row.end_reason,
        connected_ms=row.connected_ms,
        points=row.points,
        reservation_id=row.reservation_id,
    )


async def room_and_cast_names(tx: Tx, talk_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return of each talk its room's title and its cast's name, as a caller's statement says."""
    if not talk_ids:
        return {}
    rows = await tx.execute(
        sa.select(talks.c.id, rooms.c.title, users.c.nickname)
        .join(rooms, rooms.c.id == talks.c.room_id)
        .join(users, users.c.id == talks.c.cast_id)
        .where(talks.c.id.in_(talk_ids))
    )
    return {row.id: (row.title, row.nickname) for row in rows}
