"""A state machine that finds something wrong says what, though its database is left broken."""

import asyncio

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from tests.conftest import Owner
from tests.machines import run_machine

STEPS = settings(
    max_examples=5,
    stateful_step_count=6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


class Breaking(RuleBasedStateMachine):
    """Each step leaves a row behind; the fourth is one too many, for all that look afterwards."""

    database: Database
    owner: Database
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self._do(self.owner, "CREATE TABLE IF NOT EXISTS steps_done (n int)")
        self._do(self.owner, "GRANT ALL ON steps_done TO hitotoki_app")

    def _do(self, database: Database, statement: str) -> list[int]:
        async def within() -> list[int]:
            async with database.transaction() as tx:
                done = await tx.execute(sa.text(statement))
                return list(done.scalars()) if done.returns_rows else []

        return self.runner.run(within())

    @rule()
    def step(self) -> None:
        self._do(self.database, "INSERT INTO steps_done VALUES (1)")

    @invariant()
    def there_are_few(self) -> None:
        assert self._do(self.database, "SELECT count(*) FROM steps_done") < [4], "one too many"


def test_what_was_wrong_is_said(postgres: EmbeddedPostgres, server_owner: Owner) -> None:
    with pytest.raises(AssertionError, match="one too many"):
        run_machine(Breaking, STEPS, postgres, server_owner)
