"""From a charge to the bank, in any order: after each step the book adds up and the audit holds."""

import asyncio
import contextlib
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts import requests
from payouts.desk import categories, stops
from payouts.runs import agreeing, rejecting
from points import ledger
from tests.machines import run_machine
from tests.payouts.payday import Payday
from tests.points.till import file_papers

STEPS = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WHICH = st.integers(0, 5)


class Payouts(RuleBasedStateMachine):
    """Two casts earn, ask and are paid; staff gather, dissolve, close, stop; banks reject."""

    database: Database
    owner: Database
    runner: asyncio.Runner

    @initialize()
    def begin(self) -> None:
        said = Settings(demo=True, identity_check=False, payout="request", payout_second_yen=9000)
        self.day: Payday = self.run(Payday.of(self.database, self.owner, said))
        self.last = self.run(self.leave_others_alone())
        self.casts = [self.run(self.day.cast(name)) for name in ("さくら", "みお")]
        for cast in self.casts:
            self.run(self.day.account(cast))
        self.maker, self.second = self.run(self.day.staff()), self.run(self.day.staff())
        self.talks = [self.run(self.day.earn(cast, 6)) for cast in self.casts]
        self.run(self.day.pass_days(31))

    async def leave_others_alone(self) -> dict[str, int]:
        """Call off what earlier examples asked for; return the last run and payout of theirs."""
        over = (
            "UPDATE payouts SET state = 'called_off', called_off_at = now(), why = 'over'"
            " WHERE state = 'requested'"
        )
        last = "SELECT coalesce(max(id), 0) FROM"
        async with self.database.transaction() as tx:
            await tx.execute(sa.text(over))
            return {
                name: int(await tx.scalar(sa.text(f"{last} {name}")) or 0)
                for name in ("payouts", "payout_runs")
            }

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def attempt(self, verb: Any) -> bool:
        """Do what may be refused in words, in a transaction of its own."""

        async def within() -> None:
            async with self.database.transaction() as tx:
                await verb(tx)

        try:
            self.run(within())
        except UserError:
            return False
        return True

    def one(self, table: str, which: int, state: str | None = None) -> int | None:
        """Return one of the latest runs or payouts of this example (in a state)."""
        among = "" if state is None else f"AND state = '{state}'"
        query = f"SELECT id FROM {table} WHERE id > :last {among} ORDER BY id DESC LIMIT 4"

        async def look() -> list[int]:
            async with self.database.transaction() as tx:
                return list(
                    (await tx.execute(sa.text(query), {"last": self.last[table]})).scalars()
                )

        found = self.run(look())
        return found[which % len(found)] if found else None

    @rule(which=WHICH, minutes=st.integers(1, 6))
    def earn(self, which: int, minutes: int) -> None:
        self.talks.append(self.run(self.day.earn(self.casts[which % 2], minutes)))

    @rule(which=WHICH)
    def claim(self, which: int) -> None:
        talk = self.talks[which % len(self.talks)]
        made = sa.text(
            "INSERT INTO claims (talk_id, user_id, kind) VALUES (:talk, :user, 'other')"
            " ON CONFLICT DO NOTHING"
        )
        self.attempt(lambda tx: tx.execute(made, {"talk": talk, "user": self.day.caller}))

    @rule(which=WHICH, points=st.sampled_from([None, 1250, 2500]))
    def give_back(self, which: int, points: int | None) -> None:
        talk = self.talks[which % len(self.talks)]

        async def verb(tx: Any) -> None:
            await ledger.return_points(tx, talk, points, reason="遅刻", actor_id=self.maker)
            await file_papers(tx)

        self.attempt(verb)

    @rule(which=WHICH, amount=st.sampled_from([4999, 5000, 6000, 8000]))
    def ask(self, which: int, amount: int) -> None:
        cast = self.casts[which % 2]
        before = self.run(self.day.book(cast))
        done = self.attempt(lambda tx: requests.ask(tx, self.day.settings, cast, amount))
        assert not done or 5000 <= amount <= before.payable

    @rule(which=WHICH)
    def call_off(self, which: int) -> None:
        payout = self.one("payouts", which)
        cast = self.casts[which % 2]
        if payout is not None:
            self.attempt(lambda tx: requests.call_off(tx, cast, payout))

    @rule()
    def gather(self) -> None:
        waits = self.one("payouts", 0, "requested")
        with contextlib.suppress(UserError):
            self.run(self.day.gather(self.maker))
            assert waits is not None

    @rule(which=WHICH)
    def send_on_or_agree(self, which: int) -> None:
        run = self.one("payout_runs", which)
        if run is not None:
            self.attempt(lambda tx: agreeing.send_on(tx, self.day.settings, run, self.maker))
            self.attempt(lambda tx: agreeing.agree(tx, self.day.settings, run, self.second))

    @rule(which=WHICH)
    def close(self, which: int) -> None:
        run = self.one("payout_runs", which, "agreed")
        if run is None:
            return
        # Who is in it may have been stopped before the bank was told.
        with contextlib.suppress(UserError):
            self.run(self.day.close(run, self.maker))

    @rule(which=WHICH)
    def dissolve(self, which: int) -> None:
        run = self.one("payout_runs", which)
        if run is not None:
            self.attempt(lambda tx: agreeing.dissolve(tx, run, self.maker, "やり直し"))

    @rule(which=WHICH)
    def reject(self, which: int) -> None:
        payout = self.one("payouts", which)
        if payout is not None:
            self.attempt(
                lambda tx: rejecting.reject(tx, self.day.settings, payout, self.maker, "口座なし")
            )

    @rule(which=WHICH, stop=st.booleans())
    def stop_or_lift(self, which: int, stop: bool) -> None:
        verb = stops.stop if stop else stops.lift
        cast = self.casts[which % 2]
        self.attempt(lambda tx: verb(tx, self.day.settings, self.maker, cast, "確認"))

    @rule(which=WHICH, category=st.sampled_from(["none", "individual", "non_resident"]))
    def tax(self, which: int, category: str) -> None:
        cast = self.casts[which % 2]
        self.attempt(lambda tx: categories.change(tx, self.maker, cast, category, "確認"))

    @rule(days=st.sampled_from([1, 14, 31]))
    def days_pass(self, days: int) -> None:
        self.run(self.day.pass_days(days))
        self.run(self.day.top_up(50_000))

    @invariant()
    def the_book_adds_up(self) -> None:
        if not hasattr(self, "day"):
            return
        for cast in self.casts:
            self.run(self.day.book(cast))
        self.run(self.day.prove())


@pytest.mark.timeout(300)
def test_money_goes_from_the_charge_to_the_bank(database_url: str, owner_url: str) -> None:
    run_machine(Payouts, STEPS, database_url, owner_url)
