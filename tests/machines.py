"""State machines of Hypothesis on real PostgreSQL.

What an example broke would be broken before the first step of its repetition, which then ends
sooner: Hypothesis calls that flaky, and never shows what was wrong. So whatever comes after an
example that failed has a fresh database.
"""

import asyncio
import sys
from contextlib import ExitStack

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from tests.conftest import TEMPLATE, Owner, copy_of


def run_machine(
    kind: type[RuleBasedStateMachine],
    steps: settings,
    postgres: EmbeddedPostgres,
    server_owner: Owner,
    **known: object,
) -> None:
    """Run a machine whose class knows a `database`, its `owner`, a `runner`, and what else is."""
    _run(kind, steps, postgres, server_owner, known, apart=False)


def run_machine_apart(
    kind: type[RuleBasedStateMachine],
    steps: settings,
    postgres: EmbeddedPostgres,
    server_owner: Owner,
    **known: object,
) -> None:
    """Run a machine as `run_machine` does, each example on a fresh database of its own."""
    _run(kind, steps, postgres, server_owner, known, apart=True)


def _run(
    kind: type[RuleBasedStateMachine],
    steps: settings,
    postgres: EmbeddedPostgres,
    server_owner: Owner,
    known: dict[str, object],
    *,
    apart: bool,
) -> None:
    with asyncio.Runner() as runner, ExitStack() as opened:
        databases: dict[str, Database] = {}

        def close(database: Database) -> None:
            runner.run(database.close())

        def open_them() -> None:
            name = opened.enter_context(copy_of(server_owner, TEMPLATE))
            databases["database"] = Database(postgres.url(APP_ROLE, name), pool_size=2)
            databases["owner"] = Database(postgres.url(OWNER, name), pool_size=1)
            for database in databases.values():
                opened.callback(close, database)

        class Machine(kind):  # type: ignore[misc, valid-type]
            def __init__(self) -> None:
                if not databases:
                    open_them()
                self.database, self.owner = databases["database"], databases["owner"]
                super().__init__()

            def teardown(self) -> None:
                failed = sys.exc_info()[0] is not None
                try:
                    super().teardown()
                except BaseException:
                    failed = True
                    raise
                finally:
                    if apart or failed:
                        databases.clear()
                        opened.pop_all().close()

        for name, value in (known | {"runner": runner}).items():
            setattr(Machine, name, value)
        run_state_machine_as_test(Machine, settings=steps)
