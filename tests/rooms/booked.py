"""A cast with an open timetable, callers with points, and time that passes when told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from notify.tables import notices
from points import audit, ledger
from rooms.booking import (
    answering,
    cancelling,
    no_shows,
    reservations,
    reserved_talks,
    rules,
    slots,
    timetable,
    views,
)
from rooms.booking.rules import Hour
from rooms.booking.views import Reservation
from rooms.ground.tables import talks
from rooms.lobby import presence
from rooms.lobby.by_medium import Medium
from tests.world import MOMENTS, World, new_room, new_user

T = TypeVar("T")

ALWAYS = [
    Hour(day, *half) for day in range(7) for half in ((time(0), time(12)), (time(12), time(0)))
]
HOUR = timedelta(hours=1)


@dataclass
class Booked(World):
    """A room that takes reservations at any hour. `owner` may do what the application may not."""

    owner: Database = field(init=False)
    # Another room of the cast's, and somebody of the staff, where a test has them.
    second: int = 0
    staff: int = 0

    @classmethod
    async def open(
        cls,
        database: Database,
        owner: Database,
        settings: Settings,
        *,
        points: int = 10_000,
        rate: int = 100,
        booking: str = "direct",
    ) -> "Booked":
        """A caller with points, and a cast whose room can be booked at any time."""
        async with database.transaction() as tx:
            caller = await new_user(tx, "けんじ", points=points)
            cast = await new_user(tx, "さくら")
            room = await new_room(tx, cast, rate)
        async with database.transaction() as tx:
            await timetable.set_hours(tx, room, cast, ALWAYS)
            await timetable.set_booking(tx, room, cast, booking=booking, shortest=10, longest=120)
        world = cls(database, settings, caller, cast, room)
        world.owner = owner
        return world

    async def do(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        """Run a verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **more)

    async def another(self, nickname: str = "みお", points: int = 10_000) -> int:
        """One more caller."""
        return await self.do(new_user, nickname, points=points)

    async def start(self, hours: float = 20) -> datetime:
        """A beginning so many hours from now, at a full quarter of an hour."""
        at = await self.do(clock) + timedelta(hours=hours)
        return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)

    async def slots(self, viewer: int | None = None) -> list[rules.Slot]:
        """What is free for a viewer (the caller)."""
        return await self.do(
            slots.free_slots, self.settings, self.room, self.caller if viewer is None else viewer
        )

    async def keep(
        self,
        hours: float = 20,
        minutes: int = 30,
        caller: int | None = None,
        medium: Medium = "browser",
    ) -> Reservation:
        """A slot kept."""
        return await self.do(
            reservations.keep,
            self.settings,
            self.room,
            caller or self.caller,
            await self.start(hours),
            minutes,
            medium,
        )

    async def confirm(self, kept: Reservation, message: str = "") -> Reservation:
        """A kept slot booked."""
        return await self.do(reservations.confirm, self.settings, kept.id, kept.caller_id, message)

    async def book(
        self, hours: float = 20, minutes: int = 30, caller: int | None = None
    ) -> Reservation:
        """A reservation of the caller (or another one)."""
        return await self.confirm(await self.keep(hours, minutes, caller))

    async def cancel(self, booked: Reservation) -> Reservation:
        """Called off by its caller."""
        return await self.do(cancelling.cancel, self.settings, booked.id, booked.caller_id)

    async def decline(self, booked: Reservation, words: str = "ごめんなさい") -> Reservation:
        """Called off by its cast."""
        return await self.do(cancelling.decline, self.settings, booked.id, booked.cast_id, words)

    async def read(self, booked: Reservation, user: int | None = None) -> Reservation:
        """A reservation as it is now."""
        return await self.do(views.reservation, self.settings, booked.id, user or booked.caller_id)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for everything: what is recorded moves into the past."""
        shift = {"shift": timedelta(seconds=seconds)}
        async with self.owner.transaction() as tx:
            ordered = "ASC" if seconds > 0 else "DESC"
            ids = await tx.scalars(
                sa.text(f"SELECT id FROM reservations ORDER BY starts_at {ordered}")
            )
            for one in list(ids):
                await tx.execute(_SHIFT_RESERVATION, shift | {"id": one})
            for statement in (_SHIFT_REQUESTS, _SHIFT_WISHES, _SHIFT_TALKS, _SHIFT_SPANS):
                await tx.execute(statement, shift)
            await tx.execute(_SHIFT_STANDBYS, shift)

    async def pass_until(self, moment: datetime, seconds: float = 0) -> None:
        """Let time pass until so many seconds after a moment."""
        ahead = (moment - await self.do(clock)).total_seconds()
        await self.pass_time(ahead + seconds)

    async def until_start(self, booked: Reservation, seconds: float = 0) -> Reservation:
        """Let time pass until so many seconds after a reservation's beginning."""
        await self.pass_until((await self.read(booked)).starts_at, seconds)
        return await self.read(booked)

    async def stand_by(self, room: int | None = None) -> None:
        """The cast waits in the room."""
        await self.do(presence.open_standby, self.cast, room or self.room)

    async def come(self, booked: Reservation, *, early: bool = False) -> "int | str":
        """The caller of a reservation enters: the talk, or why it has not begun."""
        entered = await self.do(
            reserved_talks.enter, self.settings, booked.id, booked.caller_id, early=early
        )
        if isinstance(entered, reserved_talks.Awaited):
            return entered.reason
        self.talk = entered.talk_id
        await self.join("caller")
        await self.join("cast")
        return self.talk

    async def talk_on(self, seconds: float) -> None:
        """Both talk for so long, with beats on the way."""
        await self.beat()
        while seconds > 0:
            await self.pass_time(min(seconds, 7))
            await self.beat()
            seconds -= 7

    async def sweep(self) -> None:
        """What the timetable does every minute."""
        settings = self.settings
        for verb in (
            reservations.lapse,
            lambda tx: answering.lapse(tx, settings),
            lambda tx: no_shows.judge(tx, settings),
            lambda tx: no_shows.judge_called_off(tx, settings),
            lambda tx: no_shows.pay_unclaimed(tx, settings),
            lambda tx: no_shows.give_back(tx, settings),
        ):
            while await self.do(verb):
                pass

    async def points_of(self, user: int | None = None) -> int:
        """The points that a user can spend."""
        return await self.do(ledger.spendable, user or self.caller)

    async def earned(self) -> int:
        """What the cast has earned."""
        found = await self.do(
            lambda tx: tx.scalar(
                sa.text(
                    "SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w"
                    " ON w.id = j.wallet_id WHERE w.kind = 'earnings' AND w.user_id = :u"
                ),
                {"u": self.cast},
            )
        )
        return int(found or 0)

    async def told(self, user: int) -> list[str]:
        """The words that a user was told, in order."""
        rows = await self.do(
            lambda tx: tx.scalars(
                sa.select(notices.c.key).where(notices.c.user_id == user).order_by(notices.c.id)
            )
        )
        return [str(key).split(":")[2] for key in rows]

    async def ended(self, talk: int | None = None) -> str | None:
        """Why a talk ended, None while it goes on."""
        reason: str | None = await self.do(
            lambda tx: tx.scalar(
                sa.select(talks.c.end_reason).where(talks.c.id == (talk or self.talk))
            )
        )
        return reason

    async def broken(self) -> list[str]:
        """The invariants of the books that do not hold."""
        proofs = await self.do(audit.prove)
        return [proof.name for proof in proofs if proof.broken]


_SHIFT_RESERVATION = sa.text("""
UPDATE reservations SET starts_at = starts_at - :shift, ends_at = ends_at - :shift,
  created_at = created_at - :shift, kept_until = kept_until - :shift,
  booked_at = booked_at - :shift, cancel_until = cancel_until - :shift,
  cancelled_at = cancelled_at - :shift, declined_at = declined_at - :shift,
  began_at = began_at - :shift, caller_came_at = caller_came_at - :shift,
  cast_came_at = cast_came_at - :shift, cast_last_at = cast_last_at - :shift,
  stopped_at = stopped_at - :shift, called_off_at = called_off_at - :shift,
  caller_last_at = caller_last_at - :shift, cast_in_at = cast_in_at - :shift,
  cast_early_at = cast_early_at - :shift,
  decide_by = decide_by - :shift,
  judged_at = judged_at - :shift, return_due_at = return_due_at - :shift,
  returned_at = returned_at - :shift,
  ring_at = ring_at - :shift, line_failed_at = line_failed_at - :shift
WHERE id = :id
""")
_SHIFT_REQUESTS = sa.text("""
UPDATE reservation_requests SET created_at = created_at - :shift, lapses_at = lapses_at - :shift,
  answered_at = answered_at - :shift
""")
_SHIFT_WISHES = sa.text("UPDATE request_wishes SET starts_at = starts_at - :shift")
_SHIFT_TALKS = sa.text(
    f"UPDATE talks SET {', '.join(f'{name} = {name} - :shift' for name in MOMENTS)}"
)
_SHIFT_SPANS = sa.text("""
UPDATE talk_spans SET began_at = began_at - :shift, ended_at = ended_at - :shift
""")
_SHIFT_STANDBYS = sa.text("UPDATE standbys SET since = since - :shift, seen_at = seen_at - :shift")
