"""A chart of days as bars, in the units of its picture; the page draws it without a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

GROUP, GAP = 26, 1
LEFT, RIGHT, TOP, HEIGHT, FOOT = 58, 14, 14, 180, 28
TICKS = 4
LABELS = 7


@dataclass(frozen=True)
class ChartBar:
    """A day's points of one kind."""

    kind: str
    day: date
    points: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Label:
    """A line of the scale with its points, or a day below its bars."""

    at: float
    points: int = 0
    day: date | None = None


@dataclass(frozen=True)
class Chart:
    """Bars above one base line, from the earliest day to the latest."""

    width: int
    height: int
    base: int
    left: int
    bar: int
    columns: int
    bars: list[ChartBar]
    scale: list[Label]
    days: list[Label]


# A day, or the first of a month, with the points of each kind.
Day: TypeAlias = tuple[date, Mapping[str, int]]


def chart(days: Sequence[Day], kinds: Sequence[str]) -> Chart:
    """Return the chart of days, the latest first: a bar for each kind of a day's points."""
    order = days[::-1]
    step = scale_step(max((max(0, *points.values()) for _, points in order), default=0))
    most = step * TICKS
    width = (GROUP - 2 * GAP) // len(kinds) - GAP
    every = -(-len(order) // LABELS)
    return Chart(
        width=LEFT + GROUP * len(order) + RIGHT,
        height=TOP + HEIGHT + FOOT,
        base=TOP + HEIGHT,
        left=LEFT,
        bar=width,
        columns=len(order),
        bars=[
            _bar(day, points[kind], kind, LEFT + GROUP * place + GAP + at * (width + GAP), most)
            for place, (day, points) in enumerate(order)
            for at, kind in enumerate(kinds)
            if points[kind] > 0
        ],
        scale=[Label(_y(step * tick, most), step * tick) for tick in range(TICKS + 1)],
        # Counted from the latest, which always has its label.
        days=[
            Label(LEFT + GROUP * place + GROUP / 2, day=day)
            for place, (day, _) in enumerate(order)
            if (len(order) - 1 - place) % every == 0
        ],
    )


def scale_step(most: int) -> int:
    """Return the round number (1, 2 or 5 and zeros) of which four reach `most`."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * TICKS >= most:
                return step * factor
        step *= 10


def _bar(day: date, points: int, kind: str, x: int, most: int) -> ChartBar:
    y = _y(points, most)
    return ChartBar(kind, day, points, x, y, round(TOP + HEIGHT - y, 1))


def _y(points: int, most: int) -> float:
    return round(TOP + HEIGHT - HEIGHT * min(points, most) / most, 1)
