"""Pure decisions about what became of a reservation: no clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

Verdict = Literal["done", "caller_missed", "cast_missed", "apart", "line_failed"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
# Less of a talk than this is none: somebody pressed, and was gone.
LEAST_TALKED_MS = 60_000
MINUTE_MS = 60_000
# By telephone both are rung so often before one has missed it.
RINGS = 2


@dataclass(frozen=True)
class Presence:
    """Who was there, as recorded: the caller's first and last sign, the cast's first one after the
    beginning, and the milliseconds in which both proved to talk. `line_failed`: it was the line
    that kept them from it.
    """

    starts_at: datetime
    caller_came_at: datetime | None
    caller_last_at: datetime | None
    cast_in_at: datetime | None
    talked_ms: int
    line_failed: bool = False


def verdict(seen: Presence, no_show_after: timedelta) -> Verdict:
    """Say what became of a reservation whose time is over, by recorded presence alone.

    A cast who was not there once it had begun did not come, whatever the caller did: nobody is
    paid for a talk that couldn't be had. Nor did one who came later than `no_show_after` while the
    caller waited until then. A caller who was never there has missed it. Where both came and never
    talked for a minute, it is for people to decide. Where the line failed, nobody has missed it.
    """
    if seen.talked_ms >= LEAST_TALKED_MS:
        return "done"
    if seen.line_failed:
        return "line_failed"
    if seen.cast_in_at is None:
        return "cast_missed"
    if seen.caller_came_at is None:
        return "caller_missed"
    late = seen.cast_in_at > seen.starts_at + no_show_after
    return "cast_missed" if late and waited(seen, no_show_after) else "apart"


def waited(seen: Presence, no_show_after: timedelta) -> bool:
    """Say whether the caller was there until the cast's time to come had passed."""
    last = seen.caller_last_at or seen.caller_came_at
    return last is not None and last >= seen.starts_at + no_show_after


def kept_apart(*, began: bool, rung: int, line_failed: bool) -> bool:
    """Say whether it was the line that kept two from talking who were to be rung."""
    return line_failed or (not began and rung < RINGS)


def not_talked(points: int, rate: int, talked_ms: int) -> int:
    """Return the points that go back of a talk that the line cut short: all but begun minutes."""
    return max(0, points - rate * -(-talked_ms // MINUTE_MS))


def sold_again(points: int, rate: int, minutes: int) -> int:
    """Return how many points of a time called off late go back, of which so many were sold."""
    return min(points, rate * minutes)
