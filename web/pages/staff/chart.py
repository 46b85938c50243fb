"""A chart of days as bars, in the units of its picture; the page draws it without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from points.books import DayFigures

KINDS = ("sold", "spent", "expired")
GROUP, BAR, GAP = 26, 7, 1
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
    bars: list[ChartBar]
    scale: list[Label]
    days: list[Label]


def chart(days: Sequence[DayFigures]) -> Chart:
    """Return the chart of days that come today first."""
    order = days[::-1]
    step = scale_step(max((_points(day, kind) for day in order for kind in KINDS), default=0))
    most = step * TICKS
    every = -(-len(order) // LABELS)
    return Chart(
        width=LEFT + GROUP * len(order) + RIGHT,
        height=TOP + HEIGHT + FOOT,
        base=TOP + HEIGHT,
        left=LEFT,
        bars=[
            _bar(day, place, kind, most)
            for place, day in enumerate(order)
            for kind in KINDS
            if _points(day, kind)
        ],
        scale=[Label(_y(step * tick, most), step * tick) for tick in range(TICKS + 1)],
        # Counted from today, which always has its label.
        days=[
            Label(LEFT + GROUP * place + GROUP / 2, day=day.day)
            for place, day in enumerate(order)
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


def _bar(day: DayFigures, place: int, kind: str, most: int) -> ChartBar:
    points = _points(day, kind)
    y = _y(points, most)
    x = LEFT + GROUP * place + GAP + KINDS.index(kind) * (BAR + GAP)
    return ChartBar(kind, day.day, points, x, y, round(TOP + HEIGHT - y, 1))


def _y(points: int, most: int) -> float:
    return round(TOP + HEIGHT - HEIGHT * min(points, most) / most, 1)


def _points(day: DayFigures, kind: str) -> int:
    return max(int(getattr(day, kind)), 0)
