"""Sweeping: the rules of what is kept for how long, each as a line of the timetable."""

from collections.abc import Awaitable, Callable

from rooms.care.keeping import Rule, Sweep
from scheduler.errands import Tools

# Some at a time, so that no wallet and no page ever waits for a sweep, and not all in one run:
# what is left is for the next one.
ROWS_AT_ONCE = 1000
MOST_ROUNDS = 1000


def errand(rule: Rule) -> Callable[[Tools], Awaitable[None]]:
    """Return the verb of the clock that keeps a rule, named for it."""

    async def sweep(tools: Tools) -> None:
        failed = []
        for verb in rule.tables.values():
            try:
                await _sweep(tools, rule, verb)
            except Exception as error:
                # The other tables of the rule don't wait for this one to be mended.
                failed.append(error)
        if failed:
            raise ExceptionGroup(sweep.__name__, failed)

    sweep.__name__ = f"sweep_{rule.name}"
    return sweep


async def _sweep(tools: Tools, rule: Rule, verb: Sweep) -> None:
    for _ in range(MOST_ROUNDS):
        async with tools.database.transaction() as tx:
            if not await verb(tx, tools.settings, rule.days, ROWS_AT_ONCE):
                return
