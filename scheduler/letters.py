"""The verbs of the clock about letters."""

from scheduler.errands import Tools, while_steady
from writing.letters import lapsing


async def lapse_letters(tools: Tools) -> None:
    """Give the points of letters back that nobody answered in time."""
    await while_steady(tools, lambda tx: lapsing.lapse(tx, tools.settings))
