"""Reservations against a plain model, on real PostgreSQL, the books proved after every step."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from foundation.database import Database, clock
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.meeting import blocks
from points import audit, ledger
from rooms.booking import (
    answering,
    asking,
    calling_off,
    cancelling,
    requests,
    reservations,
    reserved_talks,
    slots,
    timetable,
)
from rooms.care import blocking, claims, decisions
from rooms.lobby import presence
from rooms.talk.past import history
from tests.conftest import Owner
from tests.machines import run_machine
from tests.rooms.booked import ALWAYS, Booked
from tests.world import buy, new_room, new_user

STEPS = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    # A shorter example is no easier to read here, and takes minutes to find.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
RATE, SHARE = 70, 56
LIVE = ("booked", "running")
MINUTE = timedelta(minutes=1)
NO_SHOW = 5 * MINUTE
# What its cast was, or will be, paid for by somebody else.
SOLD = ("booked", "running", "done", "caller_missed")
# What happens within this of a limit is left alone: the model's clock is read before the verb.
NEAR = timedelta(seconds=5)


whiches = st.integers(0, 99)


@dataclass
class ModelReservation:
    """A reservation; `paid` is what its cast has, `back` what went back to its caller."""

    id: int
    caller: int
    starts: datetime
    ends: datetime
    cancel_until: datetime
    points: int
    minutes: int
    state: str = "booked"
    last: datetime | None = None
    cast_in: datetime | None = None
    due: datetime | None = None
    decide: datetime | None = None
    waits: bool = True
    paid: int = 0
    back: int = 0
    claimed: bool = False

    def limits(self) -> list[datetime]:
        more = [at for at in (self.due, self.decide) if at]
        around = [self.starts - 5 * MINUTE, self.starts, self.starts + NO_SHOW, self.ends]
        return [*around, self.cancel_until, *more]


@dataclass
class ModelRequest:
    """A request; its wishes are the beginnings."""

    id: int
    caller: int
    wishes: list[datetime]
    points: int
    minutes: int
    state: str = "open"


class Reservations(RuleBasedStateMachine):
    """Callers book and ask, come or don't; the cast stands by or doesn't; time passes.

    What a step does depends on the real time, so no rule may be left out by what came before it:
    one that finds nothing to do does nothing.
    """

    database: Database
    owner: Database
    runner: asyncio.Runner
    site: Settings

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[int, int] = {}
        self.model: dict[int, ModelReservation] = {}
        self.requests: dict[int, ModelRequest] = {}
        # When the cast last gave a sign of life from the room they wait in, if they wait.
        self.stood: datetime | None = None

    def run(self, verb: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        return self.runner.run(self.world.do(verb, *args, **more))

    @initialize()
    def begin(self) -> None:
        async def made() -> Booked:
            world = await Booked.open(self.database, self.owner, self.site, rate=RATE)
            world.second = await world.do(new_room, world.cast, RATE)
            await world.do(timetable.set_hours, world.second, world.cast, ALWAYS)
            await world.do(
                timetable.set_booking,
                world.second,
                world.cast,
                booking="request",
                shortest=10,
                longest=120,
            )
            world.staff = await world.do(new_user, "スタッフ")
            return world

        self.world = self.runner.run(made())
        for _ in range(2):
            self._new_caller([2500, 3000, 3500])
        self.book(0, pick=8, minutes=30)
        self.book(1, pick=50, minutes=10)
        self.ask(1, picks=[30, 60])

    # What is known of time

    def now(self) -> datetime:
        now: datetime = self.run(clock)
        return now

    def near_a_limit(self, *ids: int) -> bool:
        now = self.now()
        limits = [limit for one in ids or self.model for limit in self.model[one].limits()]
        if not ids and self.stood:
            limits.append(self.stood + self._grace())
        return any(abs(limit - now) < NEAR for limit in limits)

    def _grace(self) -> timedelta:
        """How long a stand-by outlives its last sign of life."""
        return timedelta(seconds=self.site.standby_grace_seconds)

    def kept_now(self) -> ModelReservation | None:
        now = self.now()
        found = [
            r for r in self.model.values()
            if r.state in LIVE and r.starts - 5 * MINUTE <= now < r.ends
        ]  # fmt: skip
        return min(found, key=lambda r: r.starts) if found else None

    def overlaps(self, caller: int, starts: datetime, minutes: int) -> bool:
        ends = starts + minutes * MINUTE
        return any(
            r.state in LIVE and r.starts < ends and starts < r.ends for r in self.model.values()
        )

    # What people do

    @rule(points=st.lists(st.integers(1, 4000), min_size=1, max_size=3))
    def new_caller(self, points: list[int]) -> None:
        if len(self.held) < 4:
            self._new_caller(points)

    def _new_caller(self, points: list[int]) -> None:
        caller = int(self.run(new_user))
        for number, part in enumerate(points):
            self.run(buy, caller, part, months=3 - number)
        self.held[caller] = sum(points)

    @rule(who=whiches, pick=st.integers(0, 200), minutes=st.sampled_from([10, 30, 65]))
    def book(self, who: int, pick: int, minutes: int) -> None:
        caller = self._caller(who)
        free = self.run(slots.free_slots, self.site, self.world.room, caller)
        window = self.run(slots.window_now, self.site)
        self._slots_are_what_is_left(free)
        free = [s for s in free if s.longest >= minutes and s.starts_at > window.starts_at + NEAR]
        if not free:
            return
        start = free[pick % len(free)].starts_at
        keeping = (reservations.keep, self.site, self.world.room, caller, start, minutes)
        if self.held[caller] < RATE * minutes:
            with pytest.raises(UserError, match="points_short"):
                self.run(*keeping)
            return
        kept = self.run(*keeping)
        self._adopt(self.run(reservations.confirm, self.site, kept.id, caller))

    def _caller(self, who: int) -> int:
        return list(self.held)[who % len(self.held)]

    def _one(self, which: int) -> ModelReservation:
        return list(self.model.values())[which % len(self.model)]

    def _slots_are_what_is_left(self, free: Any) -> None:
        for slot in free:
            assert not self.overlaps(0, slot.starts_at, slot.longest)

    def _adopt(self, made: Any) -> None:
        assert made.state == "booked"
        self.model[made.id] = ModelReservation(
            made.id, made.caller_id, made.starts_at, made.ends_at, made.cancel_until, made.points,
            made.minutes,
        )  # fmt: skip
        self.held[made.caller_id] -= made.points

    @rule(which=whiches)
    def cancel(self, which: int) -> None:
        one = self._one(which)
        if self.near_a_limit(one.id):
            return
        verb = (cancelling.cancel, self.site, one.id, one.caller)
        if one.state != "booked" or self.now() > one.cancel_until:
            with pytest.raises(UserError):
                self.run(*verb)
            return
        self.run(*verb)
        self._give_back(one, "cancelled")

    @rule(which=whiches)
    def call_off(self, which: int) -> None:
        """Too late to cancel: the time is free again, and the points wait until it is over."""
        one = self._one(which)
        if self.near_a_limit(one.id):
            return
        verb = (calling_off.call_off, self.site, one.id, one.caller)
        if one.state != "booked" or not one.cancel_until < self.now() < one.starts:
            with pytest.raises(UserError):
                self.run(*verb)
            return
        self.run(*verb)
        one.state = "called_off"

    @rule(which=whiches)
    def decline(self, which: int) -> None:
        one = self._one(which)
        if self.near_a_limit(one.id):
            return
        verb = (cancelling.decline, self.site, one.id, self.world.cast, "すみません")
        if one.state != "booked" or self.now() >= one.starts:
            with pytest.raises(UserError):
                self.run(*verb)
            return
        self.run(*verb)
        self._give_back(one, "declined")

    @rule(which=whiches, by_cast=st.booleans())
    def block(self, which: int, by_cast: bool) -> None:
        """One of two blocks the other, and takes it back at once: what was open has ended."""
        now, caller = self.now(), self._caller(which)
        wishes = [wish for asked in self.requests.values() for wish in asked.wishes]
        if self.near_a_limit() or any(abs(wish - now) < NEAR for wish in wishes):
            return
        live = [
            one
            for one in self.model.values()
            if one.caller == caller and one.state in LIVE and now < one.ends
        ]
        late = [one for one in live if one.state == "running" or now > one.cancel_until]
        lost = 0 if by_cast else sum(one.points for one in late)
        me, other = (self.world.cast, caller) if by_cast else (caller, self.world.cast)
        if lost:
            with pytest.raises(UserError, match="block_costs_more"):
                self.run(blocking.block, self.site, me, other, lost - 1)
        self.run(blocking.block, self.site, me, other, lost)
        self.run(blocks.unblock, me, other)
        for one in live:
            self._stop(one, by_cast, now)
        for asked in self.requests.values():
            if asked.caller == caller and asked.state == "open":
                self._end_request(asked, "refused" if by_cast else "withdrawn")

    def _stop(self, one: ModelReservation, by_cast: bool, now: datetime) -> None:
        if by_cast:
            in_time = one.state == "booked" and now < one.starts
            self._give_back(one, "declined" if in_time else "stopped")
        elif one.state == "booked" and now <= one.cancel_until:
            self._give_back(one, "cancelled")
        else:
            one.state, one.waits, one.paid = "stopped", False, one.minutes * SHARE

    def _give_back(self, one: ModelReservation, state: str) -> None:
        one.state, one.waits, one.back = state, False, one.points
        self.held[one.caller] += one.points

    @rule(who=whiches, picks=st.lists(st.integers(0, 200), min_size=1, max_size=3, unique=True))
    def ask(self, who: int, picks: list[int]) -> None:
        caller = self._caller(who)
        if any(q.caller == caller and q.state == "open" for q in self.requests.values()):
            return
        free = self.run(slots.free_slots, self.site, self.world.second, caller)
        free = [slot.starts_at for slot in free if slot.longest >= 20][1:]
        starts = sorted({free[pick % len(free)] for pick in picks}) if free else []
        if not starts or self.held[caller] < RATE * 20:
            return
        made = self.run(asking.ask, self.site, self.world.second, caller, starts, 20)
        self.requests[made.id] = ModelRequest(made.id, caller, starts, made.points, 20)
        self.held[caller] -= made.points

    @rule(which=whiches, answer=st.sampled_from(["accept", "refuse", "withdraw"]))
    def answer(self, which: int, answer: str) -> None:
        if not self.requests:
            return
        one, cast = list(self.requests.values())[which % len(self.requests)], self.world.cast
        now = self.now()
        if any(abs(wish - now) < NEAR for wish in one.wishes):
            return
        if one.state != "open":
            with pytest.raises(UserError, match="request_answered"):
                self.run(asking.withdraw, self.site, one.id, one.caller)
        elif answer == "accept":
            self._accept(one, now)
        elif answer == "refuse":
            self.run(answering.refuse, self.site, one.id, cast, "すみません")
            self._end_request(one, "refused")
        else:
            self.run(asking.withdraw, self.site, one.id, one.caller)
            self._end_request(one, "withdrawn")

    def _accept(self, one: ModelRequest, now: datetime) -> None:
        start = one.wishes[-1]
        verb = (answering.accept, self.site, one.id, self.world.cast, len(one.wishes))
        if start <= now or self.overlaps(one.caller, start, one.minutes):
            with pytest.raises(UserError):
                self.run(*verb)
            return
        made = self.run(*verb)
        one.state = "accepted"
        self.held[one.caller] += one.points
        self._adopt(made)

    def _end_request(self, one: ModelRequest, state: str) -> None:
        one.state = state
        self.held[one.caller] += one.points

    @rule()
    def stand_by(self) -> None:
        if self.near_a_limit():
            return
        self.run(presence.open_standby, self.world.cast, self.world.room)
        self.stood = now = self.now()
        for one in self.model.values():
            if one.state == "booked" and one.starts <= now < one.ends:
                one.cast_in = one.cast_in or now

    @rule(which=whiches)
    def come(self, which: int) -> None:
        self._come(self._one(which))

    def _come(self, one: ModelReservation) -> None:
        if self.near_a_limit():
            return
        now = self.now()
        in_time = one.starts - 5 * MINUTE <= now < one.ends
        verb = (reserved_talks.enter, self.site, one.id, one.caller)
        if one.state not in LIVE or not in_time:
            with pytest.raises(UserError):
                self.run(*verb)
            return
        entered = self.run(*verb)
        one.last = now
        begun = not isinstance(entered, reserved_talks.Awaited)
        kept = self.kept_now()
        standing = self.stood is not None and now < self.stood + self._grace()
        assert begun == (standing and kept is one and now >= one.starts)
        if begun:
            self.run(history.leave, self.site, entered.talk_id, one.caller)
            one.state, one.cast_in, self.stood = "running", one.cast_in or now, None

    @rule(which=whiches, part=st.none() | st.integers(1, 700), decline=st.booleans())
    def claim(self, which: int, part: int | None, decline: bool) -> None:
        one = self._one(which)
        filing = (claims.file_reservation_claim, self.site, one.id, one.caller, "cast_absent", "")
        judged = one.state in ("caller_missed", "cast_missed", "apart")
        late = self.now() > one.ends + timedelta(days=self.site.claim_days)
        if not judged or one.back or one.claimed or late or (one.due and one.waits):
            with pytest.raises(UserError):
                self.run(*filing)
            return
        made, one.claimed, one.decide = self.run(*filing), True, None
        if decline:
            self.run(decisions.decline, self.site, made, self.world.staff, "machine")
            one.paid = one.minutes * SHARE
        else:
            back = one.points if part is None else part
            self.run(
                decisions.return_points, self.site, made, self.world.staff, part, "machine", "hurry"
            )
            one.paid = one.minutes * SHARE - back * SHARE * one.minutes // one.points
            one.back = back
            self.held[one.caller] += back
        one.waits = False

    # What time does

    @rule(minutes=st.sampled_from([3, 14, 47, 190, 500]))
    def pass_time(self, minutes: int) -> None:
        self._pass(timedelta(minutes=minutes))

    @rule(
        minutes=st.sampled_from([-4, 1, 7]),
        stands=st.booleans(),
        comes=st.booleans(),
        until_over=st.booleans(),
    )
    def time_comes(self, minutes: int, stands: bool, comes: bool, until_over: bool) -> None:
        """To the beginning of the next reservation: one comes or doesn't, and so does the cast."""
        live = [one for one in self.model.values() if one.state in LIVE]
        if not live:
            return
        one = min(live, key=lambda one: one.starts)
        self._pass_to(one.starts + minutes * MINUTE)
        if stands:
            self.stand_by()
        if comes:
            self._come(one)
        if until_over:
            self._pass_to(one.ends + MINUTE)
            self.sweep()

    def _pass_to(self, moment: datetime) -> None:
        ahead = moment + 2 * NEAR - self.now()
        if ahead > timedelta():
            self._pass(ahead)

    def _pass(self, length: timedelta) -> None:
        self.runner.run(self.world.pass_time(length.total_seconds()))
        if self.stood:
            self.stood -= length
        for one in self.model.values():
            for name in ("starts", "ends", "cancel_until", "last", "cast_in", "due", "decide"):
                at = getattr(one, name)
                setattr(one, name, at - length if at else None)
        for asked in self.requests.values():
            asked.wishes = [wish - length for wish in asked.wishes]

    @rule()
    def sweep(self) -> None:
        now = self.now()
        if self.near_a_limit() or any(
            abs(q.wishes[-1] - now) < NEAR for q in self.requests.values()
        ):
            return
        self.runner.run(self.world.sweep())
        for one in self.model.values():
            missed = one.state == "booked" and one.cast_in is None and self._waited(one)
            if one.state in LIVE and (one.ends <= now or missed):
                self._judge(one, now)
        for one in self.model.values():
            if one.state == "called_off" and one.waits and one.ends <= now:
                self._sell_again(one)
            if one.decide and one.decide <= now:
                one.waits, one.decide, one.paid = False, None, one.minutes * SHARE
            if one.due and one.waits and one.due <= now:
                one.waits, one.back = False, one.points
                self.held[one.caller] += one.points
        for asked in self.requests.values():
            if asked.state == "open" and asked.wishes[-1] <= now:
                self._end_request(asked, "lapsed")

    def _waited(self, one: ModelReservation) -> bool:
        return one.last is not None and one.last >= one.starts + NO_SHOW

    def _judge(self, one: ModelReservation, now: datetime) -> None:
        """Nobody talks for a minute here: by who was there alone."""
        late = one.cast_in is None or one.cast_in > one.starts + NO_SHOW
        if one.cast_in is None or (late and self._waited(one)):
            one.state = "cast_missed"
            if self.site.auto_return_no_show:
                one.due = min(one.ends, now) + self.site.no_show_minutes * MINUTE
        elif one.last is None:
            one.state, one.waits, one.paid = "caller_missed", False, one.minutes * SHARE
        else:
            one.state, one.decide = "apart", one.ends + self.site.claim_days * 24 * 60 * MINUTE

    def _sell_again(self, one: ModelReservation) -> None:
        times = [
            min(other.ends, one.ends) - max(other.starts, one.starts)
            for other in self.model.values()
            if other is not one and other.state in SOLD and not other.back
        ]
        sold = sum(max(time, timedelta()) // MINUTE for time in times)
        one.waits, one.back = False, min(one.points, sold * RATE)
        one.paid = one.minutes * SHARE - one.back * SHARE * one.minutes // one.points
        self.held[one.caller] += one.back

    # What must be true

    @invariant()
    def every_state_is_the_models(self) -> None:
        for one in self.model.values():
            row = self.run(reservations.row_of, one.id)
            assert (row.id, row.state) == (one.id, one.state)
        for asked in self.requests.values():
            found = self.run(requests.request, asked.id, asked.caller)
            assert (found.id, found.state) == (asked.id, asked.state)

    @invariant()
    def everybody_has_what_the_model_says(self) -> None:
        for caller, points in self.held.items():
            assert self.run(ledger.spendable, caller) == points
        if self.held:
            earned = self.runner.run(self.world.earned())
            assert earned == sum(one.paid for one in self.model.values())

    @invariant()
    def the_books_hold(self) -> None:
        proofs = self.run(audit.prove)
        assert [proof for proof in proofs if proof.broken] == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("by_itself", [True, False], ids=["returned", "claimed"])
def test_reservations_do_what_the_model_does(
    postgres: EmbeddedPostgres, server_owner: Owner, tmp_path: Path, by_itself: bool
) -> None:
    site = Settings(
        data=tmp_path / "data", auto_return_no_show=by_itself, standby_grace_seconds=300
    )
    run_machine(Reservations, STEPS, postgres, server_owner, site=site)
