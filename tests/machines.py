"""A state machine of Hypothesis on real PostgreSQL."""

import asyncio

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from foundation.database import Database


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
