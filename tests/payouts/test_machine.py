"""From a charge to the bank, in any order, against a plain model: each step does what it says."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from foundation.database import Database, Tx, clock
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from payouts import requests
from payouts.banks import refused as refused_accounts
from payouts.desk import categories, stops
from payouts.runs import agreeing
from points import ledger
from points.rules import SITE_ZONE
from rooms.care import claims, decisions
from tests.conftest import Owner
from tests.machines import run_machine_apart
from tests.payouts.payday import Payday
from tests.payouts.payout_model import (
    ALONE,
    CLAIM_DAYS,
    LEAST,
    LIVE,
    MINUTE_COSTS,
    RETURNABLE_DAYS,
    RETURNED_ALONE,
    TAX,
    ModelPayout,
    ModelRun,
    ModelTalk,
    PayoutModel,
)

STEPS = settings(
    max_examples=9,
    stateful_step_count=42,
    deadline=None,
    # A shorter example is no easier to read here, and takes minutes to find.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# A pack of acts, of which each step takes one: so all come in every example. Of many rules
# Hypothesis would leave some out, and of acts that are drawn alone chance would.
ACTS = (
    *("earn", "claim", "decide", "ask", "finish", "reject", "ask", "dissolve", "call_off"),
    *("advance", "claim", "days_pass", "decide", "advance", "dissolve", "cut_short", "tax"),
    *("stop_or_lift", "gather", "call_off", "reject"),
)
# What must have succeeded more than once in all examples together.
MUST = (
    "claim", "returned", "cut_short", "ask", "call_off", "gather", "agreed", "agree", "close",
    "dissolve", "reject", "confirm", "stop", "lift", "tax",
)  # fmt: skip
AMOUNTS = (None, 4999, 6000, None, 5000)
BACK = (None, 625, None, 2500)


class Payouts(RuleBasedStateMachine):
    """Two casts earn, ask and are paid; staff gather, dissolve, close, stop; banks reject.

    Numbers are drawn, and stand for what the model knows: `which` of them, and `how` it is done.
    What can't be done yet is mostly led to by what must come before it, else tried and refused.
    """

    database: Database
    owner: Database
    runner: asyncio.Runner
    site: Settings
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.model, self.changed = PayoutModel(), True
        self.pack: list[str] = []

    @initialize()
    def begin(self) -> None:
        self.day: Payday = self.run(Payday.of(self.database, self.owner, self.site))
        self.casts = [self.run(self.day.cast(name)) for name in ("さくら", "みお")]
        self.maker, self.second = self.run(self.day.staff()), self.run(self.day.staff())
        for cast in self.casts:
            self.run(self.day.account(cast))
        for which in range(2):
            self._earn(which, 7)
        self._pass(31)

    def run(self, work: Awaitable[Any]) -> Any:
        return self.runner.run(work)  # type: ignore[arg-type]

    def do(self, verb: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        async def within() -> Any:
            async with self.database.transaction() as tx:
                return await verb(tx, *args)

        return self.run(within())

    def expect(self, name: str, refused: str | None, verb: Any, *args: Any) -> Any:
        """Do what the model says is refused with this code, or else succeeds, which is counted."""
        if refused is not None:
            with pytest.raises(UserError) as caught:
                self.do(verb, *args)
            assert caught.value.code == refused
            return None
        found = self.do(verb, *args)
        self.done[name] += 1
        return found

    @rule(pick=st.integers(0, 20), which=st.integers(0, 11), how=st.integers(0, 19))
    def step(self, pick: int, which: int, how: int) -> None:
        self.pack = self.pack or list(ACTS)
        act, done = self.pack.pop(pick % len(self.pack)), self.done.total()
        getattr(self, f"_{act}")(which, how)
        self.changed = self.done.total() > done

    def _one(self, fit: list[Any], among: list[Any], which: int, how: int) -> Any:
        """One of the latest three that fit, now and then of all; None where there is none."""
        found = fit if how % 4 != 3 else among
        return found[-1 - which % min(len(found), 3)] if found else None

    # What casts and callers do

    def _earn(self, which: int, how: int) -> None:
        cast, minutes = self.casts[which % 2], 3 + how % 8
        talk = self.run(self.day.earn(cast, minutes))
        self.model.talks.append(ModelTalk(talk, cast, minutes))
        self.done["earn"] += 1

    def _days_pass(self, which: int, _how: int) -> None:
        self._pass((1, 14, 31)[which % 3])

    def _pass(self, days: int) -> None:
        self.run(self.day.pass_days(days))
        self.run(self.day.top_up())
        self.model.pass_days(days)
        self.done["days"] += days

    def _claim(self, which: int, how: int) -> None:
        young = [talk for talk in self.model.talks if talk.age < CLAIM_DAYS and not talk.claim]
        talk = self._one(young, self.model.talks, which, how)
        if talk is None:
            self._earn(which, how)
            return
        refused = "claim_exists" if talk.claim else None
        if talk.claim == "returned" or not talk.cost:
            refused = "claim_nothing_paid"
        if talk.age >= CLAIM_DAYS:
            refused = "claim_too_late"
        args = (self.site, talk.id, self.day.caller, "other", "遅刻されました")
        made = self.expect("claim", refused, claims.file_claim, *args)
        if made is not None:
            talk.claim, talk.claim_id = "open", made

    def _decide(self, which: int, how: int) -> None:
        claimed = [talk for talk in self.model.talks if talk.claim]
        waiting = [talk for talk in claimed if talk.claim in ("open", "waiting_second")]
        if talk := self._one(waiting, claimed, which, how):
            self._decide_on(talk, how)
        else:
            self._claim(which, how)

    def _decide_on(self, talk: ModelTalk, how: int) -> None:
        if talk.claim == "waiting_second":
            self.expect("returned", None, decisions.agree, self.site, talk.claim_id,
                        self.second)  # fmt: skip
            talk.give_back(talk.proposed)
            return
        refused = None if talk.claim == "open" else "claim_decided"
        if how // 4 == 4 or talk.age > RETURNABLE_DAYS:
            args = (self.site, talk.claim_id, self.maker, "確認しました")
            self.expect("declined", refused, decisions.decline, *args)
            talk.claim = talk.claim if refused else "declined"
            return
        self._return(talk, BACK[how // 4], refused)

    def _return(self, talk: ModelTalk, points: int | None, refused: str | None) -> None:
        if refused is None and (points or 0) > talk.cost:
            refused = "more_than_paid"
        points, said = points or talk.cost, points
        name = "proposed" if points > RETURNED_ALONE else "returned"
        args = (self.site, talk.claim_id, self.maker, said, "遅刻", "急ぎのため")
        self.expect(name, refused, decisions.return_points, *args)
        if refused is None and name == "proposed":
            talk.claim, talk.proposed = "waiting_second", points
        elif refused is None:
            talk.give_back(points)

    def _cut_short(self, which: int, how: int) -> None:
        """Minutes go back without a claim, also of what was asked for, or paid, long ago."""
        kept = [
            talk for talk in self.model.talks
            if talk.cost and talk.claim in (None, "declined") and talk.age <= RETURNABLE_DAYS
        ]  # fmt: skip
        asks = {payout.cast for payout in self.model.payouts if payout.state == "requested"}
        ripe = [talk for talk in kept if not talk.unripe and (not asks or talk.cast in asks)]
        if talk := self._one(ripe, kept, which, how):
            for _ in range(min(1 + how % 3, talk.minutes - talk.gone)):
                minute = talk.minutes - talk.gone
                assert self.do(_return_minute, talk.id, minute) == MINUTE_COSTS
                talk.gone += 1
            self.done["cut_short"] += 1

    def _ask(self, which: int, how: int) -> ModelPayout | None:
        cast = self.casts[which % 2]
        amount = AMOUNTS[how % len(AMOUNTS)] or max(self.model.book(cast)["payable"], 1)
        today = self.do(clock).astimezone(SITE_ZONE).date()
        refused = self.model.refusal(cast, amount, today)
        if refused and how % 4 != 3:
            self._lead_to_a_request(cast, which, how)
            return None
        made = self.expect("ask", refused, requests.ask, self.site, cast, amount)
        if made is None:
            return None
        self.model.payouts.append(ModelPayout(made, cast, amount, today))
        return self.model.payouts[-1]

    def _lead_to_a_request(self, cast: int, which: int, how: int) -> None:
        book = self.model.book(cast)
        if cast in self.model.stopped:
            self._stop_or_lift(which, how)
        elif cast in self.model.unsure:
            self._confirm(cast)
        elif book["due"] >= LEAST:
            self._pass(1)
        elif book["due"] + book["maturing"] >= LEAST:
            self._pass(CLAIM_DAYS)
        else:
            self._earn(which, how)

    def _confirm(self, cast: int) -> None:
        """A cast says that the account from which payouts came back is right."""
        back = [p for p in self.model.payouts if (p.cast, p.state) == (cast, "rejected")]
        self.expect("confirm", None, refused_accounts.confirm, cast, len(back))
        self.model.unsure.discard(cast)

    def _call_off(self, which: int, how: int) -> None:
        waiting = [payout for payout in self.model.payouts if payout.state == "requested"]
        payout = self._one(waiting, self.model.payouts, which, how) or self._ask(which, how)
        if payout is None:
            return
        refused = None if payout.state == "requested" else "payout_under_way"
        cast = self.day.caller if how % 5 == 4 else payout.cast
        refused = refused if cast == payout.cast else "payout_unknown"
        self.expect("call_off", refused, requests.call_off, cast, payout.id)
        payout.state = payout.state if refused else "called_off"

    # What staff do

    def _gather(self, which: int, how: int) -> ModelRun | None:
        taken, lost = self.model.gathered()
        if not taken and not lost and how % 4 != 3:
            self._ask(which, how)
            return None
        if not taken and lost:
            self.model.call_off(lost)
            assert self.run(self.day.gathered(self.maker)).called_off == len(lost)
            self.done["dropped"] += len(lost)
            return None
        if not taken:
            with pytest.raises(UserError, match="payout_run_empty"):
                self.run(self.day.gather(self.maker))
            return None
        run = self.model.gather(self.run(self.day.gather(self.maker)))
        self.done.update({"gather": 1, "dropped": len(lost)})
        return run

    def _advance(self, which: int, how: int) -> None:
        """The next step of a run, now and then another, which is refused."""
        if run := self._one(self._open_runs(), self.model.runs, which, how):
            verbs = (self._send_on, self._agree, self._close)
            verbs[LIVE.index(run.state) if how % 4 != 3 else how % 3](run)
        else:
            self._gather(which, how)

    def _finish(self, which: int, how: int) -> None:
        """A run that is open, or all that waits, on its whole way to the bank."""
        run = self._one(self._open_runs(), [], which, 1) or self._gather(which, how)
        if run is not None and run.state == "draft":
            self._send_on(run)
        if run is not None and run.state == "waiting_second":
            self._agree(run)
        if run is not None:
            self._close(run)

    def _open_runs(self) -> list[ModelRun]:
        return [run for run in self.model.runs if run.state in LIVE]

    def _send_on(self, run: ModelRun) -> None:
        after = "waiting_second" if run.total > ALONE else "agreed"
        self._move(run, after, ("draft",), after, agreeing.send_on, self.site, run.id, self.maker)

    def _agree(self, run: ModelRun) -> None:
        if run.state == "waiting_second":
            same = (agreeing.agree, run.id, self.maker)
            self.expect("agreed_by_oneself", "payout_second_same", *same)
        args = (agreeing.agree, run.id, self.second)
        self._move(run, "agree", ("waiting_second",), "agreed", *args)

    def _close(self, run: ModelRun) -> None:
        if self._move(run, "close", ("agreed",), "closed", self._closing, run.id):
            for payout in run.payouts:
                payout.state = "paid"

    async def _closing(self, _tx: Tx, run: int) -> None:
        await self.day.close(run, self.maker)

    def _dissolve(self, which: int, how: int) -> None:
        run = self._one(self._open_runs(), self.model.runs, which, how) or self._gather(which, how)
        args = (self._dissolving, run and run.id)
        if run and self._move(run, "dissolve", LIVE, "dissolved", *args):
            self.model.dissolve(run)

    async def _dissolving(self, _tx: Tx, run: int) -> None:
        await self.day.dissolve(run, self.maker, self.second)

    def _move(
        self, run: ModelRun, name: str, states: tuple[str, ...], after: str, verb: Any, *args: Any
    ) -> bool:
        refused = None if run.state in states else "payout_run_moved"
        # Nobody who is stopped is paid by a run of which the bank has not been told.
        if refused is None and name != "dissolve" and self.model.holds_up(run):
            refused = "payout_run_stopped"
        moves = refused is None
        self.expect(name, refused, verb, *args)
        run.state = after if moves else run.state
        return moves

    def _reject(self, which: int, how: int) -> None:
        """A bank rejects what was paid once, by the word of two, and a second time is nothing."""
        paid = [payout for payout in self.model.payouts if payout.state == "paid"]
        payout = self._one(paid, self.model.payouts, which, how)
        if payout is None:
            self._finish(which, how)
            return
        before = payout.state
        refused = {"paid": None, "rejected": None, "in_run": "payout_not_paid"}.get(
            before, "payout_run_unknown"
        )
        name = "reject" if before == "paid" else "rejected_again"
        noted = self.expect(name, refused, self._rejecting, payout.id)
        if refused is None:
            assert noted is (before == "paid")
            payout.state = "rejected"
            self.model.unsure |= {payout.cast} if noted else set()

    async def _rejecting(self, _tx: Tx, payout: int) -> bool:
        return await self.day.reject(payout, self.maker, self.second)

    def _stop_or_lift(self, which: int, how: int) -> None:
        """Mostly what changes something; else it is refused."""
        cast = self.casts[which % 2]
        held = cast in self.model.stopped
        stop = held if how % 4 == 3 else not held
        refused = None
        if stop is held:
            refused = "payouts_stopped_already" if stop else "payouts_not_stopped"
        args = (self.site, self.maker, cast, "確認")
        verb = stops.stop if stop else stops.lift
        self.expect("stop" if stop else "lift", refused, verb, *args)
        (self.model.stopped.add if stop else self.model.stopped.discard)(cast)

    def _tax(self, which: int, how: int) -> None:
        cast, category = self.casts[which % 2], list(TAX)[how % len(TAX)]
        changed = self.model.category.get(cast, "none") != category
        args = (categories.change, self.site, self.maker, cast, category, "確認")
        assert self.do(*args) is changed
        self.model.category[cast] = category
        self.done["tax"] += changed

    # What must be true

    @invariant()
    def every_yen_is_where_the_model_says(self) -> None:
        for cast in self.casts:
            book, model = self.run(self.day.book(cast)), self.model.book(cast)
            assert {name: getattr(book, name) for name in model} == model

    @invariant()
    def every_state_is_the_models(self) -> None:
        assert self._rows("payouts", "state, withheld") == [
            (payout.id, payout.state, payout.withheld) for payout in self.model.payouts
        ]
        assert self._rows("payout_runs", "state, total") == [
            (run.id, run.state, run.total) for run in self.model.runs
        ]

    def _rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        async def look(tx: Tx) -> list[tuple[Any, ...]]:
            rows = await tx.execute(sa.text(f"SELECT id, {columns} FROM {table} ORDER BY id"))
            return [tuple(row) for row in rows]

        found: list[tuple[Any, ...]] = self.do(look)
        return found

    @invariant()
    def the_books_hold(self) -> None:
        """After what was refused they are what they were: the model says so, too."""
        if self.changed:
            self.run(self.day.prove())


async def _return_minute(tx: Tx, talk: int, minute: int) -> int:
    return await ledger.return_minute(tx, talk, minute, kind="cut_short", reason="途中で終了")


@pytest.mark.timeout(300)
def test_money_goes_from_the_charge_to_the_bank(
    postgres: EmbeddedPostgres, server_owner: Owner, tmp_path: Path
) -> None:
    site = Settings(
        demo=True, identity_check=False, data=tmp_path / "data", payout="request",
        payout_second_yen=ALONE,
    )  # fmt: skip
    done: Counter[str] = Counter()
    run_machine_apart(Payouts, STEPS, postgres, server_owner, site=site, done=done)
    assert [name for name in MUST if done[name] < 2] == [], done
