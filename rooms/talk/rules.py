"""Pure decisions about talks: no clock, no database. Times are milliseconds of meter time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

LineKind = Literal["free", "reserved", "paid", "interrupted"]
EndsBy = Literal["points", "cap", "reservation"]
Why = Literal["silent", "no_media", "reconnecting", "disagree", "frozen"]
Whose = Literal["caller", "cast", "both"] | None
Sides = tuple[bool, bool]

# Receiver reports go on for up to 8 s after the last packet arrived: one that comes later than this
# after a side's last media, as that side tells it, contradicts it.
LATE_REPORT_SECONDS = 9
# What each so many proved milliseconds add to the time that all interruptions may take.
MORE_INTERRUPTION_MS, PROVED_FOR_MORE_MS = 60_000, 600_000


@dataclass(frozen=True)
class Span:
    """A stretch of a talk: connected from meter position `from_ms` on, or interrupted."""

    kind: str
    began_at: datetime
    ended_at: datetime
    from_ms: int
    reason: str | None


@dataclass(frozen=True)
class AccountLine:
    """A line of a talk's account: what the time was, how long, and the points of its minutes."""

    kind: LineKind
    began_at: datetime
    ended_at: datetime
    duration_ms: int
    reason: str | None
    points: int


@dataclass(frozen=True)
class Ending:
    """What is known of a talk at its end, as far as it decides whether a minute goes back.

    A side is `missing` that gives no sign of life, and `receives` where its newest evidence is
    fresh. `caller_doubted`: the cast holds a report that is later than what the caller says of
    what arrived.
    """

    reason: str
    interrupted: bool
    caller_missing: bool
    cast_missing: bool
    caller_receives: bool = False
    cast_receives: bool = False
    caller_doubted: bool = False


def paid_until(free_ms: int, minute_ms: int, charged: int) -> int:
    """Return the meter position up to which a talk is free or paid after `charged` minutes."""
    return free_ms + charged * minute_ms


def ends_at(
    free_ms: int, minute_ms: int, charged: int, affordable: int, cap: int | None
) -> tuple[int, Literal["points", "cap"]]:
    """Return the meter position at which a talk ends, and whether points or the cap end it.

    `affordable` is the number of minutes that the caller's points still pay for; `cap` counts
    charged minutes ("stop after N minutes").
    """
    by_points = paid_until(free_ms, minute_ms, charged + affordable)
    if cap is None:
        return by_points, "points"
    by_cap = paid_until(free_ms, minute_ms, max(cap, charged))
    return (by_cap, "cap") if by_cap <= by_points else (by_points, "points")


def bounded(
    ends_ms: int, by: Literal["points", "cap"], reserved_ms: int | None
) -> tuple[int, EndsBy]:
    """Return the earlier of a talk's own end and the position at which a reservation ends it."""
    if reserved_ms is not None and reserved_ms <= ends_ms:
        return reserved_ms, "reservation"
    return ends_ms, by


def returns_cut_minute(ending: Ending) -> bool:
    """Say whether the minute that the end cut short goes back to the caller.

    It does when the cast or the platform ended it by the evidence: not when the caller did, when
    only the caller was gone, or when the caller alone says that nothing arrived.
    """
    only_caller_missing = ending.caller_missing and not ending.cast_missing
    if ending.reason in ("cast_left", "reservation_over"):
        return not (ending.interrupted and (only_caller_missing or ending.caller_doubted))
    if ending.reason == "connection_lost":
        return _failed_by_evidence(ending)
    if ending.reason == "caller_left":
        return ending.interrupted and ending.cast_missing
    return ending.reason in ("stopped_by_staff", "line_failed")


def _failed_by_evidence(ending: Ending) -> bool:
    """Whether it was the cast or the platform that failed in a talk to which nobody came back."""
    if ending.cast_missing:
        return True
    if ending.caller_missing or ending.caller_receives:
        return False
    # Both are there and the caller says that nothing arrives: so says the cast, or holds no report.
    return not ending.cast_receives or not ending.caller_doubted


def interruption_left_ms(
    return_seconds: int,
    interruption_seconds: int,
    proved_ms: int,
    interrupted_ms: int,
    now_ms: int | None,
) -> int | None:
    """Return the real time left to come back from an interruption that has taken `now_ms`, if any.

    It is bounded by `return_seconds`, and by what all interruptions of a talk may take together:
    `interrupted_ms` is what those before took, and each ten proved minutes earn some more.
    """
    if now_ms is None:
        return None
    budget = interruption_seconds * 1000 + MORE_INTERRUPTION_MS * (proved_ms // PROVED_FOR_MORE_MS)
    return max(0, min(return_seconds * 1000, budget - interrupted_ms) - now_ms)


def asks_by_voice(
    state: str, stopped_by: str | None, caller: bool | None, cast: bool | None
) -> bool:
    """Say whether the question stands to go on by voice: a frozen picture has stopped the meter,
    nobody has refused, and not both have agreed. `caller` and `cast` are the answers so far.
    """
    frozen = state == "interrupted" and stopped_by == "frozen"
    return frozen and False not in (caller, cast) and (caller, cast) != (True, True)


def why_it_stands(
    stopped_by: str | None,
    begun: bool,
    silent: Sides,
    receives: Sides,
    frozen: Sides,
) -> tuple[Why, Whose]:
    """Return why an interrupted meter stands now, and which side is meant.

    `begun`: both sides have made the present pair. Of each side, the caller first: whether it gives
    no sign of life, whether it receives, and whether it sees no new frame. Where the two contradict
    each other nobody is accused.
    """
    if stopped_by == "disagree":
        return "disagree", None
    if any(silent):
        return "silent", _whose(silent)
    if stopped_by == "frozen":
        return "frozen", _whose(frozen) if any(frozen) else None
    if not begun:
        return "reconnecting", None
    lacks = (not receives[0], not receives[1])
    return ("no_media", _whose(lacks)) if any(lacks) else ("reconnecting", None)


def _whose(sides: Sides) -> Whose:
    if all(sides):
        return "both"
    return "caller" if sides[0] else "cast"


def account_lines(
    spans: Sequence[Span],
    free_ms: int,
    minute_ms: int,
    charged: Sequence[int],
    *,
    reserved: bool = False,
) -> list[AccountLine]:
    """Return the lines of a talk's account: each span split at the end of the free time.

    In a reserved talk that time is not free but was paid beforehand.

    `charged` holds the points of minute 1, 2, …; a minute's points stand in the line in which it
    began. The connected parts add up to the meter, the points to the cost.
    """
    lines: list[AccountLine] = []
    begun = 0
    for span in spans:
        if span.kind == "interrupted":
            lines.append(_line("interrupted", span.began_at, span.ended_at, span.reason, 0))
            continue
        # A minute is charged the moment its time begins, which may be the last moment of a span.
        reached = span.from_ms + _ms(span.ended_at - span.began_at)
        before, begun = begun, max(begun, _minutes_begun(reached, free_ms, minute_ms))
        kind: LineKind = "reserved" if reserved else "free"
        lines.extend(_connected(span, kind, free_ms, sum(charged[before:begun])))
    return lines


def _minutes_begun(meter_ms: int, free_ms: int, minute_ms: int) -> int:
    return (meter_ms - free_ms) // minute_ms + 1 if meter_ms >= free_ms else 0


def _connected(span: Span, kind: LineKind, free_ms: int, points: int) -> list[AccountLine]:
    length = _ms(span.ended_at - span.began_at)
    free = min(max(free_ms - span.from_ms, 0), length)
    turn = span.began_at + timedelta(milliseconds=free)
    lines = []
    if free:
        lines.append(_line(kind, span.began_at, turn, None, 0))
    if length > free or points:
        lines.append(_line("paid", turn, span.ended_at, None, points))
    return lines


def _line(
    kind: LineKind, began_at: datetime, ended_at: datetime, reason: str | None, points: int
) -> AccountLine:
    return AccountLine(kind, began_at, ended_at, _ms(ended_at - began_at), reason, points)


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
