"""A talk as its two people know it: hanging up, and the account."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.row_types import typed, typed_all
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
    # What of a minute's price is the cast's.
    share: int
    with_video: bool
    medium: str
    # What of a minute's price is the line's.
    line_fee: int
    state: str
    end_reason: str | None
    entered_at: datetime
    ended_at: datetime | None
    connected_ms: int
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
    # How the caller pays; the cast is not told.
    pays: str | None = None

    @property
    def connected(self) -> bool:
        """Whether they ever saw or heard each other, as far as both have proved."""
        return self.connected_ms > 0

    @property
    def share_percent(self) -> int | None:
        """How much of the price is the cast's, where that is a whole number of percent.

        None also where what was earned is less: by points that were given.
        """
        price, cost = self.rate - self.line_fee, self.cost - self.line_cost
        if cost * self.share != self.earned * price or self.share * 100 % price:
            return None
        return self.share * 100 // price

    @property
    def line_cost(self) -> int:
        """How much of what it cost was for the line; whole minutes cost their whole price."""
        return self.cost * self.line_fee // self.rate


async def leave(tx: Tx, settings: Settings, talk_id: int, user_id: int) -> bool:
    """Hang up: charge what is proved, then end the talk; False where it had ended already."""
    side = await seats.side_of(tx, talk_id, user_id)
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.id == talk_id))
    await meter.bring_up_to_date(tx, settings, [talk_id])
    return await ending.end(tx, settings, talk_id, f"{side}_left")


async def account(tx: Tx, talk_id: int, user_id: int) -> TalkAccount:
    """Return the account of a talk for one of its two people, or raise `talk_unknown` (404)."""
    side = await seats.side_of(tx, talk_id, user_id)
    talk = await _talk(tx, talk_id, side, user_id)
    minutes = await _minutes(tx, talk_id)
    lines = rules.account_lines(
        await spans.of_talk(tx, talk_id, await clock(tx)),
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
        share=talk.share,
        with_video=talk.with_video,
        medium=talk.medium,
        line_fee=talk.line_fee,
        state=talk.state,
        end_reason=talk.end_reason,
        entered_at=talk.entered_at,
        ended_at=talk.ended_at,
        connected_ms=talk.connected_ms,
        free_ms=_total(lines, "free"),
        paid_ms=_total(lines, "paid"),
        interrupted_ms=_total(lines, "interrupted"),
        charged_minutes=len(minutes),
        returned_minutes=sum(1 for minute in minutes if minute.back_gross),
        cost=sum(minute.gross - minute.back_gross for minute in minutes),
        earned=sum(minute.share - minute.back_share for minute in minutes),
        points_left=await ledger.spendable(tx, user_id, talk.pays) if side == "caller" else None,
        lines=lines,
        reservation_id=talk.reservation_id,
        prepaid=talk.prepaid or 0,
        reserved_ms=_total(lines, "reserved"),
        pays=talk.pays if side == "caller" else None,
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
