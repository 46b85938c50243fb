"""The ledger against a plain model, on real PostgreSQL, every invariant proved after every step."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from foundation import locks
from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit, ledger, statements
from rooms.lobby import presence
from rooms.talk import entry
from tests.conftest import Owner
from tests.machines import run_machine
from tests.points.till import charge_next, credit, file_papers, new_purchase
from tests.world import new_room, new_user

RATES = (10, 70, 100, 330)
STEPS = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    # A shorter example is no easier to read here, and takes minutes to find.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ORDER = {"paid": 0, "granted": 1, "bonus": 2}
_keys = itertools.count(1)

Part = tuple[int, int]
"""A lot and points of it."""


@dataclass
class ModelLot:
    """A lot; `spent` is what talks and debts used of it and did not give back."""

    id: int
    caller: int
    kind: str
    root: int
    expires_at: datetime
    remaining: int
    spent: int = 0
    over: bool = False


@dataclass
class ModelTalk:
    """A talk; each minute is what its lots paid."""

    caller: int
    rate: int
    paid: list[list[Part]] = field(default_factory=list)
    returned: set[int] = field(default_factory=set)
    claimed: bool = False


@dataclass
class ModelPurchase:
    """A purchase; `gone` was taken or is owed, `drained` says from which lots and is less than
    nothing for what came back into another lot."""

    caller: int
    total: int
    roots: set[int]
    gone: int = 0
    owed: int = 0
    drained: dict[int, int] = field(default_factory=lambda: defaultdict(int))


class Ledger(RuleBasedStateMachine):
    """Callers get points, talk, are paid back, lose purchases to their banks, and grow older."""

    database: Database
    owner: Database
    runner: asyncio.Runner

    callers = Bundle("callers")
    talks = Bundle("talks")
    purchases = Bundle("purchases")

    def __init__(self) -> None:
        super().__init__()
        self.lots: dict[int, ModelLot] = {}
        self.model: dict[int, ModelTalk] = {}
        self.bought: dict[int, ModelPurchase] = {}
        self.debts: dict[int, int] = {}
        self.debt_paid: dict[int, dict[int, int]] = {}

    def run(self, verb: Any, database: Database | None = None) -> Any:
        async def in_transaction() -> Any:
            async with (database or self.database).transaction() as tx:
                return await verb(tx)

        return self.runner.run(in_transaction())

    def key(self) -> str:
        return f"machine-{next(_keys)}"

    @initialize()
    def begin(self) -> None:
        async def newest(tx: Tx) -> Any:
            await ledger.expire_due(tx, 1000)
            return await tx.scalar(sa.text("SELECT coalesce(max(id), 0) FROM lots"))

        self.last_lot = int(self.run(newest))

    # What is done

    @rule(target=callers)
    def new_caller(self) -> int:
        caller = int(self.run(new_user))
        self.debts[caller] = 0
        self.debt_paid[caller] = defaultdict(int)
        return caller

    @rule(caller=callers, points=st.integers(1, 700), months=st.integers(1, 5))
    def grant(self, caller: int, points: int, months: int) -> None:
        key = self.key()

        async def verb(tx: Tx) -> None:
            for new in (True, False):
                made = await ledger.grant(
                    tx, caller, points, "machine", actor_id=None, key=key, months=months
                )
                assert made is new

        self.run(verb)
        self._adopt(caller, [points])

    @rule(caller=callers, points=st.integers(-300, 300).filter(bool))
    def correct(self, caller: int, points: int) -> None:
        key = self.key()

        async def verb(tx: Tx) -> None:
            for _ in range(2):
                await ledger.correct(tx, caller, points, "machine", actor_id=None, key=key)

        if -points > self._spendable(caller):
            with pytest.raises(UserError, match="points_short"):
                self.run(verb)
            return
        self.run(verb)
        if points > 0:
            self._adopt(caller, [points])
        else:
            self._draw(self._open(caller), -points)

    @rule(target=purchases, caller=callers, points=st.integers(1, 700), bonus=st.integers(0, 50))
    def buy(self, caller: int, points: int, bonus: int) -> int:
        bonus = min(bonus, points)

        async def verb(tx: Tx) -> int:
            made = await new_purchase(tx, caller, points, bonus)
            for _ in range(2):
                await credit(tx, made)
            return made

        made = int(self.run(verb))
        lots = self._adopt(caller, [points, bonus] if bonus else [points], check_rest=False)
        self.bought[made] = ModelPurchase(caller, points + bonus, {lot.id for lot in lots})
        for lot in lots:
            lot.remaining = points if lot.kind == "paid" else bonus
        self._pay_debt(caller)
        return made

    @rule(purchase=purchases, part=st.integers(0, 4), frozen=st.integers(0, 4))
    def take_back(self, purchase: int, part: int, frozen: int) -> None:
        """So much of a purchase is to be out of its buyer's hands, so much of that only waits."""
        model, why = self.bought[purchase], self.key()
        points = model.total * part // 4
        waits = points * frozen // 4

        async def verb(tx: Tx) -> ledger.Taken:
            return await ledger.take_back(tx, purchase, points, frozen=waits, why=why)

        taken = self.run(verb)
        if points > model.gone:
            self._take(model, points - model.gone)
        elif points < model.gone:
            self._bring_back(model, model.gone - points)
        still = max(0, model.gone - (points - waits))
        assert taken == ledger.Taken(model.gone - model.owed, model.owed, still)
        assert self.run(verb) == taken

    def _take(self, model: ModelPurchase, points: int) -> None:
        family = [lot for lot in self.lots.values() if lot.root in model.roots]
        family.sort(key=lambda lot: (ORDER[lot.kind], lot.expires_at, lot.id))
        spent = sum(lot.spent for lot in family)
        points = min(points, max(0, sum(lot.remaining for lot in family) + spent - model.owed))
        parts = self._draw(family, points)
        for lot, part in parts:
            model.drained[lot] += part
        owed = points - _total(parts)
        model.gone += points
        model.owed += owed
        self.debts[model.caller] += owed

    def _bring_back(self, model: ModelPurchase, points: int) -> None:
        forgiven = min(points, model.owed)
        model.gone -= points
        model.owed -= forgiven
        self.debts[model.caller] -= forgiven
        repaid = self._overpaid(model.caller)
        parts: list[Part] = []
        lots = [lot for lot, part in model.drained.items() if part > 0]
        lots.sort(key=self._age, reverse=True)
        lots.sort(key=lambda lot: -ORDER[self.lots[lot].kind])
        for lot in lots:
            part = min(model.drained[lot], points - forgiven - _total(parts))
            if part:
                parts.append((lot, part))
        for lot, part in parts:
            if not self.lots[lot].over:
                model.drained[lot] -= part
        first, then = self._refill(repaid), self._refill(parts)
        made = self._adopt(model.caller, first + then)
        for new in made[len(first) :]:
            model.drained[new.id] -= new.remaining

    def _overpaid(self, caller: int) -> list[Part]:
        """What paid a debt that is owed no more, the latest lots first."""
        excess = max(0, -self.debts[caller])
        self.debts[caller] += excess
        repaid: list[Part] = []
        for lot, paid in sorted(self.debt_paid[caller].items(), reverse=True):
            part = min(paid, excess - _total(repaid))
            if part:
                repaid.append((lot, part))
        for lot, part in repaid:
            self.debt_paid[caller][lot] -= part
            self.lots[lot].spent -= part
        return repaid

    @rule(target=talks, caller=callers, rate=st.sampled_from(RATES))
    def enter(self, caller: int, rate: int) -> Any:
        async def verb(tx: Tx) -> int:
            locks.alone(tx)
            await tx.execute(
                sa.text(
                    "UPDATE talks SET state = 'ended', ended_at = now(), end_reason = 'caller_left'"
                    ", connected_ms = 100000000 WHERE caller_id = :caller AND ended_at IS NULL"
                ),
                {"caller": caller},
            )
            cast = await new_user(tx)
            room = await new_room(tx, cast, rate)
            await presence.open_standby(tx, cast, room)
            free = Settings(entry_minutes=1)
            await ledger.grant(tx, caller, rate, "entry", actor_id=None, key=f"entry-{cast}")
            entered = await entry.enter(tx, free, room, caller)
            return entered.talk_id

        if self.debts[caller]:
            with pytest.raises(UserError, match="receivable_open"):
                self.run(verb)
            return multiple()
        talk = int(self.run(verb))
        self._adopt(caller, [rate])
        self.model[talk] = ModelTalk(caller, rate)
        return talk

    @rule(talk=talks, minutes=st.integers(1, 3))
    def charge(self, talk: int, minutes: int) -> None:
        model = self.model[talk]
        for _ in range(minutes):
            affordable = self._spendable(model.caller) >= model.rate
            assert self.run(lambda tx: charge_next(tx, talk)) == affordable
            if affordable:
                paid = self._draw(self._open(model.caller), model.rate)
                self._spend(paid, +1)
                model.paid.append(paid)

    @rule(talk=talks, minute=st.integers(1, 4))
    def return_minute(self, talk: int, minute: int) -> None:
        model = self.model[talk]
        known = minute <= len(model.paid) and minute not in model.returned
        back = self.run(
            lambda tx: ledger.return_minute(tx, talk, minute, kind="cut_short", reason="machine")
        )
        assert back == (model.rate if known else 0)
        if known:
            model.returned.add(minute)
            self._give_back(model.caller, model.paid[minute - 1])

    @rule(talk=talks, caller=callers, points=st.none() | st.integers(1, 500))
    def return_points(self, talk: int, caller: int, points: int | None) -> None:
        model = self.model[talk]

        async def verb(tx: Tx) -> int:
            return await ledger.return_points(tx, talk, points, reason="machine", actor_id=caller)

        minutes = [n for n in range(len(model.paid), 0, -1) if n not in model.returned]
        most = len(minutes) * model.rate
        if model.claimed or most == 0 or (points or 0) > most:
            with pytest.raises(UserError):
                self.run(verb)
            return
        assert self.run(verb) == (points or most)
        back: list[Part] = []
        for minute in minutes:
            parts = sorted(model.paid[minute - 1], key=lambda part: self._age(part[0]))[::-1]
            for lot, amount in parts:
                part = min(amount, (points or most) - _total(back))
                if part:
                    back.append((lot, part))
                    model.returned.add(minute)
        model.claimed = True
        self._give_back(model.caller, back)

    @rule(caller=callers, count=st.integers(1, 5))
    def run_out(self, caller: int, count: int) -> None:
        """So much time passes that the first lots run out, in the order in which they would."""
        lots = [lot for lot in self.lots.values() if lot.caller == caller and not lot.over]
        first = sorted(lots, key=lambda lot: self._age(lot.id))[:count]

        async def verb(tx: Tx) -> dict[int, datetime]:
            rows = await tx.execute(_RUN_OUT, {"ids": [lot.id for lot in first]})
            return {row.id: row.expires_at for row in rows}

        for lot, moment in self.run(verb, self.owner).items():
            self.lots[lot].over, self.lots[lot].expires_at = True, moment

    @rule()
    def sweep(self) -> None:
        over = [lot for lot in self.lots.values() if lot.over and lot.remaining]

        async def verb(tx: Tx) -> int:
            return await ledger.expire_due(tx, 1000)

        assert self.run(verb) == len(over)
        for lot in over:
            lot.remaining = 0

    # What the model knows

    def _open(self, caller: int) -> list[ModelLot]:
        """The lots that can be spent, in the order in which they are."""
        lots = [lot for lot in self.lots.values() if lot.caller == caller and not lot.over]
        return sorted((lot for lot in lots if lot.remaining), key=lambda lot: self._age(lot.id))

    def _age(self, lot: int) -> tuple[datetime, int]:
        return self.lots[lot].expires_at, lot

    def _spendable(self, caller: int) -> int:
        return sum(lot.remaining for lot in self._open(caller))

    def _draw(self, lots: Iterable[ModelLot], points: int) -> list[Part]:
        parts: list[Part] = []
        for lot in lots:
            part = min(lot.remaining, points - _total(parts))
            if part > 0:
                lot.remaining -= part
                parts.append((lot.id, part))
        return parts

    def _spend(self, parts: Iterable[Part], sign: int) -> None:
        for lot, part in parts:
            self.lots[lot].spent += sign * part

    def _pay_debt(self, caller: int) -> None:
        paid = self._draw(self._open(caller), self.debts[caller])
        self._spend(paid, +1)
        self.debts[caller] -= _total(paid)
        for lot, part in paid:
            self.debt_paid[caller][lot] += part

    def _give_back(self, caller: int, parts: list[Part]) -> None:
        self._spend(parts, -1)
        whole: dict[int, int] = defaultdict(int)
        for lot, part in parts:
            whole[lot] += part
        self._adopt(caller, self._refill(list(whole.items())))

    def _refill(self, parts: list[Part]) -> list[int]:
        """Fill lots; return what comes back in new ones, because theirs have run out."""
        for lot, part in parts:
            if not self.lots[lot].over:
                self.lots[lot].remaining += part
        return [part for lot, part in parts if self.lots[lot].over]

    def _adopt(self, caller: int, granted: list[int], *, check_rest: bool = True) -> list[ModelLot]:
        """Take over the lots that the database made: they hold what the model says."""

        async def verb(tx: Tx) -> Any:
            rows = await tx.execute(
                sa.text("SELECT * FROM lots WHERE id > :last ORDER BY id"), {"last": self.last_lot}
            )
            return rows.all()

        rows = self.run(verb)
        assert sorted(row.granted for row in rows) == sorted(granted)
        made = [
            ModelLot(row.id, caller, row.kind, row.renews or row.id, row.expires_at, row.remaining)
            for row in rows
        ]
        assert not check_rest or all(row.remaining == row.granted for row in rows)
        self.lots |= {lot.id: lot for lot in made}
        self.last_lot = max(self.lots, default=self.last_lot)
        return made

    # What always holds

    @invariant()
    def wallets_agree(self) -> None:
        async def verb(tx: Tx) -> Any:
            return {
                caller: (
                    await ledger.points_of(tx, caller),
                    await ledger.owed(tx, caller),
                    await statements.statement(tx, caller, size=500),
                )
                for caller in self.debts
            }

        for caller, (points, owed, page) in self.run(verb).items():
            expected = {
                lot.id: lot.remaining
                for lot in self.lots.values()
                if lot.caller == caller and lot.remaining
            }
            assert {line.id: line.remaining for line in points.lots} == expected
            assert points.balance == sum(expected.values())
            assert points.spendable == self._spendable(caller)
            assert owed == self.debts[caller]
            assert sum(line.amount for line in page.lines) == points.balance
            balance = points.balance
            for line in page.lines:
                assert line.balance_after == balance
                balance -= line.amount

    @invariant()
    def books_are_right(self) -> None:
        self.run(file_papers)
        proofs = self.run(audit.prove)
        assert [proof for proof in proofs if proof.broken] == []


_RUN_OUT = sa.text("""
UPDATE lots SET expires_at = m.moment - (100 - o.n) * interval '1 microsecond'
FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY o (id, n), clock_timestamp() m (moment)
WHERE lots.id = o.id RETURNING lots.id, expires_at
""")


def _total(parts: Iterable[Part]) -> int:
    return sum(part for _, part in parts)


@pytest.mark.timeout(900)
def test_the_ledger_does_what_the_model_does(
    postgres: EmbeddedPostgres, server_owner: Owner
) -> None:
    run_machine(Ledger, STEPS, postgres, server_owner)
