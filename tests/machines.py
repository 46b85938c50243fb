"""A state machine of Hypothesis on real PostgreSQL."""

import asyncio
from contextlib import ExitStack

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from tests.conftest import TEMPLATE, Owner, copy_of


def run_machine(
    kind: type[RuleBasedStateMachine],
    steps: settings,
    database_url: str,
    owner_url: str,
    **known: object,
) -> None:
    """Run a machine whose class knows a `database`, its `owner`, a `runner`, and what else is."""
    with asyncio.Runner() as runner:
        database, owner = Database(database_url, pool_size=2), Database(owner_url, pool_size=1)
        known |= {"database": database, "owner": owner, "runner": runner}
        try:
            run_state_machine_as_test(type("Machine", (kind,), known), settings=steps)
        finally:
            runner.run(database.close())
            runner.run(owner.close())


def run_machine_apart(
    kind: type[RuleBasedStateMachine],
    steps: settings,
    postgres: EmbeddedPostgres,
    server_owner: Owner,
    **known: object,
) -> None:
    """Run a machine as `run_machine` does, each example on a fresh database of its own.

    What an example broke would else be broken before the first step of its repetition, which
    then ends sooner: Hypothesis calls that flaky, and never shows what was wrong.
    """
    with asyncio.Runner() as runner:

        class Machine(kind):  # type: ignore[misc, valid-type]
            def __init__(self) -> None:
                self.opened = ExitStack()
                name = self.opened.enter_context(copy_of(server_owner, TEMPLATE))
                self.database = Database(postgres.url(APP_ROLE, name), pool_size=2)
                self.owner = Database(postgres.url(OWNER, name), pool_size=1)
                self.opened.callback(lambda: runner.run(self.owner.close()))
                self.opened.callback(lambda: runner.run(self.database.close()))
                super().__init__()

            def teardown(self) -> None:
                super().teardown()
                self.opened.close()

        for name, value in (known | {"runner": runner}).items():
            setattr(Machine, name, value)
        run_state_machine_as_test(Machine, settings=steps)
