"""Sweeping: the rules of what is kept for how long, each as a line of the timetable."""

from collections.abc import Awaitable, Callable
from functools import partial

from foundation.database import Tx
from rooms.care.lasting import Rule, Sweep
from scheduler.errands import ROWS_AT_ONCE, Tools, until_none


def errand(rule: Rule) -> Callable[[Tools], Awaitable[None]]:
    """Return the verb of the clock that keeps a rule, named for it."""

    async def sweep(tools: Tools) -> None:
        failed = []
        for verb in rule.tables.values():
            try:
                await until_none(tools, partial(_portion, tools, rule, verb))
            except Exception as error:
                # The other tables of the rule don't wait for this one to be mended.
                failed.append(error)
        if failed:
            raise ExceptionGroup(sweep.__name__, failed)

    sweep.__name__ = f"sweep_{rule.name}"
    return sweep


async def _portion(tools: Tools, rule: Rule, verb: Sweep, tx: Tx) -> int:
    return await verb(tx, tools.settings, rule.days, ROWS_AT_ONCE)
