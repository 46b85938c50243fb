"""A line of the timetable, to be run by hand."""

from scheduler.errands import Tools
from scheduler.schedule import SCHEDULE


async def run_line(name: str, tools: Tools) -> None:
    """Do at once what a line of the timetable does."""
    await next(line for line in SCHEDULE if line.name == name).errand(tools)
