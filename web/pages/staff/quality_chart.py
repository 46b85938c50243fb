"""A talk's quality as lines, in the units of their picture; no script draws them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from rooms.talk.proof.evidence import Evidence
from rooms.talk.proof.quality import Quality
from web.pages.points.chart import TICKS, scale_step

# Narrow, so that a phone need not make its letters small.
LEFT, TOP, WIDTH, HEIGHT, RIGHT, FOOT = 40, 10, 300, 72, 10, 8
# A scale that reaches at least so far makes no mountain of a trifle: per cent, and ms.
LEAST = {"loss": 4, "rtt": 100}


@dataclass(frozen=True)
class Dot:
    """What one side told of one part of the talk: a share in thousandths, or ms."""

    x: float
    y: float
    value: int
    at: datetime


@dataclass(frozen=True)
class Panel:
    """One figure over time: the lines of its scale, and of each side the unbroken runs of dots."""

    name: str
    scale: list[tuple[float, int]]
    runs: dict[str, list[list[Dot]]]


@dataclass(frozen=True)
class QualityChart:
    """The panels of loss and round trip, and what both sides told of each part, earliest first."""

    width: int
    height: int
    left: int
    panels: list[Panel]
    parts: list[tuple[datetime, dict[str, Quality]]]


def quality_chart(record: Evidence) -> QualityChart | None:
    """Return the chart of a talk's quality, or None where nothing is known of it."""
    told: dict[str, list[Quality]] = {side.side: side.quality for side in record.sides}
    moments = sorted({part.began_at for parts in told.values() for part in parts})
    if not moments:
        return None
    return QualityChart(
        width=LEFT + WIDTH + RIGHT,
        height=TOP + HEIGHT + FOOT,
        left=LEFT,
        panels=[
            _panel("loss", record, told, lambda part: part.loss, 10),
            _panel("rtt", record, told, lambda part: part.rtt_ms, 1),
        ],
        parts=[
            (at, {side: i for side, parts in told.items() for i in parts if i.began_at == at})
            for at in moments
        ],
    )


def _panel(
    name: str,
    record: Evidence,
    told: dict[str, list[Quality]],
    of: Callable[[Quality], int | None],
    unit: int,
) -> Panel:
    """Draw one figure; `unit` of its values are one on the scale."""
    values = [of(part) or 0 for parts in told.values() for part in parts]
    step = scale_step(max(-(-max(values) // unit), LEAST[name]))
    most = step * TICKS * unit
    return Panel(
        name=name,
        scale=[(_y(step * tick * unit, most), step * tick) for tick in range(0, TICKS + 1, 2)],
        runs={side: _runs(record, parts, of, most) for side, parts in told.items()},
    )


def _runs(
    record: Evidence, parts: Sequence[Quality], of: Callable[[Quality], int | None], most: int
) -> list[list[Dot]]:
    """Return dots in runs, which break where a side told nothing."""
    known = [part for part in parts if of(part) is not None]
    runs: list[list[Dot]] = [[_dot(record, part, of(part) or 0, most)] for part in known[:1]]
    for before, part in pairwise(known):
        if part.began_at > before.ended_at:
            runs.append([])
        runs[-1].append(_dot(record, part, of(part) or 0, most))
    return runs


def _dot(record: Evidence, part: Quality, value: int, most: int) -> Dot:
    length = (record.until - record.entered_at).total_seconds()
    middle = part.began_at + (part.ended_at - part.began_at) / 2
    share = (middle - record.entered_at).total_seconds() / length if length > 0 else 0.0
    x = round(LEFT + WIDTH * min(max(share, 0.0), 1.0), 1)
    return Dot(x, _y(value, most), value, part.began_at)


def _y(value: int, most: int) -> float:
    return round(TOP + HEIGHT - HEIGHT * min(value, most) / most, 1)
