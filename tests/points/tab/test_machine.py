"""The tab against a plain model: limits, talks, bills, payments, returns, what is given up."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from foundation import locks
from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from points import audit, ledger, tab
from points.tab import bills, limits, write_offs
from points.tab.grounds import LEAST_YEN
from points.tables import tab_payments
from rooms.talk import billing, entry
from tests.conftest import Owner
from tests.machines import run_machine
from tests.points.tab.scene import end_talk, payment, room_on_tab, site
from tests.points.till import charge_next, file_papers
from tests.world import new_user

STEPS = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SITE = site(tab_limit=1000)
_keys = itertools.count(1)


@dataclass
class ModelTalk:
    """A talk on the tab: what each minute costs, and what of it went back."""

    rate: int
    minutes: int = 0
    back: dict[int, int] = field(default_factory=dict)
    live: bool = True
    claimed: bool = False

    @property
    def cost(self) -> int:
        return self.rate * self.minutes - sum(self.back.values())


@dataclass
class ModelBill:
    """A bill of some talks; what was given up of it."""

    talks: list[int]
    given_up: int = 0


@dataclass
class ModelPayment:
    """What arrived, what of it is out again, and what it pays of which bill."""

    yen: int
    out: int = 0
    pays: dict[int, int] = field(default_factory=dict)

    @property
    def over(self) -> int:
        return self.yen - self.out - sum(self.pays.values())


class Tab(RuleBasedStateMachine):
    """One caller talks on the tab, pays in part, over, late, twice, is paid back, or given up."""

    database: Database
    owner: Database
    runner: asyncio.Runner

    talks = Bundle("talks")
    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.limit = SITE.tab_limit
        self.model: dict[int, ModelTalk] = {}
        self.bills: dict[int, ModelBill] = {}
        self.waiting: list[int] = []
        self.paid: dict[str, ModelPayment] = {}
        self.held: dict[int, int] = {}

    def run(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        async def in_transaction() -> Any:
            async with self.database.transaction() as tx:
                return await verb(tx, *args, **kwargs)

        return self.runner.run(in_transaction())

    @initialize()
    def begin(self) -> None:
        self.caller, self.staff, self.second = (int(self.run(new_user)) for _ in range(3))
        self.run(tab.open_tab, SITE, self.caller)

    # What the model knows

    def yen(self, bill: int) -> int:
        return sum(self.model[talk].cost for talk in self.bills[bill].talks)

    def paid_of(self, bill: int) -> int:
        return sum(payment.pays.get(bill, 0) for payment in self.paid.values())

    def owed(self, bill: int) -> int:
        return self.yen(bill) - self.paid_of(bill) - self.bills[bill].given_up

    def used(self) -> int:
        """All that stands against the limit."""
        waits = sum(self.model[talk].cost for talk in self.waiting)
        unbilled = sum(talk.cost for talk in self.model.values() if talk.live)
        held = sum(self.held.values())
        return waits + unbilled + held + sum(self.owed(bill) for bill in self.bills)

    def left(self) -> int:
        return max(0, self.limit - self.used())

    def place(self, first: tuple[int, ...] = ()) -> None:
        """What is over pays what is owed, then what was given up, the oldest first."""
        order = [*first, *(bill for bill in self.bills if bill not in first)]
        order.sort(key=lambda bill: (bill not in first, self.bills[bill].given_up > 0, bill))
        for bill in order:
            for one in self.paid.values():
                part = min(one.over, self.yen(bill) - self.paid_of(bill))
                if part > 0:
                    one.pays[bill] = one.pays.get(bill, 0) + part
                    model = self.bills[bill]
                    model.given_up = min(model.given_up, self.yen(bill) - self.paid_of(bill))

    # What is done

    @rule(target=talks, rate=st.sampled_from((10, 70, 330)))
    def enter(self, rate: int) -> Any:
        if any(talk.live for talk in self.model.values()):
            return multiple()

        async def verb(tx: Tx) -> int:
            locks.alone(tx)
            _, room = await room_on_tab(tx, rate)
            entered = await entry.enter(tx, SITE, room, self.caller, pays="tab")
            return entered.talk_id

        if self.limit == 0 or self.left() < rate:
            with pytest.raises(UserError, match="tab_short" if self.limit else "tab_closed"):
                self.run(verb)
            return multiple()
        talk = int(self.run(verb))
        self.model[talk] = ModelTalk(rate)
        return talk

    @rule(target=talks, rate=st.sampled_from((70, 100)), minutes=st.integers(1, 6))
    def talked(self, rate: int, minutes: int) -> Any:
        """A whole talk, so that there soon are bills."""
        talk = self.enter(rate)
        if isinstance(talk, int):
            self.charge(talk, minutes)
            self.end(talk)
        return talk

    @rule(target=talks)
    def talked_long(self) -> Any:
        return self.talked(100, 7)

    @rule(target=talks)
    def talked_short(self) -> Any:
        return self.talked(10, 3)

    @rule(yen=st.integers(1, 900), limit=st.sampled_from((0, 300, 2000)), data=st.data())
    def owes_and_pays(self, yen: int, limit: int, data: st.DataObject) -> None:
        """A limit that is lowered below what is owed, then a payment."""
        self.change_limit(5000)
        self.talked(100, 5)
        self.change_limit(limit)
        self.the_tab_agrees()
        self.pay(yen, False, data)

    @rule(talk=talks, minutes=st.integers(1, 4))
    def charge(self, talk: int, minutes: int) -> None:
        model = self.model[talk]
        for _ in range(minutes if model.live else 0):
            affordable = self.left() >= model.rate
            assert self.run(charge_next, talk) == affordable
            model.minutes += affordable

    @rule(talk=talks)
    def end(self, talk: int) -> None:
        model = self.model[talk]
        if not model.live:
            assert self.run(bills.make_due, SITE, talk) is None
            return
        self.run(end_talk, talk)
        assert self.run(billing.bill_ended, SITE) == [talk]
        model.live = False
        if model.cost:
            self.waiting.append(talk)
            if sum(self.model[one].cost for one in self.waiting) >= LEAST_YEN:
                self.bills[self.newest()] = ModelBill(self.waiting)
                self.waiting = []
                self.place()

    def newest(self) -> int:
        query = sa.text("SELECT max(id) FROM tab_bills")
        return int(self.run(lambda tx: tx.scalar(query)))

    @rule(talk=talks, points=st.none() | st.integers(1, 400))
    def claim(self, talk: int, points: int | None) -> None:
        """So many yen of a talk go back, from its last minute backwards."""
        model = self.model[talk]
        open_minutes = [n for n in range(model.minutes, 0, -1) if n not in model.back]
        most = len(open_minutes) * model.rate
        if model.live or model.claimed or not most or (points or 0) > most:
            return

        async def verb(tx: Tx) -> None:
            await ledger.return_points(tx, talk, points, reason="m", actor_id=self.staff)
            await bills.returned(tx, talk_id=talk)

        self.run(verb)
        model.claimed, rest = True, points or most
        for minute in open_minutes:
            if rest:
                model.back[minute] = min(rest, model.rate)
                rest -= model.back[minute]
        for bill, made in self.bills.items():
            if talk in made.talks:
                self.lower(bill)
        self.place()
        expected = [self.paid_of(bill) for bill in self.bills]
        self.adopt()
        assert [self.paid_of(bill) for bill in self.bills] == expected

    def lower(self, bill: int) -> None:
        """What is paid too much of a bill, the last placed first, is over."""
        made = self.bills[bill]
        for one in reversed(self.paid.values()):
            too_much = max(0, self.paid_of(bill) - self.yen(bill))
            one.pays[bill] = one.pays.get(bill, 0) - min(too_much, one.pays.get(bill, 0))
        made.given_up = min(made.given_up, self.yen(bill) - self.paid_of(bill))

    @rule(target=payments, yen=st.integers(1, 900), lowered=st.booleans(), data=st.data())
    def pay(self, yen: int, lowered: bool, data: st.DataObject) -> Any:
        if not self.bills:
            return multiple()
        if lowered:
            self.change_limit(300)
        name = f"pi_machine_{next(_keys)}"
        named = st.lists(st.sampled_from(sorted(self.bills)), max_size=1)
        first = tuple(data.draw(named))
        for new in (True, False):
            assert self.run(bills.settle, self.caller, payment(yen, name), first) is new
        self.paid[name] = ModelPayment(yen)
        self.place(first)
        return name

    @rule(name=payments, part=st.integers(0, 4))
    def take_back(self, name: str, part: int) -> None:
        """The bank says that so much of a payment is out; also less than it said before."""
        one = self.paid[name]
        out = one.yen * part // 4
        query = sa.select(tab_payments.c.id).where(tab_payments.c.provider_ref == name)
        payment_id = self.run(lambda tx: tx.scalar(query))
        for _ in range(2):
            self.run(bills.take_back, payment_id, out)
        placed = dict(self.placed(payment_id))
        assert sum(placed.values()) <= one.yen - out
        # Which of its bills a payment leaves is as it was placed last; the sums are what counts.
        for bill in {*one.pays, *placed}:
            less = one.pays.get(bill, 0) - placed.get(bill, 0)
            if less > 0 and self.bills[bill].given_up:
                self.bills[bill].given_up += less
        one.out = out
        self.adopt()

    def placed(self, payment_id: int) -> list[tuple[int, int]]:
        query = sa.text(
            "SELECT bill_id, sum(yen)::int FROM tab_bill_payments WHERE payment_id = :id GROUP BY 1"
        )

        async def verb(tx: Tx) -> Any:
            return [tuple(row) for row in await tx.execute(query, {"id": payment_id})]

        found: list[tuple[int, int]] = self.run(verb)
        return found

    def adopt(self) -> None:
        """Take over which payment pays which bill, where more than one answer is right."""
        query = sa.text(
            "SELECT p.provider_ref, x.bill_id, sum(x.yen)::int AS yen FROM tab_bill_payments x"
            " JOIN tab_payments p ON p.id = x.payment_id WHERE p.user_id = :user GROUP BY 1, 2"
        )

        async def verb(tx: Tx) -> Any:
            return (await tx.execute(query, {"user": self.caller})).all()

        for one in self.paid.values():
            one.pays = {}
        for row in self.run(verb):
            self.paid[row.provider_ref].pays[row.bill_id] = row.yen
        over = sum(one.over for one in self.paid.values())
        assert not over or all(self.yen(bill) == self.paid_of(bill) for bill in self.bills)
        for bill, made in self.bills.items():
            made.given_up = min(made.given_up, self.yen(bill) - self.paid_of(bill))

    @rule(yen=st.sampled_from((0, 300, 2000, 5000, 9000)))
    def change_limit(self, yen: int) -> None:
        self.run(limits.change_limit, SITE, self.caller, yen, "m", actor_id=self.staff)
        self.limit = yen

    @rule(data=st.data())
    def write_off(self, data: st.DataObject) -> None:
        lost = sorted(bill for bill in self.bills if self.owed(bill))
        if not lost:
            return
        bill, press = data.draw(st.sampled_from(lost)), f"m{next(_keys)}"
        made = self.run(write_offs.propose, bill, "m", actor_id=self.staff, press=press)
        self.run(write_offs.agree, made.id, actor_id=self.second)
        self.bills[bill].given_up += self.owed(bill)
        self.limit = 0
        self.the_tab_agrees()
        # Staff let them on again.
        self.change_limit(2000)

    @rule(yen=st.integers(1, 500))
    def hold(self, yen: int) -> None:
        async def verb(tx: Tx) -> int:
            key = f"hold-{next(_keys)}"
            return await ledger.hold(tx, self.caller, yen, key=key, reason="m", pays="tab")

        if self.left() < yen:
            with pytest.raises(UserError, match="points_short"):
                self.run(verb)
            return
        self.held[int(self.run(verb))] = yen

    @rule()
    def release(self) -> None:
        for hold in list(self.held):
            self.run(ledger.release, hold, reason="m")
            del self.held[hold]

    # What always holds

    @invariant()
    def the_tab_agrees(self) -> None:
        state = self.run(tab.state_of, SITE, self.caller)
        assert (state.limit, state.left) == (self.limit, self.left())
        waits = sum(self.model[talk].cost for talk in self.waiting)
        assert (state.waiting, state.held) == (waits, sum(self.held.values()))
        found = {bill.id: bill for bill in self.run(bills.bills_of, self.caller)}
        assert found.keys() == self.bills.keys()
        for bill, made in self.bills.items():
            shown = (found[bill].yen, found[bill].paid, found[bill].written_off)
            assert shown == (self.yen(bill), self.paid_of(bill), made.given_up)
        assert self.run(ledger.spendable, self.caller) == 0

    @invariant()
    def books_are_right(self) -> None:
        self.run(file_papers)
        told = "what waits in holds is what waits in what they are for"
        proofs = [proof.name for proof in self.run(audit.prove) if proof.broken]
        assert [name for name in proofs if name != told] == []


@pytest.mark.timeout(900)
def test_the_tab_does_what_the_model_does(postgres: EmbeddedPostgres, server_owner: Owner) -> None:
    run_machine(Tab, STEPS, postgres, server_owner)
