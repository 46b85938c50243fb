"""What goes back is what was paid: the books against a plain model, in whatever order it is told.

A provider sells, gives back, is asked by banks and loses to them; each of its acts is an event that
may be told at once, late, twice, or before the one it follows from.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from points import audit, ledger
from points.payments import events
from points.payments.events import House
from points.payments.refunds import TooEarlyError
from points.payments.settling import settle, settle_open
from points.tables import purchases
from tests.conftest import Owner
from tests.machines import run_machine
from tests.points.payments.fake_stripe import FakeStripe
from tests.points.till import Till
from tests.world import new_user

STEPS = settings(
    max_examples=20,
    stateful_step_count=13,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
HOUSE = House("demo", False, 3)
RATE = 100
# Points, bonus and price: one that is even, one with a bonus, one where yen and points are odd.
PACKS = ((1000, 0, 1000), (5000, 100, 5000), (331, 50, 333))
HELD = ("warning_needs_response", "needs_response")
CLOSED = "charge.dispute.closed"
# What becomes of an inquiry and of a dispute: at the worst, and at the best.
ENDS = {
    "warning_needs_response": (
        ("needs_response", "charge.dispute.funds_withdrawn"),
        ("warning_closed", CLOSED),
    ),
    "needs_response": (("lost", CLOSED), ("won", CLOSED)),
}

# All invariants in one question: after each step, it is asked often.
PROOFS = sa.text("SELECT " + ", ".join(f"({query})" for query in audit.INVARIANTS.values()))

Event = dict[str, Any]
pick = st.integers(0, 9)
often = st.sampled_from([True, True, False])
_numbers = itertools.count(1)


@dataclass
class Bought:
    """A purchase at the provider: what it is, and the snapshots that were made of its money."""

    intent: str
    total: int
    price: int
    events: list[Event] = field(default_factory=list)

    def gone(self, told: set[str]) -> int:
        """The points that are out of the buyer's hands by the events that were told."""
        last: dict[str, Event] = {}
        for event in self.events:
            if event["id"] in told:
                last[event["data"]["object"]["id"]] = event["data"]["object"]
        refunds = [it for it in last.values() if it["status"] == "succeeded"]
        yen = sum(it["amount"] for it in refunds)
        for it in last.values():
            answered = sum(r["amount"] for r in refunds if r["created"] >= it["created"])
            if it["status"] in ("needs_response", "lost"):
                yen += it["amount"]
            elif it["status"] == "warning_needs_response":
                yen += max(0, it["amount"] - answered)
        return -(-self.total * min(int(yen), self.price) // self.price)


class Payments(RuleBasedStateMachine):
    """One buyer, up to three purchases, and whatever becomes of their money."""

    database: Database
    owner: Database
    runner: asyncio.Runner

    @initialize(pack=st.sampled_from(PACKS))
    def begin(self, pack: tuple[int, int, int]) -> None:
        self.fake = FakeStripe()
        self.bought: list[Bought] = []
        # A purchase can be told of before it is paid; its events count only afterwards.
        self.paid: set[str] = set()
        self.told: set[str] = set()
        self.waiting: list[Event] = []
        self.subjects: list[tuple[Bought, Event]] = []
        self.clock = 0
        self.spent = 0
        self.till = Till(self.database, self.owner, self.run(new_user))
        self.buy(pack, now=True)

    def run(self, verb: Callable[[Tx], Awaitable[Any]]) -> Any:
        async def in_transaction() -> Any:
            async with self.database.transaction() as tx:
                return await verb(tx)

        return self.runner.run(in_transaction())

    # What happens at the provider

    @precondition(lambda self: len(self.bought) < 3)
    @rule(pack=st.sampled_from(PACKS), now=often)
    def buy(self, pack: tuple[int, int, int], *, now: bool) -> None:
        points, bonus, price = pack
        intent = f"pi_{next(_numbers)}"
        values = {"points": points, "bonus": bonus, "price_yen": price, "intent": intent}
        order = sa.insert(purchases).values(
            user_id=self.till.caller, provider="demo", press=intent, **values
        )
        self.run(lambda tx: tx.execute(order))
        self.bought.append(Bought(intent, points + bonus, price))
        subject = {"id": intent, "object": "payment_intent", "amount_received": price}
        paid = subject | {"currency": "jpy"}
        self._is_told(self.fake.event("payment_intent.succeeded", paid, id=intent), now=now)

    def _is_told(self, event: Event, *, now: bool) -> None:
        if now:
            self.runner.run(self._tell(event))
        else:
            self.waiting.append(event)

    def _happens(self, bought: Bought, kind: str, subject: Event, *, now: bool) -> None:
        made = self.fake.event(kind, subject, id=f"evt_{bought.intent}_{len(bought.events)}")
        bought.events.append(made)
        self._is_told(made, now=now)
        self.subjects.append((bought, made["data"]["object"]))

    def _part(
        self, which: int, quarters: int, make: Callable[..., Event], kind: str, *, now: bool
    ) -> None:
        bought = self.bought[which % len(self.bought)]
        self.clock += 1
        subject = make(bought.intent, max(1, bought.price * quarters // 4))
        names = {"id": f"{bought.intent}_{self.clock}", "created": self.clock}
        self._happens(bought, kind, subject | names, now=now)

    @precondition(lambda self: self.bought)
    @rule(which=pick, quarters=st.integers(1, 4), now=often)
    def refund(self, which: int, quarters: int, *, now: bool) -> None:
        self._part(which, quarters, self.fake.refund, "refund.created", now=now)

    @precondition(lambda self: self.bought)
    @rule(which=pick, quarters=st.integers(1, 4), status=st.sampled_from(HELD), now=often)
    def a_bank_asks(self, which: int, quarters: int, status: str, *, now: bool) -> None:
        def make(intent: str, yen: int) -> Event:
            return self.fake.dispute(intent, yen, status)

        self._part(which, quarters, make, "charge.dispute.created", now=now)

    @precondition(lambda self: self.subjects)
    @rule(which=pick, won=st.booleans(), now=often)
    def goes_on(self, which: int, *, won: bool, now: bool) -> None:
        """A refund fails; an inquiry is closed or becomes a dispute; a dispute is won or lost."""
        bought, subject = self.subjects.pop(which % len(self.subjects))
        if subject["status"] == "succeeded":
            self._happens(bought, "refund.failed", subject | {"status": "failed"}, now=now)
        elif subject["status"] in HELD:
            status, kind = ENDS[subject["status"]][won]
            self._happens(bought, kind, subject | {"status": status}, now=now)

    # What the site learns of it

    @precondition(lambda self: self.waiting)
    @rule(which=pick, again=st.booleans())
    def tell(self, which: int, *, again: bool) -> None:
        event = self.waiting[which % len(self.waiting)]
        if not again:
            self.waiting.remove(event)
        self.runner.run(self._tell(event))

    async def _tell(self, event: Event) -> None:
        async with self.database.transaction() as tx:
            await events.keep(tx, event)
        try:
            await settle(self.database, HOUSE, event["id"])
        except TooEarlyError:
            assert event["data"]["object"]["payment_intent"] not in self.paid
        if event["type"] == "payment_intent.succeeded":
            self.paid.add(event["id"])
            await settle_open(self.database, HOUSE, event["id"])
        else:
            self.told.add(event["id"])

    @rule(minutes=st.integers(1, 9))
    def spend(self, minutes: int) -> None:
        points, debt = self._standing()
        if debt or points < RATE:
            return
        self.runner.run(self.till.enter(RATE))
        self.spent += RATE * int(self.runner.run(self.till.charge(minutes)))

    # What always holds

    def _standing(self) -> tuple[int, int]:
        async def verb(tx: Tx) -> tuple[int, int]:
            buyer = self.till.caller
            return await ledger.spendable(tx, buyer), await ledger.owed(tx, buyer)

        points, debt = self.run(verb)
        return int(points), int(debt)

    def _kept(self, told: set[str]) -> int:
        paid = [bought for bought in self.bought if bought.intent in self.paid]
        return sum(bought.total - bought.gone(told) for bought in paid)

    @invariant()
    def points_are_those_of_the_yen_that_are_kept(self) -> None:
        points, debt = self._standing()
        assert points - debt == self._kept(self.told) - self.spent

    @invariant()
    def books_are_right(self) -> None:
        row = self.run(lambda tx: tx.execute(PROOFS)).one()
        assert [name for name, broken in zip(audit.INVARIANTS, row, strict=True) if broken] == []

    def teardown(self) -> None:
        """Everything ends and is told, the latest first: what is left is what the yen stand for."""
        if not hasattr(self, "bought"):
            return
        while any(it["status"] in HELD for _, it in self.subjects):
            bought, subject = self.subjects.pop()
            if subject["status"] in HELD:
                status, kind = ENDS[subject["status"]][True]
                self._happens(bought, kind, subject | {"status": status}, now=False)
        for event in reversed(self.waiting):
            self.runner.run(self._tell(event))
        self.points_are_those_of_the_yen_that_are_kept()
        self.books_are_right()


def test_what_goes_back_is_what_was_paid(postgres: EmbeddedPostgres, server_owner: Owner) -> None:
    run_machine(Payments, STEPS, postgres, server_owner)
