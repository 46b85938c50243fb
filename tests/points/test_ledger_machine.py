"""The ledger against a plain model, on real PostgreSQL, every invariant proved after every step."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from foundation.database import Database, Tx
from foundation.settings import Settings
from points import audit, ledger
from rooms import entry, presence
from tests.world import new_room, new_user

RATES = (10, 70, 100, 330)
STEPS = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass
class ModelLot:
    expires_at: datetime
    remaining: int


@dataclass
class ModelTalk:
    caller: int
    rate: int
    paid: list[list[tuple[ModelLot, int]]] = field(default_factory=list)
    returned: set[int] = field(default_factory=set)


class Ledger(RuleBasedStateMachine):
    """Callers get points, talk minutes, get minutes back, and lots run out of time."""

    database: Database
    runner: asyncio.Runner

    callers = Bundle("callers")
    talks = Bundle("talks")

    def __init__(self) -> None:
        super().__init__()
        self.lots: dict[int, list[ModelLot]] = {}
        self.model: dict[int, ModelTalk] = {}
        self.keys = 0

    def run(self, verb: Any) -> Any:
        async def in_transaction() -> Any:
            async with self.database.transaction() as tx:
                return await verb(tx)

        return self.runner.run(in_transaction())

    @initialize()
    def begin(self) -> None:
        self.policy = Settings()

    @rule(target=callers)
    def new_caller(self) -> int:
        caller = int(self.run(new_user))
        self.lots[caller] = []
        return caller

    @rule(caller=callers, points=st.integers(1, 700), months=st.integers(1, 5))
    def grant(self, caller: int, points: int, months: int) -> None:
        self.keys += 1
        key = f"machine-{id(self)}-{self.keys}"

        async def verb(tx: Tx) -> Any:
            made = await ledger.grant(
                tx, caller, points, "machine", actor_id=None, key=key, months=months
            )
            again = await ledger.grant(
                tx, caller, points, "machine", actor_id=None, key=key, months=months
            )
            assert (made, again) == (True, False)
            return await tx.scalar(sa.text("SELECT expires_at FROM lots ORDER BY id DESC LIMIT 1"))

        self.lots[caller].append(ModelLot(self.run(verb), points))

    @rule(target=talks, caller=callers, rate=st.sampled_from(RATES))
    def enter(self, caller: int, rate: int) -> int:
        async def verb(tx: Tx) -> int:
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

        talk = int(self.run(verb))
        expires = self.run(
            lambda tx: tx.scalar(sa.text("SELECT expires_at FROM lots ORDER BY id DESC LIMIT 1"))
        )
        self.lots[caller].append(ModelLot(expires, rate))
        self.model[talk] = ModelTalk(caller, rate)
        return talk

    @rule(talk=talks)
    def charge(self, talk: int) -> None:
        model = self.model[talk]
        burned = self._burn(model)

        async def verb(tx: Tx) -> set[int]:
            row = (
                await tx.execute(sa.text("SELECT * FROM talks WHERE id = :id"), {"id": talk})
            ).one()
            due = ledger.Due(
                talk, row.next_minute, row.payer_wallet, row.cast_wallet, row.rate, row.share
            )
            paid = await ledger.charge(tx, [due])
            if paid:
                await tx.execute(
                    sa.text("UPDATE talks SET next_minute = next_minute + 1 WHERE id = :id"),
                    {"id": talk},
                )
            return paid

        assert self.run(verb) == ({talk} if burned else set())
        if burned:
            model.paid.append(burned)

    def _burn(self, model: ModelTalk) -> list[tuple[ModelLot, int]]:
        usable = self.lots[model.caller]
        if sum(lot.remaining for lot in usable) < model.rate:
            return []
        missing, burned = model.rate, []
        for lot in sorted(usable, key=lambda lot: lot.expires_at):
            taken = min(lot.remaining, missing)
            if taken:
                lot.remaining -= taken
                missing -= taken
                burned.append((lot, taken))
        return burned

    @rule(talk=talks, minute=st.integers(1, 4))
    def give_back(self, talk: int, minute: int) -> None:
        model = self.model[talk]
        known = minute <= len(model.paid) and minute not in model.returned
        back = self.run(
            lambda tx: ledger.return_minute(tx, talk, minute, kind="claim", reason="machine")
        )
        assert back == (model.rate if known else 0)
        if known:
            model.returned.add(minute)
            for lot, amount in model.paid[minute - 1]:
                lot.remaining += amount

    @invariant()
    def wallets_agree(self) -> None:
        async def verb(tx: Tx) -> dict[int, ledger.Points]:
            return {caller: await ledger.points_of(tx, caller) for caller in self.lots}

        for caller, points in self.run(verb).items():
            expected = sorted(lot.remaining for lot in self.lots[caller] if lot.remaining)
            assert sorted(line.remaining for line in points.lots) == expected
            assert points.balance == sum(expected)

    @invariant()
    def books_are_right(self) -> None:
        proofs = self.run(audit.prove)
        assert [proof for proof in proofs if proof.broken] == []


@pytest.mark.timeout(600)
def test_the_ledger_does_what_the_model_does(database_url: str) -> None:
    with asyncio.Runner() as runner:

        class Machine(Ledger):
            pass

        Machine.database = Database(database_url, pool_size=2)
        Machine.runner = runner
        try:
            run_state_machine_as_test(Machine, settings=STEPS)
        finally:
            runner.run(Machine.database.close())
